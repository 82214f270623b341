//! A day that nobody closed: what is left of it is brought to an end by rule, the owner is told, and the day is closed.
//!
//! The rule for an order that is still open hours after it was placed: what nobody began to make is cancelled and its money goes back;
//! what the kitchen worked on counts as handed over, because the customer has most likely eaten it.

use serde_json::json;
use shared::TimeMs;
use shared::id::{DayId, OrderId, StoreId};
use shared::order::{Actor, CancelReason, OrderCommand, Phase};

use crate::app::App;
use crate::close::close_without_counter;
use crate::db;
use crate::db::in_time;
use crate::orders::{self, Change, Template, TransitionError};
use crate::wake::Work;

/// An order that was placed longer ago is over, one way or the other.
const LEFT_OVER_HOURS: i64 = 3;
/// Orders of one look.
const MAX_ORDERS: i64 = 500;

/// Brings a forgotten day further towards its end. Called again until it is closed.
pub async fn finish(app: &App, store_id: StoreId, day_id: DayId) -> anyhow::Result<()> {
    let now = app.clock.now_ms();
    tell_owner(app, store_id, day_id, now).await?;
    let mut left = 0;
    for (order_id, placed_at) in db::days::open_orders(&app.db, store_id, day_id, MAX_ORDERS).await? {
        if now.ms_since(placed_at) < LEFT_OVER_HOURS * 60 * 60 * 1000
            || !settle(app, store_id, order_id).await?
        {
            left += 1;
        }
    }
    if left > 0 {
        tracing::info!(%store_id, %day_id, left, "a forgotten day waits for its last orders");
        return Ok(());
    }
    // Without a counter's journal, but with everything else equal; what stands in the way now may be gone at the next look.
    if close_without_counter(app, store_id, day_id).await? {
        tracing::warn!(%store_id, %day_id, "a day that nobody closed is closed");
    }
    Ok(())
}

/// Ends one order by the rule; `false` when it is not over by that.
async fn settle(app: &App, store_id: StoreId, order_id: OrderId) -> anyhow::Result<bool> {
    let mut connection = app.db.acquire().await?;
    let order = in_time(db::orders::read(&mut connection, store_id, order_id)).await?;
    drop(connection);
    let Some(order) = order else { return Ok(true) };
    // The platform acts where nobody at the store does, so the log says operator.
    let steps: &[OrderCommand] = match order.order.phase {
        Phase::Placed { .. } => &[OrderCommand::Cancel { reason: CancelReason::NotAccepted }],
        Phase::Reserved { .. } | Phase::Accepted { .. } => {
            &[OrderCommand::Cancel { reason: CancelReason::StoreTrouble }]
        }
        Phase::Cooking { .. } | Phase::Ready { .. } => &[OrderCommand::HandOver, OrderCommand::Complete],
        Phase::HandedOver { .. } => &[OrderCommand::Complete],
        Phase::PendingPayment
        | Phase::Completed { .. }
        | Phase::Rejected { .. }
        | Phase::Cancelled { .. } => &[],
    };
    for command in steps {
        let command = command.clone();
        let change = Change { store_id, order_id, command, by: Actor::Operator, expected_version: None };
        match orders::run(&app.db, &app.clock, &app.wake, change).await {
            Ok(made) => {
                tracing::warn!(%store_id, %order_id, phase = made.order.phase.name().as_str(), "an order of a forgotten day was brought to an end")
            }
            Err(TransitionError::Refused(_)) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}

/// Once per day; nothing when the store has no number that can get messages.
async fn tell_owner(app: &App, store_id: StoreId, day_id: DayId, now: TimeMs) -> anyhow::Result<()> {
    let callee = db::owner_numbers::callee(&app.db, &app.vault, store_id).await?;
    if !crate::notify::can_call(&callee.phone) {
        return Ok(());
    }
    let variables = json!({"매장명": callee.store_name, "시각": now.kst_clock()});
    let told =
        db::notifications::create_for_owner(&app.db, store_id, day_id, Template::Forgotten, &variables, now);
    if told.await? {
        app.wake.up(Work { notifications: true, ..Work::default() });
    }
    Ok(())
}
