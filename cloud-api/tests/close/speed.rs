//! How long the comparison of a large day takes: 2,000 orders with 10 events each. It prints a number instead of judging one:
//! `cargo test -p cloud-api --release --test it close::speed -- --ignored --nocapture`.

use std::time::Instant;

use cloud_api::close::{Asking, check};
use cloud_api::db::events::NewEvent;
use cloud_api::{db, ledger};
use serde_json::json;
use shared::TimeMs;
use shared::id::{AttemptId, OrderId};
use shared::log::{BODY_VERSION, ChainHash, LogBody, Subject, chain};
use shared::order::{Actor, Order, OrderEvent, Settlement, call_name};
use shared::wire::Verdict;
use sqlx::PgConnection;

use super::day::{LivedDay, begun};
use crate::world::World;

const ORDERS: u32 = 2_000;
const TRIES: usize = 5;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "prints how long it takes; nothing to judge on a busy machine"]
async fn a_day_of_two_thousand_orders() {
    let day = begun(World::start().await).await;
    fill(&day).await;
    day.begin_closing().await;
    day.settle().await;
    let cut = day.cut().await;
    let proof = day.proof(&cut).await;
    let store = day.world.coffee.store_id;
    for asking in [Asking::Everything, Asking::WhatIsOpen] {
        for _ in 0..TRIES {
            let began = Instant::now();
            let checked =
                check(day.world.app(), store, day.day_id, Some(&proof), asking).await.unwrap().unwrap();
            let took = began.elapsed();
            let report = checked.report;
            assert!(report.holds(), "{:?}", report.differences);
            println!(
                "{asking:?}: {} orders, {} events, {} payments in {took:?}",
                report.order_count, report.event_count, report.payment_count
            );
            assert_eq!(report.journal, Verdict::Equal);
        }
    }
}

/// Writes the day's orders as the server would have, without living them one by one.
async fn fill(day: &LivedDay) {
    let world = &day.world;
    let template = day.placed(1).await;
    day.work(&template, &["accept", "cooking", "ready", "handed_over"]).await;
    let mut tx = world.db.begin().await.unwrap();
    let like = db::orders::read(&mut tx, template.store_id, template.order_id).await.unwrap().unwrap();
    let now = world.clock.now_ms();
    let head = db::events::lock_cursor(&mut tx, template.store_id).await.unwrap();
    let (mut seq, mut hash) = (head.seq, head.hash);
    for number in 2..=ORDERS {
        let order = Order::pending(OrderId::fresh(), like.order.details.clone(), false);
        let new = db::orders::NewOrder {
            store_id: template.store_id,
            customer_id: like.context.customer_id,
            order: &order,
            session_version: like.session_version.parse().unwrap(),
            menu_version: like.menu_version,
        };
        db::orders::insert(&mut tx, &new, now).await.unwrap();
        let events = life(&order, number, now);
        let mut rows = Vec::new();
        let mut order = order;
        for event in events {
            order.evolve(&event);
            rows.push(row(day, &order, event, &mut seq, &mut hash, head.epoch, now));
        }
        db::orders::update(&mut tx, template.store_id, &order, Some(day.day_id), now).await.unwrap();
        db::events::insert(&mut tx, template.store_id, &rows, now).await.unwrap();
        pay(&mut tx, day, &order, number, now).await;
    }
    sqlx::query("update business_day set next_number = $1 where day_id = $2")
        .bind(i32::try_from(ORDERS + 1).unwrap())
        .bind(day.day_id.0)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    world.app().wake.relay.notify_one();
    know_payments(day).await;
}

/// Ten events: six of every order's life, and four of a kitchen that contradicted itself.
fn life(order: &Order, number: u32, now: TimeMs) -> Vec<OrderEvent> {
    let conflict = OrderEvent::ConflictRaised { conflict: shared::order::Conflict::CookedAfterCancel };
    let settled = OrderEvent::ConflictSettled { settlement: Settlement::NothingMade };
    vec![
        OrderEvent::OrderPlaced {
            number,
            call_name: call_name(number),
            placed_at: now,
            accept_by: now.plus_minutes(7),
            details: order.details.clone(),
            has_request: false,
        },
        OrderEvent::OrderAccepted { prep_minutes: 10, ready_by: now.plus_minutes(10) },
        OrderEvent::CookingStarted { ready_by: now.plus_minutes(10), at: now },
        conflict.clone(),
        settled.clone(),
        OrderEvent::OrderReady { at: now },
        conflict,
        settled,
        OrderEvent::OrderHandedOver { at: now },
        OrderEvent::OrderCompleted { at: now },
    ]
}

fn row(
    day: &LivedDay,
    order: &Order,
    event: OrderEvent,
    seq: &mut i64,
    hash: &mut ChainHash,
    epoch: i32,
    now: TimeMs,
) -> NewEvent {
    let kind = event.kind();
    let subject = Subject::Order { order_id: order.id, order_version: order.version, event };
    let body =
        LogBody { v: BODY_VERSION, at: now, day_id: day.day_id, by: Actor::Operator, subject }.to_bytes();
    *seq += 1;
    *hash = chain(*hash, *seq, &body);
    let order_id = Some(order.id);
    NewEvent { seq: *seq, epoch, day_id: day.day_id, kind, v: BODY_VERSION, order_id, body, hash: *hash }
}

async fn pay(tx: &mut PgConnection, day: &LivedDay, order: &Order, number: u32, now: TimeMs) {
    let attempt = AttemptId::fresh();
    let details = &order.details;
    sqlx::query(
        "insert into payment_attempt (store_id, attempt_id, order_id, state, amount, tax_free, vat, tid, aid, method, approved_at,
                                      ready_at, expires_at, created_at, updated_at)
         values ($1, $2, $3, 'approved', $4, $5, $6, $7, 'A', 'MONEY', $8, $8, $8, $8, $8)",
    )
    .bind(day.world.coffee.store_id.0)
    .bind(attempt.0)
    .bind(order.id.0)
    .bind(details.total.get())
    .bind(details.tax_free.get())
    .bind(details.vat.get())
    .bind(tid(number))
    .bind(cloud_api::clock::to_utc(now))
    .execute(&mut *tx)
    .await
    .unwrap();
    ledger::captured(tx, day.world.coffee.store_id, attempt).await.unwrap();
    ledger::completed(tx, day.world.coffee.store_id, order.id, now).await.unwrap();
}

fn tid(number: u32) -> String {
    format!("T{number:019}")
}

/// KakaoPay's side of the same payments.
async fn know_payments(day: &LivedDay) {
    let rows: Vec<(String, uuid::Uuid, uuid::Uuid, i64)> = sqlx::query_as(
        "select a.tid, a.order_id, o.customer_id, a.amount from payment_attempt a join orders o on o.order_id = a.order_id where a.aid = 'A'",
    )
    .fetch_all(&day.world.db)
    .await
    .unwrap();
    for (tid, order, customer, amount) in rows {
        let load = json!({"tid": tid, "partner_order_id": order, "partner_user_id": customer, "item_name": "떡케이크",
                          "total_amount": amount, "status": "SUCCESS_PAYMENT", "method": "MONEY"});
        day.world.kakao.post("/control/payments", &load).await;
        day.world
            .kakao
            .post("/control/damage", &json!({"tid": tid, "field": "capture_aid", "to": "A"}))
            .await;
    }
}
