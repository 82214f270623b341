//! One bit of the file is another one: it is noticed and repaired, or it changes nothing that anybody sees.

use std::fs;
use std::path::Path;

use rand::RngExt;
use shared::id::CommandKey;
use shared::wire::{CommandAnswer, Outcome};
use store_desktop_core::journal::{
    Beside, FILE_NAME, Fate, Journal, JournalError, SoundAbout, StoredEvent, Waiting, verify,
};

use super::store::{Log, NOW, action, begin, cases, close, copy_journal, dice};

/// Everything that is shown or sent because of the journal.
#[derive(Debug, PartialEq)]
struct Shown {
    head: Option<String>,
    events: Vec<(String, Vec<u8>)>,
    waiting: Vec<Waiting>,
    private: Vec<String>,
    acknowledged: Vec<String>,
    checkpoint: Option<String>,
    store: Option<String>,
}

async fn read(journal: &Journal, log: &Log) -> Result<Shown, JournalError> {
    let loaded = journal.load().await?;
    let Beside { private, acknowledged } = journal.beside(log.orders.clone()).await?;
    let mut private: Vec<String> = private.iter().map(|(id, data)| format!("{id}{data:?}")).collect();
    private.sort();
    let event = |event: StoredEvent| (event.position.to_string(), event.body);
    Ok(Shown {
        head: loaded.branch.as_ref().map(|branch| branch.head.to_string()),
        events: journal.events(0, 100_000).await?.into_iter().map(event).collect(),
        waiting: journal.waiting().await?,
        private,
        acknowledged: acknowledged.iter().map(|one| format!("{one:?}")).collect(),
        checkpoint: loaded.branch.and_then(|branch| branch.checkpoint),
        store: journal.fact("store_id").await?,
    })
}

async fn make(folder: &Path, events: usize) -> Log {
    let log = Log::new(events);
    let journal = begin(folder, &log).await;
    for page in log.entries.chunks(50) {
        journal.append(page.to_vec(), NOW).await.unwrap();
    }
    journal.put_fact("store_id", "a store".to_owned()).await.unwrap();
    journal.checkpoint(1, events as i64 / 2, "{\"what\":\"the fold said\"}".repeat(20)).await.unwrap();
    let mut answers = Vec::new();
    for number in 0..30 {
        let order = log.orders[number % log.orders.len()];
        let command = journal.queue(order, Some(1), action(number), NOW).await.unwrap();
        let (outcome, code) = match number {
            0..10 => (Outcome::Applied, None),
            10..15 => (Outcome::Refused, Some(shared::Code::OrderTooLate)),
            _ => continue,
        };
        let position = Some(log.entries[0].position.clone()).filter(|_| outcome == Outcome::Applied);
        answers.push(CommandAnswer { key: Some(command.key), outcome, code, position });
        journal.acknowledge(order, SoundAbout::Fresh, NOW).await.unwrap();
    }
    journal.answer(answers, NOW).await.unwrap();
    close(journal, folder).await;
    log
}

/// How a flipped bit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum End {
    Harmless,
    RefusedAsNewer,
    SetAside,
    SetAsideLater,
}

#[tokio::test]
async fn a_flipped_bit_is_noticed_or_harmless() {
    let mut dice = dice("flips");
    let scratch = super::store::scratch();
    let (small, large) = (scratch.path().join("small"), scratch.path().join("large"));
    fs::create_dir(&small).unwrap();
    fs::create_dir(&large).unwrap();
    // The larger one has events that a start does not recompute.
    let logs = [(&small, make(&small, 60).await), (&large, make(&large, 1_500).await)];
    let mut truths = Vec::new();
    for (folder, log) in &logs {
        let journal = Journal::open(folder).unwrap();
        truths.push(read(&journal, log).await.unwrap());
        close(journal, folder).await;
    }
    let mut ends = std::collections::BTreeMap::new();
    for case in 0..cases(250) {
        let which = usize::from(case % 10 == 0);
        let (folder, log) = &logs[which];
        // A folder of its own: the thread of the case before may still be closing its file.
        let image = scratch.path().join(format!("image{case}"));
        copy_journal(folder, &image);
        let path = image.join(FILE_NAME);
        let mut bytes = fs::read(&path).unwrap();
        let (at, bit) = (dice.random_range(0..bytes.len()), dice.random_range(0..8));
        bytes[at] ^= 1 << bit;
        fs::write(&path, &bytes).unwrap();
        let end =
            judge(&image, log, &truths[which], &format!("bit {bit} of byte {at} of {}", bytes.len())).await;
        *ends.entry(end).or_insert(0) += 1;
        if case >= 10 {
            let _ = fs::remove_dir_all(scratch.path().join(format!("image{}", case - 10)));
        }
    }
    println!("{ends:?}");
    assert!(ends.len() >= 3, "the cases show more than one end: {ends:?}");
}

/// Where SQLite keeps the number of the row with this key: before the row's header, whose first byte is its length.
fn number_of_row(bytes: &[u8], key: &str, number: u8) -> usize {
    let keys = bytes.windows(key.len()).enumerate().filter(|(_, part)| *part == key.as_bytes());
    let headers = keys.flat_map(|(key_at, _)| (8..40).map(move |header| (header, key_at - header)));
    let mut numbers = headers.filter(|(header, at)| usize::from(bytes[*at]) == *header).map(|(_, at)| at - 1);
    numbers.find(|at| bytes[*at] == number).expect("the row is in the file")
}

#[tokio::test]
async fn a_command_whose_number_became_its_neighbours_is_counted_as_lost() {
    let scratch = super::store::scratch();
    let folder = scratch.path().join("whole");
    fs::create_dir(&folder).unwrap();
    let log = make(&folder, 60).await;
    let journal = Journal::open(&folder).unwrap();
    let truth = read(&journal, &log).await.unwrap();
    close(journal, &folder).await;
    let whole = fs::read(folder.join(FILE_NAME)).unwrap();
    let waits = |one: &&Waiting| one.fate == Fate::Unanswered;
    for one in truth.waiting.iter().filter(waits) {
        let image = scratch.path().join(one.command.device_seq.to_string());
        copy_journal(&folder, &image);
        let mut bytes = whole.clone();
        let at = number_of_row(
            &bytes,
            &one.command.key.to_string(),
            u8::try_from(one.command.device_seq).unwrap(),
        );
        bytes[at] ^= 1;
        fs::write(image.join(FILE_NAME), &bytes).unwrap();
        judge(&image, &log, &truth, &format!("the number of command {}", one.command.device_seq)).await;
    }
}

async fn judge(image: &Path, log: &Log, truth: &Shown, what: &str) -> End {
    let journal = match Journal::open(image) {
        Ok(journal) => journal,
        Err(JournalError::TooNew { .. }) => return End::RefusedAsNewer,
        Err(error) => panic!("{what}: the counter does not start and will not tomorrow: {error}"),
    };
    if journal.set_aside().is_some() {
        return rescued(&journal, truth, what, End::SetAside).await;
    }
    // A damage that shows in reading is an error once, and then a new journal.
    let shown = match read(&journal, log).await {
        Ok(shown) => shown,
        Err(_) if journal.load().await.is_ok() && journal.set_aside().is_some() => {
            return rescued(&journal, truth, what, End::SetAsideLater).await;
        }
        Err(error) => panic!("{what}: {error}"),
    };
    assert_same_at_start(&shown, truth, what);
    // The counter works on, and then everything is looked at.
    let order = log.orders[0];
    let wrote = journal.queue(order, None, action(1), NOW).await;
    if wrote.is_err() {
        let again = journal.queue(order, None, action(1), NOW).await;
        assert!(again.is_ok(), "{what}: nothing can be written: {again:?}");
    }
    let examined = journal.examine(NOW).await;
    if journal.set_aside().is_some() {
        return rescued(&journal, truth, what, End::SetAsideLater).await;
    }
    examined.unwrap_or_else(|error| panic!("{what}: {error}"));
    let mut after = read(&journal, log).await.unwrap();
    after.waiting.retain(|one| truth.waiting.iter().any(|known| known.command.key == one.command.key));
    assert_eq!(&after, truth, "{what}");
    assert!(verify(image).unwrap().is_ok(), "{what}");
    End::Harmless
}

/// Events of long ago are compared later, everything else before it is shown.
fn assert_same_at_start(shown: &Shown, truth: &Shown, what: &str) {
    let recent = |shown: &Shown| {
        let from = shown.events.len().saturating_sub(1_000);
        shown.events[from..].to_vec()
    };
    assert_eq!(recent(shown), recent(truth), "{what}: recent events");
    assert_eq!(shown.head, truth.head, "{what}");
    assert_eq!(shown.waiting, truth.waiting, "{what}: commands");
    // What is missing is told: the event says that there is something. What is there is right.
    assert!(shown.private.iter().all(|one| truth.private.contains(one)), "{what}: personal data");
    assert_eq!(shown.checkpoint, truth.checkpoint, "{what}: the saved fold");
    assert_eq!(shown.store, truth.store, "{what}: facts");
}

/// The damaged file is kept; what waits came over as it was, or is counted as lost; a snapshot is asked for.
async fn rescued(journal: &Journal, truth: &Shown, what: &str, end: End) -> End {
    let aside = journal.set_aside().unwrap();
    assert!(aside.file.exists(), "{what}: the damaged file is kept");
    assert!(journal.head().await.unwrap().is_none(), "{what}: the new journal wants a snapshot");
    let carried = journal.waiting().await.unwrap();
    let waited: Vec<&Waiting> = truth.waiting.iter().filter(|one| one.fate == Fate::Unanswered).collect();
    let unanswered: Vec<CommandKey> = waited.iter().map(|one| one.command.key).collect();
    for one in &carried {
        let known = truth.waiting.iter().find(|known| known.command.key == one.command.key);
        if let Some(known) = known {
            assert_eq!(one.command, known.command, "{what}: a command says something else than was pressed");
        }
    }
    let came = carried.iter().filter(|one| unanswered.contains(&one.command.key)).count();
    let told = aside.lost > 0 || came == unanswered.len();
    assert!(told, "{what}: {came} of {} came over, and nobody is told of the others", unanswered.len());
    end
}
