//! The server in this process, on threads of its own, so that all of it can be ended at once.

use std::num::NonZeroU32;
use std::time::Duration;

use cloud_api::app::{App, AppState};
use cloud_api::chat::limits::MOST_UNPAID_ORDERS;
use cloud_api::clock::Clock;
use cloud_api::config::{AlimTalkConfig, Config, KakaoConfig, KakaoPayConfig, Key32};
use cloud_api::db::pool::CONNECTIONS;
use cloud_api::secret::Secret;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::{Database, Kakao, RedisServer, Wires, kakao};

/// The block that all buttons call.
pub const BLOCK_ID: &str = "66f0a1b2c3d4e5f600000020";
/// Makes payment links.
pub const SIGNING_KEY: Key32 = Key32([2; 32]);
/// The operator's token.
pub const ADMIN_TOKEN: &str = "operator-of-the-tests";
/// Tasks that wait on something are gone at once; only a computing one could use this up.
const KILL_PATIENCE: Duration = Duration::from_secs(5);
const THREADS: usize = 2;

/// What an instance does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// `serve`.
    Everything,
    /// `serve --no-workers`.
    WithoutWorkers,
}

/// What an instance is connected to.
#[derive(Clone, Copy)]
pub struct Settings<'a> {
    pub database: &'a Database,
    pub redis: &'a RedisServer,
    pub kakao: &'a Kakao,
    pub clock: &'a Clock,
    /// Of one customer.
    pub turns_per_minute: NonZeroU32,
    /// Stand between, when there are any.
    pub wires: Option<&'a Wires>,
}

/// A running instance.
pub struct Api {
    pub url: String,
    pub app: App,
    runtime: Option<Runtime>,
    server: tokio::task::JoinHandle<anyhow::Result<()>>,
}

impl Api {
    /// Starts and listens. `port` names the port of an instance that was there before.
    pub async fn start(settings: Settings<'_>, role: Role, port: Option<u16>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port.unwrap_or(0)));
        let listener = listener.await.expect("the port is free").into_std().expect("a listener");
        let url = format!("http://{}", listener.local_addr().expect("the listener has an address"));
        // By their name a failpoint knows this server from others in the process.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name(&url)
            .enable_all()
            .build()
            .expect("threads can be started");
        let config = config(settings, &url);
        let clock = settings.clock.clone();
        let app = runtime.spawn(async move { AppState::connect(config, clock).await });
        let app = app.await.expect("connecting does not panic").expect("the server connects");
        let serving = app.clone();
        let server = runtime.spawn(async move {
            let listener = TcpListener::from_std(listener)?;
            cloud_api::serve::serve(serving, listener, role == Role::Everything).await
        });
        Self { url, app, runtime: Some(runtime), server }
    }

    /// Asks it to stop and waits.
    pub async fn stop(mut self) {
        self.app.shutdown.cancel();
        let ended = tokio::time::timeout(super::PATIENCE, &mut self.server).await;
        let ended = ended.expect("the server stops in time").expect("the server does not panic");
        ended.expect("the server stops well");
        self.end().await;
    }

    /// Ends it where it stands.
    pub async fn kill(mut self) {
        self.end().await;
    }

    async fn end(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            let ended = tokio::task::spawn_blocking(move || runtime.shutdown_timeout(KILL_PATIENCE));
            ended.await.expect("the threads end");
        }
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn config(settings: Settings<'_>, url: &str) -> Config {
    let wires = settings.wires;
    let redis = Secret::new(wires.map_or_else(|| settings.redis.url(), |wires| wires.redis_url.clone()));
    let database = wires.map_or_else(|| settings.database.url.clone(), |wires| wires.database_url.clone());
    let kakaopay = wires.map_or_else(|| settings.kakao.url().to_owned(), |wires| wires.kakaopay_url.clone());
    Config {
        // A request that names no address comes from its connection's own.
        trusted_proxies: 1,
        chat_turns_per_minute: settings.turns_per_minute,
        unpaid_orders_per_hour: MOST_UNPAID_ORDERS,
        bind_addr: ([127, 0, 0, 1], 0).into(),
        public_url: url.to_owned(),
        database_url: Secret::new(database),
        database_connections: CONNECTIONS,
        redis_url: redis.clone(),
        redis_cache_url: redis,
        kakao: KakaoConfig {
            skill_secret: Secret::new(kakao::SKILL_SECRET),
            bot_ids: vec![kakao::BOT_ID.to_owned()],
            block_id: BLOCK_ID.to_owned(),
        },
        kakaopay: KakaoPayConfig {
            url: kakaopay,
            secret_key: Secret::new(kakao::PAY_SECRET),
            cid: kakao::PAY_CID.to_owned(),
        },
        alimtalk: AlimTalkConfig {
            url: settings.kakao.url().to_owned(),
            app_key: kakao::ALIMTALK_APP_KEY.to_owned(),
            secret_key: Secret::new(kakao::ALIMTALK_SECRET),
            sender_key: "0".repeat(40),
            sms_sender: Some("0200000000".to_owned()),
        },
        admin_token: Secret::new(ADMIN_TOKEN),
        data_key: Key32([1; 32]),
        signing_key: SIGNING_KEY,
    }
}
