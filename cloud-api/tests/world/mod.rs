//! A world per test: a private database and Redis, the Kakao sandbox, and the real server in this process under a clock that the
//! test moves. `kill_api` ends the server as abruptly as a kill would: its tasks stop where they wait and its connections break.

#![allow(dead_code, unused_imports, reason = "each group of tests uses a part of it")]

mod api;
mod counter;
mod database;
mod kakao;
mod money;
mod orders;
mod redis_server;
mod wires;

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use cloud_api::app::App;
use cloud_api::clock::Clock;
use shared::TimeMs;
use shared::failpoint::Armed;
use shared::id::StoreId;
use shared::schedule::{KstDate, MinuteOfDay};
use sqlx::PgPool;

pub use api::{ADMIN_TOKEN, Api, BLOCK_ID, Role, SIGNING_KEY};
pub use counter::{Counter, PASSWORD};
pub use database::{Copied, Database};
pub use kakao::{Customer, Kakao, PAY_SECRET};
pub use orders::{TestOrder, Wish};
pub use redis_server::RedisServer;
pub use wires::Wires;

/// Longest wait for anything. Far above what is needed, so that a busy machine fails no test.
pub const PATIENCE: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(10);

/// Every world begins on the next Wednesday at eleven in Korea, within both stores' hours, so that no test depends on when it is run.
const BEGINS_ON_WEEKDAY: usize = 2;
const BEGINS_AT: &str = "11:00";

/// Turns of one customer in a minute: more than the longest walk of a test.
const MANY_TURNS: NonZeroU32 = NonZeroU32::new(1_000_000).expect("more than none");

/// A store of the fixtures.
#[derive(Debug, Clone)]
pub struct Store {
    pub store_id: StoreId,
    pub claim_code: String,
}

/// Everything a test may touch. Dropping it stops the servers and removes the database.
pub struct World {
    pub clock: Clock,
    /// The test's own connections; they outlive a killed server.
    pub db: PgPool,
    pub kakao: Kakao,
    /// Follows no redirect.
    pub http: reqwest::Client,
    /// 골목커피 홍대점.
    pub coffee: Store,
    /// 망원분식.
    pub bunsik: Store,
    pub redis: RedisServer,
    api: Option<Api>,
    /// Stays the same over restarts.
    api_url: String,
    role: Role,
    turns_per_minute: NonZeroU32,
    wires: Option<Wires>,
    database: Database,
}

/// An answer with its body read.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    pub headers: reqwest::header::HeaderMap,
    pub body: String,
}

impl World {
    /// A server with its workers.
    pub async fn start() -> Self {
        Self::start_as(Role::Everything, false, MANY_TURNS).await
    }

    /// A server whose workers rest; the test steps them with their `run_once`.
    pub async fn start_without_workers() -> Self {
        Self::start_as(Role::WithoutWorkers, false, MANY_TURNS).await
    }

    /// A server with its workers that reaches Postgres, Redis and KakaoPay through [`World::wires`].
    pub async fn on_wires() -> Self {
        Self::start_as(Role::Everything, true, MANY_TURNS).await
    }

    /// The same without its workers.
    pub async fn on_wires_without_workers() -> Self {
        Self::start_as(Role::WithoutWorkers, true, MANY_TURNS).await
    }

    /// A server without its workers, on wires, that answers a customer so often in a minute.
    pub async fn with_turns_per_minute(turns: u32) -> Self {
        let turns = NonZeroU32::new(turns).expect("more than none");
        Self::start_as(Role::WithoutWorkers, true, turns).await
    }

    async fn start_as(role: Role, on_wires: bool, turns_per_minute: NonZeroU32) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = Clock::system();
        let first_hour = until_the_first_hour(clock.now_ms());
        clock.advance(first_hour);
        let database = Database::create().await;
        let db = database.connect().await;
        let redis = RedisServer::start();
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a plain client can be built");
        let kakao = Kakao::start(http.clone()).await;
        kakao.advance(first_hour).await;
        let coffee = import(&db, &clock, include_str!("../../fixtures/stores/hongdae-coffee.json")).await;
        let bunsik = import(&db, &clock, include_str!("../../fixtures/stores/mangwon-bunsik.json")).await;
        let wires = on_wires.then(|| Wires::start(&database, &redis, &kakao));
        let settings = api::Settings {
            database: &database,
            redis: &redis,
            kakao: &kakao,
            clock: &clock,
            turns_per_minute,
            wires: wires.as_ref(),
        };
        let api = Api::start(settings, role, None).await;
        kakao.sandbox.set_skill_url(format!("{}/kakao/skill", api.url));
        let api_url = api.url.clone();
        Self {
            clock,
            db,
            kakao,
            http,
            coffee,
            bunsik,
            redis,
            api: Some(api),
            api_url,
            role,
            turns_per_minute,
            wires,
            database,
        }
    }

    /// The proxies of a world that was started with them.
    pub fn wires(&self) -> &Wires {
        self.wires.as_ref().expect("this world was started on wires")
    }

    /// A copy of the database as it is now. The server is cut off from Postgres meanwhile.
    pub async fn copy_database(&mut self) -> Copied {
        self.wires().postgres.cut();
        self.db.close().await;
        let copy = self.database.copy().await;
        self.db = self.database.connect().await;
        self.wires().postgres.mend();
        self.until_ready().await;
        copy
    }

    /// Postgres comes back with the copy, as after a restore.
    pub async fn put_back(&mut self, copy: &Copied) {
        self.wires().postgres.cut();
        self.db.close().await;
        self.database.put_back(copy).await;
        self.db = self.database.connect().await;
        self.wires().postgres.mend();
        self.until_ready().await;
    }

    async fn until_ready(&self) {
        if self.api.is_some() {
            until("the server is ready", async || self.get("/health/ready").await.status == 200).await;
        }
    }

    /// Where the world's database is.
    pub fn database_url(&self) -> &str {
        &self.database.url
    }

    /// The running server's state, for stepping workers. Do not keep it over a kill.
    pub fn app(&self) -> &App {
        &self.api.as_ref().expect("the server was killed and not restarted").app
    }

    /// An address of the server.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.api_url)
    }

    /// Asks a running server to stop and waits until it has.
    pub async fn stop_api(&mut self) {
        if let Some(api) = self.api.take() {
            api.stop().await;
        }
    }

    /// Ends the server where it stands.
    pub async fn kill_api(&mut self) {
        if let Some(api) = self.api.take() {
            api.kill().await;
        }
    }

    /// Starts the server again at the same address.
    pub async fn restart_api(&mut self) {
        self.kill_api().await;
        let port = self.api_url.rsplit(':').next().and_then(|port| port.parse().ok());
        self.api = Some(Api::start(self.settings(), self.role, port).await);
    }

    /// Another instance beside the first, at an address of its own.
    pub async fn another_api(&self, role: Role) -> Api {
        Api::start(self.settings(), role, None).await
    }

    fn settings(&self) -> api::Settings<'_> {
        api::Settings {
            database: &self.database,
            redis: &self.redis,
            kakao: &self.kakao,
            clock: &self.clock,
            turns_per_minute: self.turns_per_minute,
            wires: self.wires.as_ref(),
        }
    }

    /// From now on the server stops for ever where this failpoint is, until it is killed.
    pub fn stop_at(&self, failpoint: &str) -> Armed {
        self.arm(failpoint, "return(stop)")
    }

    /// From now on the server does this where the failpoint is.
    pub fn arm(&self, failpoint: &str, actions: &str) -> Armed {
        Armed::at(&self.api_url, failpoint, actions)
    }

    /// Kills the server as soon as it stands at the failpoint, and starts it again without it.
    pub async fn kill_at(&mut self, stop: Armed) {
        until("the server reaches the failpoint", async || stop.is_reached()).await;
        self.kill_api().await;
        drop(stop);
        self.restart_api().await;
    }

    /// A browser that opens an address and does not wait for the answer.
    pub fn browse(&self, address: &str) -> tokio::task::JoinHandle<()> {
        let url = if address.starts_with("http") { address.to_owned() } else { self.url(address) };
        let request = self.http.get(url);
        tokio::spawn(async move {
            // A killed server breaks the connection.
            let _ = request.send().await;
        })
    }

    /// Moves the server's and Kakao's clocks forward.
    pub async fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.kakao.advance(by).await;
    }

    /// Moves all clocks forward to the next time that Korea's says this, and says when that is.
    pub async fn until_clock(&self, clock: &str) -> TimeMs {
        let now = self.clock.now_ms();
        let minute = MinuteOfDay::try_from(clock.to_owned()).expect("a time such as 13:30");
        let today = KstDate::of(now).at(minute);
        let then = if today > now { today } else { KstDate::of(now).plus_days(1).at(minute) };
        self.advance(between(now, then)).await;
        then
    }

    /// A customer of the chat page; customers are counted from 1.
    pub fn chat(&self, customer: usize) -> Customer<'_> {
        Customer { kakao: &self.kakao, id: customer }
    }

    /// `GET` without following redirects. `address` may be a path of the server or a whole address.
    pub async fn get(&self, address: &str) -> Answer {
        let url = if address.starts_with("http") { address.to_owned() } else { self.url(address) };
        answer(self.http.get(url)).await
    }

    /// Waits until `condition` holds.
    pub async fn until<F: Future<Output = bool>>(&self, what: &str, condition: impl FnMut() -> F) {
        until(what, condition).await;
    }
}

/// How far the clocks are moved before a world begins.
fn until_the_first_hour(now: TimeMs) -> Duration {
    let minute = MinuteOfDay::try_from(BEGINS_AT.to_owned()).expect("a time");
    let today = KstDate::of(now);
    let begin = (0..=7)
        .map(|days| today.plus_days(days))
        .filter(|date| date.weekday() == BEGINS_ON_WEEKDAY)
        .map(|date| date.at(minute))
        .find(|begin| *begin >= now);
    between(now, begin.expect("one of eight days is that day"))
}

fn between(from: TimeMs, to: TimeMs) -> Duration {
    Duration::from_millis(u64::try_from(to.ms_since(from)).expect("forward"))
}

/// Sends a request and reads the answer.
pub async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("the server answers");
    let location =
        response.headers().get("location").and_then(|value| value.to_str().ok()).map(str::to_owned);
    Answer {
        status: response.status().as_u16(),
        location,
        headers: response.headers().clone(),
        body: response.text().await.expect("the answer ends"),
    }
}

/// Waits until `condition` holds; panics with `what` after [`PATIENCE`].
pub async fn until<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let started = Instant::now();
    while !condition().await {
        assert!(started.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain for: {what}");
        tokio::time::sleep(POLL).await;
    }
}

async fn import(db: &PgPool, clock: &Clock, text: &str) -> Store {
    let imported = cloud_api::cli::import_store(db, clock, text).await.expect("the fixture is a valid store");
    let claim_code = imported.claim_code.expect("a new store has a claim code");
    Store { store_id: imported.store_id, claim_code }
}
