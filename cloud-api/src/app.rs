//! What every handler and worker shares.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::chat::MenuCache;
use crate::clock::Clock;
use crate::config::Config;
use crate::log::hub::Hub;
use crate::pay::PayLink;
use crate::store_api::SignInLimits;
use crate::vault::Vault;
use crate::wake::Wake;

/// Most Postgres connections of one process.
const MAX_DB_CONNECTIONS: u32 = 20;
/// How long a request waits for a Postgres connection. Kakao gives an answer five seconds in all.
const DB_ACQUIRE_TIMEOUT: Duration = Duration::from_millis(2_500);
/// How long Redis may take; it is never the truth, so nobody waits long for it.
const REDIS_TIMEOUT: Duration = Duration::from_millis(400);
/// Attempts of one Redis command to connect again.
const REDIS_RETRIES: usize = 1;

/// A cheap handle on everything shared.
pub type App = Arc<AppState>;

/// Everything shared.
pub struct AppState {
    pub config: Config,
    pub clock: Clock,
    pub db: PgPool,
    /// Streams and wake-ups.
    pub redis: ConnectionManager,
    /// Order sessions and caches.
    pub cache: ConnectionManager,
    /// Menus that were read lately.
    pub menus: MenuCache,
    pub vault: Vault,
    pub wake: Wake,
    /// Hands the store logs out to connected counters.
    pub hub: Hub,
    /// KakaoPay with its circuit breaker.
    pub kakaopay: PayLink,
    /// How often somebody may try to sign in.
    pub sign_in_limits: SignInLimits,
    /// Cancelled when the process is asked to stop.
    pub shutdown: CancellationToken,
    /// Every background task, waited for before the process ends.
    pub tasks: TaskTracker,
}

impl AppState {
    /// Connects lazily: Redis may be down, Postgres must answer once.
    pub async fn connect(config: Config, clock: Clock) -> anyhow::Result<App> {
        let db = connect_database(config.database_url.expose()).await?;
        let redis = connect_redis("REDIS_URL", config.redis_url.expose())?;
        let cache = connect_redis("REDIS_CACHE_URL", config.redis_cache_url.expose())?;
        let kakaopay = PayLink::new(&config.kakaopay)?;
        let vault = Vault::new(config.data_key.clone());
        Ok(Arc::new(Self {
            config,
            clock,
            db,
            redis,
            cache,
            menus: MenuCache::default(),
            vault,
            wake: Wake::default(),
            hub: Hub::default(),
            kakaopay,
            sign_in_limits: SignInLimits::default(),
            shutdown: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }))
    }

    /// Starts a background task that shutdown waits for.
    pub fn spawn(self: &Arc<Self>, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }
}

/// A pool whose sessions give up on locks and idle transactions instead of hanging a store.
pub async fn connect_database(url: &str) -> anyhow::Result<PgPool> {
    let options: PgConnectOptions = url.parse().context("DATABASE_URL cannot be read")?;
    let options = options.options([
        ("lock_timeout", "2s"),
        ("statement_timeout", "8s"),
        ("idle_in_transaction_session_timeout", "10s"),
    ]);
    PgPoolOptions::new()
        .max_connections(MAX_DB_CONNECTIONS)
        .acquire_timeout(DB_ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await
        .context("Postgres does not answer; check DATABASE_URL")
}

fn connect_redis(name: &str, url: &str) -> anyhow::Result<ConnectionManager> {
    let client = redis::Client::open(url).with_context(|| format!("{name} cannot be read"))?;
    let config = ConnectionManagerConfig::new()
        .set_response_timeout(Some(REDIS_TIMEOUT))
        .set_connection_timeout(Some(REDIS_TIMEOUT))
        .set_number_of_retries(REDIS_RETRIES);
    ConnectionManager::new_lazy_with_config(client, config).with_context(|| format!("{name} cannot be used"))
}
