//! The relay against everything that can happen to a Redis.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cloud_api::log::relay::Relay;
use cloud_api::log::stream::tombstone_key;
use redis::aio::MultiplexedConnection;
use shared::log::GENESIS;

use super::follower::{Follower, head};
use super::orders::place;
use super::stream::{day, entries, is_complete, key, redis};
use crate::world::{PATIENCE, World};

async fn run<T: redis::FromRedisValue>(redis: &mut MultiplexedConnection, command: &mut redis::Cmd) -> T {
    command.query_async(redis).await.expect("Redis does it")
}

async fn add_foreign(redis: &mut MultiplexedConnection, key: &str, seq: i64) {
    let mut command = redis::cmd("XADD");
    command.arg(key).arg(format!("{seq}-0")).arg("body").arg("{}").arg("hash").arg(GENESIS.hex());
    let _: String = run(redis, &mut command).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_once_and_heals_what_was_lost() {
    let world = World::start_without_workers().await;
    let (app, store) = (world.app().clone(), world.coffee.clone());
    let mut relay = Relay::default();
    assert_eq!(relay.run_once(&app).await.unwrap(), 2, "both stores have begun a log");
    for _ in 0..3 {
        place(&world).await;
    }
    assert_eq!(relay.run_once(&app).await.unwrap(), 1);
    assert_eq!(relay.run_once(&app).await.unwrap(), 0, "nothing moved since");
    assert!(is_complete(&world, &store).await);
    let mut redis = redis(&world).await;

    // Emptied: the next event brings everything back.
    world.redis.empty().await;
    place(&world).await;
    relay.run_once(&app).await.unwrap();
    assert!(is_complete(&world, &store).await);

    // The stream removed while nothing happens: the sweep finds it, and so does a relay that begins.
    let _: i64 = run(&mut redis, redis::cmd("DEL").arg(key(&world, &store).await)).await;
    Relay::default().run_once(&app).await.unwrap();
    assert!(is_complete(&world, &store).await);
    let _: i64 = run(&mut redis, redis::cmd("DEL").arg(key(&world, &store).await)).await;
    let swept = async {
        while !is_complete(&world, &store).await {
            relay.run_once(&app).await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, swept).await.expect("the sweep restores the stream");
    assert_eq!(day(&world, &store).await.generation, 0, "a loss is no fork");
}

#[tokio::test(flavor = "multi_thread")]
async fn heals_a_redis_that_went_back() {
    let world = World::start_without_workers().await;
    let (app, store) = (world.app().clone(), world.coffee.clone());
    let mut relay = Relay::default();
    place(&world).await;
    relay.run_once(&app).await.unwrap();
    let (mut redis, key) = (redis(&world).await, key(&world, &store).await);
    let old: Vec<u8> = run(&mut redis, redis::cmd("DUMP").arg(&key)).await;
    for _ in 0..4 {
        place(&world).await;
        relay.run_once(&app).await.unwrap();
    }
    let _: String = run(&mut redis, redis::cmd("RESTORE").arg(&key).arg(0).arg(old).arg("REPLACE")).await;
    assert!(!is_complete(&world, &store).await);
    place(&world).await;
    relay.run_once(&app).await.unwrap();
    assert!(is_complete(&world, &store).await);
    assert_eq!(day(&world, &store).await.generation, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_log_in_redis_is_never_continued() {
    let world = World::start_without_workers().await;
    let (app, store) = (world.app().clone(), world.coffee.clone());
    let mut redis = redis(&world).await;
    for (generation, case) in ["same numbers", "ahead", "other end", "a hole", "no stream"].iter().enumerate()
    {
        let mut relay = Relay::default();
        place(&world).await;
        relay.run_once(&app).await.unwrap();
        let (key, end) = (key(&world, &store).await, head(&world, store.store_id).await.seq);
        match *case {
            "same numbers" => {
                let _: i64 = run(&mut redis, redis::cmd("DEL").arg(&key)).await;
                for seq in 1..=end + 1 {
                    add_foreign(&mut redis, &key, seq).await;
                }
            }
            "ahead" => add_foreign(&mut redis, &key, end + 1).await,
            "other end" => {
                let _: i64 = run(&mut redis, redis::cmd("XDEL").arg(&key).arg(format!("{end}-0"))).await;
            }
            "a hole" => add_foreign(&mut redis, &key, end + 7).await,
            _ => {
                let _: i64 = run(&mut redis, redis::cmd("DEL").arg(&key)).await;
                let _: () = run(&mut redis, redis::cmd("SET").arg(&key).arg("foreign")).await;
            }
        }
        place(&world).await;
        relay.run_once(&app).await.unwrap();
        assert!(is_complete(&world, &store).await, "{case}");
        let now = day(&world, &store).await.generation;
        assert_eq!(usize::try_from(now).unwrap(), generation + 1, "{case}");
        let left: i64 = run(&mut redis, redis::cmd("TTL").arg(&key)).await;
        assert!(left > 0, "{case}: the other log is kept for a while, not for ever");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_relays_at_once_are_harmless() {
    let world = World::start_without_workers().await;
    let another = world.another_api(crate::world::Role::WithoutWorkers).await;
    let done = Arc::new(AtomicBool::new(false));
    let relays: Vec<_> = [world.app().clone(), another.app.clone(), world.app().clone()]
        .into_iter()
        .map(|app| {
            let done = done.clone();
            tokio::spawn(async move {
                let mut relay = Relay::default();
                while !done.load(Ordering::Relaxed) {
                    relay.run_once(&app).await.unwrap();
                }
            })
        })
        .collect();
    for n in 0..40 {
        place(&world).await;
        if n % 13 == 7 {
            world.redis.empty().await;
        }
    }
    done.store(true, Ordering::Relaxed);
    for relay in relays {
        relay.await.unwrap();
    }
    Relay::default().run_once(world.app()).await.unwrap();
    assert!(is_complete(&world, &world.coffee).await);
    assert_eq!(day(&world, &world.coffee).await.generation, 0);
    another.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_day_is_not_written_again() {
    let world = World::start_without_workers().await;
    let (app, store) = (world.app().clone(), world.coffee.clone());
    let counter = world.claim(&store).await;
    let (mut redis, day) = (redis(&world).await, day(&world, &store).await);
    let _: () =
        run(&mut redis, redis::cmd("SET").arg(tombstone_key(store.store_id, day.day_id)).arg(1)).await;
    place(&world).await;
    let mut relay = Relay::default();
    relay.run_once(&app).await.unwrap();
    assert!(entries(&world, &store).await.is_empty());
    // The counter gets everything all the same.
    let end = head(&world, store.store_id).await;
    let mut follower = Follower::open(&world, &counter, None).await;
    follower.catch_up(end.seq).await;
    assert_eq!(follower.at, end);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_runs_again_in_a_later_epoch_is_written() {
    let world = World::start_without_workers().await;
    let (app, store) = (world.app().clone(), world.coffee.clone());
    let (mut redis, day) = (redis(&world).await, day(&world, &store).await);
    let epoch = head(&world, store.store_id).await.epoch;
    let ended = tombstone_key(store.store_id, day.day_id);
    let _: () = run(&mut redis, redis::cmd("SET").arg(ended).arg(epoch)).await;
    place(&world).await;
    Relay::default().run_once(&app).await.unwrap();
    assert!(entries(&world, &store).await.is_empty());
    // Postgres was restored from a copy in which the day still runs.
    cloud_api::db::epochs::bump(&world.db).await.unwrap();
    place(&world).await;
    Relay::default().run_once(&app).await.unwrap();
    assert!(is_complete(&world, &store).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_log_is_copied_page_by_page() {
    let world = World::start_without_workers().await;
    let store = world.coffee.clone();
    let mut tx = world.db.begin().await.unwrap();
    let day_id = day(&world, &store).await.day_id;
    let now = world.clock.now_ms();
    let body = |n| shared::log::LogBody {
        v: shared::log::BODY_VERSION,
        at: now,
        day_id,
        by: shared::order::Actor::Operator,
        subject: shared::log::Subject::Store(shared::log::StoreEvent::MenuChanged { menu_version: n }),
    };
    let bodies: Vec<_> = (0..1_700).map(body).collect();
    cloud_api::log::append::append(&mut tx, store.store_id, &bodies, now).await.unwrap();
    tx.commit().await.unwrap();
    Relay::default().run_once(world.app()).await.unwrap();
    assert!(is_complete(&world, &store).await);
    // A counter that was away for all of it reads it in pages, too.
    let counter = world.claim(&store).await;
    let end = head(&world, store.store_id).await;
    let mut follower = Follower::open(&world, &counter, None).await;
    assert_eq!(i64::try_from(follower.catch_up(end.seq).await.len()).unwrap(), end.seq);
    assert_eq!(follower.at, end);
}
