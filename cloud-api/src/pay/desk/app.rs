//! The real desk: Postgres and KakaoPay.

use serde_json::Value;
use shared::id::{AttemptId, CustomerId, DayId, OrderId, RefundId, StoreId};
use shared::order::{Order, Phase};
use shared::{TimeMs, Won};
use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use super::{Books, Desk, Said};
use crate::app::App;
use crate::clock::{Clock, to_utc};
use crate::db::attempts::{Attempt, AttemptState, Taken};
use crate::db::orders::LockedOrder;
use crate::db::refunds::{ClaimedRefund, RefundState};
use crate::db::{attempts, dead_letters, in_time, notifications, orders, refunds, stock};
use crate::ledger;
use crate::orders::{
    Change, Made, OrderContext, Template, TransitionError, next_ticket, transition, transition_locked,
};
use crate::pay::approve::token_context;
use crate::pay::kakaopay::Client;
use crate::pay::link::PayLink;
use crate::wake::Work;

impl Desk for App {
    type Calls = Client;
    type Books = Open;

    fn now(&self) -> TimeMs {
        self.clock.now_ms()
    }

    fn kakaopay(&self) -> &PayLink {
        &self.kakaopay
    }

    fn open_token(&self, attempt: &Attempt) -> Option<String> {
        let sealed = attempt.pg_token_sealed.as_deref()?;
        let plain = self.vault.open_short(&token_context(attempt.attempt_id), sealed).ok()?;
        String::from_utf8(plain).ok()
    }

    fn wake(&self, work: Work) {
        self.wake.up(work);
    }

    async fn begin(&self) -> Said<Open> {
        Ok(Open { tx: in_time(self.db.begin()).await?, clock: self.clock.clone(), locked: None })
    }

    async fn attempt(&self, store_id: StoreId, attempt_id: AttemptId) -> Said<Option<Attempt>> {
        attempts::find(&self.db, store_id, attempt_id).await
    }

    async fn to_approve(&self, limit: i64) -> Said<Vec<(StoreId, AttemptId)>> {
        attempts::to_approve(&self.db, limit).await
    }

    async fn claim_approval(
        &self,
        store_id: StoreId,
        attempt_id: AttemptId,
        lease_until: TimeMs,
        now: TimeMs,
    ) -> Said<Option<Attempt>> {
        in_time(attempts::claim_approval(&self.db, store_id, attempt_id, lease_until, now)).await
    }

    async fn to_look_at(&self, now: TimeMs, limit: i64) -> Said<Vec<(StoreId, AttemptId)>> {
        attempts::to_look_at(&self.db, now, limit).await
    }

    async fn claim_look(
        &self,
        store_id: StoreId,
        attempt_id: AttemptId,
        lease_until: TimeMs,
        now: TimeMs,
    ) -> Said<Option<Attempt>> {
        in_time(attempts::claim_look(&self.db, store_id, attempt_id, lease_until, now)).await
    }

    async fn renew(&self, attempt: &Attempt, lease_until: TimeMs, now: TimeMs) -> Said<bool> {
        attempts::renew(&self.db, attempt, lease_until, now).await
    }

    async fn unknown(
        &self,
        attempt: &Attempt,
        failure: Option<&str>,
        look_at: TimeMs,
        now: TimeMs,
    ) -> Said<bool> {
        attempts::unknown(&self.db, attempt, failure, look_at, now).await
    }

    async fn look_again(&self, attempt: &Attempt, look_at: Option<TimeMs>, now: TimeMs) -> Said<bool> {
        attempts::look_again(&self.db, attempt, look_at, now).await
    }

    async fn approve_again(&self, attempt: &Attempt, now: TimeMs) -> Said<bool> {
        attempts::approve_again(&self.db, attempt, now).await
    }

    async fn ready_ended(
        &self,
        attempt: &Attempt,
        state: AttemptState,
        failure: &str,
        now: TimeMs,
    ) -> Said<()> {
        attempts::ready_ended(&self.db, attempt.store_id, attempt.attempt_id, state, failure, now).await
    }

    async fn payer(&self, attempt: &Attempt) -> Said<CustomerId> {
        attempts::payer(&self.db, attempt.store_id, attempt.order_id).await
    }

    async fn is_unpaid(&self, attempt: &Attempt) -> Said<bool> {
        let order = in_time(async {
            let mut connection = self.db.acquire().await?;
            orders::read(&mut connection, attempt.store_id, attempt.order_id).await
        });
        Ok(order.await?.is_some_and(|order| order.order.phase == Phase::PendingPayment))
    }

    async fn oldest_unknown_seconds(&self, now: TimeMs) -> Said<f64> {
        attempts::oldest_unknown_seconds(&self.db, now).await
    }

    async fn due_refunds(&self, now: TimeMs, limit: i64) -> Said<Vec<(StoreId, RefundId)>> {
        refunds::due(&self.db, now, limit).await
    }

    async fn claim_refund(
        &self,
        store_id: StoreId,
        refund_id: RefundId,
        lease_until: TimeMs,
        now: TimeMs,
    ) -> Said<Option<ClaimedRefund>> {
        in_time(refunds::claim(&self.db, store_id, refund_id, lease_until, now)).await
    }

    async fn renew_refund(&self, refund: &ClaimedRefund, lease_until: TimeMs, now: TimeMs) -> Said<bool> {
        refunds::renew(&self.db, refund, lease_until, now).await
    }

    async fn sending(&self, refund: &ClaimedRefund, lease_until: TimeMs, now: TimeMs) -> Said<bool> {
        refunds::sending(&self.db, refund, lease_until, now).await
    }

    async fn later(
        &self,
        refund: &ClaimedRefund,
        state: RefundState,
        failure: Option<&str>,
        next_try: TimeMs,
        now: TimeMs,
    ) -> Said<bool> {
        refunds::later(&self.db, refund, state, failure, next_try, now).await
    }
}

/// An open transaction on Postgres.
pub struct Open {
    tx: Transaction<'static, Postgres>,
    clock: Clock,
    /// The order that was locked last, as long as nothing has changed it: it need not be read again.
    locked: Option<LockedOrder>,
}

impl Books for Open {
    async fn lock_order(&mut self, store_id: StoreId, order_id: OrderId) -> Said<Option<LockedOrder>> {
        self.locked = in_time(orders::lock(&mut self.tx, store_id, order_id)).await?;
        Ok(self.locked.clone())
    }

    async fn next_ticket(&mut self, store_id: StoreId) -> Said<Option<(DayId, u32, String)>> {
        let locked = self.locked.as_ref().filter(|locked| locked.context.store_id == store_id);
        let locked =
            locked.ok_or_else(|| sqlx::Error::Protocol("an order is locked before its number".into()))?;
        in_time(next_ticket(&mut self.tx, locked)).await
    }

    async fn transition(&mut self, change: Change) -> Result<Made, TransitionError> {
        let locked = self.locked.take();
        match locked.filter(|locked| locked.is(change.store_id, change.order_id)) {
            Some(locked) => in_time(transition_locked(&mut self.tx, &self.clock, change, locked)).await,
            None => in_time(transition(&mut self.tx, &self.clock, change)).await,
        }
    }

    async fn attempt(&mut self, store_id: StoreId, attempt_id: AttemptId) -> Said<Option<Attempt>> {
        in_time(attempts::find(&mut *self.tx, store_id, attempt_id)).await
    }

    async fn taken(
        &mut self,
        attempt: &Attempt,
        state: AttemptState,
        taken: &Taken,
        failure: Option<&str>,
        now: TimeMs,
    ) -> Said<bool> {
        in_time(async {
            let written = attempts::taken(&mut self.tx, attempt, state, taken, failure, now).await?;
            if written {
                ledger::captured(&mut self.tx, attempt.store_id, attempt.attempt_id).await?;
            }
            Ok(written)
        })
        .await
    }

    async fn ended(
        &mut self,
        attempt: &Attempt,
        state: AttemptState,
        failure: &str,
        watch: Option<TimeMs>,
        now: TimeMs,
    ) -> Said<bool> {
        in_time(attempts::ended(&mut self.tx, attempt, state, failure, watch, now)).await
    }

    async fn look_again(&mut self, attempt: &Attempt, look_at: Option<TimeMs>, now: TimeMs) -> Said<bool> {
        in_time(attempts::look_again(&mut *self.tx, attempt, look_at, now)).await
    }

    async fn another_captures(&mut self, attempt: &Attempt) -> Said<bool> {
        in_time(attempts::another_captures(&mut self.tx, attempt)).await
    }

    async fn in_flight(&mut self, store_id: StoreId, order_id: OrderId) -> Said<bool> {
        in_time(attempts::in_flight(&mut *self.tx, store_id, order_id)).await
    }

    async fn refund(&mut self, attempt: &Attempt, amount: Won, reason: &str, now: TimeMs) -> Said<()> {
        in_time(refunds::create(&mut self.tx, attempt.store_id, attempt.attempt_id, amount, reason, now))
            .await
    }

    async fn finish_refund(
        &mut self,
        refund: &ClaimedRefund,
        state: RefundState,
        aid: Option<&str>,
        failure: Option<&str>,
        now: TimeMs,
    ) -> Said<bool> {
        in_time(async {
            let written = refunds::finish(&mut self.tx, refund, state, aid, failure, now).await?;
            if written && state == RefundState::Done {
                ledger::refund_done(&mut self.tx, refund.into(), aid, now).await?;
            }
            Ok(written)
        })
        .await
    }

    async fn release_stock(&mut self, attempt: &Attempt) -> Said<()> {
        in_time(stock::release(&mut self.tx, attempt.store_id, attempt.order_id)).await
    }

    async fn notify(
        &mut self,
        context: &OrderContext,
        order: &Order,
        template: Template,
        variables: &Value,
        now: TimeMs,
    ) -> Said<()> {
        in_time(notifications::create(&mut self.tx, context, order, template, variables, now)).await
    }

    async fn dead_letter(
        &mut self,
        store_id: StoreId,
        source: &'static str,
        reference: Uuid,
        error: &str,
        now: TimeMs,
    ) -> Said<()> {
        in_time(dead_letters::insert(&mut self.tx, Some(store_id), source, reference, error, to_utc(now)))
            .await
    }

    async fn commit(self) -> Said<()> {
        in_time(self.tx.commit()).await
    }
}
