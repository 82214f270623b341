//! The rows of the books, as the payment workers read and write them.

use std::collections::BTreeMap;

use cloud_api::clock::to_ms;
use cloud_api::db::attempts::{Attempt, AttemptState};
use cloud_api::db::refunds::{ClaimedRefund, RefundState};
use shared::TimeMs;
use shared::id::{AttemptId, CustomerId, DayId, OrderId, RefundId, StoreId};
use shared::order::Order;
use tokio::time::Instant;

/// A row that a transaction can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowId {
    Order(OrderId),
    Attempt(AttemptId),
    Refund(RefundId),
    Day(StoreId),
}

/// All rows, or those that a transaction changed.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    pub orders: BTreeMap<OrderId, OrderRow>,
    pub attempts: BTreeMap<AttemptId, AttemptRow>,
    pub refunds: BTreeMap<RefundId, RefundRow>,
    pub days: BTreeMap<StoreId, DayRow>,
    pub dead_letters: Vec<(&'static str, uuid::Uuid, String)>,
    pub messages: u64,
}

/// An order.
#[derive(Debug, Clone)]
pub struct OrderRow {
    pub store_id: StoreId,
    pub customer_id: CustomerId,
    pub order: Order,
    pub created_at: TimeMs,
    pub stock_reserved: bool,
}

/// A payment attempt.
#[derive(Clone)]
pub struct AttemptRow {
    pub attempt: Attempt,
    pub lease_until: Option<TimeMs>,
    pub next_check_at: Option<TimeMs>,
    /// When money stopped moving for it.
    pub settled: Option<Instant>,
}

impl std::fmt::Debug for AttemptRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.attempt.attempt_id, self.attempt.state.as_str())
    }
}

/// A refund.
#[derive(Debug, Clone)]
pub struct RefundRow {
    pub refund: ClaimedRefund,
    pub reason: String,
    pub lease_until: Option<TimeMs>,
    pub next_try_at: Option<TimeMs>,
    pub asked: Instant,
    pub done: Option<Instant>,
}

/// The running day.
#[derive(Debug, Clone)]
pub struct DayRow {
    pub day_id: DayId,
    pub next_number: u32,
    pub closed: bool,
}

impl Rows {
    /// Takes over what a transaction changed.
    pub fn commit(&mut self, changed: Rows) {
        self.orders.extend(changed.orders);
        self.attempts.extend(changed.attempts);
        self.refunds.extend(changed.refunds);
        self.days.extend(changed.days);
        self.dead_letters.extend(changed.dead_letters);
        self.messages += changed.messages;
    }

    /// Attempts whose look is due.
    pub fn to_look_at(&self, now: TimeMs, limit: usize) -> Vec<(StoreId, AttemptId)> {
        let mut due: Vec<_> = self.attempts.values().filter(|row| row.is_to_look_at(now)).collect();
        due.sort_by_key(|row| (row.next_check_at, row.attempt.attempt_id));
        due.iter().take(limit).map(|row| (row.attempt.store_id, row.attempt.attempt_id)).collect()
    }

    /// Attempts that wait for a worker.
    pub fn to_approve(&self, limit: usize) -> Vec<(StoreId, AttemptId)> {
        let waits = |row: &&AttemptRow| {
            row.attempt.state == AttemptState::ApproveRequested && row.next_check_at.is_some()
        };
        let mut due: Vec<_> = self.attempts.values().filter(waits).collect();
        due.sort_by_key(|row| (row.next_check_at, row.attempt.attempt_id));
        due.iter().take(limit).map(|row| (row.attempt.store_id, row.attempt.attempt_id)).collect()
    }

    /// Refunds that are due, none before an earlier one of its attempt.
    pub fn due_refunds(&self, now: TimeMs, limit: usize) -> Vec<(StoreId, RefundId)> {
        let age = |row: &RefundRow| (row.refund.created_at, row.refund.refund_id);
        let is_first = |row: &RefundRow| {
            !self.refunds.values().any(|earlier| {
                earlier.refund.attempt_id == row.refund.attempt_id
                    && earlier.refund.state != RefundState::Done
                    && age(earlier) < age(row)
            })
        };
        let mut due: Vec<_> = self.refunds.values().filter(|row| row.is_free(now) && is_first(row)).collect();
        due.sort_by_key(|row| (row.next_try_at, row.refund.refund_id));
        due.iter().take(limit).map(|row| (row.refund.store_id, row.refund.refund_id)).collect()
    }

    /// Seconds since the oldest unknown outcome was requested.
    pub fn oldest_unknown_seconds(&self, now: TimeMs) -> f64 {
        let unknown = self.attempts.values().filter(|row| {
            row.next_check_at.is_some()
                && matches!(
                    row.attempt.state,
                    AttemptState::ApproveRequested | AttemptState::ApproveSent | AttemptState::ApproveUnknown
                )
        });
        let oldest = unknown.filter_map(|row| row.attempt.requested_at).min();
        let age = oldest.map_or(0, |at| now.ms_since(to_ms(at)).max(0));
        std::time::Duration::from_millis(age.unsigned_abs()).as_secs_f64()
    }
}

impl AttemptRow {
    /// `claim_look`'s condition.
    pub fn is_to_look_at(&self, now: TimeMs) -> bool {
        self.next_check_at.is_some_and(|at| at <= now)
            && self.attempt.state != AttemptState::ApproveRequested
            && self.lease_until.is_none_or(|until| until <= now)
    }

    /// Whether money of it is, or may become, ours.
    pub fn captures(&self) -> bool {
        self.attempt.state == AttemptState::Approved || self.attempt.state.is_in_flight()
    }
}

impl RefundRow {
    /// `claim`'s condition.
    pub fn is_free(&self, now: TimeMs) -> bool {
        let open = match self.refund.state {
            RefundState::Pending | RefundState::Sent | RefundState::Unknown => true,
            RefundState::Done | RefundState::NeedsReview => false,
        };
        open && self.next_try_at.is_some_and(|at| at <= now)
            && self.lease_until.is_none_or(|until| until <= now)
    }
}
