//! The view (화면): everything that a window shows, made anew from the journal's fold, the waiting commands and the link.

mod project;

use serde::Serialize;
use shared::id::{CommandKey, OrderId};
use shared::order::{Actor, Order};
use shared::wire::{CommandAction, DayCard, Private, Problem, StoreCard};
use shared::{Code, TimeMs};

use crate::alarm::AlarmOutput;
use crate::counter::Language;
use crate::sync::link::Link;

pub use project::project;

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
    pub day: Option<DayCard>,
    pub server_url: String,
    pub link: Link,
    pub lanes: Lanes,
    pub alarm: AlarmView,
    pub outbox: OutboxView,
    /// Commands that the server refused, until dismissed.
    pub refusals: Vec<Refusal>,
    pub journal: JournalView,
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

/// The alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct AlarmView {
    pub sounding: bool,
    pub order_ids: Vec<OrderId>,
    pub output: AlarmOutput,
    pub problem: Option<String>,
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

/// A command that had no effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Refusal {
    pub key: CommandKey,
    pub order_id: OrderId,
    pub action: CommandAction,
    pub code: Code,
    pub refused_at: TimeMs,
    pub korean: String,
    pub english: String,
    pub number: Option<u32>,
    pub call_name: Option<String>,
}
