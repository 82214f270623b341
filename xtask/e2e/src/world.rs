//! Everything for one test: private servers, the sandbox, the API, two stores.

mod books;
mod look;
mod stores;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use servers::Redis;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::api::{Api, Imported, Surroundings};
use crate::customer::Customer;
use crate::database::Database;
use crate::keys::Keys;
use crate::port::free_port;
use crate::process;
use crate::programs;
use crate::sandbox::Sandbox;
use crate::wait::wait_until_within;

pub use stores::{LOGIN, PASSWORD, own_words};

/// Worlds at a time in one test program: each is a dozen processes.
const MOST_WORLDS: usize = 2;
static ROOM: std::sync::LazyLock<Arc<Semaphore>> =
    std::sync::LazyLock::new(|| Arc::new(Semaphore::new(MOST_WORLDS)));

/// The fields stop in this order.
pub struct World {
    pub api: Api,
    pub api_port: u16,
    pub sandbox: Sandbox,
    pub redis: Redis,
    pub database: Database,
    /// The store whose counter is signed in to; the other one is only there.
    pub store: Imported,
    /// Sockets and data; a short path.
    folder: tempfile::TempDir,
    logs: PathBuf,
    closed: bool,
    _room: OwnedSemaphorePermit,
}

/// What differs from the stores as they are in the repository.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    pub accept_deadline_minutes: Option<u32>,
    /// Hours that go on for at least half a day more, whatever time it is.
    pub long_hours: bool,
}

impl World {
    /// `name` is the test's; its logs are kept under it.
    pub async fn start(name: &str) -> Result<Self> {
        Self::start_with(name, Options::default()).await
    }

    pub async fn start_with(name: &str, options: Options) -> Result<Self> {
        let room = Arc::clone(&ROOM).acquire_owned().await.context("the semaphore is never closed")?;
        let logs = fresh_folder(&programs::target()?.join("e2e-logs").join(name))?;
        let folder = tempfile::Builder::new().prefix("e2e-").tempdir()?;
        let started = Self::build(&logs, folder, room, options).await;
        started.inspect_err(|_| tell(&logs))
    }

    async fn build(
        logs: &Path,
        folder: tempfile::TempDir,
        room: OwnedSemaphorePermit,
        options: Options,
    ) -> Result<Self> {
        let keys = Keys::fresh();
        let database = Database::create().await?;
        let files = servers::redis::Files {
            data: folder.path().join("redis"),
            socket: folder.path().join("redis.sock"),
            log: logs.join("redis.log"),
        };
        std::fs::create_dir(&files.data)?;
        let redis = Redis::start(files, true)?;
        let api_port = free_port()?;
        let sandbox =
            Sandbox::start(&format!("http://127.0.0.1:{api_port}"), &keys, &logs.join("kakao-sandbox.log"))
                .await?;
        let around = Surroundings {
            port: api_port,
            database: &database.url,
            redis: &redis.url(),
            sandbox: &sandbox.url,
        };
        let mut api = Api::new(&around, &keys, &logs.join("cloud-api.log"));
        api.migrate().await?;
        let store = stores::import(&api, folder.path(), options).await?;
        api.serve().await?;
        stores::claim(&api, &store).await?;
        let logs = logs.to_owned();
        Ok(Self { api, api_port, sandbox, redis, database, store, folder, logs, closed: false, _room: room })
    }

    /// A customer who has never been here.
    pub async fn new_customer(&self) -> Result<Customer> {
        Customer::new(&self.sandbox).await
    }

    /// For sockets and data of programs that a test adds.
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    pub fn logs(&self) -> &Path {
        &self.logs
    }

    pub fn log(&self, name: &str) -> PathBuf {
        self.logs.join(format!("{name}.log"))
    }

    /// The end of a test: all work is done, the money is where it belongs, the log is whole. Without it, or when it fails, the
    /// logs are printed.
    pub async fn close(mut self) -> Result<()> {
        wait_until_within(books::SETTLE_LIMIT, "no work is left undone", async || {
            books::nothing_is_left_undone(&self.database.pool).await
        })
        .await?;
        self.audit().await?;
        self.closed = true;
        Ok(())
    }

    /// The same without waiting for work that is still on its way.
    pub async fn audit(&self) -> Result<()> {
        books::nothing_is_left_undone(&self.database.pool).await?;
        books::money_is_where_it_belongs(self).await?;
        books::log_is_whole(&self.database.pool).await
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !self.closed {
            tell(&self.logs);
        }
    }
}

fn fresh_folder(folder: &Path) -> Result<PathBuf> {
    // What the last run left.
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    Ok(folder.to_owned())
}

/// Shows the end of every log, as far as tests print at all.
fn tell(logs: &Path) {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(logs).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.sort();
    for file in files {
        println!("──── {}\n{}", file.display(), process::tail(&file));
    }
}
