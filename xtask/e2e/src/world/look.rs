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

    /// From the next order on the store is asked for an answer within so many minutes.
    pub async fn answer_within(&self, minutes: i32) -> Result<()> {
        let change = sqlx::query("update store set accept_deadline_minutes = $1 where store_id = $2::uuid");
        change.bind(minutes).bind(&self.store.store_id).execute(&self.database.pool).await.map(drop)?;
        Ok(())
    }

    /// The phase and the won given back of the order with this number, on the newest day that has one.
    pub async fn fate(&self, number: &str) -> Result<(String, i64)> {
        let fate = sqlx::query_as(
            "select phase, refunded from orders where store_id = $1::uuid and number = $2::integer order by placed_at desc limit 1",
        );
        Ok(fate
            .bind(&self.store.store_id)
            .bind(number.parse::<i32>()?)
            .fetch_one(&self.database.pool)
            .await?)
    }

    /// Waits until the server says so about the order with this number.
    pub async fn wait_for_fate(&self, number: &str, phase: &str) -> Result<()> {
        wait_until(&format!("order {number} is {phase} at the server"), async || {
            let (now, _) = self.fate(number).await?;
            ensure!(now == phase, "it is {now}");
            Ok(true)
        })
        .await
    }

    /// Won that Kakao holds for the store: captured minus refunded.
    pub async fn kept(&self) -> Result<i64> {
        Ok(self.sandbox.payments().await?.iter().map(|payment| payment.captured - payment.refunded).sum())
    }
}
