//! The one question of every payment test: does KakaoPay's ledger say what our tables say?

use std::collections::BTreeMap;

use super::{TestOrder, World};

/// Won that were taken and given back, by tid.
type Money = BTreeMap<String, (i64, i64)>;

impl World {
    /// Panics unless every won that KakaoPay took or gave back is in our tables and the other way round, and no order paid twice.
    pub async fn assert_money_agrees(&self) {
        let differences = self.money_differences().await;
        assert!(differences.is_empty(), "the money does not agree:\n{}", differences.join("\n"));
    }

    /// What differs, in words.
    pub async fn money_differences(&self) -> Vec<String> {
        let ledger = self.kakao.ledger().await;
        let (theirs, ours) = (their_money(&ledger), self.our_money().await);
        let mut differences = Vec::new();
        for tid in theirs.keys().chain(ours.keys()) {
            let (at_kakao, here) = (theirs.get(tid), ours.get(tid));
            if at_kakao != here {
                differences
                    .push(format!("{tid}: KakaoPay says {at_kakao:?}, we say {here:?} (taken, given back)"));
            }
        }
        differences.dedup();
        for order in ledger["double_captures"].as_array().expect("a list") {
            differences.push(format!("order {order} holds two payments"));
        }
        differences.extend(self.unpaid_food().await);
        differences.extend(self.ledger_differences().await);
        differences
    }

    /// Orders for which the ledger and the attempts do not say the same.
    async fn ledger_differences(&self) -> Vec<String> {
        let mut differences = Vec::new();
        for store in [&self.coffee, &self.bunsik] {
            let found = cloud_api::db::ledger::disagreements(&self.db, store.store_id, 100).await;
            differences
                .extend(found.expect("the ledger can be read").into_iter().map(|one| format!("{one:?}")));
        }
        differences
    }

    async fn our_money(&self) -> Money {
        let rows: Vec<(String, i64, i64)> = sqlx::query_as(
            "select a.tid, a.amount, coalesce(sum(r.amount) filter (where r.state = 'done'), 0)::bigint
             from payment_attempt a left join refund r on r.store_id = a.store_id and r.attempt_id = a.attempt_id
             where a.approved_at is not null group by a.tid, a.amount",
        )
        .fetch_all(&self.db)
        .await
        .expect("the attempts can be read");
        rows.into_iter().map(|(tid, taken, back)| (tid, (taken, back))).collect()
    }

    /// Orders that the store sees without exactly one approved payment.
    async fn unpaid_food(&self) -> Vec<String> {
        let rows: Vec<(uuid::Uuid, i64)> = sqlx::query_as(
            "select o.order_id, count(a.attempt_id) from orders o
             left join payment_attempt a on a.store_id = o.store_id and a.order_id = o.order_id and a.state = 'approved'
             where o.number is not null group by o.order_id having count(a.attempt_id) <> 1",
        )
        .fetch_all(&self.db)
        .await
        .expect("the orders can be read");
        rows.into_iter()
            .map(|(order, count)| format!("order {order} was placed with {count} payments"))
            .collect()
    }

    /// The states of an order's attempts, oldest first.
    pub async fn attempts(&self, order: &TestOrder) -> Vec<String> {
        sqlx::query_scalar(
            "select state from payment_attempt where order_id = $1 order by created_at, attempt_id",
        )
        .bind(order.order_id.0)
        .fetch_all(&self.db)
        .await
        .expect("the attempts can be read")
    }

    /// Waits until the newest attempt of an order is in this state.
    pub async fn wait_for_attempt(&self, order: &TestOrder, state: &str) {
        let what = format!("the newest attempt is {state}");
        self.until(&what, async || self.attempts(order).await.last().is_some_and(|last| last == state)).await;
    }

    /// The states of an order's refunds, oldest first.
    pub async fn refunds(&self, order: &TestOrder) -> Vec<String> {
        sqlx::query_scalar("select state from refund where order_id = $1 order by created_at, refund_id")
            .bind(order.order_id.0)
            .fetch_all(&self.db)
            .await
            .expect("the refunds can be read")
    }

    /// Waits until every refund of an order is in this state, and there is one.
    pub async fn wait_for_refund(&self, order: &TestOrder, state: &str) {
        let what = format!("the refunds are {state}");
        self.until(&what, async || {
            let refunds = self.refunds(order).await;
            !refunds.is_empty() && refunds.iter().all(|refund| refund == state)
        })
        .await;
    }

    /// How much of the dead letters come from here.
    pub async fn dead_letters(&self, source: &str) -> i64 {
        sqlx::query_scalar("select count(*) from dead_letter where source = $1")
            .bind(source)
            .fetch_one(&self.db)
            .await
            .expect("the dead letters can be read")
    }
}

fn their_money(ledger: &serde_json::Value) -> Money {
    let payments = ledger["payments"].as_array().expect("the ledger lists payments");
    let number = |payment: &serde_json::Value, key: &str| payment[key].as_i64().expect("won");
    let taken = payments.iter().filter(|payment| number(payment, "captured") > 0);
    taken
        .map(|payment| {
            let tid = payment["tid"].as_str().expect("a tid").to_owned();
            (tid, (number(payment, "captured"), number(payment, "refunded")))
        })
        .collect()
}
