//! The way to Redis. The driver's connection manager connects again when a connection breaks, but not when it went silent: every command
//! would time out for as long as the machine keeps the dead connection. This one gives such a connection up.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context;
use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Cmd, Pipeline, RedisFuture, RedisResult, Value};

/// How long Redis may take; it is never the truth, so nobody waits long for it.
const PATIENCE: Duration = Duration::from_millis(400);
/// Attempts of one command to connect again.
const RETRIES: usize = 1;
/// Commands in a row that had no answer before the connection counts as dead.
const MAX_SILENT: u32 = 3;

/// A cheap handle on one connection that many use at once.
#[derive(Clone)]
pub struct RedisLink(Arc<Shared>);

struct Shared {
    client: Client,
    current: Mutex<Current>,
}

struct Current {
    manager: ConnectionManager,
    /// Which connection it is, counted from 0: a late verdict about an older one says nothing about this one.
    number: u64,
    silent: u32,
}

impl RedisLink {
    /// Connects with the first command. `name` is what the address is called in the environment.
    pub fn new(name: &str, url: &str) -> anyhow::Result<Self> {
        let client = Client::open(url).with_context(|| format!("{name} cannot be read"))?;
        let manager = manager(&client).with_context(|| format!("{name} cannot be used"))?;
        let current = Mutex::new(Current { manager, number: 0, silent: 0 });
        Ok(Self(Arc::new(Shared { client, current })))
    }

    fn current(&self) -> (ConnectionManager, u64) {
        let current = self.lock();
        (current.manager.clone(), current.number)
    }

    /// Draws the conclusion from how a command on connection `number` ended.
    fn note<T>(&self, number: u64, answer: &RedisResult<T>) {
        let is_silent = answer.as_ref().is_err_and(redis::RedisError::is_timeout);
        let mut current = self.lock();
        if current.number != number {
            return;
        }
        current.silent = if is_silent { current.silent + 1 } else { 0 };
        if current.silent < MAX_SILENT {
            return;
        }
        let Ok(manager) = manager(&self.0.client) else { return };
        metrics::counter!("redis_connections_given_up").increment(1);
        tracing::warn!("Redis is silent; connecting again");
        *current = Current { manager, number: number + 1, silent: 0 };
    }

    /// A panic while holding the lock leaves nothing half done.
    fn lock(&self) -> MutexGuard<'_, Current> {
        self.0.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn manager(client: &Client) -> RedisResult<ConnectionManager> {
    let config = ConnectionManagerConfig::new()
        .set_response_timeout(Some(PATIENCE))
        .set_connection_timeout(Some(PATIENCE))
        .set_number_of_retries(RETRIES);
    ConnectionManager::new_lazy_with_config(client.clone(), config)
}

impl ConnectionLike for RedisLink {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let (mut manager, number) = self.current();
            let answer = manager.send_packed_command(cmd).await;
            self.note(number, &answer);
            answer
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            let (mut manager, number) = self.current();
            let answer = manager.send_packed_commands(pipeline, offset, count).await;
            self.note(number, &answer);
            answer
        })
    }

    fn get_db(&self) -> i64 {
        self.lock().manager.get_db()
    }
}
