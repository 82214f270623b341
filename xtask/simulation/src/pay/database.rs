//! Postgres with row locks and read-committed transactions, far enough for the payment workers: each method is the SQL of the same name in
//! `cloud_api::db`. A property test holds it against the real database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cloud_api::clock::to_utc;
use cloud_api::db::attempts::{Attempt, AttemptState, Taken};
use cloud_api::db::refunds::{ClaimedRefund, RefundState};
use cloud_api::pay::desk::Said;
use shared::TimeMs;
use shared::id::{AttemptId, RefundId};
use tokio::sync::OwnedMutexGuard;
use tokio::time::{Instant, sleep, timeout};

use super::rows::{AttemptRow, RowId, Rows};
use crate::Dice;

/// The product's `lock_timeout`.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);
/// How long the product waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(2_500);

/// The database.
pub struct Database {
    rows: Mutex<Rows>,
    locks: Mutex<HashMap<RowId, Arc<tokio::sync::Mutex<()>>>>,
    weather: Mutex<Weather>,
    dice: Dice,
}

/// What is wrong with it at the moment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weather {
    pub is_away: bool,
    /// Statements of a thousand that fail.
    pub failing: u64,
}

impl Database {
    /// An empty one.
    pub fn new(dice: Dice) -> Self {
        Self { rows: Mutex::default(), locks: Mutex::default(), weather: Mutex::default(), dice }
    }

    /// Looks at, or changes, the rows without any network.
    pub fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the weather.
    pub fn set_weather(&self, weather: Weather) {
        *self.weather.lock().unwrap_or_else(PoisonError::into_inner) = weather;
    }

    /// One way of a round trip; the connection may break on it.
    pub(super) async fn travel(&self) -> Said<()> {
        let weather = *self.weather.lock().unwrap_or_else(PoisonError::into_inner);
        if weather.is_away {
            sleep(ACQUIRE_TIMEOUT).await;
            return Err(sqlx::Error::PoolTimedOut);
        }
        if !self.dice.chance(40) {
            sleep(self.dice.ms(1, 3)).await;
        }
        if self.dice.below(1_000) < weather.failing { Err(sqlx::Error::WorkerCrashed) } else { Ok(()) }
    }

    /// Takes a row, as `for update` and every `update` do.
    pub(super) async fn lock(&self, row: RowId) -> Said<OwnedMutexGuard<()>> {
        let lock = {
            let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(locks.entry(row).or_default())
        };
        let held = timeout(LOCK_TIMEOUT, lock.lock_owned()).await;
        held.map_err(|_| sqlx::Error::Protocol("canceling statement due to lock timeout".into()))
    }

    /// A statement that only reads.
    pub async fn read<T>(&self, read: impl FnOnce(&Rows) -> T + Send) -> Said<T> {
        self.travel().await?;
        let value = read(&self.rows());
        self.travel().await?;
        Ok(value)
    }

    /// A statement that changes one row, committed by itself.
    async fn update<T>(&self, row: RowId, change: impl FnOnce(&mut Rows) -> T + Send) -> Said<T> {
        self.travel().await?;
        let held = self.lock(row).await?;
        let value = change(&mut self.rows());
        drop(held);
        // It happened, whether we hear of it or not.
        self.travel().await?;
        Ok(value)
    }

    async fn attempt<T>(
        &self,
        attempt_id: AttemptId,
        change: impl FnOnce(&mut AttemptRow) -> T + Send,
    ) -> Said<Option<T>> {
        self.update(RowId::Attempt(attempt_id), |rows| rows.attempts.get_mut(&attempt_id).map(change)).await
    }

    /// Under the fence of whoever holds it.
    async fn fenced(
        &self,
        attempt: &Attempt,
        change: impl FnOnce(&mut AttemptRow) -> bool + Send,
    ) -> Said<bool> {
        let fence = attempt.fence;
        let done = self.attempt(attempt.attempt_id, |row| row.attempt.fence == fence && change(row)).await?;
        Ok(done.unwrap_or(false))
    }

    pub async fn claim_approval(&self, id: AttemptId, lease_until: TimeMs) -> Said<Option<Attempt>> {
        let claimed = self.attempt(id, |row| {
            if row.attempt.state != AttemptState::ApproveRequested {
                return None;
            }
            row.attempt.state = AttemptState::ApproveSent;
            row.attempt.fence += 1;
            row.attempt.tries += 1;
            row.attempt.failure_code = None;
            (row.lease_until, row.next_check_at) = (Some(lease_until), Some(lease_until));
            Some(row.attempt.clone())
        });
        Ok(claimed.await?.flatten())
    }

    pub async fn claim_look(&self, id: AttemptId, lease_until: TimeMs, now: TimeMs) -> Said<Option<Attempt>> {
        let claimed = self.attempt(id, |row| {
            if !row.is_to_look_at(now) {
                return None;
            }
            if row.attempt.state == AttemptState::ApproveSent {
                row.attempt.state = AttemptState::ApproveUnknown;
            }
            row.attempt.fence += 1;
            row.lease_until = Some(lease_until);
            Some(row.attempt.clone())
        });
        Ok(claimed.await?.flatten())
    }

    pub async fn renew(&self, attempt: &Attempt, lease_until: TimeMs) -> Said<bool> {
        let renewed = self.fenced(attempt, |row| {
            if row.lease_until.is_none() {
                return false;
            }
            row.lease_until = Some(lease_until);
            if row.attempt.state == AttemptState::ApproveSent {
                row.next_check_at = Some(lease_until);
            }
            true
        });
        renewed.await
    }

    pub async fn unknown(&self, attempt: &Attempt, failure: Option<&str>, look_at: TimeMs) -> Said<bool> {
        let failure = failure.map(str::to_owned);
        let written = self.fenced(attempt, |row| {
            if !matches!(row.attempt.state, AttemptState::ApproveSent | AttemptState::ApproveUnknown) {
                return false;
            }
            row.attempt.state = AttemptState::ApproveUnknown;
            row.attempt.failure_code = failure.or(row.attempt.failure_code.take());
            (row.lease_until, row.next_check_at) = (None, Some(look_at));
            true
        });
        written.await
    }

    pub async fn look_again(&self, attempt: &Attempt, look_at: Option<TimeMs>) -> Said<bool> {
        let written = self.fenced(attempt, |row| {
            (row.lease_until, row.next_check_at) = (None, look_at);
            true
        });
        written.await
    }

    pub async fn approve_again(&self, attempt: &Attempt, now: TimeMs) -> Said<bool> {
        let written = self.fenced(attempt, |row| {
            let may =
                row.attempt.state == AttemptState::ApproveUnknown && row.attempt.pg_token_sealed.is_some();
            if may {
                row.attempt.state = AttemptState::ApproveRequested;
                (row.lease_until, row.next_check_at) = (None, Some(now));
            }
            may
        });
        written.await
    }

    pub async fn ready_ended(&self, id: AttemptId, state: AttemptState, failure: &str) -> Said<()> {
        let failure = failure.to_owned();
        let ended = self.attempt(id, |row| {
            if row.attempt.state == AttemptState::ReadySent {
                (row.attempt.state, row.attempt.failure_code) = (state, Some(failure));
                row.next_check_at = None;
            }
        });
        ended.await.map(|_| ())
    }

    pub async fn claim_refund(
        &self,
        id: RefundId,
        lease_until: TimeMs,
        now: TimeMs,
    ) -> Said<Option<ClaimedRefund>> {
        let claimed = self.update(RowId::Refund(id), |rows| {
            let row = rows.refunds.get_mut(&id).filter(|row| row.is_free(now))?;
            if row.refund.state == RefundState::Sent {
                row.refund.state = RefundState::Unknown;
            }
            row.refund.fence += 1;
            row.lease_until = Some(lease_until);
            Some(row.refund.clone())
        });
        claimed.await
    }

    pub async fn renew_refund(&self, refund: &ClaimedRefund, lease_until: TimeMs) -> Said<bool> {
        let (id, fence) = (refund.refund_id, refund.fence);
        let renewed = self.update(RowId::Refund(id), |rows| {
            let row = rows.refunds.get_mut(&id);
            let row = row.filter(|row| row.refund.fence == fence && row.lease_until.is_some());
            row.is_some_and(|row| {
                row.lease_until = Some(lease_until);
                if row.refund.state == RefundState::Sent {
                    row.next_try_at = Some(lease_until);
                }
                true
            })
        });
        renewed.await
    }

    pub async fn sending(&self, refund: &ClaimedRefund, lease_until: TimeMs) -> Said<bool> {
        let (id, fence) = (refund.refund_id, refund.fence);
        let sending = self.update(RowId::Refund(id), |rows| {
            let row = rows.refunds.get_mut(&id).filter(|row| row.refund.fence == fence);
            let may = |state| match state {
                RefundState::Pending | RefundState::Unknown => true,
                RefundState::Sent | RefundState::Done | RefundState::NeedsReview => false,
            };
            row.filter(|row| may(row.refund.state)).is_some_and(|row| {
                row.refund.state = RefundState::Sent;
                row.refund.tries += 1;
                (row.lease_until, row.next_try_at) = (Some(lease_until), Some(lease_until));
                true
            })
        });
        sending.await
    }

    pub async fn later(&self, refund: &ClaimedRefund, state: RefundState, next_try: TimeMs) -> Said<bool> {
        let (id, fence) = (refund.refund_id, refund.fence);
        let later = self.update(RowId::Refund(id), |rows| {
            let row = rows.refunds.get_mut(&id).filter(|row| row.refund.fence == fence && row.is_open());
            row.is_some_and(|row| {
                row.refund.state = state;
                (row.lease_until, row.next_try_at) = (None, Some(next_try));
                true
            })
        });
        later.await
    }
}

impl super::rows::RefundRow {
    /// Neither done nor put aside.
    pub fn is_open(&self) -> bool {
        match self.refund.state {
            RefundState::Pending | RefundState::Sent | RefundState::Unknown => true,
            RefundState::Done | RefundState::NeedsReview => false,
        }
    }
}

impl AttemptRow {
    /// `taken`.
    pub(super) fn take(&mut self, state: AttemptState, taken: &Taken, failure: Option<&str>) {
        self.attempt.state = state;
        self.attempt.aid = Some(taken.aid.clone());
        self.attempt.approved_at = Some(to_utc(taken.at));
        self.attempt.failure_code = failure.map(str::to_owned);
        self.over(None);
    }

    /// Every final state wipes the one-time token.
    pub(super) fn over(&mut self, watch: Option<TimeMs>) {
        self.attempt.pg_token_sealed = None;
        (self.lease_until, self.next_check_at) = (None, watch);
        self.settled.get_or_insert_with(Instant::now);
    }
}
