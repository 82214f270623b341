//! What every handler and worker shares.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::chat::pace::Speaker;
use crate::chat::{KnownCustomers, MenuCache, StoreBook};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::limits::Buckets;
use crate::log::hub::Hub;
use crate::ops::rewound::Rewound;
use crate::order_page::Pages;
use crate::pay::PayLink;
use crate::redis_link::RedisLink;
use crate::store_api::SignInLimits;
use crate::vault::Vault;
use crate::wake::Wake;

/// A cheap handle on everything shared.
pub type App = Arc<AppState>;

/// Everything shared.
pub struct AppState {
    pub config: Config,
    pub clock: Clock,
    pub db: Db,
    /// Streams and wake-ups.
    pub redis: RedisLink,
    /// Order sessions and caches.
    pub cache: RedisLink,
    /// Menus that were read lately.
    pub menus: MenuCache,
    /// What stores there are, to be searched.
    pub stores: StoreBook,
    /// Customers who spoke lately.
    pub customers: KnownCustomers,
    pub vault: Vault,
    pub wake: Wake,
    /// Hands the store logs out to connected counters.
    pub hub: Hub,
    /// The order pages that are open here.
    pub pages: Pages,
    /// KakaoPay with its circuit breaker.
    pub kakaopay: PayLink,
    /// Stores whose log Postgres lost a part of.
    pub rewound: Rewound,
    /// How often a customer may say something.
    pub chat_pace: Buckets<Speaker>,
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
        let db = Db::connect_at_most(config.database_url.expose(), config.database_connections).await?;
        let redis = RedisLink::new("REDIS_URL", config.redis_url.expose())?;
        let cache = RedisLink::new("REDIS_CACHE_URL", config.redis_cache_url.expose())?;
        let kakaopay = PayLink::new(&config.kakaopay)?;
        let vault = Vault::new(config.data_key.clone());
        Ok(Arc::new(Self {
            config,
            clock,
            db,
            redis,
            cache,
            menus: MenuCache::default(),
            stores: StoreBook::default(),
            customers: KnownCustomers::default(),
            vault,
            wake: Wake::default(),
            hub: Hub::default(),
            pages: Pages::default(),
            kakaopay,
            rewound: Rewound::default(),
            chat_pace: Buckets::default(),
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
