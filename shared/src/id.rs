//! Identifiers. Every id is a UUIDv7 newtype made by its owner; its embedded time is never used for order or expiry.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }

        impl $name {
            /// A fresh time-ordered id.
            pub fn fresh() -> Self {
                Self(Uuid::now_v7())
            }
        }
    )+};
}

uuid_id!(
    /// A store (매장).
    StoreId,
    /// A business day (영업일) of one store: from ready to close, past midnight if need be.
    DayId,
    /// An order (주문).
    OrderId,
    /// A customer, known by the bot's user key and nothing else.
    CustomerId,
    /// One KakaoPay `ready … approve` life (결제 시도).
    AttemptId,
    /// One refund of one attempt.
    RefundId,
    /// A counter PC.
    DeviceId,
    /// A person who works at a store.
    StaffId,
    /// A sign-in of a person on a device.
    SessionId,
    /// A device's wait to be let in.
    ConfirmationId,
    /// The idempotency key of a command.
    CommandKey,
    /// A line of an order session.
    LineId,
    /// A timer.
    TimerId,
    /// A message to a customer or an owner.
    NotificationId,
);

macro_rules! menu_key {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    )+};
}

menu_key!(
    /// A category's key, unique within a menu.
    CategoryKey,
    /// An item's key, unique within a menu.
    ItemKey,
    /// An option group's key, unique within a menu.
    GroupKey,
    /// An option's key, unique within its group.
    OptionKey,
);
