//! A shop whose servers are behind proxies, so that one of them can fail under load.

use std::time::Duration;

use anyhow::Result;
use fault_proxy::{Address, Proxy, Weather};
use uuid::Uuid;

use crate::row::Setup;
use crate::shop::{Between, Ground, Shop};

/// Other stores in the list.
const STORES: u32 = 200;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    SlowPostgres,
    NoRedis,
    NoKakaoPay,
}

/// The shop, and who stands between it and its servers.
pub struct Scene {
    pub shop: Shop,
    /// An unpaid order of the imported store.
    pub order: Uuid,
    postgres: Proxy,
    redis: Proxy,
    sandbox: Proxy,
}

impl Scene {
    pub async fn open(setup: &Setup, name: &str) -> Result<Self> {
        let logs = setup.logs(name)?;
        let ground = Ground::prepare(&logs).await?;
        let postgres = Proxy::start(Address::Unix(ground.postgres_socket()?))?;
        let redis = Proxy::start(Address::Unix(ground.redis.socket().to_owned()))?;
        let sandbox = Proxy::start(Address::Tcp(ground.sandbox.url.trim_start_matches("http://").parse()?))?;
        let between = Between {
            database: Some(ground.database_url_at(postgres.address())?),
            redis: Some(format!("redis://{}", redis.address())),
            sandbox: Some(format!("http://{}", sandbox.address())),
        };
        let shop = ground.open(&logs, between).await?;
        // Among so many stores a newcomer would have to search.
        let (_, order) = shop.order_in_chat().await?;
        shop.copy_stores(STORES).await?;
        Ok(Self { shop, order, postgres, redis, sandbox })
    }

    /// From now on this is wrong. In a slow Postgres every statement takes `slow` longer on its way there and as much on its way back.
    pub fn strike(&self, trouble: Trouble, slow: Duration) {
        match trouble {
            Trouble::SlowPostgres => self.postgres.set(Weather::slow(slow)),
            Trouble::NoRedis => self.redis.cut(),
            Trouble::NoKakaoPay => self.sandbox.cut(),
        }
    }
}
