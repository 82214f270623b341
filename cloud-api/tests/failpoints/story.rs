//! An order from the chat to the refund, by people who try again: each step looks what is there already and goes on from that.

use std::time::{Duration, Instant};

use cloud_api::token;
use serde_json::{Value, json};
use shared::id::{CommandKey, CustomerId, OrderId, StoreId};
use shared::wire::{CommandAnswer, CommandAnswers, Outcome};

use crate::world::{Counter, PATIENCE, SIGNING_KEY, TestOrder, World};

const PHONE: &str = "010-0000-0001";
/// How long a person waits for an answer before trying again.
const IMPATIENCE: Duration = Duration::from_millis(800);
/// Nothing moved for this long: time passes, and leases and pauses with it.
const STUCK: Duration = Duration::from_millis(600);
const TIME_PASSES: Duration = Duration::from_secs(61);
const POLL: Duration = Duration::from_millis(15);

/// The story of one order.
pub struct Story {
    customer: usize,
    /// Orders of before.
    before: Vec<uuid::Uuid>,
    pub order: Option<TestOrder>,
    /// Where the browser goes after the payer's consent.
    back: Option<String>,
    /// What the counter does, with the first answer that it got.
    pub commands: [(Value, Option<CommandAnswer>); 2],
}

impl Story {
    /// A new customer chooses something; the telephone number is asked for and would place the order.
    pub async fn begin(world: &World, customer: usize) -> Self {
        let chat = world.chat(customer);
        chat.start().await;
        for label in ["골목커피 홍대점", "자몽에이드", "레귤러", "주문하기"] {
            chat.tap(label).await;
        }
        let command = |kind: Value| {
            let mut command = json!({"key": CommandKey::fresh(), "device_seq": 0, "made_at": 1});
            command.as_object_mut().unwrap().extend(kind.as_object().unwrap().clone());
            (command, None)
        };
        Self {
            customer,
            before: orders(world).await,
            order: None,
            back: None,
            commands: [
                command(json!({"kind": "accept", "prep_minutes": 10})),
                command(json!({"kind": "cancel", "reason": "sold_out"})),
            ],
        }
    }

    /// How many orders there must be by now.
    pub fn number(&self) -> usize {
        self.before.len() + 1
    }

    /// Tells it to the end, from wherever it is.
    pub async fn tell(&mut self, world: &World, counter: &Counter) {
        let order = self.placed(world).await;
        self.paid(world, &order).await;
        for (number, (command, first)) in self.commands.iter_mut().enumerate() {
            command["order_id"] = json!(order.order_id);
            command["device_seq"] = json!(2 * self.customer + number);
            let answer = send(world, counter, command).await;
            assert!(matches!(answer.outcome, Outcome::Applied | Outcome::AlreadyApplied), "{answer:?}");
            first.get_or_insert(answer);
        }
        settle(world, "the money is back", async || world.refunds(&order).await == ["done"]).await;
    }

    async fn placed(&mut self, world: &World) -> TestOrder {
        let began = Instant::now();
        loop {
            if self.order.is_none() {
                self.order = newest(world, &self.before).await;
            }
            if let Some(order) = &self.order {
                return order.clone();
            }
            assert!(began.elapsed() < PATIENCE, "the customer cannot order");
            let chat = format!("{}/control/chat/c{}", world.kakao.url(), self.customer);
            for (act, body) in [
                ("send", json!({"text": PHONE})),
                ("send", json!({"text": "주문서"})),
                ("tap", json!({"label": "주문하기"})),
            ] {
                if self.before.len() == orders(world).await.len() {
                    attempt(world.http.post(format!("{chat}/{act}")).json(&body)).await;
                }
            }
        }
    }

    async fn paid(&mut self, world: &World, order: &TestOrder) {
        let paid = async || world.phase(order).await != "pending_payment";
        let began = Instant::now();
        while !paid().await {
            assert!(began.elapsed() < PATIENCE, "the customer cannot pay: {:?}", world.attempts(order).await);
            self.pay(world, order).await;
            if !soon(paid).await {
                world.advance(TIME_PASSES).await;
            }
        }
        let phase = world.phase(order).await;
        assert!(["placed", "accepted", "cancelled"].contains(&phase.as_str()), "the order is {phase}");
    }

    /// As a browser: reloads where it came back to, else opens the link anew and consents.
    async fn pay(&mut self, world: &World, order: &TestOrder) {
        let again = self.back.take();
        if let Some(back) = again {
            attempt(world.http.get(back)).await;
            return;
        }
        let opened = attempt(world.http.get(world.url(&format!("/pay/{}", order.token)))).await;
        if opened.is_none_or(|(status, _)| status != 302) {
            return;
        }
        let consent = json!({"tid": world.tid(order).await, "method": "money"});
        let url = format!("{}/control/authenticate", world.kakao.url());
        let consented = attempt(world.http.post(url).json(&consent)).await;
        let answer: Option<Value> = consented.and_then(|(_, body)| serde_json::from_str(&body).ok());
        self.back = answer.and_then(|answer| Some(answer["redirect_url"].as_str()?.to_owned()));
        if let Some(back) = &self.back {
            attempt(world.http.get(back)).await;
        }
    }
}

/// Sends a command under its key until there is an answer.
pub async fn send(world: &World, counter: &Counter, command: &Value) -> CommandAnswer {
    let began = Instant::now();
    loop {
        let request = world.http.post(world.url("/v1/store/commands"));
        let request = request.bearer_auth(&counter.session.token).json(&json!({"commands": [command]}));
        if let Some((200, body)) = attempt(request).await {
            let answers: CommandAnswers = serde_json::from_str(&body).unwrap();
            return answers.answers.into_iter().next().expect("a command has an answer");
        }
        assert!(began.elapsed() < PATIENCE, "a command gets no answer");
        tokio::time::sleep(POLL).await;
    }
}

/// Waits until `condition` holds; while nothing moves, time passes.
pub async fn settle<F: Future<Output = bool>>(world: &World, what: &str, mut condition: impl FnMut() -> F) {
    let began = Instant::now();
    while !soon(&mut condition).await {
        assert!(began.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain for: {what}");
        world.advance(TIME_PASSES).await;
    }
}

async fn soon<F: Future<Output = bool>>(mut condition: impl FnMut() -> F) -> bool {
    let began = Instant::now();
    loop {
        if condition().await {
            return true;
        }
        if began.elapsed() > STUCK {
            return false;
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Status and body; nothing when there was no answer in time.
async fn attempt(request: reqwest::RequestBuilder) -> Option<(u16, String)> {
    let asking = async {
        let response = request.send().await.ok()?;
        Some((response.status().as_u16(), response.text().await.ok()?))
    };
    tokio::time::timeout(IMPATIENCE, asking).await.ok()?
}

/// Every order there is.
pub async fn orders(world: &World) -> Vec<uuid::Uuid> {
    sqlx::query_scalar("select order_id from orders").fetch_all(&world.db).await.unwrap()
}

async fn newest(world: &World, before: &[uuid::Uuid]) -> Option<TestOrder> {
    let row: (uuid::Uuid, uuid::Uuid, uuid::Uuid, i64) = sqlx::query_as(
        "select store_id, order_id, customer_id, total from orders where order_id <> all($1) order by created_at limit 1",
    )
    .bind(before)
    .fetch_optional(&world.db)
    .await
    .unwrap()?;
    Some(TestOrder {
        store_id: StoreId(row.0),
        order_id: OrderId(row.1),
        customer_id: CustomerId(row.2),
        token: token::link(&SIGNING_KEY, "order", row.1),
        total: row.3,
    })
}
