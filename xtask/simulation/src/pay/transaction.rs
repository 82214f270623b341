//! A read-committed transaction: it sees what is committed and what it changed itself, and holds the rows that it changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use cloud_api::clock::to_utc;
use cloud_api::db::attempts::{Attempt, AttemptState, Taken};
use cloud_api::db::orders::LockedOrder;
use cloud_api::db::refunds::{ClaimedRefund, RefundState};
use cloud_api::orders::{Change, Made, OrderContext, Template, TransitionError};
use cloud_api::pay::desk::{Books, Said};
use cloud_api::wake::Work;
use serde_json::Value;
use shared::id::{AttemptId, DayId, OrderId, RefundId, StoreId};
use shared::ledger::{Payment, refund_parts};
use shared::order::{Context, Order, OrderEvent, call_name, decide};
use shared::{TimeMs, Won};
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;
use uuid::Uuid;

use super::database::Database;
use super::rows::{AttemptRow, OrderRow, RefundRow, RowId, Rows};
use crate::Dice;

/// What the store promises when nobody chose, in minutes.
const PREP_MINUTES: u32 = 15;
/// What it has to answer.
const ACCEPT_MINUTES: u32 = 10;

/// An open transaction.
pub struct Open {
    database: Arc<Database>,
    dice: Dice,
    now: TimeMs,
    held: BTreeMap<RowId, OwnedMutexGuard<()>>,
    changed: Rows,
}

impl Open {
    /// Begins one.
    pub async fn begin(database: &Arc<Database>, dice: &Dice, now: TimeMs) -> Said<Self> {
        database.travel().await?;
        let database = Arc::clone(database);
        Ok(Self { database, dice: dice.clone(), now, held: BTreeMap::new(), changed: Rows::default() })
    }

    async fn hold(&mut self, row: RowId) -> Said<()> {
        self.database.travel().await?;
        if !self.held.contains_key(&row) {
            let guard = self.database.lock(row).await?;
            self.held.insert(row, guard);
        }
        Ok(())
    }

    fn order(&self, id: OrderId) -> Option<OrderRow> {
        self.changed.orders.get(&id).cloned().or_else(|| self.database.rows().orders.get(&id).cloned())
    }

    fn row(&self, id: AttemptId) -> Option<AttemptRow> {
        self.changed.attempts.get(&id).cloned().or_else(|| self.database.rows().attempts.get(&id).cloned())
    }

    fn attempts_of(&self, order_id: OrderId) -> Vec<AttemptRow> {
        let live = self.database.rows();
        let ours = |row: &&AttemptRow| row.attempt.order_id == order_id;
        let changed =
            |row: &AttemptRow| self.changed.attempts.get(&row.attempt.attempt_id).unwrap_or(row).clone();
        live.attempts.values().filter(ours).map(changed).collect()
    }

    fn refunds_of(&self, attempt_id: AttemptId) -> Vec<RefundRow> {
        let live = self.database.rows();
        let ours = |row: &&RefundRow| row.refund.attempt_id == attempt_id;
        let fresh =
            self.changed.refunds.values().filter(|row| !live.refunds.contains_key(&row.refund.refund_id));
        live.refunds.values().chain(fresh).filter(ours).cloned().collect()
    }

    /// The unique index `one_capture_per_order`.
    fn write(&mut self, row: AttemptRow) -> Said<()> {
        let id = row.attempt.attempt_id;
        let others = self.attempts_of(row.attempt.order_id);
        if row.captures() && others.iter().any(|other| other.attempt.attempt_id != id && other.captures()) {
            return Err(sqlx::Error::Protocol("one_capture_per_order".into()));
        }
        self.changed.attempts.insert(id, row);
        Ok(())
    }

    async fn end_early(&mut self, order: &Order, refund: Won, reason: &str) -> Said<bool> {
        if let Some(mut row) = self.order(order.id) {
            row.stock_reserved = false;
            self.changed.orders.insert(order.id, row);
        }
        self.give_back(order, refund, reason).await
    }

    async fn give_back(&mut self, order: &Order, refund: Won, reason: &str) -> Said<bool> {
        let approved = self.attempts_of(order.id);
        let approved = approved.iter().find(|row| row.attempt.state == AttemptState::Approved);
        match approved {
            Some(row) if refund != Won::ZERO => {
                let (attempt, now) = (row.attempt.clone(), self.now);
                self.refund(&attempt, refund, reason, now).await.map(|()| true)
            }
            Some(_) | None => Ok(false),
        }
    }
}

impl Books for Open {
    async fn lock_order(&mut self, _: StoreId, order_id: OrderId) -> Said<Option<LockedOrder>> {
        self.hold(RowId::Order(order_id)).await?;
        Ok(self.order(order_id).map(|row| LockedOrder {
            context: OrderContext {
                store_id: row.store_id,
                store_name: String::new(),
                customer_id: row.customer_id,
                day_id: None,
            },
            order: row.order,
            session_version: String::new(),
            menu_version: 1,
            created_at: row.created_at,
            prep_minutes_default: PREP_MINUTES,
            busy: None,
            accept_deadline_minutes: ACCEPT_MINUTES,
        }))
    }

    async fn next_ticket(&mut self, store_id: StoreId) -> Said<Option<(DayId, u32, String)>> {
        self.hold(RowId::Day(store_id)).await?;
        let day = self.changed.days.get(&store_id).cloned();
        let day = day.or_else(|| self.database.rows().days.get(&store_id).cloned());
        let Some(mut day) = day.filter(|day| !day.closed) else { return Ok(None) };
        let (id, number) = (day.day_id, day.next_number);
        day.next_number += 1;
        self.changed.days.insert(store_id, day);
        Ok(Some((id, number, call_name(number))))
    }

    async fn transition(&mut self, change: Change) -> Result<Made, TransitionError> {
        self.hold(RowId::Order(change.order_id)).await?;
        let mut row = self.order(change.order_id).ok_or(TransitionError::NotFound)?;
        let context = Context { now: self.now, by: change.by, default_prep_minutes: PREP_MINUTES };
        let events = decide(&row.order, &change.command, &context)?;
        for event in &events {
            row.order.evolve(event);
        }
        let order = row.order.clone();
        self.changed.orders.insert(order.id, row);
        let mut work = Work { relay: !events.is_empty(), ..Work::default() };
        for event in &events {
            let refunds = match event {
                OrderEvent::OrderRejected { refund, .. } => {
                    self.end_early(&order, *refund, "order_rejected").await?
                }
                OrderEvent::OrderCancelled { refund, .. } => {
                    self.end_early(&order, *refund, "order_cancelled").await?
                }
                OrderEvent::RefundPromised { amount, .. } => {
                    self.give_back(&order, *amount, &format!("part_{}", order.version)).await?
                }
                OrderEvent::OrderPlaced { .. }
                | OrderEvent::OrderReserved { .. }
                | OrderEvent::ReservationFired { .. }
                | OrderEvent::OrderAccepted { .. }
                | OrderEvent::CookingStarted { .. }
                | OrderEvent::OrderReady { .. }
                | OrderEvent::OrderHandedOver { .. }
                | OrderEvent::OrderCompleted { .. }
                | OrderEvent::RefundCompleted { .. }
                | OrderEvent::ConflictRaised { .. }
                | OrderEvent::ConflictSettled { .. } => false,
            };
            work.refunds |= refunds;
        }
        Ok(Made { order, events, position: None, work })
    }

    async fn attempt(&mut self, _: StoreId, attempt_id: AttemptId) -> Said<Option<Attempt>> {
        self.database.travel().await?;
        Ok(self.row(attempt_id).map(|row| row.attempt))
    }

    async fn taken(
        &mut self,
        attempt: &Attempt,
        state: AttemptState,
        taken: &Taken,
        failure: Option<&str>,
        _: TimeMs,
    ) -> Said<bool> {
        self.hold(RowId::Attempt(attempt.attempt_id)).await?;
        let row = self.row(attempt.attempt_id);
        let row = row.filter(|row| row.attempt.fence == attempt.fence && row.attempt.approved_at.is_none());
        let Some(mut row) = row else { return Ok(false) };
        row.take(state, taken, failure);
        self.write(row)?;
        Ok(true)
    }

    async fn ended(
        &mut self,
        attempt: &Attempt,
        state: AttemptState,
        failure: &str,
        watch: Option<TimeMs>,
        _: TimeMs,
    ) -> Said<bool> {
        self.hold(RowId::Attempt(attempt.attempt_id)).await?;
        let row = self.row(attempt.attempt_id).filter(|row| {
            row.attempt.fence == attempt.fence
                && row.attempt.state == attempt.state
                && row.attempt.approved_at.is_none()
        });
        let Some(mut row) = row else { return Ok(false) };
        (row.attempt.state, row.attempt.failure_code) = (state, Some(failure.to_owned()));
        row.over(watch);
        self.write(row)?;
        Ok(true)
    }

    async fn look_again(&mut self, attempt: &Attempt, look_at: Option<TimeMs>, _: TimeMs) -> Said<bool> {
        self.hold(RowId::Attempt(attempt.attempt_id)).await?;
        let row = self.row(attempt.attempt_id).filter(|row| row.attempt.fence == attempt.fence);
        let Some(mut row) = row else { return Ok(false) };
        (row.lease_until, row.next_check_at) = (None, look_at);
        self.write(row)?;
        Ok(true)
    }

    async fn another_captures(&mut self, attempt: &Attempt) -> Said<bool> {
        self.database.travel().await?;
        let others = self.attempts_of(attempt.order_id);
        Ok(others.iter().any(|row| row.attempt.attempt_id != attempt.attempt_id && row.captures()))
    }

    async fn in_flight(&mut self, _: StoreId, order_id: OrderId) -> Said<bool> {
        self.database.travel().await?;
        Ok(self.attempts_of(order_id).iter().any(|row| row.attempt.state.is_in_flight()))
    }

    async fn refund(&mut self, attempt: &Attempt, amount: Won, reason: &str, now: TimeMs) -> Said<()> {
        self.hold(RowId::Attempt(attempt.attempt_id)).await?;
        let before = self.refunds_of(attempt.attempt_id);
        if before.iter().any(|row| row.reason == reason) {
            return Ok(());
        }
        let sum = |part: fn(&ClaimedRefund) -> i64| before.iter().map(|row| part(&row.refund)).sum::<i64>();
        let left = attempt.amount - sum(|refund| refund.amount);
        if amount.get() > left {
            return Err(sqlx::Error::Protocol("refunds exceed what was captured".into()));
        }
        let whole = Payment { amount: attempt.amount, tax_free: attempt.tax_free, vat: attempt.vat };
        let rest = Payment {
            amount: left,
            tax_free: attempt.tax_free - sum(|refund| refund.tax_free),
            vat: attempt.vat - sum(|refund| refund.vat),
        };
        let parts = refund_parts(whole, rest, amount.get());
        let refund = ClaimedRefund {
            store_id: attempt.store_id,
            refund_id: RefundId(self.dice.uuid()),
            attempt_id: attempt.attempt_id,
            order_id: attempt.order_id,
            state: RefundState::Pending,
            amount: amount.get(),
            tax_free: parts.tax_free,
            vat: parts.vat,
            expected_remaining: left,
            tid: attempt.tid.clone().unwrap_or_default(),
            fence: 0,
            tries: 0,
            created_at: to_utc(now),
        };
        let row = RefundRow {
            refund,
            reason: reason.to_owned(),
            lease_until: None,
            next_try_at: Some(now),
            asked: Instant::now(),
            done: None,
        };
        self.changed.refunds.insert(row.refund.refund_id, row);
        Ok(())
    }

    async fn finish_refund(
        &mut self,
        refund: &ClaimedRefund,
        state: RefundState,
        _: Option<&str>,
        _: Option<&str>,
        _: TimeMs,
    ) -> Said<bool> {
        self.hold(RowId::Refund(refund.refund_id)).await?;
        let row = self.database.rows().refunds.get(&refund.refund_id).cloned();
        let row = row.filter(|row| row.refund.fence == refund.fence && row.is_open());
        let Some(mut row) = row else { return Ok(false) };
        row.refund.state = state;
        (row.lease_until, row.next_try_at, row.done) = (None, None, Some(Instant::now()));
        self.changed.refunds.insert(refund.refund_id, row);
        Ok(true)
    }

    async fn release_stock(&mut self, attempt: &Attempt) -> Said<()> {
        self.hold(RowId::Order(attempt.order_id)).await?;
        if let Some(mut row) = self.order(attempt.order_id) {
            row.stock_reserved = false;
            self.changed.orders.insert(attempt.order_id, row);
        }
        Ok(())
    }

    async fn notify(&mut self, _: &OrderContext, _: &Order, _: Template, _: &Value, _: TimeMs) -> Said<()> {
        self.database.travel().await?;
        self.changed.messages += 1;
        Ok(())
    }

    async fn dead_letter(
        &mut self,
        _: StoreId,
        source: &'static str,
        reference: Uuid,
        error: &str,
        _: TimeMs,
    ) -> Said<()> {
        self.database.travel().await?;
        self.changed.dead_letters.push((source, reference, error.to_owned()));
        Ok(())
    }

    async fn commit(self) -> Said<()> {
        self.database.travel().await?;
        self.database.rows().commit(self.changed);
        drop(self.held);
        // It happened, whether we hear of it or not.
        self.database.travel().await
    }
}
