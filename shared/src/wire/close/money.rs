//! What an order's money became.

use serde::{Deserialize, Serialize};

use crate::id::{OrderId, StoreId};
use crate::{TimeMs, Won};

/// Answer of `GET /v1/store/orders/{order_id}/money`: the order explains itself. All in won.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct OrderMoney {
    pub store_id: StoreId,
    pub order_id: OrderId,
    /// What KakaoPay took.
    pub paid: Won,
    /// Points that pay a part and have not come back.
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
