//! The order's live page, as a browser asks for it.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod live;
mod whole;

use std::time::Duration;

use cloud_api::orders::{Change, run};
use serde_json::Value;
use shared::order::{Actor, OrderCommand};

use crate::world::{PATIENCE, TestOrder, World};

impl World {
    /// Changes an order as its store or its customer would.
    pub async fn change_order(&self, order: &TestOrder, command: OrderCommand, by: Actor) {
        let change = Change {
            store_id: order.store_id,
            order_id: order.order_id,
            command,
            by,
            expected_version: None,
        };
        let app = self.app();
        run(&self.db, &app.clock, &app.wake, change).await.unwrap();
    }

    /// Pays an order in a world whose workers rest: the approval is stepped while the browser waits.
    pub async fn pay_by_steps(&self, order: &TestOrder) {
        let back = self.authenticate(order).await;
        let step = async {
            self.until("the payer is back", async || {
                self.attempts(order).await.last().is_some_and(|state| state == "approve_requested")
            })
            .await;
            cloud_api::pay::worker::run_once(self.app()).await.unwrap()
        };
        let (answer, approved) = tokio::join!(self.get(&back), step);
        assert_eq!((answer.status, approved), (303, 1), "{}", answer.body);
    }

    /// Opens the live stream of an order.
    pub async fn watch(&self, order: &TestOrder) -> Watched {
        let url = self.url(&format!("/o/{}/events", order.token));
        let response = self.http.get(url).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
        assert_eq!(response.headers()["cache-control"], "no-store");
        Watched { response, unread: Vec::new() }
    }
}

/// An open stream.
pub struct Watched {
    response: reqwest::Response,
    unread: Vec<u8>,
}

impl Watched {
    /// The next event and its data; `None` when the stream ended.
    pub async fn next(&mut self) -> Option<(String, String)> {
        loop {
            if let Some(end) = self.unread.windows(2).position(|two| two == b"\n\n") {
                let event: Vec<u8> = self.unread.drain(..end + 2).collect();
                let event = String::from_utf8(event).unwrap();
                let field = |name: &str| {
                    let line = event.lines().find_map(|line| line.strip_prefix(name));
                    line.map(|value| value.trim_start().to_owned()).unwrap_or_default()
                };
                let told = (field("event:"), field("data:"));
                return Some(told);
            }
            let chunk =
                tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("the stream speaks");
            self.unread.extend_from_slice(&chunk.unwrap()?);
        }
    }

    /// Reads until the page says this.
    pub async fn until(&mut self, words: &str) -> Value {
        let started = std::time::Instant::now();
        loop {
            let (event, data) = self.next().await.unwrap_or_else(|| panic!("ended before {words:?}"));
            assert!(started.elapsed() < PATIENCE + Duration::from_secs(20), "waited in vain for {words:?}");
            if event != "page" {
                continue;
            }
            let page: Value = serde_json::from_str(&data).unwrap();
            if page["html"].as_str().unwrap().contains(words) {
                return page;
            }
        }
    }
}
