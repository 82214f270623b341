//! Closing a day with proof: `/v1/store/days/{day_id}/…`.
//!
//! `GET status` says what still stands in the way, `POST cut` freezes the books, `POST check` compares everything, `POST hashes` lets the
//! counter find where its journal differs, `POST repair` builds the stream anew, and `POST close` ends the day: its answer is the signed
//! certificate, or what is missing. Each may be sent again at any time. `GET certificate` answers it for ever.

use serde::{Deserialize, Serialize};

use crate::certificate::SignedCertificate;
use crate::id::{AttemptId, DayId, OrderId, StoreId};
use crate::log::Position;
use crate::{TimeMs, Won};

/// Most numbers of one [`HashesRequest`]: three rounds find one event among 260,000.
pub const MAX_HASHES: usize = 64;
/// Most orders that one [`Blocker`] names, and most [`Difference`]s of one [`CheckReport`]; the rest is counted.
pub const MAX_LISTED: usize = 100;

/// Answer of `GET …/status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CloseStatus {
    pub day_id: DayId,
    pub server_time: TimeMs,
    /// When closing began; absent while orders are still taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub closing_since: Option<TimeMs>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub closed_at: Option<TimeMs>,
    /// What stands in the way; empty when the books can be frozen, or are.
    pub blockers: Vec<Blocker>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub cut: Option<Cut>,
}

/// Something that has to end before the day can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Blocker {
    pub code: BlockerCode,
    pub action: BlockerAction,
    pub count: u32,
    /// The orders it is about, at most [`MAX_LISTED`].
    pub orders: Vec<OrderId>,
    /// When it ends by itself, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub until: Option<TimeMs>,
}

/// Why a day cannot be closed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum BlockerCode {
    /// The store still takes orders.
    NotClosing,
    /// Orders that are neither finished nor cancelled.
    OpenOrder,
    /// A customer may still be paying: closing began less than a payment's life ago.
    ClosingTooFresh,
    PaymentUnderWay,
    /// KakaoPay has not said whether the money was taken.
    PaymentUnknown,
    PaymentNeedsReview,
    /// Money is on its way back.
    RefundPending,
    RefundNeedsReview,
    /// The books are not frozen, or something happened to an order since.
    NotCut,
}

/// What to do about a [`Blocker`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum BlockerAction {
    StartClosing,
    /// Finish these orders or cancel them.
    FinishOrders,
    /// It ends by itself.
    Wait,
    /// `cloud-api payments settle`.
    AskOperator,
    /// `POST …/cut`.
    Cut,
}

impl BlockerCode {
    /// Every code.
    pub const ALL: [Self; 9] = [
        Self::NotClosing,
        Self::OpenOrder,
        Self::ClosingTooFresh,
        Self::PaymentUnderWay,
        Self::PaymentUnknown,
        Self::PaymentNeedsReview,
        Self::RefundPending,
        Self::RefundNeedsReview,
        Self::NotCut,
    ];

    /// The one thing to do about it.
    pub fn action(self) -> BlockerAction {
        match self {
            Self::NotClosing => BlockerAction::StartClosing,
            Self::OpenOrder => BlockerAction::FinishOrders,
            Self::ClosingTooFresh | Self::PaymentUnderWay | Self::PaymentUnknown | Self::RefundPending => {
                BlockerAction::Wait
            }
            Self::PaymentNeedsReview | Self::RefundNeedsReview => BlockerAction::AskOperator,
            Self::NotCut => BlockerAction::Cut,
        }
    }

    /// For a person, in Korean; says what to do next.
    pub fn korean(self) -> &'static str {
        match self {
            Self::NotClosing => "아직 주문을 받고 있어요. '영업 마감'을 눌러 주세요.",
            Self::OpenOrder => "끝나지 않은 주문이 있어요. 완료하거나 취소해 주세요.",
            Self::ClosingTooFresh => {
                "결제하고 있는 손님이 있을 수 있어요. 결제 시간이 지날 때까지 기다려 주세요."
            }
            Self::PaymentUnderWay => "결제 중인 주문이 있어요. 곧 끝나니 기다려 주세요.",
            Self::PaymentUnknown => "카카오페이의 결제 결과를 확인하고 있어요. 조금 기다려 주세요.",
            Self::PaymentNeedsReview => "사람이 확인해야 하는 결제가 있어요. 운영자에게 연락해 주세요.",
            Self::RefundPending => "환불이 진행되고 있어요. 조금 기다려 주세요.",
            Self::RefundNeedsReview => "사람이 확인해야 하는 환불이 있어요. 운영자에게 연락해 주세요.",
            Self::NotCut => "장부를 아직 멈추지 않았거나 그사이 주문이 바뀌었어요. 다시 확인해 주세요.",
        }
    }

    /// For a person, in English; says what to do next.
    pub fn english(self) -> &'static str {
        match self {
            Self::NotClosing => "The store still takes orders. Press 'Start closing'.",
            Self::OpenOrder => "Some orders are not finished. Complete or cancel them.",
            Self::ClosingTooFresh => "A customer may still be paying. Wait until the time to pay is over.",
            Self::PaymentUnderWay => "A payment is under way. Wait a moment.",
            Self::PaymentUnknown => "The outcome of a payment is being asked for at KakaoPay. Wait a moment.",
            Self::PaymentNeedsReview => "A person has to look at a payment. Call the operator.",
            Self::RefundPending => "A refund is on its way. Wait a moment.",
            Self::RefundNeedsReview => "A person has to look at a refund. Call the operator.",
            Self::NotCut => "The books are not frozen, or an order changed since. Check again.",
        }
    }
}

/// Where the day's books end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Cut {
    /// The first event of the day.
    pub first_seq: i64,
    /// The last event of the books: the one before `day_cut`.
    pub upto: Position,
    /// The chain hash at `upto`, 64 hex digits.
    pub head_hash: String,
    pub cut_at: TimeMs,
}

/// Answer of `POST …/cut`, which first completes the orders that were handed over. The cut is absent when something stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CutAnswer {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub cut: Option<Cut>,
    pub blockers: Vec<Blocker>,
}

/// `POST …/hashes`: the chain hashes of these events, to find the first that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashesRequest {
    /// At most [`MAX_HASHES`].
    pub seqs: Vec<i64>,
}

/// In the order of the request, without those that the store's log does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashesAnswer {
    pub hashes: Vec<HashAt>,
}

/// The chain hash of one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashAt {
    pub seq: i64,
    /// 64 hex digits.
    pub hash: String,
}

/// What a counter says of its journal, after it has verified the chain of it up to the cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct JournalProof {
    /// The cut's `upto`, as the journal has it.
    pub position: Position,
    /// The journal's chain hash there, 64 hex digits.
    pub head_hash: String,
    /// Events of the journal from the cut's `first_seq` to its `upto`.
    pub count: i64,
}

/// `POST …/check`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRequest {
    /// Without it the journal is not compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journal: Option<JournalProof>,
}

/// What is compared with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Equality {
    /// E1: the counter's chain is the server's.
    Journal,
    /// E2: the log makes the orders what they are.
    Orders,
    /// E3: the stream is the log, byte for byte.
    Stream,
    /// E4: captured − refunded is the same in our attempts, the log, the ledger and at KakaoPay.
    Money,
}

/// How a comparison ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Equal,
    Different,
    /// Somebody did not answer, or was not asked. Never counts as equal.
    NotKnown,
}

/// Which of the four is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Blamed {
    /// The counter's copy.
    Journal,
    /// Redis' copy.
    Stream,
    /// Our own tables. Nobody repairs them but a person.
    Database,
    /// KakaoPay's books.
    Payments,
}

/// The one thing to do about a [`Difference`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Repair {
    /// The counter reads the log again from the server.
    ReadJournalAgain,
    /// `POST …/repair`.
    RebuildStream,
    /// KakaoPay or Redis did not answer: compare again.
    CheckAgain,
    /// The list goes to the operator.
    AskOperator,
}

impl Repair {
    /// Every repair.
    pub const ALL: [Self; 4] =
        [Self::ReadJournalAgain, Self::RebuildStream, Self::CheckAgain, Self::AskOperator];

    /// For a person, in Korean.
    pub fn korean(self) -> &'static str {
        match self {
            Self::ReadJournalAgain => "이 PC의 기록을 서버에서 다시 받아요.",
            Self::RebuildStream => "서버의 사본을 다시 만들어요.",
            Self::CheckAgain => "대답이 없었어요. 조금 뒤에 다시 확인해 주세요.",
            Self::AskOperator => "운영자가 확인해야 해요. 이 목록을 운영자에게 보내 주세요.",
        }
    }

    /// For a person, in English.
    pub fn english(self) -> &'static str {
        match self {
            Self::ReadJournalAgain => "This PC reads its records from the server again.",
            Self::RebuildStream => "The server builds its copy again.",
            Self::CheckAgain => "There was no answer. Check again in a moment.",
            Self::AskOperator => "An operator has to look at it. Send them this list.",
        }
    }
}

/// Something that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Difference {
    pub equality: Equality,
    pub blamed: Blamed,
    pub repair: Repair,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub seq: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub order_id: Option<OrderId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub attempt_id: Option<AttemptId>,
    /// What differs, by a stable name such as `version` or `refunded`.
    pub field: String,
    pub expected: String,
    pub found: String,
}

/// Answer of `POST …/check`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CheckReport {
    pub day_id: DayId,
    pub checked_at: TimeMs,
    pub journal: Verdict,
    pub orders: Verdict,
    pub stream: Verdict,
    pub money: Verdict,
    /// At most [`MAX_LISTED`].
    pub differences: Vec<Difference>,
    /// Differences that are not listed.
    pub more: u32,
    /// How much was compared.
    pub order_count: u32,
    pub event_count: u32,
    pub payment_count: u32,
}

impl CheckReport {
    /// Whether all four equalities hold.
    pub fn holds(&self) -> bool {
        [self.journal, self.orders, self.stream, self.money].iter().all(|verdict| *verdict == Verdict::Equal)
            && self.differences.is_empty()
    }
}

/// Answer of `POST …/repair`. Only copies are repaired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Repaired {
    /// Events in the new stream.
    pub events: u32,
    /// The new stream's generation.
    pub generation: i32,
}

/// `POST …/close`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseRequest {
    pub journal: JournalProof,
}

/// Answer of `POST …/close`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum CloseAnswer {
    /// The day is closed; the same certificate for ever.
    Closed { certificate: SignedCertificate },
    /// Something stands in the way.
    NotYet { blockers: Vec<Blocker> },
    /// Something is not equal.
    Different { report: CheckReport },
}

/// Answer of `GET /v1/certificate-key`, which anybody may ask: the key that certificates are verified with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CertificateKey {
    /// The first eight bytes of the key's SHA-256, in hex.
    pub key_id: String,
    /// Ed25519, 64 hex digits.
    pub public_key: String,
}

/// Answer of `GET /v1/store/orders/{order_id}/money`: the order explains itself. All in won.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct OrderMoney {
    pub store_id: StoreId,
    pub order_id: OrderId,
    /// What the customer paid.
    pub paid: Won,
    /// Points that paid a part; none yet.
    pub points: Won,
    /// Given back so far.
    pub refunded: Won,
    /// Asked to go back, not confirmed yet.
    pub refund_pending: Won,
    /// Our fee, VAT included.
    pub fee: Won,
    /// Hundredths of a percent of what is kept.
    pub fee_basis_points: u32,
    /// What the store is owed; zero until the order is completed.
    pub payable: Won,
    /// The day in Korea when it is paid out, as `YYYY-MM-DD`; absent until the order is completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub payout_date: Option<String>,
    /// How it came to this, oldest first.
    pub entries: Vec<MoneyEntry>,
}

/// One entry of the ledger about an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct MoneyEntry {
    pub at: TimeMs,
    pub source: crate::ledger::Source,
    pub lines: Vec<MoneyLine>,
}

/// One line of an entry; the lines of an entry sum to zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct MoneyLine {
    pub account: crate::ledger::Account,
    /// Won; debit above zero, credit below.
    pub amount: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_said_to_a_person_is_a_sentence() {
        for code in BlockerCode::ALL {
            assert!(code.korean().ends_with('.') && code.english().ends_with('.'), "{code:?}");
        }
        for repair in Repair::ALL {
            assert!(repair.korean().ends_with('.') && repair.english().ends_with('.'), "{repair:?}");
        }
    }

    #[test]
    fn what_nobody_answered_is_not_equal() {
        let mut report = CheckReport {
            day_id: DayId::fresh(),
            checked_at: TimeMs(0),
            journal: Verdict::Equal,
            orders: Verdict::Equal,
            stream: Verdict::Equal,
            money: Verdict::Equal,
            differences: Vec::new(),
            more: 0,
            order_count: 0,
            event_count: 0,
            payment_count: 0,
        };
        assert!(report.holds());
        report.money = Verdict::NotKnown;
        assert!(!report.holds());
    }
}
