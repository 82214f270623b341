//! The thread that owns the writing connection, and the handle that others use.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, params};
use shared::TimeMs;
use shared::id::{CommandKey, OrderId};
use shared::log::Position;
use shared::wire::{Command, CommandAction, CommandAnswer, LogEntry, Snapshot};
use tokio::sync::{mpsc, oneshot};

use super::{
    Appended, JournalError, Loaded, SoundAbout, StoredEvent, Waiting, append, baseline, current_branch,
    facts, load, open, outbox,
};
use crate::clock;

/// Requests that may wait for the owner; a caller beyond that waits itself.
const QUEUE: usize = 256;

/// Gets the connection, or why there is none; says whether the connection must be thrown away.
type Request = Box<dyn FnOnce(Result<&mut Connection, JournalError>) -> bool + Send>;

/// The journal. Cheap to clone; the owner thread ends when the last handle is gone.
#[derive(Clone)]
pub struct Journal {
    requests: mpsc::Sender<Request>,
    set_aside: Option<Arc<PathBuf>>,
}

impl Journal {
    /// Opens the journal in `folder`, whose lock the caller holds. Blocks while it checks the file.
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        let opened = open::open_checked(folder, clock::now())?;
        let mut connection = opened.connection;
        outbox::prune(&mut connection, clock::now())?;
        let (requests, queue) = mpsc::channel(QUEUE);
        let folder = folder.to_owned();
        std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || own(connection, &folder, queue))?;
        Ok(Self { requests, set_aside: opened.set_aside.map(Arc::new) })
    }

    /// Where a damaged journal was put at this start.
    pub fn set_aside(&self) -> Option<&Path> {
        self.set_aside.as_deref().map(PathBuf::as_path)
    }

    /// Everything that a start needs.
    pub async fn load(&self) -> Result<Loaded, JournalError> {
        self.ask(|connection| load::load(connection)).await
    }

    /// At most `limit` events of the current branch after event `after`; personal data is in [`Journal::load`].
    pub async fn events(&self, after: i64, limit: usize) -> Result<Vec<StoredEvent>, JournalError> {
        self.ask(move |connection| load::events(connection, after, limit)).await
    }

    /// Where the journal ends; `None` before the first snapshot.
    pub async fn head(&self) -> Result<Option<Position>, JournalError> {
        self.ask(|connection| Ok(current_branch(connection)?.map(|branch| branch.head()))).await
    }

    /// Appends what follows, in one durable commit.
    pub async fn append(&self, entries: Vec<LogEntry>, now: TimeMs) -> Result<Appended, JournalError> {
        self.ask(move |connection| append::append(connection, &entries, now)).await
    }

    /// Starts over from a snapshot; the old branch is kept and marked. Returns how many events it had.
    pub async fn rebase(
        &self,
        snapshot: Snapshot,
        reason: &'static str,
        now: TimeMs,
    ) -> Result<i64, JournalError> {
        self.ask(move |connection| baseline::rebase(connection, &snapshot, reason, now)).await
    }

    /// Keeps what the fold made of the current branch up to `seq`.
    pub async fn checkpoint(&self, branch: i64, seq: i64, orders: String) -> Result<(), JournalError> {
        self.ask(move |connection| {
            connection.execute(
                "INSERT OR REPLACE INTO checkpoint (branch, seq, orders) VALUES (?, ?, ?)",
                params![branch, seq, orders],
            )?;
            Ok(())
        })
        .await
    }

    /// Keeps a command, with the key that it will have for ever.
    pub async fn queue(
        &self,
        order_id: OrderId,
        expected_version: Option<u32>,
        action: CommandAction,
        now: TimeMs,
    ) -> Result<Command, JournalError> {
        self.ask(move |connection| outbox::queue(connection, order_id, expected_version, action, now)).await
    }

    /// The oldest commands without an answer, marked as sent.
    pub async fn take_to_send(&self, limit: usize) -> Result<Vec<Command>, JournalError> {
        self.ask(move |connection| outbox::take_to_send(connection, limit)).await
    }

    /// Stores the server's answers.
    pub async fn answer(&self, answers: Vec<CommandAnswer>, now: TimeMs) -> Result<(), JournalError> {
        self.ask(move |connection| outbox::answer(connection, &answers, now)).await
    }

    /// The commands that are not settled.
    pub async fn waiting(&self) -> Result<Vec<Waiting>, JournalError> {
        self.ask(|connection| outbox::waiting(connection)).await
    }

    /// One command, settled or not.
    pub async fn command(&self, key: CommandKey) -> Result<Option<Waiting>, JournalError> {
        self.ask(move |connection| outbox::find(connection, key)).await
    }

    /// A person has read a refusal.
    pub async fn dismiss(&self, key: CommandKey) -> Result<(), JournalError> {
        self.ask(move |connection| outbox::dismiss(connection, key)).await
    }

    /// A person stopped the sound of an order.
    pub async fn acknowledge(
        &self,
        order_id: OrderId,
        about: SoundAbout,
        now: TimeMs,
    ) -> Result<(), JournalError> {
        self.ask(move |connection| facts::acknowledge(connection, order_id, about, now)).await
    }

    /// Keeps a small fact.
    pub async fn put_fact(&self, name: &'static str, value: String) -> Result<(), JournalError> {
        self.ask(move |connection| facts::put(connection, name, &value)).await
    }

    /// Reads a small fact.
    pub async fn fact(&self, name: &'static str) -> Result<Option<String>, JournalError> {
        self.ask(move |connection| facts::get(connection, name)).await
    }

    /// Erases the personal data of one order; the log and its chain stay whole.
    pub async fn erase_private(&self, order_id: OrderId) -> Result<(), JournalError> {
        self.ask(move |connection| {
            connection.pragma_update(None, "secure_delete", true)?;
            connection.execute("DELETE FROM private WHERE order_id = ?", [order_id.to_string()])?;
            Ok(())
        })
        .await
    }

    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, JournalError> + Send + 'static,
    ) -> Result<T, JournalError> {
        let (reply, answer) = oneshot::channel();
        let request: Request = Box::new(move |connection| {
            let result = connection.and_then(work);
            let poisoned = matches!(&result, Err(error) if error.poisons());
            // A caller that went away does not make the work undone.
            let _ = reply.send(result);
            poisoned
        });
        self.requests.send(request).await.map_err(|_| JournalError::Stopped)?;
        answer.await.map_err(|_| JournalError::Stopped)?
    }
}

fn own(connection: Connection, folder: &Path, mut queue: mpsc::Receiver<Request>) {
    let mut current = Some(connection);
    while let Some(request) = queue.blocking_recv() {
        if current.is_none() {
            match open::open(folder) {
                Ok(connection) => current = Some(connection),
                Err(error) => {
                    request(Err(error));
                    continue;
                }
            }
        }
        let connection = current.as_mut().ok_or(JournalError::Stopped);
        if request(connection) {
            tracing::error!("the journal's connection reported an error and is opened anew");
            current = None;
        }
    }
}
