//! The counter (카운터): the journal and what it holds in memory, kept in step. Every change goes to the journal first;
//! memory follows, and then whoever watches.

mod changes;
mod disk;
mod documents;
mod life;
mod mend;
mod occurrence;
mod open;
mod opening;
mod people;
mod session;
mod state;
mod turn;
mod undo;
mod upkeep;
mod write_through;

use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use shared::log::Position;
use tokio::sync::{Notify, broadcast, watch};

use crate::alarm::{AlarmOutput, AlarmSource, Caller, callers, with_troubles};
use crate::journal::Journal;
use crate::place::Place;
use crate::sync::Timing;
use crate::sync::link::{Connection, Link, LinkState, Now};

pub use disk::{BALLAST_BYTES, Ballast, DiskSpace, Trust};
pub use occurrence::Occurrence;
pub use open::Options;
pub use people::People;
pub use state::{Held, Language, State};
pub use undo::RECALL_MS;

/// A counter on one data folder.
pub struct Counter {
    place: Place,
    journal: Journal,
    timing: Timing,
    ballast: Ballast,
    state: Mutex<State>,
    /// Held from the journal's commit to the change in memory, so that both happen in the same order; see [`turn`].
    writing: tokio::sync::Mutex<()>,
    /// The disk may have what memory does not.
    is_behind_disk: AtomicBool,
    revision: watch::Sender<u64>,
    heads: watch::Sender<Option<Position>>,
    occurrences: broadcast::Sender<Occurrence>,
    command_given: Notify,
    people_changed: Notify,
    people_elsewhere: Notify,
    connected_again: Notify,
    /// The log names a menu or hours that are not here.
    documents_named: Notify,
    /// How long a press can be taken back.
    undo_window: Duration,
}

impl Counter {
    /// Reads what is in memory. Never held across an await.
    pub fn state(&self) -> MutexGuard<'_, State> {
        // A panic while it was held left plain data behind; the journal has the truth.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Grows whenever something changed.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    /// What happens from now on. A receiver that is too slow misses some and is told so.
    pub fn occurrences(&self) -> broadcast::Receiver<Occurrence> {
        self.occurrences.subscribe()
    }

    /// The journal, for tests and tools.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The data folder.
    pub fn place(&self) -> &Place {
        &self.place
    }

    pub(crate) fn timing(&self) -> Timing {
        self.timing
    }

    pub(crate) fn heads(&self) -> watch::Receiver<Option<Position>> {
        self.heads.subscribe()
    }

    /// Where the journal ends.
    pub fn head(&self) -> Option<Position> {
        self.state().head.clone()
    }

    /// Returns when a command was given, or when one that was held may leave.
    pub(crate) async fn command_given(&self) {
        let release = self.state().held.values().map(|held| held.until).min();
        match release {
            Some(release) => {
                tokio::select! {
                    biased;
                    () = self.command_given.notified() => {}
                    () = tokio::time::sleep_until(release) => {}
                }
            }
            None => self.command_given.notified().await,
        }
    }

    pub(crate) async fn connected_again(&self) {
        self.connected_again.notified().await;
    }

    pub(crate) fn changed(&self) {
        self.revision.send_modify(|revision| *revision += 1);
    }

    fn happened(&self, occurrence: Occurrence) {
        // Nobody listens: that is fine.
        let _ = self.occurrences.send(occurrence);
    }

    /// The link light now; tells the watchers when it changed.
    pub fn link(&self) -> Link {
        self.with_link(|_, _| {})
    }

    pub(crate) fn connection(&self, connection: Connection) {
        if connection == Connection::Live {
            self.connected_again.notify_one();
        }
        self.with_link(|link, now| link.connection(connection, now));
    }

    pub(crate) fn beat(&self, beat: &shared::wire::Beat) {
        self.beat_of_people(beat);
        self.with_link(|link, now| link.beat(beat, now));
    }

    fn with_link(&self, change: impl FnOnce(&mut LinkState, Now)) -> Link {
        let now = Now::read();
        let (before, link) = {
            let mut state = self.state();
            let before = state.link.shown();
            change(&mut state.link, now);
            (before, state.link.show(now))
        };
        if before != Some((link.light, link.cause)) {
            self.happened(Occurrence::Link { light: link.light, cause: link.cause });
            self.changed();
        }
        link
    }

    pub(crate) fn journal_problem(&self, problem: Option<String>) {
        self.state().journal_problem = problem;
        self.changed();
    }
}

impl AlarmSource for std::sync::Weak<Counter> {
    fn callers(&self) -> Vec<Caller> {
        let Some(counter) = self.upgrade() else { return Vec::new() };
        let state = counter.state();
        // Whoever took the counter over hears it there, and a viewer's screen is not where orders are answered.
        if state.session.is_none() || state.is_viewer() {
            return Vec::new();
        }
        with_troubles(callers(&state.ledger, &state.proven(), &state.silenced), &state.troubles)
    }

    fn report(&self, output: AlarmOutput, callers: &[Caller]) {
        let Some(counter) = self.upgrade() else { return };
        let order_ids: Vec<_> = callers.iter().filter_map(|caller| caller.order_id).collect();
        {
            let mut state = counter.state();
            state.alarm_output = output;
            state.calling.clone_from(&order_ids);
            state.rings = callers.to_vec();
        }
        counter.happened(Occurrence::Alarm { sounding: !callers.is_empty(), order_ids, output });
        counter.changed();
    }
}
