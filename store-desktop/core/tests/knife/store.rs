//! A store's log and a journal of it, to cut into.

use std::path::Path;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use shared::TimeMs;
use shared::id::{DayId, OrderId, StoreId};
use shared::log::{ChainHash, GENESIS, Position, chain};
use shared::wire::{CommandAction, LogEntry, LogFrame, Private, Snapshot, StoreCard};
use store_desktop_core::journal::{FILE_NAME, Journal, StoredEvent};
use tokio::sync::{Mutex, MutexGuard};

pub const NOW: TimeMs = TimeMs(1_763_683_200_000);
/// Longer than a thread takes to close its file.
const LOOK_IN_AFTER: std::time::Duration = std::time::Duration::from_millis(200);

/// A log that grows by placed orders, each with something personal beside it.
pub struct Log {
    pub day: DayId,
    pub entries: Vec<LogEntry>,
    pub orders: Vec<OrderId>,
    hash: ChainHash,
}

impl Log {
    pub fn new(count: usize) -> Self {
        let mut log = Self { day: DayId::fresh(), entries: Vec::new(), orders: Vec::new(), hash: GENESIS };
        for _ in 0..count {
            log.grow();
        }
        log
    }

    pub fn grow(&mut self) -> LogEntry {
        let seq = self.entries.len() as i64 + 1;
        let id = OrderId::fresh();
        let body = super::world::placed(self.day, id, u32::try_from(seq).unwrap());
        let body = String::from_utf8(body.to_bytes()).unwrap();
        self.hash = chain(self.hash, seq, body.as_bytes());
        let private = Some(Private { request: Some(format!("요청 {seq}")), phone_last4: None });
        let entry =
            LogEntry { position: Position::new(1, seq, &self.hash), frame: LogFrame { body, private } };
        self.entries.push(entry.clone());
        self.orders.push(id);
        entry
    }

    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            position: Position::new(1, 0, &GENESIS),
            head_hash: GENESIS.hex(),
            server_time: NOW,
            store: StoreCard {
                store_id: StoreId::fresh(),
                name: "시험 분식".to_owned(),
                branch: "본점".to_owned(),
                prep_minutes_default: 15,
                business: None,
            },
            day: super::world::open_day(self.day, NOW),
            availability: Default::default(),
            menu_version: 0,
            schedule_version: 0,
            orders: Vec::new(),
        }
    }

    /// Whether these are the first events of the log, byte for byte.
    pub fn begins_with(&self, stored: &[StoredEvent]) -> bool {
        stored.len() <= self.entries.len()
            && stored.iter().zip(&self.entries).all(|(stored, entry)| {
                stored.position == entry.position && stored.body == entry.frame.body.as_bytes()
            })
    }
}

/// Begins a journal at the start of the log.
pub async fn begin(folder: &Path, log: &Log) -> Journal {
    let journal = Journal::open(folder).unwrap();
    journal.rebase(log.snapshot(), "first", NOW).await.unwrap();
    journal
}

pub fn action(number: usize) -> CommandAction {
    match number % 4 {
        0 => CommandAction::Accept { prep_minutes: 10 + number as u32 % 50 },
        1 => CommandAction::Cooking,
        2 => CommandAction::Ready,
        _ => CommandAction::HandedOver,
    }
}

/// How many random cases: the suite's own number, or as many times more as `KNIFE` says.
pub fn cases(in_the_suite: usize) -> usize {
    let more = std::env::var("KNIFE").ok().and_then(|text| text.parse::<usize>().ok()).unwrap_or(1);
    in_the_suite * more
}

/// Randomness that says its seed.
pub fn dice(what: &str) -> StdRng {
    let seed = std::env::var("KNIFE_SEED").ok().and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or_else(|| rand::rng().random_range(0..u64::from(u32::MAX)));
    println!("{what}: KNIFE_SEED={seed}");
    StdRng::seed_from_u64(seed)
}

/// The disk's weather is the whole process's: one test at a time makes it.
pub async fn weather() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::const_new(());
    disk_fault::link();
    ONE.lock().await
}

/// Copies the journal's files as they are, while it may be open or closing. The write-ahead log first: what moves from it to the file meanwhile
/// is in both copies then, and in neither the other way round.
pub fn copy_journal(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for suffix in ["-wal", ""] {
        let name = format!("{FILE_NAME}{suffix}");
        match std::fs::copy(from.join(&name), to.join(&name)) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let _ = std::fs::remove_file(to.join(&name));
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// Where files can be cut quickly: in memory if the system has such a place, because thousands of syncs wear a disk for nothing.
pub fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// Drops the journal and waits until its thread has closed the file.
pub async fn close(journal: Journal, folder: &Path) {
    drop(journal);
    let file = folder.join(FILE_NAME);
    let wal = folder.join(format!("{FILE_NAME}-wal"));
    let began = std::time::Instant::now();
    while wal.exists() {
        assert!(began.elapsed() < super::world::BOUND, "the journal is not closed");
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        if began.elapsed() > LOOK_IN_AFTER {
            look_in(&file);
        }
    }
}

/// Two connections that close at the same moment, as those of a counter and of a journal opened right after it, each leave the write-ahead log to
/// the other one. Whoever comes last clears it away.
fn look_in(file: &Path) {
    // Err: somebody still has the file.
    if let Ok(connection) = rusqlite::Connection::open(file) {
        let _ = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
    }
}
