//! `POST /v1/store/commands`: everything that a counter can change.

use serde::{Deserialize, Serialize};

use super::Incarnation;
use crate::availability::{Sellable, SoldOutUntil};
use crate::day::{BreakCause, DayCommand};
use crate::id::{CommandKey, DayId, ItemKey, OrderId};
use crate::log::Position;
use crate::menu::MenuEdit;
use crate::order::{CancelReason, OrderCommand, RejectReason, Settlement};
use crate::reservation::ReservationRules;
use crate::schedule::{SchedulePolicy, WeekSchedule};
use crate::{Code, TimeMs, Won};

/// Most commands of one request.
pub const MAX_COMMANDS: usize = 100;

/// The request body. Each entry is read by itself, so that one that nobody knows does not stop the others.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CommandBatch {
    pub commands: Vec<serde_json::Value>,
}

/// One command of a counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Command {
    /// Made and stored before the command is first sent.
    pub key: CommandKey,
    /// Counts the device's commands from 1, without holes.
    pub device_seq: i64,
    /// The device's memory in which `device_seq` counts; 0 from programs that know no incarnations.
    #[serde(default, skip_serializing_if = "Incarnation::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Incarnation>"))]
    pub incarnation: Incarnation,
    /// The counter's clock; shown, never used to decide.
    pub made_at: TimeMs,
    /// The order it is about; commands about the store have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub order_id: Option<OrderId>,
    /// The order's version that the person saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_version: Option<u32>,
    #[serde(flatten)]
    pub action: CommandAction,
}

/// What the command asks for: first of an order, then of the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CommandAction {
    Accept {
        prep_minutes: u32,
    },
    Reject {
        reason: RejectReason,
    },
    Cooking,
    Ready,
    HandedOver,
    Cancel {
        reason: CancelReason,
    },
    SettleConflict {
        settlement: Settlement,
    },
    /// Gives `amount` won of what was paid back; the order goes on.
    RefundPart {
        amount: Won,
        reason: CancelReason,
    },
    DayPrepare,
    DayOpen,
    BreakStart {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        until: Option<TimeMs>,
        cause: BreakCause,
    },
    BreakEnd,
    BusySet {
        extra_minutes: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        until: Option<TimeMs>,
    },
    ClosingStart,
    ClosingResume,
    SoldOut {
        what: Sellable,
        until: SoldOutUntil,
    },
    BackOnSale {
        what: Sellable,
    },
    StockSet {
        item: ItemKey,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        pieces: Option<u32>,
    },
    MenuEdit {
        edit: MenuEdit,
    },
    /// `holidays` are dates such as `2027-02-07`.
    ScheduleSet {
        schedule: WeekSchedule,
        holidays: Vec<String>,
        /// What the server does by itself; as it was when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        policy: Option<SchedulePolicy>,
        /// What may be ordered for later; as it was when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        reservations: Option<ReservationRules>,
    },
}

/// What a command is about, with what the domain makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Order(OrderCommand),
    Day(DayCommand),
    /// The menu, what is sold out of it, or the schedule: the action says it all.
    Store,
}

impl CommandAction {
    /// The names that exist, for telling an unknown kind from a malformed command.
    pub const KINDS: [&'static str; 20] = [
        "accept",
        "reject",
        "cooking",
        "ready",
        "handed_over",
        "cancel",
        "settle_conflict",
        "refund_part",
        "day_prepare",
        "day_open",
        "break_start",
        "break_end",
        "busy_set",
        "closing_start",
        "closing_resume",
        "sold_out",
        "back_on_sale",
        "stock_set",
        "menu_edit",
        "schedule_set",
    ];

    /// Its name.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Accept { .. } => "accept",
            Self::Reject { .. } => "reject",
            Self::Cooking => "cooking",
            Self::Ready => "ready",
            Self::HandedOver => "handed_over",
            Self::Cancel { .. } => "cancel",
            Self::SettleConflict { .. } => "settle_conflict",
            Self::RefundPart { .. } => "refund_part",
            Self::DayPrepare => "day_prepare",
            Self::DayOpen => "day_open",
            Self::BreakStart { .. } => "break_start",
            Self::BreakEnd => "break_end",
            Self::BusySet { .. } => "busy_set",
            Self::ClosingStart => "closing_start",
            Self::ClosingResume => "closing_resume",
            Self::SoldOut { .. } => "sold_out",
            Self::BackOnSale { .. } => "back_on_sale",
            Self::StockSet { .. } => "stock_set",
            Self::MenuEdit { .. } => "menu_edit",
            Self::ScheduleSet { .. } => "schedule_set",
        }
    }

    /// What it is about.
    pub fn target(&self) -> Target {
        match self {
            Self::Accept { prep_minutes } => {
                Target::Order(OrderCommand::Accept { prep_minutes: *prep_minutes })
            }
            Self::Reject { reason } => Target::Order(OrderCommand::Reject { reason: *reason }),
            Self::Cooking => Target::Order(OrderCommand::StartCooking),
            Self::Ready => Target::Order(OrderCommand::MarkReady),
            Self::HandedOver => Target::Order(OrderCommand::HandOver),
            Self::Cancel { reason } => Target::Order(OrderCommand::Cancel { reason: *reason }),
            Self::SettleConflict { settlement } => {
                Target::Order(OrderCommand::SettleConflict { settlement: *settlement })
            }
            Self::RefundPart { amount, reason } => {
                Target::Order(OrderCommand::RefundPart { amount: *amount, reason: *reason })
            }
            Self::DayPrepare => Target::Day(DayCommand::Prepare),
            Self::DayOpen => Target::Day(DayCommand::Open),
            Self::BreakStart { until, cause } => {
                Target::Day(DayCommand::StartBreak { until: *until, cause: *cause })
            }
            Self::BreakEnd => Target::Day(DayCommand::EndBreak),
            Self::BusySet { extra_minutes, until } => {
                Target::Day(DayCommand::SetBusy { extra_minutes: *extra_minutes, until: *until })
            }
            Self::ClosingStart => Target::Day(DayCommand::StartClosing),
            Self::ClosingResume => Target::Day(DayCommand::ResumeSales),
            Self::SoldOut { .. }
            | Self::BackOnSale { .. }
            | Self::StockSet { .. }
            | Self::MenuEdit { .. }
            | Self::ScheduleSet { .. } => Target::Store,
        }
    }

    /// Whether it is about one order.
    pub fn needs_order(&self) -> bool {
        matches!(self.target(), Target::Order(_))
    }

    /// Whether only the owner may ask for it.
    pub fn needs_owner(&self) -> bool {
        match self {
            Self::RefundPart { .. } | Self::MenuEdit { .. } | Self::ScheduleSet { .. } => true,
            Self::Accept { .. }
            | Self::Reject { .. }
            | Self::Cooking
            | Self::Ready
            | Self::HandedOver
            | Self::Cancel { .. }
            | Self::SettleConflict { .. }
            | Self::DayPrepare
            | Self::DayOpen
            | Self::BreakStart { .. }
            | Self::BreakEnd
            | Self::BusySet { .. }
            | Self::ClosingStart
            | Self::ClosingResume
            | Self::SoldOut { .. }
            | Self::BackOnSale { .. }
            | Self::StockSet { .. } => false,
        }
    }

    /// Whether it reports a fact from the kitchen, which is recorded whatever version the person saw.
    pub fn is_kitchen_fact(&self) -> bool {
        matches!(self, Self::Cooking | Self::Ready | Self::HandedOver)
    }
}

impl Command {
    /// The day that this command begins, where it begins one: its key, so that a counter without a line and the server agree.
    pub fn day_id(&self) -> DayId {
        DayId(self.key.0)
    }
}

/// The answer, in the order of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandAnswers {
    pub answers: Vec<CommandAnswer>,
}

/// What became of one command; stored with its effect and the same for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CommandAnswer {
    /// Absent only when the command was too broken to have one.
    pub key: Option<CommandKey>,
    pub outcome: Outcome,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// Where the log stood after it took effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
}

/// The three fates of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Applied,
    /// The same command came before; nothing happened a second time.
    AlreadyApplied,
    Refused,
}
