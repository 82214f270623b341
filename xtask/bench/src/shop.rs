//! The whole cloud side for one row: database, Redis, Kakao's sandbox, the API with its workers, and any number of stores.

mod orders;
mod stores;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use e2e::api::{Api, Imported, Surroundings};
use e2e::customer::Customer;
use e2e::database::Database;
use e2e::keys::Keys;
use e2e::port::free_port;
use e2e::process;
use e2e::programs::program;
use e2e::sandbox::Sandbox;
use servers::Redis;
use uuid::Uuid;

pub use orders::{Payment, Payments};

use crate::process_time::cpu_time;

/// Claiming hashes a password.
const CLAIM_LIMIT: Duration = Duration::from_secs(30);
const STORE_FILE: &str = "cloud-api/fixtures/stores/mangwon-bunsik.json";

/// The fields stop in this order.
pub struct Shop {
    pub api: Api,
    pub sandbox: Sandbox,
    pub redis: Redis,
    pub database: Database,
    pub keys: Keys,
    /// The imported store; the others are its copies.
    pub store: Imported,
    _folder: tempfile::TempDir,
}

/// Who stands between the API and its servers, where a row puts somebody there.
#[derive(Debug, Clone, Default)]
pub struct Between {
    pub database: Option<String>,
    pub redis: Option<String>,
    pub sandbox: Option<String>,
}

/// A shop's servers before its API: so that a row can put something between them.
pub struct Ground {
    pub database: Database,
    pub redis: Redis,
    pub sandbox: Sandbox,
    pub keys: Keys,
    port: u16,
    folder: tempfile::TempDir,
}

impl Ground {
    pub async fn prepare(logs: &Path) -> Result<Self> {
        let keys = Keys::fresh();
        // Sockets need a short path.
        let folder = tempfile::Builder::new().prefix("bench-").tempdir()?;
        let database = Database::create().await?;
        let files = servers::redis::Files {
            data: folder.path().join("redis"),
            socket: folder.path().join("redis.sock"),
            log: logs.join("redis.log"),
        };
        std::fs::create_dir(&files.data)?;
        let redis = Redis::start(files, true)?;
        let port = free_port()?;
        let api = format!("http://127.0.0.1:{port}");
        let sandbox = Sandbox::start(&api, &keys, &logs.join("kakao-sandbox.log")).await?;
        Ok(Self { database, redis, sandbox, keys, port, folder })
    }

    /// Migrates, imports the store, and serves.
    pub async fn open(self, logs: &Path, between: Between) -> Result<Shop> {
        let Self { database, redis, sandbox, keys, port, folder } = self;
        let direct =
            Surroundings { port, database: &database.url, redis: &redis.url(), sandbox: &sandbox.url };
        let preparing = Api::new(&direct, &keys, &logs.join("cloud-api.log"));
        preparing.migrate().await?;
        let store = preparing.import(&repository().join(STORE_FILE)).await?;
        let redis_url = redis.url();
        let around = Surroundings {
            port,
            database: between.database.as_deref().unwrap_or(&database.url),
            redis: between.redis.as_deref().unwrap_or(&redis_url),
            sandbox: between.sandbox.as_deref().unwrap_or(&sandbox.url),
        };
        let mut api = Api::new(&around, &keys, &logs.join("cloud-api.log"));
        api.serve().await?;
        Ok(Shop { api, sandbox, redis, database, keys, store, _folder: folder })
    }
}

impl Ground {
    /// PostgreSQL's socket, for a proxy.
    pub fn postgres_socket(&self) -> Result<PathBuf> {
        let url = reqwest::Url::parse(&self.database.url)?;
        let host = url.query_pairs().find(|(name, _)| name == "host");
        let (_, folder) = host.context("the database server is reached through a socket")?;
        Ok(Path::new(folder.as_ref()).join(".s.PGSQL.5432"))
    }

    /// The database's address behind a proxy.
    pub fn database_url_at(&self, proxy: std::net::SocketAddr) -> Result<String> {
        let url = reqwest::Url::parse(&self.database.url)?;
        let user = url.query_pairs().find(|(name, _)| name == "user");
        let (_, user) = user.context("the database's address names a user")?;
        Ok(format!("postgres://{user}@{proxy}{}?sslmode=disable", url.path()))
    }
}

impl Shop {
    pub async fn open(logs: &Path) -> Result<Self> {
        Ground::prepare(logs).await?.open(logs, Between::default()).await
    }

    /// A customer's order from the first hello to the button to pay, made in the chat; the order's id.
    pub async fn order_in_chat(&self) -> Result<(Customer, Uuid)> {
        let customer = Customer::new(&self.sandbox).await?;
        customer.order().await?;
        let order = sqlx::query_scalar("select order_id from orders order by created_at desc limit 1");
        Ok((customer, order.fetch_one(&self.database.pool).await?))
    }

    /// Copies the imported store until there are stores 1 to `count`; see [`number`].
    pub async fn copy_stores(&self, count: u32) -> Result<()> {
        stores::copy(&self.database.pool, &self.store.store_id, count).await
    }

    /// Gives the copied stores names, branches and dishes of their own, as a town has them.
    pub async fn name_stores(&self) -> Result<()> {
        stores::name(&self.database.pool).await
    }

    /// Copies of an order, unpaid, number n at store 1 + n mod `stores`; see [`orders::copy`].
    pub async fn copy_orders(&self, order: Uuid, numbers: std::ops::Range<u32>, stores: u32) -> Result<()> {
        orders::copy(&self.database.pool, &self.keys, order, numbers, stores).await
    }

    /// Signs a counter in at copied store `n`; `data` is its folder.
    pub async fn claim_copy(&self, n: u32, data: &Path) -> Result<()> {
        self.claim(number(n), data).await
    }

    /// Signs a counter in at a store; `data` is its folder.
    pub async fn claim(&self, store: Uuid, data: &Path) -> Result<()> {
        sqlx::query("update claim_code set store_id = $1").bind(store).execute(&self.database.pool).await?;
        let mut claim = std::process::Command::new(program("counter")?);
        claim.arg("--data").arg(data).args(["claim", "--server", &self.api.url, "--login-id", "bench"]);
        claim.args(["--device-name", "counter of the bench", "--claim-code", &self.store.claim_code]);
        claim.env("COUNTER_PASSWORD", "counter-of-the-bench");
        process::run(claim, CLAIM_LIMIT).await.map(drop)
    }

    /// Processor time of the API so far, in seconds.
    pub fn api_time(&self) -> Result<f64> {
        Ok(cpu_time(self.api.process_id().context("the API does not run")?)?.as_secs_f64())
    }

    pub fn sandbox_time(&self) -> Result<f64> {
        Ok(cpu_time(self.sandbox.process_id())?.as_secs_f64())
    }
}

/// The id of the n-th store, order, customer: its decimal digits, so that pgbench can compute it.
pub fn number(n: u32) -> Uuid {
    Uuid::parse_str(&format!("{n:032}")).expect("32 digits are an id")
}

pub fn repository() -> PathBuf {
    e2e::programs::repository().to_owned()
}
