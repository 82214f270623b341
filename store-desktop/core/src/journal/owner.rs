//! The thread that owns the writing connection, and the handle that others use.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, params};
use shared::TimeMs;
use shared::id::{CommandKey, DayId, OrderId};
use shared::log::Position;
use shared::wire::{Command, CommandAction, CommandAnswer, LogEntry, Snapshot};
use tokio::sync::{mpsc, oneshot};

use super::error::After;
use super::open::Look;
use super::{
    Appended, Beside, DayEvents, Found, FoundDay, JournalError, Loaded, Search, SetAside, SoundAbout,
    StoredEvent, Waiting, append, baseline, copies, current_branch, facts, history, load, open, outbox,
};
use crate::clock;
use crate::fold::Entry;
use crate::place::KeptBoots;

/// Requests that may wait for the owner; a caller beyond that waits itself.
const QUEUE: usize = 256;
/// Where the program's starts are counted.
const FACT_BOOTS: &str = "boots";

/// Gets the connection, or why there is none; says what is to become of the connection.
type Request = Box<dyn FnOnce(Result<&mut Connection, JournalError>) -> After + Send>;

/// A damaged file that was put away, for whoever asks.
type SharedSetAside = Arc<Mutex<Option<SetAside>>>;

/// The journal. Cheap to clone; the owner thread ends when the last handle is gone.
#[derive(Clone)]
pub struct Journal {
    pub(super) folder: Arc<PathBuf>,
    desk: Desk,
    set_aside: SharedSetAside,
}

/// Where requests are worked on.
#[derive(Clone)]
enum Desk {
    /// In a thread of its own, so that nobody else waits for the disk.
    Thread(mpsc::Sender<Request>),
    /// Wherever they are made.
    Here(Arc<Mutex<Owner>>),
}

impl Journal {
    /// Opens the journal in `folder`, whose lock the caller holds. Blocks while it checks the file.
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        let (owner, set_aside) = Owner::open(folder)?;
        let folder = Arc::clone(&owner.folder);
        let (requests, queue) = mpsc::channel(QUEUE);
        std::thread::Builder::new().name("journal".to_owned()).spawn(move || owner.work(queue))?;
        Ok(Self { folder, desk: Desk::Thread(requests), set_aside })
    }

    /// The same without a thread: every request is worked on where it is made. For a simulation, whose clock stands still meanwhile.
    pub fn open_here(folder: &Path) -> Result<Self, JournalError> {
        let (owner, set_aside) = Owner::open(folder)?;
        let folder = Arc::clone(&owner.folder);
        Ok(Self { folder, desk: Desk::Here(Arc::new(Mutex::new(owner))), set_aside })
    }

    /// The damaged journal that was set aside since this one was opened.
    pub fn set_aside(&self) -> Option<SetAside> {
        self.set_aside.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks at the whole file beside the running counter, drops what nobody needs any more and makes the daily copy. A
    /// damaged file is set aside, as [`Journal::set_aside`] says; the error tells why. Blocks for as long as reading the file takes.
    pub async fn examine(&self, now: TimeMs) -> Result<(), JournalError> {
        let folder = Arc::clone(&self.folder);
        let looking = move || {
            let connection = open::open_read_only(&folder)?;
            open::examine(&connection)
        };
        let looked = tokio::task::spawn_blocking(looking).await.map_err(|_| JournalError::Stopped)?;
        if let Err(error) = looked {
            let told = error.to_string();
            // The owner looks for itself before it believes this.
            let result: Result<(), JournalError> = self.ask(move |_| Err(error)).await;
            self.ask(|_| Ok(())).await?;
            tracing::error!(told, "the journal was examined");
            return result;
        }
        self.ask(move |connection| outbox::prune(connection, now)).await?;
        let folder = Arc::clone(&self.folder);
        let copying = move || copies::copy_today(&folder, now);
        tokio::task::spawn_blocking(copying).await.map_err(|_| JournalError::Stopped)?.map(drop)
    }

    /// Everything that a start needs.
    pub async fn load(&self) -> Result<Loaded, JournalError> {
        self.ask(|connection| load::load(connection)).await
    }

    /// What is kept beside the log for these orders.
    pub async fn beside(&self, orders: Vec<OrderId>) -> Result<Beside, JournalError> {
        self.ask(move |connection| load::beside(connection, &orders)).await
    }

    /// At most `limit` events of the current branch after event `after`; personal data is in [`Journal::beside`].
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
        order_id: impl Into<Option<OrderId>>,
        expected_version: Option<u32>,
        action: CommandAction,
        now: TimeMs,
    ) -> Result<Command, JournalError> {
        let order_id = order_id.into();
        self.ask(move |connection| outbox::queue(connection, order_id, expected_version, action, now)).await
    }

    /// The oldest commands without an answer, marked as sent.
    pub async fn take_to_send(&self, limit: usize) -> Result<Vec<Command>, JournalError> {
        self.take_all_but(Vec::new(), limit).await
    }

    /// The same without those that are held back.
    pub async fn take_all_but(
        &self,
        held: Vec<CommandKey>,
        limit: usize,
    ) -> Result<Vec<Command>, JournalError> {
        self.ask(move |connection| outbox::take_to_send(connection, limit, &held)).await
    }

    /// Takes a command back that was never sent; `false` when it was.
    pub async fn withdraw(&self, key: CommandKey, now: TimeMs) -> Result<bool, JournalError> {
        self.ask(move |connection| outbox::withdraw(connection, key, now)).await
    }

    /// Keeps commands that were given while the disk took nothing, as they were sent.
    pub async fn keep(&self, commands: Vec<Command>) -> Result<(), JournalError> {
        self.ask(move |connection| outbox::keep(connection, &commands)).await
    }

    /// Stores the server's answers; returns those that stand. A command whose number another copy of this disk had used is
    /// numbered anew and waits again.
    pub async fn answer(
        &self,
        answers: Vec<CommandAnswer>,
        now: TimeMs,
    ) -> Result<Vec<CommandAnswer>, JournalError> {
        self.ask(move |connection| outbox::answer(connection, answers, now)).await
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

    /// How often the program began on this journal, and in which incarnation.
    pub async fn boots(&self) -> Result<KeptBoots, JournalError> {
        self.ask(|connection| {
            let boots = facts::get(connection, FACT_BOOTS)?.and_then(|text| text.parse().ok()).unwrap_or(0);
            Ok(KeptBoots { incarnation: outbox::incarnation(connection)?, boots })
        })
        .await
    }

    /// Counts a start.
    pub async fn keep_boots(&self, kept: KeptBoots) -> Result<(), JournalError> {
        self.ask(move |connection| {
            let transaction = connection.transaction()?;
            facts::put(&transaction, outbox::FACT_INCARNATION, &kept.incarnation.0.to_string())?;
            facts::put(&transaction, FACT_BOOTS, &kept.boots.to_string())?;
            Ok(transaction.commit()?)
        })
        .await
    }

    /// Looks at the file beside the running counter, without holding up its work.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Connection) -> Result<T, JournalError> + Send + 'static,
    ) -> Result<T, JournalError> {
        let folder = Arc::clone(&self.folder);
        let looking = move || look(&open::open_read_only(&folder)?);
        tokio::task::spawn_blocking(looking).await.map_err(|_| JournalError::Stopped)?
    }

    /// Takes the index of past orders one step further; `false` when it is at the end.
    pub async fn index_history(&self) -> Result<bool, JournalError> {
        self.ask(history::index).await
    }

    /// Throws the index of past orders away, to be made anew.
    pub async fn forget_history(&self) -> Result<(), JournalError> {
        self.ask(history::forget).await
    }

    /// The newest orders that fit, with what their events make of them; one more than the limit when there are more.
    pub async fn find_orders(&self, search: Search) -> Result<Vec<Entry>, JournalError> {
        self.look(move |connection| history::entries(connection, &history::find(connection, &search)?)).await
    }

    /// One order of any day.
    pub async fn find_order(&self, order_id: OrderId) -> Result<Option<Entry>, JournalError> {
        self.look(move |connection| {
            let found: Vec<Found> = history::find_one(connection, order_id)?.into_iter().collect();
            Ok(history::entries(connection, &found)?.pop())
        })
        .await
    }

    /// The newest days.
    pub async fn days(&self, limit: usize) -> Result<Vec<FoundDay>, JournalError> {
        self.look(move |connection| history::days(connection, limit)).await
    }

    /// Everything that the log says of one day, or of the latest one.
    pub async fn day_events(&self, day_id: Option<DayId>) -> Result<Option<DayEvents>, JournalError> {
        self.look(move |connection| history::day_events(connection, day_id)).await
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

    pub(super) async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, JournalError> + Send + 'static,
    ) -> Result<T, JournalError> {
        let (reply, answer) = oneshot::channel();
        let request: Request = Box::new(move |connection| {
            let result = connection.and_then(work);
            let after = result.as_ref().err().map_or(After::GoOn, JournalError::after);
            // A caller that went away does not make the work undone.
            let _ = reply.send(result);
            after
        });
        match &self.desk {
            Desk::Thread(requests) => requests.send(request).await.map_err(|_| JournalError::Stopped)?,
            Desk::Here(owner) => owner.lock().unwrap_or_else(PoisonError::into_inner).serve(request),
        }
        answer.await.map_err(|_| JournalError::Stopped)?
    }
}

/// What the journal's own thread has.
struct Owner {
    folder: Arc<PathBuf>,
    connection: Option<Connection>,
    /// How much to look at when the file is opened the next time.
    look: Look,
    set_aside: SharedSetAside,
}

impl Owner {
    fn open(folder: &Path) -> Result<(Self, SharedSetAside), JournalError> {
        let opened = open::open_checked(folder, Look::AtStart, clock::now())?;
        let set_aside = Arc::new(Mutex::new(opened.set_aside));
        let owner = Self {
            folder: Arc::new(folder.to_owned()),
            connection: Some(opened.connection),
            look: Look::AtStart,
            set_aside: Arc::clone(&set_aside),
        };
        Ok((owner, set_aside))
    }

    fn work(mut self, mut queue: mpsc::Receiver<Request>) {
        while let Some(request) = queue.blocking_recv() {
            self.serve(request);
        }
    }

    fn serve(&mut self, request: Request) {
        match request(self.ready()) {
            After::GoOn => {}
            After::Reopen => self.connection = None,
            After::Examine => (self.connection, self.look) = (None, Look::AtAll),
        }
    }

    /// The connection; a new one when the last one reported an error.
    fn ready(&mut self) -> Result<&mut Connection, JournalError> {
        if self.connection.is_none() {
            tracing::error!("the journal's connection reported an error and is opened anew");
            let opened = open::open_again(&self.folder, self.look, clock::now())?;
            if opened.set_aside.is_some() {
                *self.set_aside.lock().unwrap_or_else(PoisonError::into_inner) = opened.set_aside;
            }
            (self.connection, self.look) = (Some(opened.connection), Look::AtStart);
        }
        self.connection.as_mut().ok_or(JournalError::Stopped)
    }
}
