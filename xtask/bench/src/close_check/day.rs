//! A large business day: its orders, their events, payments and ledger entries as the server writes them, without living it order by order.

use anyhow::{Context, Result, ensure};
use cloud_api::clock::to_utc;
use cloud_api::db::events::NewEvent;
use cloud_api::db::orders::{LockedOrder, NewOrder};
use cloud_api::{db, ledger, points};
use e2e::http;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::json;
use shared::TimeMs;
use shared::id::{AttemptId, DayId, OrderId, StoreId};
use shared::log::{BODY_VERSION, ChainHash, LogBody, Subject, chain};
use shared::order::{Actor, Conflict, Order, OrderEvent, Settlement};
use sqlx::PgConnection;
use store_desktop_core::clock;
use uuid::Uuid;

use crate::journal::placed;
use crate::shop::Shop;

/// Events of one order: the six of its life, and two conflicts that a person settled.
pub const EVENTS: u32 = 10;
/// KakaoPay's number of each capture.
const AID: &str = "A0000000000000000001";
/// Payments that the sandbox is told of at once.
const AT_ONCE: usize = 8;

/// The running day, while it is written.
struct Book {
    store: StoreId,
    day: DayId,
    epoch: i32,
    seq: i64,
    hash: ChainHash,
    at: TimeMs,
}

/// Writes `count` orders of the store's running day, each like `order`, which waits for its payment, and tells KakaoPay of their payments;
/// the number of the log's last event.
pub async fn write(shop: &Shop, order: Uuid, count: u32) -> Result<i64> {
    let store = StoreId(shop.store.store_id.parse()?);
    let db = &shop.database.pool;
    let day = db::days::latest(db, store).await?.context("no day runs")?.day.id;
    let mut tx = db.begin().await?;
    let like = db::orders::read(&mut tx, store, OrderId(order)).await?.context("there is no such order")?;
    let head = db::events::lock_cursor(&mut tx, store).await?;
    ensure!(head.seq < i64::from(EVENTS), "the day has begun with other orders");
    let mut book = Book { store, day, epoch: head.epoch, seq: head.seq, hash: head.hash, at: clock::now() };
    for number in 1..=count {
        book.write_order(&mut tx, &like, number).await?;
    }
    sqlx::query("update business_day set next_number = $2 where day_id = $1")
        .bind(day.0)
        .bind(i32::try_from(count + 1)?)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    sqlx::query("vacuum analyze").execute(db).await?;
    tell_kakaopay(shop).await?;
    Ok(book.seq)
}

impl Book {
    async fn write_order(&mut self, tx: &mut PgConnection, like: &LockedOrder, number: u32) -> Result<()> {
        let mut order = Order::pending(OrderId::fresh(), like.order.details.clone(), false);
        let new = NewOrder {
            store_id: self.store,
            customer_id: like.context.customer_id,
            order: &order,
            session_version: like.session_version.parse()?,
            menu_version: like.menu_version,
        };
        db::orders::insert(tx, &new, self.at).await?;
        let mut rows = Vec::new();
        for event in life(&order, number, self.at) {
            order.evolve(&event);
            rows.push(self.next(&order, event));
        }
        db::orders::update(tx, self.store, &order, Some(self.day), self.at).await?;
        db::events::insert(tx, self.store, &rows, self.at).await?;
        self.pay(tx, like, &order, number).await
    }

    fn next(&mut self, order: &Order, event: OrderEvent) -> NewEvent {
        let kind = event.kind();
        let subject = Subject::Order { order_id: order.id, order_version: order.version, event };
        let body = LogBody { v: BODY_VERSION, at: self.at, day_id: self.day, by: Actor::Operator, subject };
        let body = body.to_bytes();
        self.seq += 1;
        self.hash = chain(self.hash, self.seq, &body);
        NewEvent {
            seq: self.seq,
            epoch: self.epoch,
            day_id: self.day,
            kind,
            v: BODY_VERSION,
            order_id: Some(order.id),
            body,
            hash: self.hash,
        }
    }

    async fn pay(&self, tx: &mut PgConnection, like: &LockedOrder, order: &Order, number: u32) -> Result<()> {
        let (attempt, details) = (AttemptId::fresh(), &order.details);
        sqlx::query(
            "insert into payment_attempt (store_id, attempt_id, order_id, state, amount, tax_free, vat, tid, aid, method, approved_at,
                                          ready_at, expires_at, created_at, updated_at)
             values ($1, $2, $3, 'approved', $4, $5, $6, $7, $8, 'MONEY', $9, $9, $9, $9, $9)",
        )
        .bind(self.store.0)
        .bind(attempt.0)
        .bind(order.id.0)
        .bind(details.total.get())
        .bind(details.tax_free.get())
        .bind(details.vat.get())
        .bind(format!("T{number:019}"))
        .bind(AID)
        .bind(to_utc(self.at))
        .execute(&mut *tx)
        .await?;
        ledger::captured(tx, self.store, attempt).await?;
        ledger::completed(tx, self.store, order.id, self.at).await?;
        let completed = OrderEvent::OrderCompleted { at: self.at };
        Ok(points::write(tx, self.at, &like.context, order, &completed).await?)
    }
}

fn life(order: &Order, number: u32, at: TimeMs) -> Vec<OrderEvent> {
    let conflict = OrderEvent::ConflictRaised { conflict: Conflict::CookedAfterCancel };
    let settled = OrderEvent::ConflictSettled { settlement: Settlement::NothingMade };
    vec![
        placed(number, at, order.details.clone()),
        OrderEvent::OrderAccepted { prep_minutes: 10, ready_by: at.plus_minutes(10) },
        OrderEvent::CookingStarted { ready_by: at.plus_minutes(10), at },
        conflict.clone(),
        settled.clone(),
        OrderEvent::OrderReady { at },
        conflict,
        settled,
        OrderEvent::OrderHandedOver { at },
        OrderEvent::OrderCompleted { at },
    ]
}

/// KakaoPay's side of the same payments.
async fn tell_kakaopay(shop: &Shop) -> Result<()> {
    let payments: Vec<(String, Uuid, Uuid, i64, i64)> = sqlx::query_as(
        "select a.tid, a.order_id, o.customer_id, a.amount, a.tax_free from payment_attempt a join orders o on o.order_id = a.order_id
         where a.aid = $1",
    )
    .bind(AID)
    .fetch_all(&shop.database.pool)
    .await?;
    let told = payments.into_iter().map(|(tid, order, customer, amount, tax_free)| {
        let payment = json!({
            "tid": tid, "partner_order_id": order, "partner_user_id": customer, "item_name": "벤치 분식",
            "total_amount": amount, "tax_free_amount": tax_free, "status": "SUCCESS_PAYMENT", "method": "MONEY",
        });
        let capture = json!({ "tid": tid, "field": "capture_aid", "to": AID });
        async move {
            let control = |what: &str| format!("{}/control/{what}", shop.sandbox.url);
            http::post(&control("payments"), &payment).await?;
            http::post(&control("damage"), &capture).await
        }
    });
    stream::iter(told).buffer_unordered(AT_ONCE).try_for_each(|_| async { Ok(()) }).await
}
