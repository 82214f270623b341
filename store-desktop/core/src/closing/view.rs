//! What the window shows of the closing wizard and of the certificates.

use serde::{Deserialize, Serialize};
use shared::TimeMs;
use shared::certificate::{Certificate, SignedCertificate};
use shared::day::DayTotals;
use shared::id::{DayId, OrderId};
use shared::order::PhaseName;
use shared::wire::{Blamed, BlockerAction, BlockerCode, Difference, Equality, Repair, Verdict};

use crate::print::Document;

/// The closing wizard (마감 마법사) of one business day. It goes on by itself; a person is needed where [`CloseView::actions`] says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CloseView {
    pub day_id: DayId,
    pub started_at: TimeMs,
    /// Where it stands.
    pub step: CloseStep,
    /// All ten steps in their order, for the list at the side.
    pub steps: Vec<StepLine>,
    /// When no more orders are to be taken, while that lies ahead; by this counter's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub planned_at: Option<TimeMs>,
    /// What may be pressed now, the most likely first. Each is a host call.
    pub actions: Vec<CloseAction>,
    /// What it waits for, in words; absent while it works or when a person is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub waiting: Option<CloseNote>,
    /// What went wrong, in words that say what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub problem: Option<CloseNote>,
    /// Orders to be finished or cancelled, oldest first: they are worked as always.
    pub open_orders: Vec<OpenOrder>,
    /// Commands that the server has not answered yet.
    pub unsent: u32,
    /// Commands that the server refused and nobody has dismissed.
    pub refused: u32,
    /// What the server says stands in the way, payments first of all.
    pub blockers: Vec<BlockerLine>,
    /// The four comparisons; all `not_known` before they were made.
    pub equalities: Vec<EqualityLine>,
    pub differences: Vec<DifferenceLine>,
    /// Differences that are not listed.
    pub more_differences: u32,
    /// How much was compared.
    pub compared: Compared,
    /// The day in numbers, computed from this counter's own records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub totals: Option<DayTotals>,
    /// From the step `closed` on: `certificate({day_id})` has it.
    pub certified: bool,
}

/// The ten steps of closing a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum CloseStep {
    /// ① No more orders, now or at the planned time.
    StopOrders,
    /// ② Every open order is finished or cancelled.
    OpenOrders,
    /// ③ Every command of this counter has its answer.
    Commands,
    /// ④ Payments and refunds under way come to their end.
    Payments,
    /// ⑤ The server freezes the day's books.
    Cut,
    /// ⑥ This counter's journal is the server's log.
    Journal,
    /// ⑦ Orders, stream and money agree.
    Books,
    /// ⑧ A person looks at the totals.
    Totals,
    /// ⑨ The server signs the certificate, this counter verifies and keeps it.
    Certificate,
    /// ⑩ Done.
    Closed,
}

/// A step with how far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct StepLine {
    pub step: CloseStep,
    pub state: StepState,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    Done,
    /// The counter works on it.
    Working,
    /// It waits for something that comes by itself: see `waiting`.
    Waiting,
    /// A person has to do something: see `open_orders`, `differences`, `problem`, `totals`.
    NeedsPerson,
    Ahead,
}

/// What may be pressed in the wizard; each is a host call without arguments, and each answers the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum CloseAction {
    /// `close_step`: look again now.
    CloseStep,
    /// `close_repair`: do the suggested repair. Only copies are repaired.
    CloseRepair,
    /// `close_finish`: the totals are right, close the day. At the end it puts the wizard away.
    CloseFinish,
    /// `close_cancel`: go on selling.
    CloseCancel,
}

/// A sentence in both languages under a stable code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CloseNote {
    pub code: String,
    pub korean: String,
    pub english: String,
}

/// An order that keeps the day open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct OpenOrder {
    pub order_id: OrderId,
    /// Absent when this counter does not show the order, as while it is being paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub number: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub call_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub phase: Option<PhaseName>,
}

/// What the server says stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct BlockerLine {
    pub code: BlockerCode,
    pub action: BlockerAction,
    pub count: u32,
    pub orders: Vec<OpenOrder>,
    /// When it ends by itself, by the server's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub until: Option<TimeMs>,
    pub korean: String,
    pub english: String,
}

/// One of the four comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct EqualityLine {
    pub equality: Equality,
    pub verdict: Verdict,
}

/// How much was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Compared {
    pub orders: u32,
    pub events: u32,
    pub payments: u32,
}

/// A difference with the one thing to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct DifferenceLine {
    pub difference: Difference,
    pub blamed: Blamed,
    pub repair: Repair,
    /// The order's daily number, where it is about one that this counter knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub number: Option<u32>,
    /// What differs and where, then what to do.
    pub korean: String,
    pub english: String,
}

/// One line of `certificates()`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CertificateCard {
    pub day_id: DayId,
    pub closed_at: TimeMs,
    pub totals: DayTotals,
    /// The signature was verified again just now, with the key that this counter keeps.
    pub verified: bool,
}

/// `certificate({day_id})`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CertificateView {
    pub certificate: Certificate,
    pub signed: SignedCertificate,
    /// The key that verifies it, 64 hex digits.
    pub public_key: String,
    pub verified: bool,
    /// Why it is not believed, when it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub problem: Option<CloseNote>,
    /// As it is printed.
    #[serde(skip)]
    pub document: Document,
}

/// Answer of `certificate_export({day_id})`: a folder with everything that somebody else needs to verify the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Exported {
    pub folder: String,
    /// Their names: the certificate, the key, the journal, and how to verify.
    pub files: Vec<String>,
}
