//! The desk (창구) of the payment workers: everything that approving, asking and giving back need from outside. The real one is [`App`],
//! over Postgres and KakaoPay; the simulation has another, with every fault of both and a clock of its own.
//!
//! A method is one statement or one call. What must commit together goes through [`Books`].
//!
//! [`App`]: crate::app::App

mod app;

use serde_json::Value;
use shared::id::{AttemptId, CustomerId, DayId, OrderId, RefundId, StoreId};
use shared::order::Order;
use shared::{TimeMs, Won};
use uuid::Uuid;

use super::kakaopay::Calls;
use super::link::PayLink;
use crate::db::attempts::{Attempt, AttemptState, Taken};
use crate::db::orders::LockedOrder;
use crate::db::refunds::{ClaimedRefund, RefundState};
use crate::orders::{Change, Made, OrderContext, Template, TransitionError};
use crate::wake::Work;

/// What Postgres said.
pub type Said<T> = Result<T, sqlx::Error>;

/// Everything outside.
pub trait Desk: Sync {
    /// KakaoPay's calls.
    type Calls: Calls;
    /// An open transaction.
    type Books: Books;

    /// The clock on the wall.
    fn now(&self) -> TimeMs;
    /// KakaoPay behind its circuit breaker.
    fn kakaopay(&self) -> &PayLink<Self::Calls>;
    /// The payer's one-time token; `None` when it cannot be read any more.
    fn open_token(&self, attempt: &Attempt) -> Option<String>;
    /// After a commit: who has work now.
    fn wake(&self, work: Work);
    /// Begins a transaction.
    fn begin(&self) -> impl Future<Output = Said<Self::Books>> + Send;

    /// [`crate::db::attempts::find`].
    fn attempt(
        &self,
        store_id: StoreId,
        attempt_id: AttemptId,
    ) -> impl Future<Output = Said<Option<Attempt>>> + Send;
    /// [`crate::db::attempts::to_approve`].
    fn to_approve(&self, limit: i64) -> impl Future<Output = Said<Vec<(StoreId, AttemptId)>>> + Send;
    /// [`crate::db::attempts::claim_approval`].
    fn claim_approval(
        &self,
        store_id: StoreId,
        attempt_id: AttemptId,
        lease_until: TimeMs,
        now: TimeMs,
    ) -> impl Future<Output = Said<Option<Attempt>>> + Send;
    /// [`crate::db::attempts::to_look_at`].
    fn to_look_at(
        &self,
        now: TimeMs,
        limit: i64,
    ) -> impl Future<Output = Said<Vec<(StoreId, AttemptId)>>> + Send;
    /// [`crate::db::attempts::claim_look`].
    fn claim_look(
        &self,
        store_id: StoreId,
        attempt_id: AttemptId,
        lease_until: TimeMs,
        now: TimeMs,
    ) -> impl Future<Output = Said<Option<Attempt>>> + Send;
    /// [`crate::db::attempts::renew`].
    fn renew(
        &self,
        attempt: &Attempt,
        lease_until: TimeMs,
        now: TimeMs,
    ) -> impl Future<Output = Said<bool>> + Send;
    /// [`crate::db::attempts::unknown`].
    fn unknown(
        &self,
        attempt: &Attempt,
        failure: Option<&str>,
        look_at: TimeMs,
        now: TimeMs,
    ) -> impl Future<Output = Said<bool>> + Send;
    /// [`crate::db::attempts::look_again`].
    fn look_again(
        &self,
        attempt: &Attempt,
        look_at: Option<TimeMs>,
        now: TimeMs,
    ) -> impl Future<Output = Said<bool>> + Send;
    /// [`crate::db::attempts::approve_again`].
    fn approve_again(&self, attempt: &Attempt, now: TimeMs) -> impl Future<Output = Said<bool>> + Send;
    /// [`crate::db::attempts::ready_ended`].
    fn ready_ended(
        &self,
        attempt: &Attempt,
        state: AttemptState,
        failure: &str,
        now: TimeMs,
    ) -> impl Future<Output = Said<()>> + Send;
    /// [`crate::db::attempts::payer`].
    fn payer(&self, attempt: &Attempt) -> impl Future<Output = Said<CustomerId>> + Send;
    /// Whether the attempt's order still waits for its money.
    fn is_unpaid(&self, attempt: &Attempt) -> impl Future<Output = Said<bool>> + Send;
    /// [`crate::db::attempts::oldest_unknown_seconds`].
    fn oldest_unknown_seconds(&self, now: TimeMs) -> impl Future<Output = Said<f64>> + Send;

    /// [`crate::db::refunds::due`].
    fn due_refunds(
        &self,
        now: TimeMs,
        limit: i64,
    ) -> impl Future<Output = Said<Vec<(StoreId, RefundId)>>> + Send;
    /// [`crate::db::refunds::claim`].
    fn claim_refund(
        &self,
        store_id: StoreId,
        refund_id: RefundId,
        lease_until: TimeMs,
        now: TimeMs,
    ) -> impl Future<Output = Said<Option<ClaimedRefund>>> + Send;
    /// [`crate::db::refunds::renew`].
    fn renew_refund(
        &self,
        refund: &ClaimedRefund,
        lease_until: TimeMs,
        now: TimeMs,
    ) -> impl Future<Output = Said<bool>> + Send;
    /// [`crate::db::refunds::sending`].
    fn sending(
        &self,
        refund: &ClaimedRefund,
        lease_until: TimeMs,
        now: TimeMs,
    ) -> impl Future<Output = Said<bool>> + Send;
    /// [`crate::db::refunds::later`].
    fn later(
        &self,
        refund: &ClaimedRefund,
        state: RefundState,
        failure: Option<&str>,
        next_try: TimeMs,
        now: TimeMs,
    ) -> impl Future<Output = Said<bool>> + Send;
}

/// The books (장부) in one transaction. Dropped without [`Books::commit`], nothing of it happened.
pub trait Books: Send {
    /// [`crate::db::orders::lock`].
    fn lock_order(
        &mut self,
        store_id: StoreId,
        order_id: OrderId,
    ) -> impl Future<Output = Said<Option<LockedOrder>>> + Send;
    /// [`crate::orders::next_ticket`], for the order that was locked last.
    fn next_ticket(
        &mut self,
        store_id: StoreId,
    ) -> impl Future<Output = Said<Option<(DayId, u32, String)>>> + Send;
    /// [`crate::orders::transition`].
    fn transition(&mut self, change: Change) -> impl Future<Output = Result<Made, TransitionError>> + Send;
    /// [`crate::db::attempts::find`].
    fn attempt(
        &mut self,
        store_id: StoreId,
        attempt_id: AttemptId,
    ) -> impl Future<Output = Said<Option<Attempt>>> + Send;
    /// [`crate::db::attempts::taken`].
    fn taken(
        &mut self,
        attempt: &Attempt,
        state: AttemptState,
        taken: &Taken,
        failure: Option<&str>,
        now: TimeMs,
    ) -> impl Future<Output = Said<bool>> + Send;
    /// [`crate::db::attempts::ended`].
    fn ended(
        &mut self,
        attempt: &Attempt,
        state: AttemptState,
        failure: &str,
        watch: Option<TimeMs>,
        now: TimeMs,
    ) -> impl Future<Output = Said<bool>> + Send;
    /// [`crate::db::attempts::look_again`].
    fn look_again(
        &mut self,
        attempt: &Attempt,
        look_at: Option<TimeMs>,
        now: TimeMs,
    ) -> impl Future<Output = Said<bool>> + Send;
    /// [`crate::db::attempts::another_captures`].
    fn another_captures(&mut self, attempt: &Attempt) -> impl Future<Output = Said<bool>> + Send;
    /// [`crate::db::attempts::in_flight`].
    fn in_flight(&mut self, store_id: StoreId, order_id: OrderId) -> impl Future<Output = Said<bool>> + Send;
    /// [`crate::db::refunds::create`].
    fn refund(
        &mut self,
        attempt: &Attempt,
        amount: Won,
        reason: &str,
        now: TimeMs,
    ) -> impl Future<Output = Said<()>> + Send;
    /// [`crate::db::refunds::finish`].
    fn finish_refund(
        &mut self,
        refund: &ClaimedRefund,
        state: RefundState,
        aid: Option<&str>,
        failure: Option<&str>,
        now: TimeMs,
    ) -> impl Future<Output = Said<bool>> + Send;
    /// [`crate::db::stock::release`].
    fn release_stock(&mut self, attempt: &Attempt) -> impl Future<Output = Said<()>> + Send;
    /// [`crate::db::notifications::create`].
    fn notify(
        &mut self,
        context: &OrderContext,
        order: &Order,
        template: Template,
        variables: &Value,
        now: TimeMs,
    ) -> impl Future<Output = Said<()>> + Send;
    /// [`crate::db::dead_letters::insert`].
    fn dead_letter(
        &mut self,
        store_id: StoreId,
        source: &'static str,
        reference: Uuid,
        error: &str,
        now: TimeMs,
    ) -> impl Future<Output = Said<()>> + Send;
    /// Everything of it, or, when it fails, nobody knows.
    fn commit(self) -> impl Future<Output = Said<()>> + Send;
}
