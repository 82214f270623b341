//! The model of the books against the real SQL in a real Postgres (`PG_ADMIN_URL`): random courses of claims, renewals, captures, ends and
//! refunds, each step done on both, every answer and every row compared.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::sync::Arc;

use cloud_api::clock::to_utc;
use cloud_api::db::attempts::{self, Attempt, AttemptState, Taken};
use cloud_api::db::refunds::{self, ClaimedRefund, RefundState};
use cloud_api::pay::desk::Books;
use shared::id::{AttemptId, OrderId, RefundId, StoreId};
use shared::order::{Order, OrderDetails, OrderMode};
use shared::{TimeMs, Won};
use simulation::Dice;
use simulation::pay::database::Database;
use simulation::pay::rows::{AttemptRow, OrderRow};
use simulation::pay::transaction::Open;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

const COURSES: u64 = 40;
const STEPS: usize = 60;
const START: TimeMs = TimeMs(1_800_000_000_000);
const AMOUNT: i64 = 12_000;
const VAT: i64 = 1_090;

/// A private database with our schema.
async fn database() -> (PgPool, PgPool, String) {
    let admin = std::env::var("PG_ADMIN_URL").expect("PG_ADMIN_URL names a Postgres for development");
    let name = format!("simulation_{}", uuid::Uuid::now_v7().simple());
    let options: PgConnectOptions = admin.parse().unwrap();
    let admin = PgPoolOptions::new().max_connections(1).connect_with(options.clone()).await.unwrap();
    let create = format!("create database {name}");
    sqlx::query(sqlx::AssertSqlSafe(create)).execute(&admin).await.unwrap();
    let db = PgPoolOptions::new().max_connections(4).connect_with(options.database(&name)).await.unwrap();
    cloud_api::MIGRATOR.run(&db).await.unwrap();
    (admin, db, name)
}

struct Course {
    db: PgPool,
    model: Arc<Database>,
    dice: Dice,
    now: TimeMs,
    store: StoreId,
    ids: Vec<AttemptId>,
    /// What was claimed last, on both sides the same.
    claimed: BTreeMap<AttemptId, Attempt>,
    refunds: Vec<(ClaimedRefund, ClaimedRefund)>,
}

/// What is compared of an attempt.
fn shape(attempt: &Attempt) -> (AttemptId, AttemptState, i64, i32, Option<String>, bool, bool) {
    let failure = attempt.failure_code.clone();
    let (id, state, fence, tries) = (attempt.attempt_id, attempt.state, attempt.fence, attempt.tries);
    (id, state, fence, tries, failure, attempt.pg_token_sealed.is_some(), attempt.approved_at.is_some())
}

impl Course {
    async fn begin(db: &PgPool, seed: u64) -> Self {
        let dice = Dice::new(seed);
        let store = StoreId::fresh();
        let model = Arc::new(Database::new(dice.clone()));
        let mut course = Self {
            db: db.clone(),
            model,
            dice,
            now: START,
            store,
            ids: Vec::new(),
            claimed: BTreeMap::new(),
            refunds: Vec::new(),
        };
        sqlx::query(
            "insert into store (store_id, store_key, name, branch, phone, address, lat, lon, business, modes, schedule, holidays,
                                accept_deadline_minutes, prep_minutes_default, created_at, updated_at)
             values ($1, $2, '', '', '', '', 0, 0, '{}', '{}', '{}', '[]', 10, 15, now(), now())",
        )
        .bind(store.0)
        .bind(store.0.to_string())
        .execute(db)
        .await
        .unwrap();
        for _ in 0..2 {
            course.order().await;
        }
        course
    }

    async fn order(&mut self) {
        let (order, customer) = (OrderId::fresh(), self.dice.customer());
        let total = Won::new(AMOUNT).unwrap();
        let (vat, lines) = (Won::new(VAT).unwrap(), Vec::new());
        let details = OrderDetails {
            mode: OrderMode::Takeout,
            lines,
            total,
            tax_free: Won::ZERO,
            vat,
            points: Won::ZERO,
        };
        sqlx::query(
            "insert into customer (customer_id, bot_id, user_key, created_at) values ($1, '', $2, now())",
        )
        .bind(customer.0)
        .bind(customer.0.to_string())
        .execute(&self.db)
        .await
        .unwrap();
        sqlx::query(
            "insert into orders (store_id, order_id, customer_id, version, phase, state, mode, total, tax_free, vat, has_request,
                                 session_version, menu_version, created_at, updated_at)
             values ($1, $2, $3, 0, 'pending_payment', '{\"state\":\"pending_payment\"}', 'takeout', $4, 0, $5, false, '1-1', 1,
                     now(), now())",
        )
        .bind(self.store.0)
        .bind(order.0)
        .bind(customer.0)
        .bind(AMOUNT)
        .bind(VAT)
        .execute(&self.db)
        .await
        .unwrap();
        let row = OrderRow {
            store_id: self.store,
            customer_id: customer,
            order: Order::pending(order, details, false),
            created_at: START,
            stock_reserved: false,
        };
        self.model.rows().orders.insert(order, row);
        for _ in 0..2 {
            self.attempt(order).await;
        }
    }

    async fn attempt(&mut self, order_id: OrderId) {
        let id = AttemptId::fresh();
        sqlx::query(
            "insert into payment_attempt (store_id, attempt_id, order_id, state, amount, tax_free, vat, tid, ready_at, expires_at,
                                          next_check_at, created_at, updated_at)
             values ($1, $2, $3, 'ready_ok', $4, 0, $5, $6, $7, $8, $8, $7, $7)",
        )
        .bind(self.store.0)
        .bind(id.0)
        .bind(order_id.0)
        .bind(AMOUNT)
        .bind(VAT)
        .bind(id.0.to_string())
        .bind(to_utc(START))
        .bind(to_utc(START.plus_ms(30_000)))
        .execute(&self.db)
        .await
        .unwrap();
        let attempt = attempts::find(&self.db, self.store, id).await.unwrap().unwrap();
        let row = AttemptRow {
            attempt,
            lease_until: None,
            next_check_at: Some(START.plus_ms(30_000)),
            settled: None,
        };
        self.model.rows().attempts.insert(id, row);
        self.ids.push(id);
    }

    fn claimed(&self) -> Option<Attempt> {
        let all: Vec<&Attempt> = self.claimed.values().collect();
        (!all.is_empty()).then(|| (*self.dice.pick(&all)).clone())
    }

    fn model_attempt(&self, id: AttemptId) -> Attempt {
        self.model.rows().attempts[&id].attempt.clone()
    }

    async fn open(&self) -> Open {
        Open::begin(&self.model, &self.dice, self.now).await.unwrap()
    }

    async fn step(&mut self) {
        self.now = self.now.plus_ms(i64::try_from(self.dice.between(1, 4_000)).unwrap());
        let (now, lease) = (self.now, self.now.plus_ms(5_000));
        let id = *self.dice.pick(&self.ids);
        match self.dice.below(13) {
            0 | 1 => self.request(id).await,
            2 => {
                let real = attempts::claim_approval(&self.db, self.store, id, lease, now).await.unwrap();
                let model = self.model.claim_approval(id, lease).await.unwrap();
                self.both(real, model);
            }
            3 | 4 => {
                let real = attempts::claim_look(&self.db, self.store, id, lease, now).await.unwrap();
                let model = self.model.claim_look(id, lease, now).await.unwrap();
                self.both(real, model);
            }
            5 => {
                let Some(claimed) = self.claimed() else { return };
                let real = attempts::renew(&self.db, &claimed, lease, now).await.unwrap();
                assert_eq!(real, self.model.renew(&claimed, lease).await.unwrap(), "renew");
            }
            6 => {
                let Some(claimed) = self.claimed() else { return };
                let why = self.dice.chance(50).then_some("-780");
                let real = attempts::unknown(&self.db, &claimed, why, now, now).await.unwrap();
                assert_eq!(real, self.model.unknown(&claimed, why, now).await.unwrap(), "unknown");
            }
            7 => {
                let Some(claimed) = self.claimed() else { return };
                let at = self.dice.chance(70).then(|| now.plus_ms(1_000));
                let real = attempts::look_again(&self.db, &claimed, at, now).await.unwrap();
                assert_eq!(real, self.model.look_again(&claimed, at).await.unwrap(), "look_again");
            }
            8 => {
                let Some(claimed) = self.claimed() else { return };
                // The unique index speaks when two attempts of an order would capture; the model has it in transactions.
                let captures = self.another_captures(&claimed);
                if captures {
                    return;
                }
                let real = attempts::approve_again(&self.db, &claimed, now).await.unwrap();
                assert_eq!(real, self.model.approve_again(&claimed, now).await.unwrap(), "approve_again");
            }
            9 => self.take().await,
            10 => self.end().await,
            _ => self.refund().await,
        }
    }

    fn another_captures(&self, attempt: &Attempt) -> bool {
        self.model.rows().attempts.values().any(|row| {
            row.attempt.order_id == attempt.order_id
                && row.attempt.attempt_id != attempt.attempt_id
                && row.captures()
        })
    }

    fn both(&mut self, real: Option<Attempt>, model: Option<Attempt>) {
        assert_eq!(real.as_ref().map(shape), model.as_ref().map(shape), "a claim");
        if let Some(real) = real {
            self.claimed.insert(real.attempt_id, real);
        }
    }

    async fn request(&mut self, id: AttemptId) {
        if self.another_captures(&self.model_attempt(id)) {
            return;
        }
        let mut connection = self.db.acquire().await.unwrap();
        let real = attempts::request_approval(&mut connection, self.store, id, b"t", self.now).await.unwrap();
        let mut rows = self.model.rows();
        let row = rows.attempts.get_mut(&id).unwrap();
        assert_eq!(real, row.attempt.state == AttemptState::ReadyOk);
        if real {
            row.attempt.state = AttemptState::ApproveRequested;
            row.attempt.pg_token_sealed = Some(b"t".to_vec());
            row.attempt.requested_at = Some(to_utc(self.now));
            (row.next_check_at, row.attempt.failure_code) = (Some(self.now), None);
        }
    }

    async fn take(&mut self) {
        let Some(claimed) = self.claimed() else { return };
        let taken = Taken { aid: "A".to_owned(), method: None, card_approval_no: None, at: self.now };
        let state = *self.dice.pick(&[AttemptState::Approved, AttemptState::NeedsReview]);
        let mut tx = self.db.begin().await.unwrap();
        let real = attempts::taken(&mut tx, &claimed, state, &taken, Some("why"), self.now).await;
        let mut books = self.open().await;
        let model = books.taken(&claimed, state, &taken, Some("why"), self.now).await;
        assert_eq!(real.as_ref().ok(), model.as_ref().ok(), "taken: {real:?} {model:?}");
        if real.is_ok() && self.dice.chance(80) {
            tx.commit().await.unwrap();
            books.commit().await.unwrap();
        }
    }

    async fn end(&mut self) {
        let Some(claimed) = self.claimed() else { return };
        let state = *self.dice.pick(&[
            AttemptState::Failed,
            AttemptState::Abandoned,
            AttemptState::Expired,
            AttemptState::NeedsReview,
        ]);
        let watch = self.dice.chance(50).then(|| self.now.plus_ms(60_000));
        let mut tx = self.db.begin().await.unwrap();
        let real = attempts::ended(&mut tx, &claimed, state, "why", watch, self.now).await;
        let mut books = self.open().await;
        let model = books.ended(&claimed, state, "why", watch, self.now).await;
        assert_eq!(real.as_ref().ok(), model.as_ref().ok(), "ended: {real:?} {model:?}");
        if real.is_ok() && self.dice.chance(80) {
            tx.commit().await.unwrap();
            books.commit().await.unwrap();
        }
    }

    /// Asks for a refund, or goes on with one.
    async fn refund(&mut self) {
        let (now, lease) = (self.now, self.now.plus_ms(5_000));
        if self.refunds.is_empty() || self.dice.chance(20) {
            return self.ask_for_refund().await;
        }
        let index = usize::try_from(self.dice.below(self.refunds.len() as u64)).unwrap();
        let (real, model) = self.refunds[index].clone();
        match self.dice.below(6) {
            0 | 1 => {
                let claimed = refunds::claim(&self.db, self.store, real.refund_id, lease, now).await.unwrap();
                let modelled = self.model.claim_refund(model.refund_id, lease, now).await.unwrap();
                let part = |refund: &ClaimedRefund| (refund.state, refund.fence, refund.tries, refund.vat);
                assert_eq!(claimed.as_ref().map(part), modelled.as_ref().map(part), "claim of a refund");
                if let (Some(claimed), Some(modelled)) = (claimed, modelled) {
                    self.refunds[index] = (claimed, modelled);
                }
            }
            2 => {
                let done = refunds::sending(&self.db, &real, lease, now).await.unwrap();
                assert_eq!(done, self.model.sending(&model, lease).await.unwrap(), "sending");
            }
            3 => {
                let done = refunds::renew(&self.db, &real, lease, now).await.unwrap();
                assert_eq!(done, self.model.renew_refund(&model, lease).await.unwrap(), "renew of a refund");
            }
            4 => {
                let state = *self.dice.pick(&[RefundState::Pending, RefundState::Unknown]);
                let done = refunds::later(&self.db, &real, state, None, now, now).await.unwrap();
                assert_eq!(done, self.model.later(&model, state, now).await.unwrap(), "later");
            }
            _ => {
                let state = *self.dice.pick(&[RefundState::Done, RefundState::NeedsReview]);
                let mut tx = self.db.begin().await.unwrap();
                let done = refunds::finish(&mut tx, &real, state, Some("A"), None, now).await.unwrap();
                tx.commit().await.unwrap();
                let mut books = self.open().await;
                assert_eq!(done, books.finish_refund(&model, state, Some("A"), None, now).await.unwrap());
                books.commit().await.unwrap();
            }
        }
    }

    async fn ask_for_refund(&mut self) {
        let attempt = self.model_attempt(*self.dice.pick(&self.ids));
        let amount = Won::new(*self.dice.pick(&[AMOUNT, 5_000, 7_000])).unwrap();
        let reason = *self.dice.pick(&["late_success", "order_cancelled"]);
        let mut tx = self.db.begin().await.unwrap();
        let real = refunds::create(&mut tx, self.store, attempt.attempt_id, amount, reason, self.now).await;
        let mut books = self.open().await;
        let model = books.refund(&attempt, amount, reason, self.now).await;
        assert_eq!(real.is_ok(), model.is_ok(), "a refund of {}: {real:?} {model:?}", amount.get());
        if real.is_err() {
            return;
        }
        tx.commit().await.unwrap();
        books.commit().await.unwrap();
        let id: uuid::Uuid =
            sqlx::query_scalar("select refund_id from refund where attempt_id = $1 and reason = $2")
                .bind(attempt.attempt_id.0)
                .bind(reason)
                .fetch_one(&self.db)
                .await
                .unwrap();
        let rows = self.model.rows();
        let made = rows
            .refunds
            .values()
            .find(|row| row.refund.attempt_id == attempt.attempt_id && row.reason == reason);
        let model = made.unwrap().refund.clone();
        let real = ClaimedRefund { refund_id: RefundId(id), ..model.clone() };
        if self.refunds.iter().all(|(known, _)| known.refund_id != real.refund_id) {
            self.refunds.push((real, model));
        }
    }

    async fn compare(&self) {
        for id in &self.ids {
            let real = attempts::find(&self.db, self.store, *id).await.unwrap().unwrap();
            assert_eq!(shape(&real), shape(&self.model_attempt(*id)));
        }
        type Times = (Option<chrono::DateTime<chrono::Utc>>, Option<chrono::DateTime<chrono::Utc>>);
        for id in &self.ids {
            let real: Times = sqlx::query_as(
                "select lease_until, next_check_at from payment_attempt where attempt_id = $1",
            )
            .bind(id.0)
            .fetch_one(&self.db)
            .await
            .unwrap();
            let row = self.model.rows().attempts[id].clone();
            assert_eq!(real, (row.lease_until.map(to_utc), row.next_check_at.map(to_utc)));
        }
        for (real, model) in &self.refunds {
            type Row = (String, i64, i32, i64, i64, i64);
            let found: Row = sqlx::query_as(
                "select state, fence, tries, amount, vat, expected_remaining from refund where refund_id = $1",
            )
            .bind(real.refund_id.0)
            .fetch_one(&self.db)
            .await
            .unwrap();
            let row = self.model.rows().refunds[&model.refund_id].refund.clone();
            let modelled: Row = (
                row.state.as_str().to_owned(),
                row.fence,
                row.tries,
                row.amount,
                row.vat,
                row.expected_remaining,
            );
            assert_eq!(found, modelled);
        }
        let mine = |(store, _): &(StoreId, AttemptId)| *store == self.store;
        let mut looks = attempts::to_look_at(&self.db, self.now, 10_000).await.unwrap();
        looks.retain(mine);
        let mut modelled = self.model.rows().to_look_at(self.now, 100);
        looks.sort();
        modelled.sort();
        assert_eq!(looks, modelled, "to_look_at");
    }
}

#[tokio::test]
async fn the_model_of_the_books_is_the_sql() {
    let (admin, db, name) = database().await;
    let mut states = BTreeMap::new();
    for seed in 0..COURSES {
        let mut course = Course::begin(&db, seed).await;
        for _ in 0..STEPS {
            course.step().await;
            course.compare().await;
        }
        for row in course.model.rows().attempts.values() {
            *states.entry(row.attempt.state.as_str()).or_insert(0) += 1;
        }
    }
    println!("{states:?}");
    assert!(states.len() >= 7, "{states:?}");
    db.close().await;
    let drop = format!("drop database {name} with (force)");
    sqlx::query(sqlx::AssertSqlSafe(drop)).execute(&admin).await.unwrap();
}
