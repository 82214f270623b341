//! The four equalities, what differs, and what is done about it.

use serde::{Deserialize, Serialize};

use super::JournalProof;
use crate::TimeMs;
use crate::id::{AttemptId, DayId, OrderId};

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
    /// At most [`MAX_LISTED`](super::MAX_LISTED).
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_repair_is_told_in_sentences() {
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
