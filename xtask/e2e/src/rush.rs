//! A rush: many customers who order one thing at once, and hands at a counter that press whatever is due.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::World;
use crate::counter::{Counter, cards};
use crate::customer::browse;

/// Customers who tap at the same moment; more would only wait for the machine.
const AT_ONCE: usize = 6;
/// The last digit of the orders that nobody hurries.
const PATIENT: u64 = 7;
/// Minutes that the hands promise.
const PREP_MINUTES: u32 = 15;

/// Lets so many new customers order `item` at the world's store and pay.
pub async fn customers(world: &World, count: usize, item: &'static str) -> Result<()> {
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let mut rush: JoinSet<Result<()>> = JoinSet::new();
    for _ in 0..count {
        let (room, store) = (Arc::clone(&room), world.store.store_id.clone());
        let customer = world.new_customer().await?;
        rush.spawn(async move {
            let _at_once = room.acquire_owned().await?;
            let link = customer.order_one(&store, item).await?;
            let page = browse(&customer.open_pay_link(&link).await?.confirm().await?).await?;
            ensure!(page.status.is_success(), "after paying the customer sees {page:?}");
            Ok(())
        });
    }
    while let Some(served) = rush.join_next().await {
        served.context("a customer fell over")??;
    }
    Ok(())
}

/// Whoever presses at a counter. Most orders they hurry through; one in ten waits until the server has confirmed each step.
#[derive(Debug, Default)]
pub struct Hands {
    /// Orders that they do not touch.
    pub leave: HashSet<String>,
    /// Orders, by number, that stay where they are once they are there.
    pub stop: HashMap<u64, &'static str>,
}

impl Hands {
    /// One look at the screen, and every press that is due.
    pub async fn press(&self, counter: &Counter) -> Result<()> {
        for card in cards(&counter.view().await?) {
            let Some(action) = self.due(&card) else { continue };
            let order = &card["order"];
            let press = json!({
                "order_id": order["id"], "expected_version": order["version"], "action": action,
            });
            counter.call("act", press).await?;
        }
        Ok(())
    }

    fn due(&self, card: &Value) -> Option<Value> {
        let (id, state) = (card["order"]["id"].as_str()?, card["order"]["state"].as_str()?);
        let number = card["order"]["ticket"]["number"].as_u64()?;
        let waits = number % 10 == PATIENT && card["provisional"] == true;
        if waits || self.leave.contains(id) || self.stop.get(&number) == Some(&state) {
            return None;
        }
        next_step(state)
    }
}

fn next_step(state: &str) -> Option<Value> {
    match state {
        "placed" => Some(json!({ "kind": "accept", "prep_minutes": PREP_MINUTES })),
        "accepted" => Some(json!({ "kind": "cooking" })),
        "cooking" => Some(json!({ "kind": "ready" })),
        "ready" => Some(json!({ "kind": "handed_over" })),
        _ => None,
    }
}
