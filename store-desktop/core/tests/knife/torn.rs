//! A power cut in the middle of writing: the write-ahead log ends anywhere, in garbage or in zeroes.

use std::fs;
use std::path::Path;

use rand::RngExt;
use rand::rngs::StdRng;
use shared::id::CommandKey;
use store_desktop_core::journal::{FILE_NAME, Journal, verify};

use super::store::{Log, action, begin, cases, close, copy_journal, dice};

/// What was on the disk when the write-ahead log was so long.
struct Acknowledged {
    wal_bytes: u64,
    events: usize,
    commands: usize,
}

/// A journal whose newest commits are only in its write-ahead log, and what each of them promised.
struct Master {
    log: Log,
    keys: Vec<CommandKey>,
    promises: Vec<Acknowledged>,
    database: Vec<u8>,
    wal: Vec<u8>,
}

async fn master(folder: &Path, dice: &mut StdRng) -> Master {
    let mut log = Log::new(0);
    let journal = begin(folder, &log).await;
    // The first part is in the file itself, as after a checkpoint.
    for _ in 0..20 {
        journal.append(vec![log.grow()], super::store::NOW).await.unwrap();
    }
    close(journal, folder).await;
    let wal = folder.join(format!("{FILE_NAME}-wal"));
    let journal = Journal::open(folder).unwrap();
    let (mut keys, mut promises) = (Vec::new(), Vec::new());
    for number in 0..60 {
        match dice.random_range(0..3) {
            0 => {
                let order = log.orders[dice.random_range(0..log.orders.len())];
                let command = journal.queue(order, None, action(number), super::store::NOW).await.unwrap();
                keys.push(command.key);
            }
            many => {
                let batch = (0..many * 2).map(|_| log.grow()).collect();
                journal.append(batch, super::store::NOW).await.unwrap();
            }
        }
        promises.push(Acknowledged {
            wal_bytes: fs::metadata(&wal).unwrap().len(),
            events: log.entries.len(),
            commands: keys.len(),
        });
    }
    let copy = folder.join("copy");
    copy_journal(folder, &copy);
    let wal = fs::read(copy.join(format!("{FILE_NAME}-wal"))).unwrap();
    Master { log, keys, promises, database: fs::read(copy.join(FILE_NAME)).unwrap(), wal }
}

fn tear(wal: &[u8], cut: usize, dice: &mut StdRng) -> (Vec<u8>, &'static str) {
    let mut torn = wal[..cut].to_vec();
    let rest = wal.len() - cut;
    match dice.random_range(0..3) {
        0 => (torn, "cut"),
        1 => {
            torn.extend((0..rest).map(|_| dice.random::<u8>()));
            (torn, "garbage")
        }
        _ => {
            torn.resize(wal.len(), 0);
            (torn, "zeroes")
        }
    }
}

#[tokio::test]
async fn any_torn_write_ahead_log_is_a_prefix_with_everything_acknowledged() {
    let mut dice = dice("torn");
    let scratch = super::store::scratch();
    let count = cases(400);
    // One journal serves some hundred images, so that many shapes of write-ahead log are cut.
    for round in 0..count.div_ceil(500) {
        let made = scratch.path().join(format!("made{round}"));
        fs::create_dir(&made).unwrap();
        let master = master(&made, &mut dice).await;
        let image = scratch.path().join(format!("image{round}"));
        fs::create_dir(&image).unwrap();
        for _ in 0..count.min(500) {
            let cut = dice.random_range(0..=master.wal.len());
            let (torn, how) = tear(&master.wal, cut, &mut dice);
            check(&master, &image, &torn, cut, how).await;
        }
        fs::remove_dir_all(&made).unwrap();
    }
}

async fn check(master: &Master, image: &Path, torn: &[u8], cut: usize, how: &str) {
    let what = format!("a log of {} bytes, {how} at {cut}", master.wal.len());
    fs::write(image.join(FILE_NAME), &master.database).unwrap();
    fs::write(image.join(format!("{FILE_NAME}-wal")), torn).unwrap();
    let journal = Journal::open(image).unwrap();
    assert_eq!(journal.set_aside(), None, "{what}: a torn log is no damage");
    let stored = journal.events(0, 10_000).await.unwrap();
    let waiting: Vec<CommandKey> =
        journal.waiting().await.unwrap().into_iter().map(|one| one.command.key).collect();
    assert!(master.log.begins_with(&stored), "{what}: other events than the log's");
    assert!(master.keys.starts_with(&waiting), "{what}: other commands than were given");
    let promised = master.promises.iter().rev().find(|promise| promise.wal_bytes <= cut as u64);
    let (events, commands) = promised.map_or((20, 0), |promise| (promise.events, promise.commands));
    assert!(stored.len() >= events, "{what}: {} of {events} acknowledged events", stored.len());
    assert!(waiting.len() >= commands, "{what}: {} of {commands} acknowledged commands", waiting.len());
    // It goes on from there. Trying that with each of them takes its time and shows nothing new.
    if cut.is_multiple_of(16) {
        let rest = master.log.entries[stored.len()..].to_vec();
        assert_eq!(journal.append(rest, super::store::NOW).await.unwrap().stopped, None, "{what}");
        assert!(verify(image).unwrap().is_ok(), "{what}");
    }
    close(journal, image).await;
}
