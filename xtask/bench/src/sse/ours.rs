//! What the rows need of our side: the API as a process, and a second instance inside this one that commits and relays, as any instance
//! of several does.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use cloud_api::app::{App, AppState};
use cloud_api::clock::Clock;
use cloud_api::config::Config;
use cloud_api::log::{append, relay};
use e2e::api::{Api, Surroundings, environment};
use e2e::database::Database;
use e2e::keys::Keys;
use e2e::port::free_port;
use shared::TimeMs;
use shared::Won;
use shared::id::{DayId, ItemKey, OrderId, StoreId};
use shared::log::{BODY_VERSION, LogBody, Subject};
use shared::menu::PricedLine;
use shared::order::{Actor, OrderDetails, OrderEvent, OrderMode};

use super::stores::OpenStore;
use crate::row::Setup;

/// A line of an order takes about this much room in the log.
const LINE_BYTES: usize = 130;

/// The API over an empty database.
pub struct Ours {
    pub api: Api,
    pub address: SocketAddr,
    pub database: Database,
    environment: Vec<(&'static str, String)>,
}

impl Ours {
    pub async fn start(setup: &Setup, row: &str) -> Result<Self> {
        let database = Database::create().await?;
        let port = free_port()?;
        // Nobody pays and nobody is written to: nothing has to listen there.
        let nowhere = "http://127.0.0.1:9";
        let around =
            Surroundings { port, database: &database.url, redis: &setup.redis_url, sandbox: nowhere };
        let keys = Keys::fresh();
        let environment = environment(&around, &keys);
        let mut api = Api::new(&around, &keys, &setup.logs(row)?.join("cloud-api.log"));
        api.migrate().await?;
        api.serve().await?;
        Ok(Self { api, address: SocketAddr::from(([127, 0, 0, 1], port)), database, environment })
    }

    pub fn process(&self) -> Result<u32> {
        self.api.process_id().context("the API does not run")
    }

    /// Another instance, in this process, whose relay runs.
    pub async fn another_instance(&self) -> Result<App> {
        let variables = self.environment.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let config = Config::from_map(variables.collect())?;
        let app = AppState::connect(config, Clock::system()).await?;
        app.spawn(relay::work(Arc::clone(&app)));
        Ok(app)
    }
}

/// Commits an order being placed, as the payment worker does, and wakes the relay.
pub async fn place(app: &App, store: &OpenStore, body: &LogBody) -> Result<()> {
    let mut tx = app.db.begin().await?;
    append::append(&mut tx, StoreId(store.store_id), std::slice::from_ref(body), app.clock.now_ms()).await?;
    tx.commit().await?;
    app.wake.relay.notify_one();
    Ok(())
}

/// An order whose event is about `bytes` long.
pub fn order(day: DayId, number: u32, bytes: usize) -> LogBody {
    let line = |n: usize| PricedLine {
        item: ItemKey(format!("item-{n}")),
        name: "아메리카노".to_owned(),
        quantity: 1,
        options: Vec::new(),
        unit_price: won(4_500),
        amount: won(4_500),
        tax_free: false,
    };
    let at = TimeMs(1_790_000_000_000);
    let mut lines: Vec<PricedLine> = Vec::new();
    loop {
        let details = OrderDetails {
            mode: OrderMode::Takeout,
            lines: lines.clone(),
            total: won(4_500),
            tax_free: won(0),
            vat: won(409),
            points: Won::ZERO,
        };
        let event = OrderEvent::OrderPlaced {
            number,
            call_name: "고양이".to_owned(),
            placed_at: at,
            accept_by: at,
            details,
            has_request: false,
        };
        let subject = Subject::Order { order_id: OrderId::fresh(), order_version: 1, event };
        let body = LogBody { v: BODY_VERSION, at, day_id: day, by: Actor::Payment, subject };
        if body.to_bytes().len() + LINE_BYTES > bytes {
            return body;
        }
        lines.push(line(lines.len()));
    }
}

fn won(amount: i64) -> Won {
    Won::new(amount).expect("a small amount is an amount")
}
