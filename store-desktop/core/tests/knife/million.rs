//! A journal of years: a start must not grow with it. Not part of the suite: it writes half a gigabyte.
//! `cargo test -p store-desktop-core --test knife -- --ignored --nocapture million`

use std::time::Instant;

use rusqlite::{Connection, params};
use shared::log::{GENESIS, chain};
use store_desktop_core::Counter;
use store_desktop_core::counter::Options;
use store_desktop_core::journal::FILE_NAME;

use super::store::{Log, NOW, begin, close};

const ROWS: i64 = 1_000_000;
/// Orders that are still on the screen.
const TODAY: usize = 200;

#[tokio::test]
#[ignore = "writes half a gigabyte; measures"]
async fn a_million_events_and_the_counter_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::new(TODAY);
    let journal = begin(folder.path(), &log).await;
    close(journal, folder.path()).await;
    fill(&folder.path().join(FILE_NAME), &log);
    for round in 0..3 {
        let began = Instant::now();
        let options = Options { ballast_bytes: 0, ..Options::default() };
        let counter = Counter::open(folder.path(), options).await.unwrap();
        let took = began.elapsed();
        let orders = counter.state().ledger.orders.len();
        println!("start {round}: {took:?} with {} events, {orders} orders", counter.state().events);
        assert_eq!(counter.state().events, ROWS);
        let began = Instant::now();
        counter.examine().await;
        println!("whole examination and copy: {:?}", began.elapsed());
        assert_eq!(counter.journal().set_aside(), None);
        drop(counter);
        while folder.path().join(format!("{FILE_NAME}-wal")).exists() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}

/// Years of days that nobody sees any more, then today's orders.
fn fill(path: &std::path::Path, log: &Log) {
    let mut connection = Connection::open(path).unwrap();
    let transaction = connection.transaction().unwrap();
    let mut hash = GENESIS;
    let filler = format!(
        r#"{{"v":1,"at":1,"day_id":"{}","by":{{"who":"operator"}},"kind":"nothing_known","filler":"{}"}}"#,
        log.day,
        "x".repeat(300)
    );
    {
        let mut insert = transaction
            .prepare(
                "INSERT INTO event (branch, seq, epoch, hash, body, received_at) VALUES (1, ?, 1, ?, ?, ?)",
            )
            .unwrap();
        let today = ROWS - TODAY as i64;
        for seq in 1..=ROWS {
            let body = match usize::try_from(seq - today - 1) {
                Ok(index) => log.entries[index].frame.body.as_str(),
                Err(_) => filler.as_str(),
            };
            hash = chain(hash, seq, body.as_bytes());
            insert.execute(params![seq, hash.0, body.as_bytes(), NOW.0]).unwrap();
        }
    }
    transaction.commit().unwrap();
}
