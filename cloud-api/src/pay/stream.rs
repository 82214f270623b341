//! The stream `x:order:approval`: wakes a worker anywhere. It carries ids only, and losing it costs a sweep: the rows are the work.

use std::time::Duration;

use redis::streams::{StreamMaxlen, StreamReadOptions, StreamReadReply};
use redis::{AsyncCommands, AsyncConnectionConfig, RedisError};
use shared::id::{AttemptId, StoreId};

use crate::app::App;

const KEY: &str = "x:order:approval";
const GROUP: &str = "approval";
/// Far more than ever wait; older ones are found by the sweeper.
const MAX_LENGTH: usize = 10_000;
/// How long one read waits for something to come.
const BLOCK_MS: usize = 2_000;
/// A read that takes longer than it blocks and this hangs on a dead connection.
const READ_TIMEOUT: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const COUNT: usize = 16;

/// Tells the workers that an attempt waits. Harmless when it fails.
pub async fn publish(app: &App, store_id: StoreId, attempt_id: AttemptId) {
    let entry = [("store", store_id.to_string()), ("attempt", attempt_id.to_string())];
    let mut redis = app.redis.clone();
    let added: Result<(), RedisError> =
        redis.xadd_maxlen(KEY, StreamMaxlen::Approx(MAX_LENGTH), "*", &entry).await;
    if let Err(error) = added {
        tracing::warn!(%attempt_id, %error, "the approval stream cannot be written; the sweeper will find the attempt");
    }
}

/// A connection of its own, because a blocking read holds up everything behind it.
pub struct Reader {
    connection: redis::aio::MultiplexedConnection,
    consumer: String,
}

impl Reader {
    /// Connects and joins the group.
    pub async fn open(app: &App) -> anyhow::Result<Self> {
        let client = redis::Client::open(app.config.redis_url.expose())?;
        // The blocking read is bounded below; the default of half a second would cut it off.
        let config = AsyncConnectionConfig::new()
            .set_response_timeout(None)
            .set_connection_timeout(Some(CONNECT_TIMEOUT));
        let connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        let consumer = uuid::Uuid::new_v4().simple().to_string();
        let mut reader = Self { connection, consumer };
        reader.join().await?;
        Ok(reader)
    }

    /// The next entries; none when nothing came. A group that is gone, because Redis was emptied, is made again.
    pub async fn next(&mut self) -> anyhow::Result<Vec<(StoreId, AttemptId)>> {
        // Nothing is acknowledged: an entry that is lost with its reader is found by the sweeper.
        let options =
            StreamReadOptions::default().group(GROUP, &self.consumer).noack().count(COUNT).block(BLOCK_MS);
        let keys = [KEY];
        let read = self.connection.xread_options(&keys, &[">"], &options);
        let reply: Result<Option<StreamReadReply>, RedisError> =
            tokio::time::timeout(READ_TIMEOUT, read).await?;
        match reply {
            Ok(reply) => Ok(reply.map(ids).unwrap_or_default()),
            Err(error) if error.code() == Some("NOGROUP") => {
                self.join().await?;
                Ok(Vec::new())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Makes the stream and the group unless they exist.
    async fn join(&mut self) -> anyhow::Result<()> {
        let made: Result<(), RedisError> =
            tokio::time::timeout(READ_TIMEOUT, self.connection.xgroup_create_mkstream(KEY, GROUP, "0"))
                .await?;
        match made {
            Err(error) if error.code() != Some("BUSYGROUP") => Err(error.into()),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

fn ids(reply: StreamReadReply) -> Vec<(StoreId, AttemptId)> {
    let entries = reply.keys.into_iter().flat_map(|key| key.ids);
    let ids = entries.filter_map(|entry| {
        let field = |name: &str| entry.get::<String>(name);
        let (store, attempt) = (field("store")?.parse().ok()?, field("attempt")?.parse().ok()?);
        Some((store, attempt))
    });
    ids.collect()
}
