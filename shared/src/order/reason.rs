//! Why an order was refused or ended, and what the customer reads about it.

use serde::{Deserialize, Serialize};

/// Why the store does not take an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum RejectReason {
    SoldOut,
    TooBusy,
    ClosingSoon,
    RequestImpossible,
    EquipmentTrouble,
    CustomerAsked,
    DuplicateOrder,
    Other,
}

impl RejectReason {
    /// Every reason, in the order the counter offers them.
    pub const ALL: [Self; 8] = [
        Self::SoldOut,
        Self::TooBusy,
        Self::ClosingSoon,
        Self::RequestImpossible,
        Self::EquipmentTrouble,
        Self::CustomerAsked,
        Self::DuplicateOrder,
        Self::Other,
    ];

    /// What the customer reads.
    pub fn customer_text(self) -> &'static str {
        match self {
            Self::SoldOut => "재료가 소진되었어요",
            Self::TooBusy => "주문이 몰려 지금은 준비가 어려워요",
            Self::ClosingSoon => "곧 영업을 마감해요",
            Self::RequestImpossible => "요청하신 내용을 맞춰 드리기 어려워요",
            Self::EquipmentTrouble => "매장 장비에 문제가 생겼어요",
            Self::CustomerAsked => "고객님의 요청으로 취소했어요",
            Self::DuplicateOrder => "같은 주문이 두 번 들어왔어요",
            Self::Other => "매장 사정으로 주문을 받지 못했어요",
        }
    }
}

/// Why an order ended before hand-over, or never began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// Nobody at the store answered in time.
    NotAccepted,
    /// The customer changed their mind.
    CustomerChangedMind,
    /// The store ran out of something.
    SoldOut,
    /// The store cannot make it.
    StoreTrouble,
    /// The customer asked the store.
    CustomerAsked,
    /// An operator ended it.
    Operator,
    /// The payment did not come in time.
    PaymentExpired,
    /// The payment failed or the customer stopped it.
    PaymentFailed,
    /// A newer order session took its place before it was paid.
    Replaced,
    /// Something was no longer for sale, or cost something else, when the money was to be taken.
    NotOrderable,
}

impl CancelReason {
    /// The reasons a store may choose.
    pub const OF_STORE: [Self; 3] = [Self::SoldOut, Self::StoreTrouble, Self::CustomerAsked];

    /// What the customer reads.
    pub fn customer_text(self) -> &'static str {
        match self {
            Self::NotAccepted => "매장이 제시간에 확인하지 못했어요",
            Self::CustomerChangedMind => "고객님이 취소하셨어요",
            Self::SoldOut => "재료가 소진되었어요",
            Self::StoreTrouble => "매장 사정으로 준비하지 못하게 되었어요",
            Self::CustomerAsked => "고객님의 요청으로 취소했어요",
            Self::Operator => "고객센터에서 취소했어요",
            Self::PaymentExpired => "결제 시간이 지났어요",
            Self::PaymentFailed => "결제가 완료되지 않았어요",
            Self::Replaced => "새 주문서로 바뀌었어요",
            Self::NotOrderable => "그사이 품절되었거나 가격이 바뀌었어요",
        }
    }
}
