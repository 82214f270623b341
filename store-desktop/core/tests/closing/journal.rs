//! A journal that saw a whole day, and the cut that it is held against.

use std::path::Path;
use std::sync::Mutex;

use shared::certificate::SignedCertificate;
use shared::day::DayCommand;
use shared::id::DayId;
use shared::wire::*;
use store_desktop_core::closing::ClosingServer;
use store_desktop_core::cloud::CloudError;
use store_desktop_core::journal::{Books, Journal};

use super::store::{Store, counter, now};

/// A store that answers where it is called.
pub struct InPlace(pub Mutex<Store>);

impl InPlace {
    pub fn with<T>(&self, look: impl FnOnce(&mut Store) -> T) -> T {
        look(&mut self.0.lock().unwrap())
    }
}

impl ClosingServer for InPlace {
    async fn close_status(&self, _: DayId) -> Result<CloseStatus, CloudError> {
        Ok(self.with(|store| store.close_status()))
    }
    async fn cut(&self, _: DayId) -> Result<CutAnswer, CloudError> {
        Ok(self.with(Store::make_cut))
    }
    async fn hashes(&self, _: DayId, request: &HashesRequest) -> Result<HashesAnswer, CloudError> {
        Ok(self.with(|store| store.hashes(request)))
    }
    async fn check(&self, _: DayId, request: &CheckRequest) -> Result<CheckReport, CloudError> {
        Ok(self.with(|store| store.check(request)))
    }
    async fn repair(&self, _: DayId) -> Result<Repaired, CloudError> {
        Ok(self.with(Store::repair))
    }
    async fn close(&self, _: DayId, request: &CloseRequest) -> Result<CloseAnswer, CloudError> {
        Ok(self.with(|store| store.close(request)))
    }
    async fn certificate(&self, _: DayId) -> Result<SignedCertificate, CloudError> {
        Ok(self.with(|store| store.sent().unwrap()))
    }
    async fn certificate_key(&self) -> Result<CertificateKey, CloudError> {
        let key = self.with(|store| store.key.public());
        Ok(CertificateKey { key_id: key.id(), public_key: key.hex() })
    }
    async fn log_page(&self, after: i64, limit: i64) -> Result<LogPage, CloudError> {
        Ok(self.with(|store| store.page(after, limit)))
    }
}

/// A closed-down store with its cut, and a journal of all of it in `folder`.
pub async fn day(folder: &Path, orders: usize) -> (InPlace, Books, Cut) {
    let mut store = Store::busy(orders);
    store.day_command(&DayCommand::StartClosing, counter(), DayId::fresh()).unwrap();
    let cut = store.make_cut().cut.unwrap();
    fill(folder, &store).await;
    let books = Books {
        day_id: store.day.id,
        epoch: cut.upto.epoch,
        first_seq: cut.first_seq,
        upto_seq: cut.upto.seq,
    };
    (InPlace(Mutex::new(store)), books, cut)
}

/// Writes the store's log into a new journal, and one row or more into every other table.
pub async fn fill(folder: &Path, store: &Store) {
    std::fs::create_dir_all(folder).unwrap();
    let journal = Journal::open(folder).unwrap();
    journal.rebase(store.empty_snapshot(), "first", now()).await.unwrap();
    for entries in store.entries().chunks(500) {
        let appended = journal.append(entries.to_vec(), now()).await.unwrap();
        assert!(appended.stopped.is_none(), "{:?}", appended.stopped);
    }
    let action = CommandAction::Accept { prep_minutes: 10 };
    for order in store.orders.keys().take(20) {
        journal.queue(*order, Some(1), action.clone(), now()).await.unwrap();
        journal.acknowledge(*order, store_desktop_core::journal::SoundAbout::Fresh, now()).await.unwrap();
    }
    journal.put_fact("store_id", store.store_id.to_string()).await.unwrap();
    journal.put_fact("language", "ko".to_owned()).await.unwrap();
    journal.keep_closing(Some("{}".to_owned())).await.unwrap();
    journal.checkpoint(1, 3, "{}".to_owned()).await.unwrap();
    drop(journal);
    settled(folder);
}

/// Waits until the journal's thread has closed the file.
pub fn settled(folder: &Path) {
    let wal = folder.join(format!("{}-wal", store_desktop_core::journal::FILE_NAME));
    let began = std::time::Instant::now();
    while wal.exists() {
        assert!(began.elapsed() < super::server::BOUND, "the journal is not closed");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

/// Where files can be changed a thousand times: in memory if the system has such a place.
pub fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}
