//! What was really captured and refunded.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::payment::{ActionKind, Payment};
use crate::clock::naive_kst;
use crate::lock;
use crate::world::World;

/// Which part of a long ledger is wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Part {
    partner_order_id: Option<String>,
    /// Leaves out the single payments.
    totals_only: bool,
}

/// Payments in order of creation, and sums over them in won.
pub fn ledger(world: &World, part: &Part) -> Value {
    let payments = lock(&world.payments);
    let wanted = |payment: &&Payment| {
        part.partner_order_id.as_deref().is_none_or(|order| order == payment.partner_order_id)
    };
    let all: Vec<&Payment> = payments.all().iter().filter(wanted).collect();
    let captured: i64 = all.iter().map(|payment| payment.captured()).sum();
    let refunded: i64 = all.iter().map(|payment| payment.canceled.total).sum();
    let mut kept_by_order: BTreeMap<&str, usize> = BTreeMap::new();
    for payment in all.iter().filter(|payment| payment.captured() > payment.canceled.total) {
        *kept_by_order.entry(&payment.partner_order_id).or_default() += 1;
    }
    let doubled: Vec<&str> =
        kept_by_order.iter().filter(|(_, count)| **count > 1).map(|(order, _)| *order).collect();
    json!({
        "payments": all.iter().filter(|_| !part.totals_only).map(|payment| line(payment)).collect::<Vec<_>>(),
        "totals": {
            "payments": all.len(),
            "captures": all.iter().filter(|payment| payment.captured() > 0).count(),
            "captured": captured,
            "refunded": refunded,
            "net": captured - refunded,
        },
        // Merchant orders for which more than one payment still holds money.
        "double_captures": doubled,
    })
}

fn line(payment: &Payment) -> Value {
    json!({
        "tid": payment.tid,
        "partner_order_id": payment.partner_order_id,
        "partner_user_id": payment.partner_user_id,
        "item_name": payment.item_name,
        "status": payment.status,
        "method": payment.method,
        "total": payment.amount.total,
        "captured": payment.captured(),
        "refunded": payment.canceled.total,
        "created_at": naive_kst(payment.created_at),
        "actions": payment.actions.iter().map(|action| json!({
            "aid": action.aid,
            "type": match action.kind {
                ActionKind::Payment => "PAYMENT",
                ActionKind::Cancel => "CANCEL",
            },
            "amount": action.amount,
            "at": naive_kst(action.at),
        })).collect::<Vec<_>>(),
    })
}
