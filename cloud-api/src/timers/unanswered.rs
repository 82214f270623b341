//! An order that nobody has answered yet. While no counter of the store has it on its disk the order is parked: the customer is told so. The
//! owner is called, then called again louder; at the order's deadline another timer gives the money back.

use shared::TimeMs;
use shared::id::{OrderId, StoreId};
use shared::order::Phase;
use sqlx::PgConnection;

use crate::app::App;
use crate::db::orders::LockedOrder;
use crate::db::timers::TimerKind;
use crate::db::{self, in_time};
use crate::notify;
use crate::orders::{self, Template};
use crate::vault::Vault;
use crate::wake::Work;

/// A counter that is there has an order on its disk by then.
const PARKED_AFTER_MS: i64 = 15_000;
/// The owner is called.
const CALL_AFTER_MS: i64 = 90_000;
/// And called again, louder.
const CALL_AGAIN_AFTER_MS: i64 = 180_000;

/// When an order that was placed now is looked at first.
pub fn first_look(placed_at: TimeMs) -> TimeMs {
    placed_at.plus_ms(PARKED_AFTER_MS)
}

/// When the owner is called and called again, in milliseconds after placement. A store with a short deadline is called sooner: a call that
/// comes with the refund helps nobody.
fn calls(deadline_ms: i64) -> (i64, i64) {
    (CALL_AFTER_MS.min(deadline_ms / 2), CALL_AGAIN_AFTER_MS.min(deadline_ms * 3 / 4))
}

/// Does what is due for one order; whether the timer was set anew.
pub async fn look(app: &App, store_id: StoreId, order_id: OrderId) -> anyhow::Result<bool> {
    let (again, work) = in_time(look_once(app, store_id, order_id)).await?;
    app.wake.up(work);
    Ok(again)
}

async fn look_once(app: &App, store_id: StoreId, order_id: OrderId) -> anyhow::Result<(bool, Work)> {
    let mut tx = app.db.begin().await?;
    let order = db::orders::lock(&mut tx, store_id, order_id).await?;
    let Some(order) = order else { return Ok((false, Work::default())) };
    let (Phase::Placed { accept_by }, Some(ticket)) = (&order.order.phase, &order.order.ticket) else {
        return Ok((false, Work::default()));
    };
    let (accept_by, placed_at) = (*accept_by, ticket.placed_at);
    let now = app.clock.now_ms();
    // After an absence: nobody is told a time that has passed.
    if accept_by <= now {
        return Ok((false, Work::default()));
    }
    let is_dark = !db::devices::has_journaled(&mut *tx, store_id, order_id).await?;
    let waited = now.ms_since(placed_at);
    let (call, again) = calls(accept_by.ms_since(placed_at));
    // Whoever comes late says only what is due by now.
    let (template, next) = if waited < call {
        (is_dark.then_some(Template::Parked), Some(call))
    } else if waited < again {
        (Some(Template::OwnerCall), Some(again))
    } else {
        (Some(Template::OwnerCallAgain), None)
    };
    let mut work = Work::default();
    if let Some(template) = template {
        work.notifications = tell(&mut tx, &app.vault, &order, template, accept_by, now, is_dark).await?;
    }
    let next = next.map(|after| placed_at.plus_ms(after)).filter(|next| *next < accept_by);
    if let Some(next) = next {
        db::timers::create(&mut tx, store_id, order_id, TimerKind::Unanswered, next, now).await?;
    }
    tx.commit().await?;
    Ok((next.is_some(), work))
}

/// Queues the message; `false` when there is nobody to send it to.
async fn tell(
    tx: &mut PgConnection,
    vault: &Vault,
    order: &LockedOrder,
    template: Template,
    accept_by: TimeMs,
    now: TimeMs,
    is_dark: bool,
) -> anyhow::Result<bool> {
    let (context, about) = (&order.context, &order.order);
    let variables = match template.recipient() {
        orders::Recipient::Customer => orders::parked(context, about, accept_by),
        orders::Recipient::Owner => {
            let callee = db::owner_numbers::callee(&mut *tx, vault, context.store_id).await?;
            if !notify::can_call(&callee.phone) {
                metrics::counter!("owners_without_mobile").increment(1);
                tracing::warn!(store_id = %context.store_id, order_id = %about.id, "nobody answers an order, and the store has no mobile number to call");
                return Ok(false);
            }
            orders::owner_call(context, about, accept_by, now, is_dark)
        }
    };
    let Some(variables) = variables else { return Ok(false) };
    metrics::counter!("unanswered_orders_told", "template" => template.code()).increment(1);
    db::notifications::create(tx, context, about, template, &variables, now).await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_deadline_calls_sooner_and_always_before_it() {
        assert_eq!(calls(7 * 60_000), (90_000, 180_000));
        assert_eq!(calls(60_000), (30_000, 45_000));
        for minutes in 1..=60 {
            let (call, again) = calls(minutes * 60_000);
            assert!(PARKED_AFTER_MS < call && call < again && again < minutes * 60_000, "{minutes}");
        }
    }
}
