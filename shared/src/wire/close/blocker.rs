//! What still stands in the way of closing a day, and what to do about it.

use serde::{Deserialize, Serialize};

use crate::TimeMs;
use crate::id::OrderId;

/// Something that has to end before the day can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Blocker {
    pub code: BlockerCode,
    pub action: BlockerAction,
    pub count: u32,
    /// The orders it is about, at most [`MAX_LISTED`](super::MAX_LISTED).
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_blocker_is_told_in_sentences() {
        for code in BlockerCode::ALL {
            assert!(code.korean().ends_with('.') && code.english().ends_with('.'), "{code:?}");
        }
    }
}
