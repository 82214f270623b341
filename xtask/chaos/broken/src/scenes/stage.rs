//! What the scenes have in common: one store with its counter, customers, and a check that waits for rest.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use checker::{Report, Sources};
use e2e::World;
use e2e::counter::Counter;
use e2e::customer::{PayPage, browse};
use e2e::wait::{wait_until, wait_until_within};
use serde_json::json;
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Postgres};

/// How long everything may take to come to rest; what is wrong for so long stays wrong.
const REST: Duration = Duration::from_secs(20);

pub struct Stage {
    pub counter: Counter,
    pub folder: PathBuf,
    pub world: World,
}

impl Stage {
    pub async fn set(name: &str) -> Result<Self> {
        let world = World::start(&format!("broken_{name}")).await?;
        let server = world.api.url.clone();
        Self::with_server(world, &server).await
    }

    /// The counter calls the API at this address.
    pub async fn with_server(world: World, server: &str) -> Result<Self> {
        let folder = world.folder("counter")?;
        let counter = Counter::sign_in(server, &folder, &world.log("counter")).await?;
        Ok(Self { counter, folder, world })
    }

    /// A new customer with KakaoPay's page open.
    pub async fn choose(&self) -> Result<PayPage> {
        let customer = self.world.new_customer().await?;
        customer.open_pay_link(&customer.order().await?).await
    }

    /// A new customer's paid order, as the counter shows it.
    pub async fn order(&self) -> Result<String> {
        let page = browse(&self.choose().await?.confirm().await?).await?;
        ensure!(page.status.is_success(), "after paying the customer sees {page:?}");
        self.counter.wait_for_fresh().await
    }

    /// Presses accept and waits for the server's word.
    pub async fn accept(&self, order: &str) -> Result<()> {
        self.counter.act(order, json!({"kind": "accept", "prep_minutes": 15})).await?;
        self.counter.wait_for_state(order, "accepted").await.map(drop)
    }

    /// Keeps everybody else from writing to a table until it is released.
    pub async fn lock(&self, table: &str) -> Result<Lock> {
        let mut connection = self.world.database.pool.acquire().await?;
        let sql = format!("begin; lock table {table} in share mode");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *connection).await?;
        Ok(Lock { connection, table: table.to_owned() })
    }

    pub fn sources(&self) -> Sources {
        Sources {
            database_url: self.world.database.url.clone(),
            redis_url: Some(self.world.redis.url()),
            sandbox_url: Some(self.world.sandbox.url.clone()),
            journals: vec![self.folder.clone()],
            ..Sources::default()
        }
    }

    /// Checks until everything is at rest, or will never be.
    pub async fn check(&self) -> Result<Report> {
        check(&self.sources()).await
    }
}

/// Checks until nothing is found, or for so long that it stays.
pub async fn check(sources: &Sources) -> Result<Report> {
    let mut last = None;
    let rested = wait_until_within(REST, "the checker finds nothing", async || {
        let report = checker::check(sources).await?;
        let clean = report.is_clean();
        last = Some(report);
        Ok(clean)
    })
    .await;
    match last {
        Some(report) => Ok(report),
        None => Err(rested.err().unwrap_or_else(|| anyhow::anyhow!("nothing was checked"))),
    }
}

pub struct Lock {
    connection: PoolConnection<Postgres>,
    table: String,
}

impl Lock {
    /// Waits until somebody else wants to write and has given it up: their transaction is undone.
    pub async fn until_somebody_gave_up(&mut self) -> Result<()> {
        let mut came = false;
        let table = self.table.clone();
        wait_until(&format!("somebody gave up writing to {table}"), async || {
            let waiting: i64 = sqlx::query_scalar(
                "select count(*) from pg_locks where relation = $1::regclass and not granted",
            )
            .bind(&table)
            .fetch_one(&mut *self.connection)
            .await?;
            came |= waiting > 0;
            Ok(came && waiting == 0)
        })
        .await
    }

    pub async fn release(mut self) -> Result<()> {
        sqlx::raw_sql("rollback").execute(&mut *self.connection).await?;
        Ok(())
    }
}
