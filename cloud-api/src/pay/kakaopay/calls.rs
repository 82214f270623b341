//! The calls of the payment workers, so that a simulation can answer them.

use super::client::{Answer, ApproveCall, CancelCall, Client};
use super::json::{ApproveBody, CancelBody, OrderBody};

/// KakaoPay, as the workers meet it.
pub trait Calls: Sync {
    /// The merchant id.
    fn cid(&self) -> &str;
    /// Takes the money.
    fn approve(&self, call: &ApproveCall<'_>) -> impl Future<Output = Answer<ApproveBody>> + Send;
    /// Asks what happened to a payment.
    fn order(&self, tid: &str) -> impl Future<Output = Answer<OrderBody>> + Send;
    /// Gives money back.
    fn cancel(&self, call: &CancelCall<'_>) -> impl Future<Output = Answer<CancelBody>> + Send;
}

impl Calls for Client {
    fn cid(&self) -> &str {
        Client::cid(self)
    }

    async fn approve(&self, call: &ApproveCall<'_>) -> Answer<ApproveBody> {
        Client::approve(self, call).await
    }

    async fn order(&self, tid: &str) -> Answer<OrderBody> {
        Client::order(self, tid).await
    }

    async fn cancel(&self, call: &CancelCall<'_>) -> Answer<CancelBody> {
        Client::cancel(self, call).await
    }
}
