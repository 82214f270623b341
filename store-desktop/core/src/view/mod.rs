//! The view (화면): everything that a window shows, made anew from the journal's fold, the waiting commands and the link.

mod account;
mod check;
mod conflict;
mod day;
mod lanes;
mod opening;
mod project;
mod reminder;
mod sounds;
mod store;

use serde::Serialize;
use shared::TimeMs;
use shared::availability::{Availability, SoldOut};
use shared::day::Day;
use shared::order::{Actor, Order};
use shared::reservation::ReservationProblem;
use shared::wire::{CommandAction, Desk, Private, Problem, StoreCard};

use crate::closing::CloseView;
use crate::counter::Language;
use crate::print::PrintView;
use crate::sync::link::Link;

pub use account::{AccountView, PendingSignIn, account, desk};
pub use conflict::{ConflictView, Refusal, Suggestion, Undo};
pub use day::{ClockView, Counts, DayAction, DayView, Reminder, ReminderKind, Transition, TransitionKind};
pub use lanes::card;
pub use opening::{CheckItem, CheckState, CheckWhat, OpeningResult, OpeningView};
pub use project::project;
pub use reminder::{next_transition, reminder};
pub use sounds::{AlarmView, RingView, SoundsView};

/// The whole window.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct View {
    /// The counter's own clock when the view was made.
    pub now: TimeMs,
    /// Server time minus counter clock in milliseconds, by the last beat.
    pub server_offset_ms: i64,
    pub screen: Screen,
    pub store: Option<StoreCard>,
    pub login_id: Option<String>,
    /// Who is signed in, and for how long.
    pub account: Option<AccountView>,
    /// People, devices and requests of the store, as the server told last.
    pub desk: Option<Desk>,
    /// A sign-in on this device that waits to be confirmed.
    pub pending_sign_in: Option<PendingSignIn>,
    /// The latest business day, running or closed, as it will probably be.
    pub day: Option<Day>,
    pub day_view: DayView,
    /// The closing wizard, while one is open.
    pub closing: Option<CloseView>,
    /// Minutes that busy mode adds to a promise made now.
    pub busy_minutes: u32,
    /// What is sold out or counted, as it will probably be.
    pub availability: Availability,
    /// What was sold out before this day began and still is.
    pub sold_out_before: Vec<SoldOut>,
    /// The version of the menu; absent until this computer has it.
    pub menu_version: Option<i64>,
    /// Another number than before whenever the answer of `menu` changes.
    pub menu_revision: u64,
    /// Commands about the store that have no answer yet, in order.
    pub store_waiting: Vec<CommandAction>,
    /// The latest press that can be taken back.
    pub undo: Option<Undo>,
    /// What a person has to settle.
    pub conflicts: Vec<ConflictView>,
    pub counts: Counts,
    pub clock: ClockView,
    /// A viewer: everything is shown and nothing may be pressed.
    pub read_only: bool,
    pub opening: OpeningView,
    pub sounds: SoundsView,
    pub server_url: String,
    pub link: Link,
    pub lanes: Lanes,
    pub alarm: AlarmView,
    pub outbox: OutboxView,
    /// Commands that the server refused, until dismissed.
    pub refusals: Vec<Refusal>,
    pub journal: JournalView,
    /// Printers, and tickets that are not on paper.
    pub print: PrintView,
    /// Why the counter is signed out, when it was not the person's own wish.
    pub sign_in_problem: Option<Problem>,
    pub language: Language,
}

/// Which screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Screen {
    SignIn,
    Counter,
}

/// Orders by what is to be done next; oldest first, ended ones newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Lanes {
    /// Paid for a later time; the next one first.
    pub reserved: Vec<OrderCard>,
    /// Placed, to be answered.
    pub fresh: Vec<OrderCard>,
    /// Accepted or cooking.
    pub cooking: Vec<OrderCard>,
    pub ready: Vec<OrderCard>,
    /// Ended in the running business day.
    pub done: Vec<OrderCard>,
}

/// One order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct OrderCard {
    pub order: Order,
    pub private: Option<Private>,
    /// Something shown here is a prediction.
    pub provisional: bool,
    /// What was asked for and is not in the log yet.
    pub pending: Vec<CommandAction>,
    /// Somebody has looked at it: it makes no sound.
    pub acknowledged: bool,
    /// It came while this computer was dark or the store was not open, and waits longer than others.
    pub parked: bool,
    /// Why its time cannot be kept any more, if it is a reservation: the day or the hours have changed since.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub reservation_problem: Option<ReservationProblem>,
    /// The latest press, while it can be taken back.
    pub undo: Option<Undo>,
    pub events: Vec<CardEvent>,
}

/// One line of an order's story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CardEvent {
    /// The event's name in the log.
    pub kind: String,
    pub at: TimeMs,
    pub by: Actor,
    pub provisional: bool,
}

/// Commands on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct OutboxView {
    pub waiting: u32,
    pub oldest_made_at: Option<TimeMs>,
}

/// The journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct JournalView {
    pub healthy: bool,
    pub problem: Option<String>,
    /// Where it ends, as `<epoch>.<seq>.<hash8>`.
    pub position: Option<String>,
    pub events: i64,
    /// What a person should know about it, the worst first.
    pub notes: Vec<JournalNote>,
    /// Commands that may have waited in a damaged journal and could not be read, with `commands_lost`.
    pub commands_lost: u32,
}

/// What a person should know about the disk under the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum JournalNote {
    /// There is no room at all: what is pressed counts when the server has answered.
    DiskFull,
    /// The disk failed twice within an hour: what is pressed counts when the server has answered.
    WriteThrough,
    /// A damaged journal was set aside, and some waiting commands could not be carried over.
    CommandsLost,
    /// A damaged journal was set aside; every waiting command was carried over.
    SetAside,
    /// The data was restored from an older copy, or copied from another computer.
    Restored,
    /// Less than 500 MB are free.
    SpaceLow,
    /// Less than 100 MB are free.
    SpaceCritical,
}
