//! Daily copies, and what is left of a branch that the server gave up.

use std::fs;

use shared::TimeMs;
use shared::log::{Position, chain};
use store_desktop_core::journal::{COPIES, COPIES_KEPT, FILE_NAME, Journal, export};

use super::store::{Log, NOW, action, begin, close};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

#[tokio::test]
async fn the_last_three_days_are_copied_without_personal_data_and_fill_in_for_a_damaged_journal() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::new(20);
    let journal = begin(folder.path(), &log).await;
    journal.append(log.entries.clone(), NOW).await.unwrap();
    let given = journal.queue(log.orders[0], None, action(0), NOW).await.unwrap();
    for day in 0..5 {
        journal.examine(TimeMs(NOW.0 + day * DAY_MS)).await.unwrap();
        journal.examine(TimeMs(NOW.0 + day * DAY_MS + 1)).await.unwrap();
    }
    let copies: Vec<_> =
        fs::read_dir(folder.path().join(COPIES)).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(copies.len(), COPIES_KEPT, "{copies:?}");
    for copy in &copies {
        let bytes = fs::read(copy).unwrap();
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(holds("order_placed"), "the log is in the copy");
        assert!(!holds("요청 7"), "what a customer wrote is not");
    }
    close(journal, folder.path()).await;

    // Nothing of the journal can be read any more.
    fs::write(folder.path().join(FILE_NAME), vec![7_u8; 100_000]).unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    let aside = journal.set_aside().unwrap();
    assert_eq!((aside.carried, aside.lost), (1, 1), "whether there were newer ones nobody knows");
    assert_eq!(journal.take_to_send(10).await.unwrap(), [given]);
}

#[tokio::test]
async fn a_branch_that_the_server_gave_up_is_kept_and_can_be_exported() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::new(10);
    let journal = begin(folder.path(), &log).await;
    journal.append(log.entries.clone(), NOW).await.unwrap();
    // The server was restored to event 6 and took another way.
    let mut snapshot = log.snapshot();
    let mut hash = shared::log::GENESIS;
    for entry in &log.entries[..6] {
        hash = chain(hash, entry.position.seq, entry.frame.body.as_bytes());
    }
    snapshot.position = Position::new(2, 6, &hash);
    snapshot.head_hash = hash.hex();
    assert_eq!(journal.rebase(snapshot, "epoch", NOW).await.unwrap(), 10);
    assert_eq!(journal.head().await.unwrap().unwrap().seq, 6);
    journal.examine(NOW).await.unwrap();
    let mut lines = Vec::new();
    assert_eq!(export(folder.path(), &mut lines).unwrap(), 10);
    let lines = String::from_utf8(lines).unwrap();
    // The first line says what the file is.
    for (line, entry) in lines.lines().skip(1).zip(&log.entries) {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["orphaned"], true);
        assert_eq!(line["body"], entry.frame.body);
    }
}
