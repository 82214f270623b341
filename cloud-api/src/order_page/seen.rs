//! Everything that one look at an order's page needs.

use shared::TimeMs;
use shared::order::{Order, Phase};
use shared::phone::PhoneNumber;

use super::receipt::{self, Receipt};
use crate::app::App;
use crate::db;
use crate::db::attempts::Attempt;
use crate::db::orders::LockedOrder;
use crate::db::pay_links::PayLinkTarget;
use crate::db::personal::{self, OrderPrivate, Subject};
use crate::db::refunds::{RefundState, RefundView};
use crate::pay::links;
use crate::read_models::OrderStatus;

/// More than an order ever has.
const MAX_ROWS: i64 = 50;

/// An order and its money at one moment.
pub struct Seen {
    pub found: LockedOrder,
    /// Newest first.
    pub attempts: Vec<Attempt>,
    pub refunds: Vec<RefundView>,
    /// When each step happened; a moment behind the order itself.
    pub steps: Option<OrderStatus>,
    /// Orders of the store before this one that the kitchen still has.
    pub ahead: u32,
    pub receipt: Option<Receipt>,
    /// Where messages go, all but the last digits hidden.
    pub phone: Option<String>,
    /// The store's number.
    pub store_phone: String,
    /// Where the order can be paid.
    pub pay_link: String,
    pub now: TimeMs,
}

/// Reads all of it; `None` when the order is gone.
pub async fn read(app: &App, target: PayLinkTarget) -> Result<Option<Seen>, sqlx::Error> {
    let (store_id, order_id) = (target.store_id, target.order_id);
    let mut connection = app.db.acquire().await?;
    let Some(found) = db::orders::read(&mut connection, store_id, order_id).await? else { return Ok(None) };
    let attempts = db::attempts::of_order(&mut *connection, store_id, order_id, MAX_ROWS).await?;
    let refunds = db::refunds::of_order(&mut *connection, store_id, order_id, MAX_ROWS).await?;
    let steps = db::read_models::order(&mut *connection, store_id, order_id).await?;
    let ahead = db::order_pages::ahead(&mut *connection, store_id, order_id).await?;
    let shop = db::receipts::shop(&mut *connection, store_id).await?;
    let receipt = receipt::of(&mut connection, &found, shop.clone()).await?;
    let private: Option<OrderPrivate> =
        personal::get(&mut *connection, &app.vault, Subject::Order(store_id, order_id)).await?;
    Ok(Some(Seen {
        found,
        attempts,
        refunds,
        steps,
        ahead,
        receipt,
        phone: private.and_then(|private| masked(private.phone.as_deref()?)),
        store_phone: shop.phone,
        pay_link: links::pay(app, order_id),
        now: app.clock.now_ms(),
    }))
}

impl Seen {
    /// The order.
    pub fn order(&self) -> &Order {
        &self.found.order
    }

    /// Whether an attempt's money may be moving for an order that ended without it.
    pub fn is_money_moving(&self) -> bool {
        self.attempts.iter().any(|attempt| attempt.state.is_in_flight() && attempt.approved_at.is_none())
    }

    /// Whether nothing on the page can change any more.
    pub fn is_over(&self) -> bool {
        self.order().phase.name().is_final()
            && !self.is_money_moving()
            && self.refunds.iter().all(|refund| refund.state == RefundState::Done)
    }

    /// Whether the customer waits for the next second: money is moving, or goes back.
    pub fn is_urgent(&self) -> bool {
        let unpaid = self.order().phase == Phase::PendingPayment;
        unpaid
            || self.is_money_moving()
            || self.refunds.iter().any(|refund| refund.state != RefundState::Done)
    }
}

/// `010-****-0001`.
fn masked(phone: &str) -> Option<String> {
    let phone = PhoneNumber::parse(phone)?;
    Some(format!("{}-****-{}", &phone.digits()[..3], phone.last4()))
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn only_the_last_digits_of_a_number_are_shown() {
        assert_eq!(masked("01012340001").as_deref(), Some("010-****-0001"));
        assert_eq!(masked("0111230001").as_deref(), Some("011-****-0001"));
        assert_eq!(masked("12"), None);
    }
}
