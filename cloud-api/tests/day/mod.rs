//! A store's day on the server: its life, what is sold, its hours, orders that nobody answers, and a day that nobody closes.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

mod dark;
mod forgotten;
mod hours;
mod life;
mod locks;
mod menu;
mod selling;
mod stock;

use serde_json::{Value, json};
use shared::id::CommandKey;
use shared::wire::{CommandAnswer, CommandAnswers, Outcome, Snapshot};

use crate::store::orders::send_one;
use crate::world::{Counter, World};

/// A command about the store with a fresh key.
fn wish(action: Value) -> Value {
    let mut command = json!({"key": CommandKey::fresh(), "device_seq": 1, "made_at": 1});
    for (name, value) in action.as_object().unwrap() {
        command[name] = value.clone();
    }
    command
}

/// Does something at the counter; it must be possible.
async fn does(counter: &Counter, action: Value) -> CommandAnswer {
    let answer = send_one(counter, &wish(action.clone())).await;
    assert_eq!((answer.outcome, answer.code), (Outcome::Applied, None), "{action}");
    answer
}

/// The code of a command that must be refused.
async fn refusal(counter: &Counter, action: Value) -> String {
    let answer = send_one(counter, &wish(action.clone())).await;
    assert_eq!(answer.outcome, Outcome::Refused, "{action}");
    answer.code.unwrap().as_str().to_owned()
}

/// The same through another instance.
async fn does_at(world: &World, url: &str, counter: &Counter, action: Value) -> CommandAnswer {
    let body = json!({"commands": [wish(action.clone())]});
    let request =
        world.http.post(format!("{url}/v1/store/commands")).bearer_auth(&counter.session.token).json(&body);
    let answer = crate::world::answer(request).await;
    let mut answers: CommandAnswers = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(answers.answers[0].outcome, Outcome::Applied, "{action}: {}", answer.body);
    answers.answers.remove(0)
}

async fn snapshot(counter: &Counter) -> Snapshot {
    let answer = counter.get("/v1/store/snapshot").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

/// The kinds of the coffee shop's log.
async fn kinds(world: &World) -> Vec<String> {
    sqlx::query_scalar("select kind from store_event where store_id = $1 order by seq")
        .bind(world.coffee.store_id.0)
        .fetch_all(&world.db)
        .await
        .unwrap()
}

/// The coffee shop's day is over, as if it had been closed.
async fn end_day(world: &World) {
    sqlx::query(
        "update business_day set state = 'closed', closed_at = now(), day = null where store_id = $1",
    )
    .bind(world.coffee.store_id.0)
    .execute(&world.db)
    .await
    .unwrap();
}
