//! KakaoPay behind its circuit breaker, and who waits for an outcome.

use std::sync::{Mutex, PoisonError};

use shared::id::OrderId;
use tokio::sync::broadcast;
use tokio::time::Instant;

use super::breaker::{Breaker, SLOW_CALL, State};
use super::kakaopay::{
    Answer, ApproveBody, ApproveCall, Calls, CancelBody, CancelCall, Client, OrderBody, ReadyBody, ReadyCall,
};
use crate::config::KakaoPayConfig;

/// Outcomes that a slow waiter may fall behind; it polls the database anyway.
const SETTLED_BACKLOG: usize = 256;

/// KakaoPay with its circuit breaker.
pub struct PayLink<C = Client> {
    calls: C,
    breaker: Mutex<Breaker>,
    settled: broadcast::Sender<OrderId>,
}

/// The breaker is open: the call was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held;

impl PayLink {
    /// A link to KakaoPay; connects with the first call.
    pub fn new(config: &KakaoPayConfig) -> anyhow::Result<Self> {
        Ok(Self::with(Client::new(config)?))
    }

    /// Asks for a payment.
    pub async fn ready(&self, call: &ReadyCall<'_>) -> Result<Answer<ReadyBody>, Held> {
        self.admit()?;
        Ok(self.judge(self.calls.ready(call)).await)
    }
}

impl<C: Calls> PayLink<C> {
    /// A link over these calls.
    pub fn with(calls: C) -> Self {
        let (settled, _) = broadcast::channel(SETTLED_BACKLOG);
        Self { calls, breaker: Mutex::default(), settled }
    }

    /// Whether a customer should be sent to pay now; `false` while the circuit breaker is open.
    pub fn is_available(&self) -> bool {
        self.breaker().is_available(Instant::now())
    }

    /// Where the circuit breaker stands.
    pub fn state(&self) -> State {
        self.breaker().state(Instant::now())
    }

    /// Our merchant id.
    pub fn cid(&self) -> &str {
        self.calls.cid()
    }

    /// Takes the money. Call [`PayLink::admit`] before its row is written: an open breaker must not make an outcome unknown.
    pub async fn approve(&self, call: &ApproveCall<'_>) -> Answer<ApproveBody> {
        self.judge(self.calls.approve(call)).await
    }

    /// Asks what happened; never held back.
    pub async fn order(&self, tid: &str) -> Answer<OrderBody> {
        self.judge(self.calls.order(tid)).await
    }

    /// Gives money back; see [`PayLink::approve`].
    pub async fn cancel(&self, call: &CancelCall<'_>) -> Answer<CancelBody> {
        self.judge(self.calls.cancel(call)).await
    }

    /// Whether a call may be made now. While KakaoPay is being tried again, one caller gets leave and has to make its call.
    pub fn admit(&self) -> Result<(), Held> {
        let admitted = self.breaker().admit(Instant::now());
        if admitted { Ok(()) } else { Err(Held) }
    }

    /// Gives the leave of [`PayLink::admit`] back without a call.
    pub fn forgo(&self) {
        self.breaker().forgo();
    }

    /// Tells everybody who waits for this order's payment that it is decided.
    pub fn settle(&self, order_id: OrderId) {
        // Nobody may be waiting.
        let _ = self.settled.send(order_id);
    }

    /// Hears of decided payments.
    pub fn listen(&self) -> broadcast::Receiver<OrderId> {
        self.settled.subscribe()
    }

    async fn judge<T>(&self, call: impl Future<Output = Answer<T>>) -> Answer<T> {
        let started = Instant::now();
        let answer = call.await;
        let now = Instant::now();
        let healthy = answer.is_healthy() && now.duration_since(started) < SLOW_CALL;
        let mut breaker = self.breaker();
        let before = breaker.state(now);
        breaker.report(healthy, now);
        let after = breaker.state(now);
        drop(breaker);
        metrics::gauge!("kakaopay_breaker_state").set(after.number());
        match (before, after) {
            (State::Closed { .. } | State::HalfOpen { .. }, State::Open { .. }) => {
                tracing::warn!("kakaopay does not answer well; payments are held back");
            }
            (State::HalfOpen { .. }, State::Closed { .. }) => tracing::info!("kakaopay answers again"),
            (State::Closed { .. } | State::HalfOpen { .. } | State::Open { .. }, _) => {}
        }
        answer
    }

    fn breaker(&self) -> std::sync::MutexGuard<'_, Breaker> {
        // The breaker is consistent after every method, so a panic elsewhere spoils nothing.
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
