//! Postgres and Redis behind a network, as one relay sees them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cloud_api::db::events::StoredEvent;
use cloud_api::db::feeds::{Head, StreamedDay};
use cloud_api::log::WakeUp;
use cloud_api::log::append::Cursor;
use cloud_api::log::relay::{Logs, Streams};
use cloud_api::log::stream::{Appended, DayStream, tombstone_key};
use redis::{RedisError, RedisResult};
use shared::TimeMs;
use shared::id::StoreId;
use shared::log::ChainHash;
use shared::wire::Canary;
use tokio::time::sleep;

use super::{Postgres, Redis};
use crate::{Dice, Trace, note};

/// How long the product waits for an answer of Redis.
const REDIS_TIMEOUT: Duration = Duration::from_millis(400);
/// And for a connection to Postgres.
const POSTGRES_TIMEOUT: Duration = Duration::from_millis(2_500);

/// What both relays share.
#[derive(Debug)]
pub struct World {
    pub postgres: Mutex<Postgres>,
    pub redis: Mutex<Redis>,
    pub weather: Mutex<Weather>,
    pub dice: Dice,
    pub trace: Trace,
}

/// What is wrong at the moment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weather {
    pub postgres_is_away: bool,
    pub redis_is_away: bool,
    /// Calls of a hundred that do not arrive, or whose answer does not.
    pub lost: u32,
    /// Calls of a hundred that find the relay's process paused.
    pub stalls: u32,
}

/// One relay's process.
#[derive(Debug, Clone)]
pub struct Process {
    pub name: &'static str,
    pub world: Arc<World>,
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What becomes of a call.
enum Call {
    Answered,
    /// It has its effect, and nobody hears of it.
    AnswerLost,
    Lost,
}

impl Process {
    /// The way there; afterwards the effect happens, or not.
    async fn call(&self) -> Call {
        let (weather, dice) = (*lock(&self.world.weather), &self.world.dice);
        if dice.chance(weather.stalls) {
            let pause = dice.ms(500, 40_000);
            note!(self.world.trace, "{} is paused for {} ms", self.name, pause.as_millis());
            sleep(pause).await;
        }
        sleep(dice.ms(0, 8)).await;
        match (dice.chance(weather.lost), dice.chance(50)) {
            (false, _) => Call::Answered,
            (true, true) => Call::AnswerLost,
            (true, false) => Call::Lost,
        }
    }

    async fn postgres<T>(&self, ask: impl FnOnce(&mut Postgres) -> T + Send) -> Result<T, sqlx::Error> {
        let call = self.call().await;
        if lock(&self.world.weather).postgres_is_away {
            sleep(POSTGRES_TIMEOUT).await;
            return Err(sqlx::Error::PoolTimedOut);
        }
        match call {
            Call::Answered => {
                let answer = ask(&mut lock(&self.world.postgres));
                Ok(answer)
            }
            Call::AnswerLost => {
                let _ = ask(&mut lock(&self.world.postgres));
                Err(sqlx::Error::WorkerCrashed)
            }
            Call::Lost => Err(sqlx::Error::WorkerCrashed),
        }
    }

    async fn redis<T>(&self, ask: impl FnOnce(&mut Redis) -> T + Send) -> RedisResult<T> {
        let call = self.call().await;
        let gone = || RedisError::from(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
        if lock(&self.world.weather).redis_is_away {
            sleep(REDIS_TIMEOUT).await;
            return Err(gone());
        }
        match call {
            Call::Answered => {
                let answer = ask(&mut lock(&self.world.redis));
                Ok(answer)
            }
            Call::AnswerLost => {
                let _ = ask(&mut lock(&self.world.redis));
                Err(gone())
            }
            Call::Lost => Err(gone()),
        }
    }
}

impl Logs for Process {
    async fn heads(&self) -> Result<Vec<Head>, sqlx::Error> {
        self.postgres(|postgres| postgres.heads()).await
    }

    async fn day_of(&self, store_id: StoreId, seq: i64) -> Result<Option<StreamedDay>, sqlx::Error> {
        self.postgres(|postgres| postgres.day_of(store_id, seq)).await
    }

    async fn events(
        &self,
        store_id: StoreId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<StoredEvent>, sqlx::Error> {
        self.postgres(|postgres| postgres.stores[&store_id].after(after, limit)).await
    }

    async fn next_generation(&self, store_id: StoreId, forked: DayStream) -> Result<(), sqlx::Error> {
        note!(self.world.trace, "{} sees a fork of generation {}", self.name, forked.generation);
        self.postgres(|postgres| postgres.next_generation(store_id, forked)).await
    }

    async fn canary(&self) -> Result<Canary, sqlx::Error> {
        self.postgres(|_| Canary { number: 1, written_at: TimeMs(0) }).await
    }
}

impl Streams for Process {
    async fn append(
        &self,
        store_id: StoreId,
        stream: &DayStream,
        epoch: i32,
        previous: ChainHash,
        events: &[StoredEvent],
    ) -> RedisResult<Appended> {
        let (key, tombstone) = (stream.key(store_id), tombstone_key(store_id, stream.day_id));
        let floor = stream.first_seq - 1;
        let appended =
            self.redis(|redis| redis.append(&key, &tombstone, (floor, epoch), previous, events)).await;
        let (from, count) = (events.first().map_or(0, |first| first.seq), events.len());
        match &appended {
            Ok(answer) => note!(self.world.trace, "{} offers {from}+{count}: {answer:?}", self.name),
            Err(_) => note!(self.world.trace, "{} offers {from}+{count}: no answer", self.name),
        }
        appended
    }

    async fn retire(&self, store_id: StoreId, stream: &DayStream) -> RedisResult<()> {
        let key = stream.key(store_id);
        note!(self.world.trace, "{} retires generation {}", self.name, stream.generation);
        // It stays for a day, which is longer than a game.
        self.redis(|redis| redis.stream(&key).is_some()).await.map(|_| ())
    }

    async fn put_canary(&self, _: Canary) -> RedisResult<()> {
        self.redis(|_| ()).await
    }

    async fn publish(&self, wake_ups: &[WakeUp]) {
        let count = wake_ups.len();
        let _ = self.redis(|_| count).await;
    }

    fn moved(&self, _: StoreId, cursor: Cursor, _: Option<DayStream>) {
        note!(self.world.trace, "{} tells {}", self.name, cursor.position());
    }
}
