//! What the database says about an order.

use anyhow::{Context, Result, ensure};

use super::World;
use crate::wait::wait_until;

impl World {
    /// The id of the only order there is.
    pub async fn only_order(&self) -> Result<String> {
        let orders: Vec<String> = sqlx::query_scalar("select order_id::text from orders order by created_at")
            .fetch_all(&self.database.pool)
            .await?;
        ensure!(orders.len() == 1, "there is not one order but {orders:?}");
        orders.into_iter().next().context("there is no order")
    }

    /// `placed`, `accepted` …
    pub async fn phase(&self, order: &str) -> Result<String> {
        let phase = sqlx::query_scalar("select phase from orders where order_id = $1::uuid").bind(order);
        Ok(phase.fetch_one(&self.database.pool).await?)
    }

    pub async fn wait_for_phase(&self, order: &str, phase: &str) -> Result<()> {
        wait_until(&format!("order {order} is {phase}"), async || {
            let now = self.phase(order).await?;
            ensure!(now == phase, "it is {now}");
            Ok(true)
        })
        .await
    }

    /// Kinds of the order's events in the store's log, in order.
    pub async fn story(&self, order: &str) -> Result<Vec<String>> {
        let kinds = sqlx::query_scalar("select kind from store_event where order_id = $1::uuid order by seq");
        Ok(kinds.bind(order).fetch_all(&self.database.pool).await?)
    }

    /// States of the order's payment attempts, oldest first.
    pub async fn attempts(&self, order: &str) -> Result<Vec<String>> {
        let states = sqlx::query_scalar(
            "select state from payment_attempt where order_id = $1::uuid order by created_at",
        );
        Ok(states.bind(order).fetch_all(&self.database.pool).await?)
    }

    /// Whether Kakao still waits to do what the faults tell it; false as soon as the last of them has hit a request.
    pub async fn faults_wait(&self) -> Result<bool> {
        let faults = self.sandbox.read("faults").await?;
        Ok(faults["faults"].as_array().is_some_and(|faults| !faults.is_empty()))
    }

    /// Templates of the messages that reached the customer, oldest first.
    pub async fn messages_to(&self, customer: &str) -> Result<Vec<String>> {
        let sent = self.sandbox.alimtalk_of(customer).await?;
        Ok(sent.into_iter().map(|message| message.template).collect())
    }

    /// Waits until these messages, and no others, have reached the customer.
    pub async fn wait_for_messages(&self, customer: &str, templates: &[&str]) -> Result<()> {
        wait_until(&format!("the customer has received {templates:?}"), async || {
            let received = self.messages_to(customer).await?;
            ensure!(received == templates, "they have {received:?}");
            Ok(true)
        })
        .await
    }

    /// Won that Kakao holds for the store: captured minus refunded.
    pub async fn kept(&self) -> Result<i64> {
        Ok(self.sandbox.payments().await?.iter().map(|payment| payment.captured - payment.refunded).sum())
    }
}
