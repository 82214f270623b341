//! A store's day that was lived, with orders of all fates, up to its closing.

use std::time::Duration;

use cloud_api::db;
use redis::AsyncCommands;
use serde_json::{Value, json};
use shared::id::{CommandKey, DayId};
use shared::log::{ChainHash, Position};
use shared::wire::{CheckReport, CloseAnswer, CloseStatus, Cut, CutAnswer, JournalProof, Outcome};

use crate::store::orders::{command, send_one};
use crate::store::stream::redis;
use crate::world::{Counter, TestOrder, World};

/// Longer than the server waits after closing began for a checkout that was on its way.
pub const SETTLED: Duration = Duration::from_secs(13);

/// Moves the clock to where the accounting batch has work, and wakes it as the end of another day would: its own poll is seconds away.
pub async fn wake_batch(world: &World, after: Duration) {
    world.advance(after).await;
    let _news: String =
        redis(world).await.xadd("x:accounting:day", "*", &[("store", "another")]).await.unwrap();
}

/// A day in a world.
pub struct LivedDay {
    pub world: World,
    pub counter: Counter,
    pub day_id: DayId,
    pub orders: Vec<TestOrder>,
}

/// A day with one order of each fate, all of them over, and closing begun.
pub async fn lived() -> LivedDay {
    let mut day = begun(World::start().await).await;
    live(&mut day).await;
    day
}

/// The running day of a world's coffee shop.
pub async fn begun(world: World) -> LivedDay {
    let counter = world.sign_in_counter().await;
    let latest = db::days::latest(&world.db, world.coffee.store_id).await.unwrap().expect("a day runs");
    LivedDay { world, counter, day_id: latest.day.id, orders: Vec::new() }
}

/// Orders of all fates, then the closing begins and the time to settle passes.
pub async fn live(day: &mut LivedDay) {
    let completed = day.placed(2).await;
    day.work(&completed, &["accept", "cooking", "ready", "handed_over"]).await;
    let rejected = day.placed(1).await;
    day.order(&rejected, json!({"kind": "reject", "reason": "sold_out"})).await;
    let cancelled = day.placed(2).await;
    day.work(&cancelled, &["accept"]).await;
    day.order(&cancelled, json!({"kind": "cancel", "reason": "store_trouble"})).await;
    let partly = day.placed(2).await;
    day.work(&partly, &["accept", "cooking"]).await;
    day.order(&partly, json!({"kind": "refund_part", "amount": 1_500, "reason": "sold_out"})).await;
    day.order(&partly, json!({"kind": "refund_part", "amount": 700, "reason": "customer_asked"})).await;
    day.work(&partly, &["ready", "handed_over"]).await;
    let partly_cancelled = day.placed(2).await;
    day.order(&partly_cancelled, json!({"kind": "refund_part", "amount": 2_000, "reason": "sold_out"})).await;
    day.world.wait_for_refund(&partly_cancelled, "done").await;
    day.order(&partly_cancelled, json!({"kind": "reject", "reason": "too_busy"})).await;
    let mixed = day
        .world
        .placed_order(&day.world.coffee, &[("americano", &["temp:ice", "size:r", "bean:dark"], 3)])
        .await;
    day.work(&mixed, &["accept", "cooking", "ready", "handed_over"]).await;
    day.left().await;
    day.orders = vec![completed, rejected, cancelled, partly, partly_cancelled, mixed];
    day.begin_closing().await;
    day.settle().await;
}

impl LivedDay {
    /// A paid order of rice cakes that waits for the store.
    pub async fn placed(&self, pieces: u32) -> TestOrder {
        self.world.placed_order(&self.world.coffee, &[("ttok", &[], pieces)]).await
    }

    /// An order whose payer looked at the payment page and went away.
    pub async fn left(&self) -> TestOrder {
        let order = self.world.unpaid_order(&self.world.coffee, &[("ttok", &[], 1)]).await;
        self.world.open_payment(&order).await;
        let back = self.world.kakao.authenticate(&self.world.tid(&order).await, "cancel").await;
        self.world.get(&back).await;
        // When the worker is just looking at this payment, the browser's return does not wait for what it finds.
        self.world.wait_for_attempt(&order, "failed").await;
        order
    }

    /// Presses these buttons of one order.
    pub async fn work(&self, order: &TestOrder, kinds: &[&str]) {
        for kind in kinds {
            let action = match *kind {
                "accept" => json!({"kind": "accept", "prep_minutes": 10}),
                kind => json!({"kind": kind}),
            };
            self.order(order, action).await;
        }
    }

    /// One command about an order, which must be applied.
    pub async fn order(&self, order: &TestOrder, action: Value) {
        let answer = send_one(&self.counter, &command(order.order_id, action.clone())).await;
        assert_eq!(answer.outcome, Outcome::Applied, "{action}: {answer:?}");
    }

    /// A command about the store.
    pub async fn store(&self, action: Value) {
        let mut command = json!({"key": CommandKey::fresh(), "device_seq": 1, "made_at": 1});
        command.as_object_mut().unwrap().extend(action.as_object().unwrap().clone());
        let answer = send_one(&self.counter, &command).await;
        assert_eq!(answer.outcome, Outcome::Applied, "{action}: {answer:?}");
    }

    pub async fn begin_closing(&self) {
        self.store(json!({"kind": "closing_start"})).await;
    }

    /// Every refund is through, and nobody can be paying any more.
    pub async fn settle(&self) {
        for order in &self.orders {
            let refunds = self.world.refunds(order).await;
            if !refunds.is_empty() {
                self.world.wait_for_refund(order, "done").await;
            }
        }
        self.world.advance(SETTLED).await;
    }

    fn path(&self, what: &str) -> String {
        format!("/v1/store/days/{}/{what}", self.day_id)
    }

    async fn ask<T: serde::de::DeserializeOwned>(&self, what: &str, body: Option<Value>) -> T {
        let answer = match body {
            Some(body) => self.counter.post(&self.path(what), &body).await,
            None => self.counter.get(&self.path(what)).await,
        };
        assert_eq!(answer.status, 200, "{what}: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{what}: {error}: {}", answer.body))
    }

    pub async fn status(&self) -> CloseStatus {
        self.ask("status", None).await
    }

    pub async fn try_cut(&self) -> CutAnswer {
        self.ask("cut", Some(json!({}))).await
    }

    /// The cut, which nothing stands in the way of.
    pub async fn cut(&self) -> Cut {
        let answer = self.try_cut().await;
        answer.cut.unwrap_or_else(|| panic!("nothing stands in the way: {:?}", answer.blockers))
    }

    pub async fn check(&self, proof: Option<&JournalProof>) -> CheckReport {
        self.ask("check", Some(json!({"journal": proof}))).await
    }

    pub async fn close(&self, proof: &JournalProof) -> CloseAnswer {
        self.ask("close", Some(json!({"journal": proof}))).await
    }

    pub async fn repair(&self) -> shared::wire::Repaired {
        self.ask("repair", Some(json!({}))).await
    }

    pub async fn hashes(&self, seqs: &[i64]) -> shared::wire::HashesAnswer {
        self.ask("hashes", Some(json!({"seqs": seqs}))).await
    }

    /// What a counter says whose journal is the log.
    pub async fn proof(&self, cut: &Cut) -> JournalProof {
        let head =
            db::events::hash_at(&self.world.db, self.world.coffee.store_id, cut.upto.seq).await.unwrap();
        let head: ChainHash = head.expect("the log has the cut");
        JournalProof {
            position: Position::new(cut.upto.epoch, cut.upto.seq, &head),
            head_hash: head.hex(),
            count: cut.upto.seq - cut.first_seq + 1,
        }
    }
}
