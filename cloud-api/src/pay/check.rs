//! Does KakaoPay's answer speak of the payment that we asked for? Anything else is put aside and given back, never booked.

use shared::id::{CustomerId, OrderId};

use super::kakaopay::{Amount, ApproveBody, OrderBody};
use crate::db::attempts::Attempt;

/// What an answer must repeat. Merchant order numbers are our order ids: KakaoPay does not want them unique, and the same number for all
/// attempts of an order makes a double payment visible on its side too.
pub struct Expected<'a> {
    pub cid: &'a str,
    pub attempt: &'a Attempt,
    pub customer_id: CustomerId,
}

/// The first difference, as a stable name.
pub fn approved(expected: &Expected<'_>, body: &ApproveBody) -> Result<(), &'static str> {
    let ids = [Some(body.partner_order_id.as_str()), Some(body.partner_user_id.as_str())];
    compare(expected, &body.tid, &body.cid, ids, Some(body.amount))
}

/// The same for an inquiry, which may leave members out.
pub fn inquired(expected: &Expected<'_>, body: &OrderBody) -> Result<(), &'static str> {
    let ids = [body.partner_order_id.as_deref(), body.partner_user_id.as_deref()];
    compare(expected, &body.tid, &body.cid, ids, body.amount)
}

fn compare(
    expected: &Expected<'_>,
    tid: &str,
    cid: &str,
    [order, user]: [Option<&str>; 2],
    amount: Option<Amount>,
) -> Result<(), &'static str> {
    let attempt = expected.attempt;
    let OrderId(order_id) = attempt.order_id;
    let CustomerId(user_id) = expected.customer_id;
    let wanted = Amount { total: attempt.amount, tax_free: attempt.tax_free, vat: attempt.vat };
    if attempt.tid.as_deref() != Some(tid) {
        return Err("mismatch_tid");
    }
    if cid != expected.cid {
        return Err("mismatch_cid");
    }
    if order.is_some_and(|id| id != order_id.to_string()) {
        return Err("mismatch_order_id");
    }
    if user.is_some_and(|id| id != user_id.to_string()) {
        return Err("mismatch_user_id");
    }
    match amount {
        Some(amount) if amount == wanted => Ok(()),
        Some(_) => Err("mismatch_amount"),
        None => Err("mismatch_no_amount"),
    }
}
