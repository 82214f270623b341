//! What the relay reads and writes: the logs in Postgres and the streams in Redis. The simulation has others.

use redis::RedisResult;
use shared::id::StoreId;
use shared::log::ChainHash;
use shared::wire::Canary;

use crate::app::App;
use crate::db;
use crate::db::events::StoredEvent;
use crate::db::feeds::{Head, StreamedDay};
use crate::db::readings::Piece;
use crate::log::append::Cursor;
use crate::log::stream::{self, Appended, CANARY_KEY, DayStream, WAKE_CHANNEL};
use crate::log::{WakeUp, together};

/// How long a stream that turned out to be another log is kept for a person to look at.
const FORK_KEPT_S: i64 = 24 * 60 * 60;

/// The store logs.
pub trait Logs: Sync {
    /// [`db::feeds::all`].
    fn heads(&self) -> impl Future<Output = Result<Vec<Head>, sqlx::Error>> + Send;
    /// [`db::feeds::day_of`].
    fn day_of(
        &self,
        store_id: StoreId,
        seq: i64,
    ) -> impl Future<Output = Result<Option<StreamedDay>, sqlx::Error>> + Send;
    /// [`db::readings::pieces`].
    fn events(
        &self,
        store_id: StoreId,
        after: i64,
        limit: i64,
    ) -> impl Future<Output = Result<Vec<StoredEvent>, sqlx::Error>> + Send;
    /// [`db::feeds::next_generation`].
    fn next_generation(
        &self,
        store_id: StoreId,
        forked: DayStream,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;
    /// [`db::canary::read`].
    fn canary(&self) -> impl Future<Output = Result<Canary, sqlx::Error>> + Send;
}

/// Their copies, and who is told of them.
pub trait Streams: Sync {
    /// [`stream::append`].
    fn append(
        &self,
        store_id: StoreId,
        stream: &DayStream,
        epoch: i32,
        previous: ChainHash,
        events: &[StoredEvent],
    ) -> impl Future<Output = RedisResult<Appended>> + Send;
    /// Lets a stream that is another log end by itself.
    fn retire(&self, store_id: StoreId, stream: &DayStream) -> impl Future<Output = RedisResult<()>> + Send;
    /// Puts the canary where every process finds it.
    fn put_canary(&self, canary: Canary) -> impl Future<Output = RedisResult<()>> + Send;
    /// Wakes the hubs of all processes; one that is not reached finds what moved by itself.
    fn publish(&self, wake_ups: &[WakeUp]) -> impl Future<Output = ()> + Send;
    /// Wakes the hub of this process.
    fn moved(&self, store_id: StoreId, cursor: Cursor, stream: Option<DayStream>);
}

impl Logs for App {
    async fn heads(&self) -> Result<Vec<Head>, sqlx::Error> {
        db::feeds::all(&self.db).await
    }

    async fn day_of(&self, store_id: StoreId, seq: i64) -> Result<Option<StreamedDay>, sqlx::Error> {
        db::feeds::day_of(&self.db, store_id, seq).await
    }

    async fn events(
        &self,
        store_id: StoreId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<StoredEvent>, sqlx::Error> {
        // With what is read for other stores at the same moment.
        together::ask(self, Piece { store_id, after, limit }).await
    }

    async fn next_generation(&self, store_id: StoreId, forked: DayStream) -> Result<(), sqlx::Error> {
        db::feeds::next_generation(&self.db, store_id, forked).await
    }

    async fn canary(&self) -> Result<Canary, sqlx::Error> {
        db::canary::read(&self.db).await
    }
}

impl Streams for App {
    async fn append(
        &self,
        store_id: StoreId,
        stream: &DayStream,
        epoch: i32,
        previous: ChainHash,
        events: &[StoredEvent],
    ) -> RedisResult<Appended> {
        stream::append(&self.redis, store_id, stream, epoch, previous, events).await
    }

    async fn retire(&self, store_id: StoreId, stream: &DayStream) -> RedisResult<()> {
        let mut expire = redis::cmd("EXPIRE");
        expire.arg(stream.key(store_id)).arg(FORK_KEPT_S);
        expire.query_async(&mut self.redis.clone()).await
    }

    async fn put_canary(&self, canary: Canary) -> RedisResult<()> {
        let text = format!("{} {}", canary.number, canary.written_at.0);
        redis::cmd("SET").arg(CANARY_KEY).arg(text).query_async(&mut self.redis.clone()).await
    }

    async fn publish(&self, wake_ups: &[WakeUp]) {
        if wake_ups.is_empty() {
            return;
        }
        let mut pipeline = redis::pipe();
        for wake_up in wake_ups {
            pipeline.cmd("PUBLISH").arg(WAKE_CHANNEL).arg(wake_up.to_string()).ignore();
        }
        let sent: RedisResult<()> = pipeline.query_async(&mut self.redis.clone()).await;
        if let Err(error) = sent {
            tracing::debug!(%error, "wake-ups were not sent; the hubs' poll finds what moved");
        }
    }

    fn moved(&self, store_id: StoreId, cursor: Cursor, stream: Option<DayStream>) {
        self.hub.moved(store_id, cursor, stream);
    }
}
