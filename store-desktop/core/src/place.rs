//! The data folder (데이터 폴더) of a counter and what lies in it besides the journal.
//!
//! ```text
//! counter.lock   held while a process writes here
//! counter.sock   the door of the running counter, for `counter send`
//! device_id      made once; the server knows the device by it
//! device_key     what the device's key is made of, readable by the owner only; in no export and no copy
//! session.json   the open sign-in with its token, readable by the owner only
//! people.json    the store's people and devices as the server told last, readable by the owner only
//! boots.json     counts the program's starts beside the journal, which does so too
//! journal.db     the journal, with its -wal and -shm; `journal.damaged-<time>.db` when one had to be set aside,
//!                and `journal.building.db`, `journal.successor-<time>.db` while that goes on
//! copies/        daily copies of the journal without personal data, the last three
//! ballast        takes room that the journal gets when the disk is full
//! ```

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use rand::TryRng;
use rand::rngs::SysRng;
use serde::{Deserialize, Serialize};
use shared::id::DeviceId;
use shared::wire::{Desk, Incarnation, SignedIn};

use crate::cloud::SEED_BYTES;
use crate::journal::JournalError;

/// Names the data folder for every program of the counter.
pub const DATA_VARIABLE: &str = "COUNTER_DATA";

/// The folder, held by this process for as long as this value lives.
pub struct Place {
    folder: PathBuf,
    _lock: File,
}

/// How often the program began on this disk, and in which incarnation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptBoots {
    pub incarnation: Incarnation,
    pub boots: i64,
}

/// The sign-in that survives a restart.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeptSession {
    pub server_url: String,
    #[serde(flatten)]
    pub signed_in: SignedIn,
}

impl Place {
    /// Makes the folder when it is missing, and takes its lock. [`JournalError::Busy`] while another process has it.
    pub fn take(folder: &Path) -> Result<Self, JournalError> {
        create_private_folder(folder)?;
        let path = folder.join("counter.lock");
        let lock = OpenOptions::new().create(true).write(true).truncate(false).open(&path)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder: folder.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(JournalError::Busy { folder: folder.to_owned() }),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The device's id; made at the first call and never changed.
    pub fn device_id(&self) -> Result<DeviceId, JournalError> {
        let path = self.folder.join("device_id");
        match fs::read_to_string(&path) {
            Ok(text) => text
                .trim()
                .parse()
                .map_err(|_| JournalError::Damaged(format!("{} does not hold a device id", path.display()))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let id = DeviceId::fresh();
                write_private(&path, id.to_string().as_bytes())?;
                Ok(id)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What the device's key is made of; made at the first call and never changed.
    pub fn device_seed(&self) -> Result<Vec<u8>, JournalError> {
        let path = self.folder.join("device_key");
        match fs::read(&path) {
            Ok(seed) if seed.len() == SEED_BYTES => Ok(seed),
            Ok(_) => Err(JournalError::Damaged(format!("{} does not hold a key", path.display()))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => self.new_device_seed(),
            Err(error) => Err(error.into()),
        }
    }

    fn new_device_seed(&self) -> Result<Vec<u8>, JournalError> {
        let mut seed = vec![0; SEED_BYTES];
        SysRng.try_fill_bytes(&mut seed).expect("the operating system always has randomness after boot");
        write_private(&self.folder.join("device_key"), &seed)?;
        Ok(seed)
    }

    /// Another device from now on: the key that the server knows for the old one is lost.
    pub fn begin_new_device(&self) -> Result<DeviceId, JournalError> {
        self.new_device_seed()?;
        let id = DeviceId::fresh();
        write_private(&self.folder.join("device_id"), id.to_string().as_bytes())?;
        Ok(id)
    }

    /// The store's people and devices as the server told last.
    pub fn people(&self) -> Option<Desk> {
        serde_json::from_slice(&fs::read(self.folder.join("people.json")).ok()?).ok()
    }

    /// Keeps them, so that names are there without the server.
    pub fn keep_people(&self, desk: &Desk) -> Result<(), JournalError> {
        let text = serde_json::to_vec(desk).expect("names, ids and numbers");
        write_private(&self.folder.join("people.json"), &text)
    }

    /// The starts that were counted beside the journal.
    pub fn boots(&self) -> Option<KeptBoots> {
        serde_json::from_slice(&fs::read(self.folder.join("boots.json")).ok()?).ok()
    }

    /// Counts a start beside the journal.
    pub fn keep_boots(&self, kept: &KeptBoots) -> Result<(), JournalError> {
        let text = serde_json::to_vec(kept).expect("two numbers");
        write_private(&self.folder.join("boots.json"), &text)
    }

    /// The sign-in that was open when the program ended.
    pub fn session(&self) -> Option<KeptSession> {
        let text = fs::read(self.folder.join("session.json")).ok()?;
        // A file that cannot be read means signing in once more, nothing worse.
        serde_json::from_slice(&text).ok()
    }

    /// Keeps the sign-in.
    pub fn keep_session(&self, session: &KeptSession) -> Result<(), JournalError> {
        let text = serde_json::to_vec_pretty(session).expect("a session holds only strings and numbers");
        write_private(&self.folder.join("session.json"), &text)
    }

    /// Forgets the sign-in; the journal and its waiting commands stay.
    pub fn forget_session(&self) -> Result<(), JournalError> {
        match fs::remove_file(self.folder.join("session.json")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// `COUNTER_DATA`, or the user's data folder.
pub fn default_folder() -> PathBuf {
    let from = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    from(DATA_VARIABLE)
        .or_else(|| from("XDG_DATA_HOME").map(|folder| folder.join("simple-order-counter")))
        .or_else(|| from("LOCALAPPDATA").map(|folder| folder.join("simple-order-counter")))
        .or_else(|| from("HOME").map(|home| home.join(".local/share/simple-order-counter")))
        .unwrap_or_else(|| PathBuf::from("counter-data"))
}

fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Written beside and renamed, so that a power cut leaves the old or the new content.
fn write_private(path: &Path, content: &[u8]) -> Result<(), JournalError> {
    let beside = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    // The new name must be on the disk too, or a power cut right after the first start makes another device of this one.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_at_a_time_and_one_device_id_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::take(folder.path()).unwrap();
        let device = place.device_id().unwrap();
        assert!(matches!(Place::take(folder.path()), Err(JournalError::Busy { .. })));
        drop(place);
        let place = Place::take(folder.path()).unwrap();
        assert_eq!(place.device_id().unwrap(), device);
        let seed = place.device_seed().unwrap();
        assert_eq!(place.device_seed().unwrap(), seed);
        assert_ne!(place.begin_new_device().unwrap(), device);
        assert_ne!(place.device_seed().unwrap(), seed);
    }

    #[cfg(unix)]
    #[test]
    fn the_token_is_readable_by_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let place = Place::take(folder.path()).unwrap();
        write_private(&place.folder().join("session.json"), b"{}").unwrap();
        place.device_seed().unwrap();
        for name in ["session.json", "device_key"] {
            let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        place.forget_session().unwrap();
        assert!(place.session().is_none());
    }
}
