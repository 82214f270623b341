//! What happened to a business day, as the store log says it.

use serde::{Deserialize, Serialize};

use crate::{TimeMs, Won};

/// Why a day changed its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum TransitionCause {
    /// Somebody pressed it.
    #[default]
    ByHand,
    /// The store's schedule.
    Schedule,
    /// The time that was set at the beginning ran out.
    TimeUp,
    /// Nobody closed the day, so the server did.
    Forgotten,
}

impl TransitionCause {
    fn is_by_hand(&self) -> bool {
        *self == Self::ByHand
    }
}

/// Why a store takes a break; customers read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum BreakCause {
    Rest,
    TooBusy,
    Ingredients,
    Equipment,
    /// The break of the weekly schedule.
    Schedule,
    Other,
}

impl BreakCause {
    /// Every cause that a person may choose, in the order the counter offers them.
    pub const BY_HAND: [Self; 5] =
        [Self::Rest, Self::TooBusy, Self::Ingredients, Self::Equipment, Self::Other];

    /// What the customer reads.
    pub fn customer_text(self) -> &'static str {
        match self {
            Self::Rest | Self::Schedule => "잠시 쉬는 시간이에요",
            Self::TooBusy => "주문이 몰려 잠시 주문을 멈췄어요",
            Self::Ingredients => "재료를 준비하고 있어요",
            Self::Equipment => "매장 장비를 손보고 있어요",
            Self::Other => "매장 사정으로 잠시 주문을 멈췄어요",
        }
    }
}

/// A day in numbers, as its closing says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct DayTotals {
    /// Orders that were placed.
    pub orders: u32,
    pub completed: u32,
    pub rejected: u32,
    pub cancelled: u32,
    /// Won that was captured for the day's orders.
    pub captured: Won,
    /// Won of it that went back.
    pub refunded: Won,
}

/// One change of a business day. The names in the log are these in snake case and never change.
///
/// `made_at` is the counter's own clock, where a counter asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DayEvent {
    /// Somebody is at the counter: the day began.
    DayPrepared {
        prepared_at: TimeMs,
        #[serde(default, skip_serializing_if = "TransitionCause::is_by_hand")]
        cause: TransitionCause,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        made_at: Option<TimeMs>,
    },
    /// Orders are taken.
    DayOpened {
        opened_at: TimeMs,
        #[serde(default, skip_serializing_if = "TransitionCause::is_by_hand")]
        cause: TransitionCause,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        made_at: Option<TimeMs>,
    },
    BreakStarted {
        started_at: TimeMs,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<TimeMs>,
        cause: BreakCause,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        made_at: Option<TimeMs>,
    },
    BreakEnded {
        ended_at: TimeMs,
        #[serde(default, skip_serializing_if = "TransitionCause::is_by_hand")]
        cause: TransitionCause,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        made_at: Option<TimeMs>,
    },
    /// Zero minutes: not busy any more.
    BusySet {
        set_at: TimeMs,
        extra_minutes: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<TimeMs>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        made_at: Option<TimeMs>,
    },
    /// No new orders from here on.
    ClosingStarted {
        closing_at: TimeMs,
        #[serde(default, skip_serializing_if = "TransitionCause::is_by_hand")]
        cause: TransitionCause,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        made_at: Option<TimeMs>,
    },
    /// Orders are taken again; a cut that was made means nothing any more.
    ClosingResumed {
        resumed_at: TimeMs,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        made_at: Option<TimeMs>,
    },
    /// The day's books are frozen: they end with event `upto_seq`, the one before this.
    DayCut { cut_at: TimeMs, upto_seq: i64 },
    /// Everything was compared and is equal. `head_hash` is the chain hash of event `upto_seq`, 64 hex digits.
    DayClosed {
        closed_at: TimeMs,
        #[serde(default, skip_serializing_if = "TransitionCause::is_by_hand")]
        cause: TransitionCause,
        upto_seq: i64,
        head_hash: String,
        totals: DayTotals,
    },
}

impl DayEvent {
    /// When it happened, by the server's clock.
    pub fn at(&self) -> TimeMs {
        match self {
            Self::DayPrepared { prepared_at: at, .. }
            | Self::DayOpened { opened_at: at, .. }
            | Self::BreakStarted { started_at: at, .. }
            | Self::BreakEnded { ended_at: at, .. }
            | Self::BusySet { set_at: at, .. }
            | Self::ClosingStarted { closing_at: at, .. }
            | Self::ClosingResumed { resumed_at: at, .. }
            | Self::DayCut { cut_at: at, .. }
            | Self::DayClosed { closed_at: at, .. } => *at,
        }
    }

    /// The event's name in the log.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::DayPrepared { .. } => "day_prepared",
            Self::DayOpened { .. } => "day_opened",
            Self::BreakStarted { .. } => "break_started",
            Self::BreakEnded { .. } => "break_ended",
            Self::BusySet { .. } => "busy_set",
            Self::ClosingStarted { .. } => "closing_started",
            Self::ClosingResumed { .. } => "closing_resumed",
            Self::DayCut { .. } => "day_cut",
            Self::DayClosed { .. } => "day_closed",
        }
    }
}
