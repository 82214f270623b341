//! A customer: orders, authenticates at KakaoPay, comes back or does not, tries again when it did not work, and sometimes the store says no.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cloud_api::clock::to_utc;
use cloud_api::db::attempts::{Attempt, AttemptState};
use cloud_api::orders::Change;
use cloud_api::pay::desk::Books;
use cloud_api::pay::kakaopay::Amount;
use shared::Won;
use shared::id::{AttemptId, OrderId};
use shared::order::{Actor, CancelReason, Order, OrderCommand, OrderDetails, OrderMode, Phase, RejectReason};
use tokio::time::sleep;

use super::desk::World;
use super::process::{Running, expire};
use super::rows::{AttemptRow, OrderRow};
use super::transaction::Open;
use crate::note;

/// A payment link is good for so long.
const EXPIRES_MS: i64 = 15 * 60 * 1_000;
/// An unpaid order ends a little later.
const ORDER_EXPIRES: Duration = Duration::from_secs(16 * 60);
/// Attempts of one customer.
const MAX_ATTEMPTS: u32 = 3;

/// The processes that customers meet.
pub type Processes = Arc<Mutex<Vec<Running>>>;

/// One customer's whole story.
pub async fn live(world: Arc<World>, processes: Processes, begins: Duration) {
    sleep(begins).await;
    let order_id = order(&world);
    tokio::spawn(expire(Arc::clone(&world), order_id, ORDER_EXPIRES));
    for _ in 0..MAX_ATTEMPTS {
        let attempt_id = ready(&world, order_id);
        sleep(world.dice.ms(2_000, 40_000)).await;
        if world.dice.chance(6) {
            note!(world.trace, "{order_id} does not come back");
            return;
        }
        if !come_back(&world, attempt_id) {
            return;
        }
        if world.dice.chance(85) {
            let processes = processes.lock().unwrap_or_else(PoisonError::into_inner);
            if !processes.is_empty() {
                world.dice.pick(&processes).wake(attempt_id);
            }
        }
        wait_for_outcome(&world, attempt_id).await;
        if phase(&world, order_id) != Some(Phase::PendingPayment) || world.dice.chance(30) {
            break;
        }
    }
    sleep(world.dice.ms(1_000, 120_000)).await;
    if world.dice.chance(30) {
        say_no(&world, order_id).await;
    }
}

fn order(world: &World) -> OrderId {
    let (id, now) = (world.dice.order(), world.now());
    let total = Won::new(i64::try_from(world.dice.between(10, 500)).unwrap_or(10) * 100).unwrap_or(Won::ZERO);
    let details = OrderDetails {
        mode: OrderMode::Takeout,
        lines: Vec::new(),
        total,
        tax_free: Won::ZERO,
        vat: total.vat_included(),
        points: Won::ZERO,
    };
    let row = OrderRow {
        store_id: world.store_id,
        customer_id: world.dice.customer(),
        order: Order::pending(id, details, false),
        created_at: now,
        stock_reserved: false,
    };
    note!(world.trace, "{id} is ordered for {}", total.get());
    world.database.rows().orders.insert(id, row);
    id
}

/// `ready` and the payer's password.
fn ready(world: &World, order_id: OrderId) -> AttemptId {
    let (id, now) = (world.dice.attempt(), world.now());
    let row = world.database.rows().orders[&order_id].clone();
    let details = &row.order.details;
    let (total, vat) = (details.total.get(), details.vat.get());
    let tid = format!("T{:016x}", world.dice.seed());
    let attempt = Attempt {
        store_id: world.store_id,
        attempt_id: id,
        order_id,
        state: AttemptState::ReadyOk,
        amount: total,
        tax_free: 0,
        vat,
        tid: Some(tid.clone()),
        redirects: None,
        pg_token_sealed: None,
        aid: None,
        approved_at: None,
        expires_at: to_utc(now.plus_ms(EXPIRES_MS)),
        requested_at: None,
        fence: 0,
        tries: 0,
        failure_code: None,
        created_at: to_utc(now),
    };
    let amount = Amount { total, tax_free: 0, vat };
    world.kakao.authenticated(&tid, order_id.to_string(), row.customer_id.to_string(), amount);
    note!(world.trace, "{order_id} is ready to pay as {id}, {tid}");
    let next_check_at = Some(now.plus_ms(EXPIRES_MS));
    let row = AttemptRow { attempt, lease_until: None, next_check_at, settled: None };
    world.database.rows().attempts.insert(id, row);
    id
}

/// The verified return, which `callback.rs` makes in one transaction. `false` when nothing came of it.
fn come_back(world: &World, attempt_id: AttemptId) -> bool {
    let now = world.now();
    let mut rows = world.database.rows();
    let row = rows.attempts[&attempt_id].clone();
    let order_id = row.attempt.order_id;
    let unpaid = rows.orders[&order_id].order.phase == Phase::PendingPayment;
    let another = rows.attempts.values().any(|other| {
        other.attempt.order_id == order_id && other.attempt.attempt_id != attempt_id && other.captures()
    });
    let good = row.attempt.state == AttemptState::ReadyOk
        && unpaid
        && !another
        && to_utc(now) < row.attempt.expires_at;
    if !good {
        return false;
    }
    if let Some(row) = rows.attempts.get_mut(&attempt_id) {
        row.attempt.state = AttemptState::ApproveRequested;
        row.attempt.pg_token_sealed = Some(vec![1]);
        row.attempt.requested_at = Some(to_utc(now));
        (row.next_check_at, row.attempt.failure_code) = (Some(now), None);
    }
    if let Some(order) = rows.orders.get_mut(&order_id) {
        order.stock_reserved = true;
    }
    note!(world.trace, "{attempt_id} waits to be approved");
    true
}

/// As the browser does: until money is not moving any more, or patience ends.
async fn wait_for_outcome(world: &World, attempt_id: AttemptId) {
    for _ in 0..600 {
        sleep(Duration::from_secs(1)).await;
        let state = world.database.rows().attempts[&attempt_id].attempt.state;
        if !state.is_in_flight() || state == AttemptState::NeedsReview {
            return;
        }
    }
}

fn phase(world: &World, order_id: OrderId) -> Option<Phase> {
    world.database.rows().orders.get(&order_id).map(|row| row.order.phase.clone())
}

/// The store rejects the order, or the customer cancels it: if it was paid, its money goes back.
async fn say_no(world: &World, order_id: OrderId) {
    let command = match world.dice.chance(50) {
        true => OrderCommand::Reject { reason: RejectReason::TooBusy },
        false => OrderCommand::Cancel { reason: CancelReason::CustomerChangedMind },
    };
    note!(world.trace, "{order_id}: {command:?}");
    let change =
        Change { store_id: world.store_id, order_id, command, by: Actor::Operator, expected_version: None };
    let Ok(mut books) = Open::begin(&world.database, &world.dice, world.now()).await else { return };
    // Money that is moving keeps an unpaid order alive, as in the product's every way to end one.
    match books.lock_order(world.store_id, order_id).await {
        Ok(Some(order)) if order.order.phase != Phase::PendingPayment => {}
        Ok(Some(_) | None) | Err(_) => return,
    }
    if books.transition(change).await.is_ok() {
        // Lost on the way is as good as never said.
        let _ = books.commit().await;
    }
}
