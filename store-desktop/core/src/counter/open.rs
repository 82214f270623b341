//! Opening a counter: take the folder, check the journal, fold it.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::sync::{Notify, broadcast, watch};

use super::disk::{BALLAST_BYTES, Ballast, DiskSpace, Trust};
use super::{Counter, Language, People, State, life};
use crate::alarm::{AlarmOutput, Loudspeaker};
use crate::documents::{Documents, FACT_MENU, FACT_SCHEDULE};
use crate::fold::Ledger;
use crate::journal::{Journal, JournalError, Loaded, LoadedBranch, PrintJob};
use crate::place::Place;
use crate::sync::Timing;
use crate::sync::link::{LinkState, Now};

/// Happenings that a slow watcher may be behind before it misses some.
const OCCURRENCES: usize = 4_096;
/// Events after which the fold is saved, so that the next start is quick.
pub(super) const CHECKPOINT_EVERY: u64 = 1_000;
/// Events that are read at once for the fold.
const FOLD_PAGE: usize = 2_000;
/// Folds of another program version are made anew: it may read events that this one could not.
const CHECKPOINT_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " with days and pieces");
/// How long a press can be taken back.
const UNDO_WINDOW: Duration = Duration::from_secs(5);

pub(super) const FACT_SERVER: &str = "server_url";
pub(super) const FACT_LANGUAGE: &str = "language";
pub(super) const FACT_STORE: &str = "store_id";
pub(super) const FACT_HEARD: &str = "sounds_heard";
pub(super) const FACT_OPENING: &str = "opening_check";

/// What may differ between a window, a headless counter and a test.
#[derive(Debug, Clone)]
pub struct Options {
    /// Shown in the sign-in form before anybody signed in.
    pub server_url: Option<String>,
    pub timing: Timing,
    /// Room that is held free for the journal; 0 for none.
    pub ballast_bytes: u64,
    /// How long a press about an order stays on this computer before it is sent, so that it can be taken back.
    pub undo_window: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            server_url: None,
            timing: Timing::default(),
            ballast_bytes: BALLAST_BYTES,
            undo_window: UNDO_WINDOW,
        }
    }
}

impl Counter {
    /// Opens the counter in `folder`. [`JournalError::Busy`] while another process has it.
    pub async fn open(folder: &Path, options: Options) -> Result<Self, JournalError> {
        let folder = folder.to_owned();
        let ballast = Ballast::new(&folder, options.ballast_bytes);
        let (place, journal) = tokio::task::spawn_blocking(move || {
            let place = Place::take(&folder)?;
            let journal = open_journal(&folder, &ballast)?;
            Ok::<_, JournalError>((place, journal))
        })
        .await
        .map_err(|_| JournalError::Stopped)??;
        Self::on(place, journal, options).await
    }

    /// A counter on a folder that is held and a journal that is open.
    pub async fn on(place: Place, journal: Journal, options: Options) -> Result<Self, JournalError> {
        let life = life::begin(&place, &journal).await?;
        let session = place.session();
        let kept_url = journal.fact(FACT_SERVER).await?;
        let server_url =
            session.as_ref().map(|kept| kept.server_url.clone()).or(kept_url).or(options.server_url);
        let language = journal.fact(FACT_LANGUAGE).await?.as_deref().and_then(Language::from_name);
        let state = State {
            ledger: Ledger::default(),
            branch: None,
            head: None,
            events: 0,
            unsaved: 0,
            waiting: Vec::new(),
            silenced: HashSet::new(),
            session,
            sign_in_problem: None,
            server_url: server_url.unwrap_or_default(),
            link: LinkState::new(Now::read()),
            journal_problem: None,
            alarm_output: AlarmOutput::None,
            calling: Vec::new(),
            language: language.unwrap_or_default(),
            device_id: place.device_id()?,
            people: People::kept(place.people()),
            boot: life.boot,
            // A journal that was set aside is behind for a reason that is told already.
            restored: life.restored && journal.set_aside().is_none(),
            set_aside: journal.set_aside(),
            space: DiskSpace::default(),
            trust: Trust::default(),
            unkept: Vec::new(),
            unproven: HashSet::new(),
            unwritten: Vec::new(),
            held: HashMap::new(),
            recent: VecDeque::new(),
            documents: Documents {
                menu: kept(&journal, FACT_MENU).await?,
                schedule: kept(&journal, FACT_SCHEDULE).await?,
            },
            menu_revision: 0,
            rings: Vec::new(),
            troubles: Vec::new(),
            heard: kept(&journal, FACT_HEARD).await?.unwrap_or(BTreeMap::new()),
            loudspeaker: Loudspeaker::default(),
            opening: kept(&journal, FACT_OPENING).await?,
            print: crate::print::load(&journal).await?,
        };
        let counter = Self {
            ballast: Ballast::new(place.folder(), options.ballast_bytes),
            place,
            journal,
            timing: options.timing,
            undo_window: options.undo_window,
            state: Mutex::new(state),
            writing: tokio::sync::Mutex::new(()),
            is_behind_disk: AtomicBool::new(false),
            revision: watch::channel(0).0,
            heads: watch::channel(None).0,
            occurrences: broadcast::channel(OCCURRENCES).0,
            command_given: Notify::new(),
            people_changed: Notify::new(),
            people_elsewhere: Notify::new(),
            connected_again: Notify::new(),
            documents_named: Notify::new(),
        };
        counter.reload().await?;
        Ok(counter)
    }

    /// Reads everything anew from the journal. One that turns out to be damaged is set aside, and its successor is read.
    pub(super) async fn reload(&self) -> Result<(), JournalError> {
        let read = match self.read_all().await {
            Err(JournalError::Damaged(why)) => {
                tracing::error!(why, "the journal cannot be read");
                self.read_all().await
            }
            read => read,
        };
        let done = match read {
            Ok(()) => self.move_in().await,
            Err(error) => Err(error),
        };
        if done.is_err() {
            self.fall_behind_disk();
        }
        done
    }

    /// Whether memory is of another journal than the one that is open now: a damaged one was set aside.
    pub(crate) fn is_of_another_journal(&self) -> bool {
        self.journal.set_aside() != self.state().set_aside
    }

    /// Gives the successor of a damaged journal what only memory knows. It is memory's journal when it has all of it; until then the next
    /// turn tries again.
    async fn move_in(&self) -> Result<(), JournalError> {
        let aside = self.journal.set_aside();
        if aside == self.state().set_aside {
            return Ok(());
        }
        let jobs: Vec<PrintJob> = self.state().print.jobs.values().cloned().collect();
        let carried = self.with_reserve(|| self.journal.carry_prints(jobs.clone())).await?;
        self.state().print.take_over(carried);
        self.count_commands_anew().await?;
        self.state().set_aside = aside;
        self.changed();
        Ok(())
    }

    async fn read_all(&self) -> Result<(), JournalError> {
        let mut loaded = self.journal.load().await?;
        let mut ledger = Ledger::default();
        let mut unsaved = 0;
        if let Some(branch) = &mut loaded.branch {
            ledger = begin_fold(branch);
            let mut after = branch.folded_to;
            loop {
                let events = self.journal.events(after, FOLD_PAGE).await?;
                let Some(last) = events.last() else { break };
                after = last.position.seq;
                unsaved += events.len() as u64;
                for event in &events {
                    ledger.apply(event);
                }
            }
        }
        let beside = self.journal.beside(ledger.orders.keys().copied().collect()).await?;
        ledger.attach_private(beside.private);
        self.replace(loaded, ledger, unsaved);
        self.state().silenced = beside.acknowledged.into_iter().collect();
        self.checkpoint_if_due().await;
        self.changed();
        Ok(())
    }

    fn replace(&self, loaded: Loaded, ledger: Ledger, unsaved: u64) {
        let mut state = self.state();
        state.ledger = ledger;
        state.events = loaded.event_count;
        state.set_waiting(loaded.waiting);
        state.unsaved = unsaved;
        state.branch = loaded.branch.as_ref().map(|branch| branch.id);
        state.head = loaded.branch.map(|branch| branch.head);
        self.heads.send_replace(state.head.clone());
    }

    /// Saves the fold when enough events came since the last time; a failure only makes the next start slower.
    pub(super) async fn checkpoint_if_due(&self) {
        let saved = {
            let mut state = self.state();
            if state.unsaved < CHECKPOINT_EVERY {
                return;
            }
            state.unsaved = 0;
            let (Some(branch), Some(head)) = (state.branch, &state.head) else { return };
            let kept = serde_json::json!({ "version": CHECKPOINT_VERSION, "ledger": state.ledger });
            (branch, head.seq, kept.to_string())
        };
        let (branch, seq, orders) = saved;
        if let Err(error) = self.journal.checkpoint(branch, seq, orders).await {
            tracing::warn!(%error, "the fold could not be saved");
        }
    }
}

/// Opens the journal. Where there is no room for what opening writes, the ballast goes, and it is tried once more: a full disk must not keep
/// the counter from starting.
fn open_journal(folder: &Path, ballast: &Ballast) -> Result<Journal, JournalError> {
    match Journal::open(folder) {
        Err(error) if lacks_room(&error, folder) && ballast.drop_it() => {
            tracing::warn!(%error, "the disk is full: the reserve was given to the journal");
            Journal::open(folder)
        }
        opened => opened,
    }
}

/// SQLite does not always say that the disk is full when it is: a file that cannot be made cannot be opened either.
fn lacks_room(error: &JournalError, folder: &Path) -> bool {
    error.is_for_want_of_room() || (error.is_disk_trouble() && DiskSpace::is_none_left(folder))
}

/// A fact that was kept as JSON. One that cannot be read was another version's, and is made anew.
async fn kept<T: DeserializeOwned>(journal: &Journal, name: &'static str) -> Result<Option<T>, JournalError> {
    let fact = journal.fact(name).await?;
    Ok(fact.and_then(|text| serde_json::from_str(&text).ok()))
}

/// The orders that the branch's events are applied to. A checkpoint that is of no use sends the fold back to the snapshot.
fn begin_fold(branch: &mut LoadedBranch) -> Ledger {
    if let Some(ledger) = branch.checkpoint.as_deref().and_then(read_checkpoint) {
        return ledger;
    }
    branch.folded_to = branch.snapshot.position.seq;
    Ledger::from_snapshot(&branch.snapshot, branch.started_at)
}

fn read_checkpoint(kept: &str) -> Option<Ledger> {
    let mut kept: serde_json::Value = serde_json::from_str(kept).ok()?;
    if kept["version"] != CHECKPOINT_VERSION {
        return None;
    }
    serde_json::from_value(kept["ledger"].take()).ok()
}
