//! What tests look at and break in Redis.

use cloud_api::db;
use cloud_api::db::events::StoredEvent;
use cloud_api::log::stream::{self, DayStream};
use redis::aio::{ConnectionManager, MultiplexedConnection};

use crate::world::{Store, World};

/// A connection of the test's own.
pub async fn redis(world: &World) -> MultiplexedConnection {
    let client = redis::Client::open(world.redis.url()).unwrap();
    client.get_multiplexed_async_connection().await.expect("Redis answers")
}

/// The stream of the store's running day.
pub async fn day(world: &World, store: &Store) -> DayStream {
    let heads = db::feeds::of(&world.db, &[store.store_id], world.clock.now_ms()).await.unwrap();
    heads[0].stream.expect("a day runs")
}

/// The key of that stream.
pub async fn key(world: &World, store: &Store) -> String {
    day(world, store).await.key(store.store_id)
}

/// Everything in the stream.
pub async fn entries(world: &World, store: &Store) -> Vec<StoredEvent> {
    let client = redis::Client::open(world.redis.url()).unwrap();
    let manager = ConnectionManager::new(client).await.unwrap();
    let day = day(world, store).await;
    stream::range(&manager, store.store_id, &day, 0, i64::MAX).await.unwrap()
}

/// Whether the stream is exactly the log of the running day.
pub async fn is_complete(world: &World, store: &Store) -> bool {
    let first = day(world, store).await.first_seq;
    let log = db::events::range(&world.db, store.store_id, first - 1, i64::MAX).await.unwrap();
    entries(world, store).await == log
}
