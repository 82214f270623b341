//! One process's desk.

use std::sync::Arc;

use cloud_api::clock::to_ms;
use cloud_api::db::attempts::{Attempt, AttemptState};
use cloud_api::db::refunds::{ClaimedRefund, RefundState};
use cloud_api::pay::PayLink;
use cloud_api::pay::desk::{Desk, Said};
use cloud_api::wake::Work;
use shared::TimeMs;
use shared::id::{AttemptId, CustomerId, RefundId, StoreId};
use shared::order::Phase;
use tokio::time::Instant;

use super::database::Database;
use super::kakao::Kakao;
use super::transaction::Open;
use crate::{Dice, Trace, note};

/// The simulated day begins here.
const BEGINNING: TimeMs = TimeMs(1_800_000_000_000);

/// What all processes share.
pub struct World {
    pub database: Arc<Database>,
    pub kakao: Kakao,
    pub dice: Dice,
    pub trace: Trace,
    pub began: Instant,
    pub store_id: StoreId,
}

impl World {
    /// The clock on the wall.
    pub fn now(&self) -> TimeMs {
        BEGINNING.plus_ms(i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX))
    }
}

/// One process.
pub struct Process {
    pub name: &'static str,
    pub world: Arc<World>,
    pub kakaopay: PayLink<Kakao>,
}

impl Process {
    /// One that begins now.
    pub fn new(name: &'static str, world: Arc<World>) -> Self {
        let kakaopay = PayLink::with(world.kakao.clone());
        Self { name, world, kakaopay }
    }

    fn told(&self, what: &str, attempt: &Attempt, done: &Said<bool>) {
        let said = match done {
            Ok(true) => "done",
            Ok(false) => "too late",
            Err(_) => "no answer",
        };
        note!(self.world.trace, "{} {} {what}: {said}", self.name, attempt.attempt_id);
    }
}

impl Desk for Process {
    type Calls = Kakao;
    type Books = Open;

    fn now(&self) -> TimeMs {
        self.world.now()
    }

    fn kakaopay(&self) -> &PayLink<Kakao> {
        &self.kakaopay
    }

    fn open_token(&self, attempt: &Attempt) -> Option<String> {
        attempt.pg_token_sealed.as_ref().map(|_| "token".to_owned())
    }

    fn wake(&self, _: Work) {
        // Every process looks by itself each second; a wake-up only shortens that.
    }

    async fn begin(&self) -> Said<Open> {
        Open::begin(&self.world.database, &self.world.dice, self.now()).await
    }

    async fn attempt(&self, _: StoreId, attempt_id: AttemptId) -> Said<Option<Attempt>> {
        let attempt =
            |rows: &super::rows::Rows| rows.attempts.get(&attempt_id).map(|row| row.attempt.clone());
        self.world.database.read(attempt).await
    }

    async fn to_approve(&self, limit: i64) -> Said<Vec<(StoreId, AttemptId)>> {
        self.world.database.read(|rows| rows.to_approve(count(limit))).await
    }

    async fn claim_approval(
        &self,
        _: StoreId,
        attempt_id: AttemptId,
        lease_until: TimeMs,
        _: TimeMs,
    ) -> Said<Option<Attempt>> {
        let claimed = self.world.database.claim_approval(attempt_id, lease_until).await;
        if let Ok(Some(attempt)) = &claimed {
            self.told("claims to approve", attempt, &Ok(true));
        }
        claimed
    }

    async fn to_look_at(&self, now: TimeMs, limit: i64) -> Said<Vec<(StoreId, AttemptId)>> {
        self.world.database.read(|rows| rows.to_look_at(now, count(limit))).await
    }

    async fn claim_look(
        &self,
        _: StoreId,
        attempt_id: AttemptId,
        lease_until: TimeMs,
        now: TimeMs,
    ) -> Said<Option<Attempt>> {
        let claimed = self.world.database.claim_look(attempt_id, lease_until, now).await;
        if let Ok(Some(attempt)) = &claimed {
            self.told("claims to look", attempt, &Ok(true));
        }
        claimed
    }

    async fn renew(&self, attempt: &Attempt, lease_until: TimeMs, _: TimeMs) -> Said<bool> {
        self.world.database.renew(attempt, lease_until).await
    }

    async fn unknown(
        &self,
        attempt: &Attempt,
        failure: Option<&str>,
        look_at: TimeMs,
        _: TimeMs,
    ) -> Said<bool> {
        let done = self.world.database.unknown(attempt, failure, look_at).await;
        self.told("is unknown", attempt, &done);
        done
    }

    async fn look_again(&self, attempt: &Attempt, look_at: Option<TimeMs>, _: TimeMs) -> Said<bool> {
        let done = self.world.database.look_again(attempt, look_at).await;
        self.told("is looked at later", attempt, &done);
        done
    }

    async fn approve_again(&self, attempt: &Attempt, now: TimeMs) -> Said<bool> {
        let done = self.world.database.approve_again(attempt, now).await;
        self.told("is approved again", attempt, &done);
        done
    }

    async fn ready_ended(
        &self,
        attempt: &Attempt,
        state: AttemptState,
        failure: &str,
        _: TimeMs,
    ) -> Said<()> {
        self.world.database.ready_ended(attempt.attempt_id, state, failure).await
    }

    async fn payer(&self, attempt: &Attempt) -> Said<CustomerId> {
        let order_id = attempt.order_id;
        let payer = self.world.database.read(|rows| rows.orders.get(&order_id).map(|row| row.customer_id));
        payer.await?.ok_or(sqlx::Error::RowNotFound)
    }

    async fn is_unpaid(&self, attempt: &Attempt) -> Said<bool> {
        let order_id = attempt.order_id;
        let unpaid = self.world.database.read(|rows| {
            rows.orders.get(&order_id).is_some_and(|row| row.order.phase == Phase::PendingPayment)
        });
        unpaid.await
    }

    async fn oldest_unknown_seconds(&self, now: TimeMs) -> Said<f64> {
        self.world.database.read(|rows| rows.oldest_unknown_seconds(now)).await
    }

    async fn due_refunds(&self, now: TimeMs, limit: i64) -> Said<Vec<(StoreId, RefundId)>> {
        self.world.database.read(|rows| rows.due_refunds(now, count(limit))).await
    }

    async fn claim_refund(
        &self,
        _: StoreId,
        refund_id: RefundId,
        lease_until: TimeMs,
        now: TimeMs,
    ) -> Said<Option<ClaimedRefund>> {
        self.world.database.claim_refund(refund_id, lease_until, now).await
    }

    async fn renew_refund(&self, refund: &ClaimedRefund, lease_until: TimeMs, _: TimeMs) -> Said<bool> {
        self.world.database.renew_refund(refund, lease_until).await
    }

    async fn sending(&self, refund: &ClaimedRefund, lease_until: TimeMs, _: TimeMs) -> Said<bool> {
        self.world.database.sending(refund, lease_until).await
    }

    async fn later(
        &self,
        refund: &ClaimedRefund,
        state: RefundState,
        _: Option<&str>,
        next_try: TimeMs,
        _: TimeMs,
    ) -> Said<bool> {
        let wait = next_try.ms_since(to_ms(refund.created_at));
        note!(self.world.trace, "{} {} is {} until {wait}", self.name, refund.refund_id, state.as_str());
        self.world.database.later(refund, state, next_try).await
    }
}

fn count(limit: i64) -> usize {
    usize::try_from(limit).unwrap_or(0)
}
