//! After the closing: the books are compared once more, and the stream goes.

use std::time::Duration;

use cloud_api::close::account;
use cloud_api::log::relay::Relay;
use redis::AsyncCommands;
use serde_json::json;

use super::day::{LivedDay, lived, wake_batch};
use crate::store::stream::redis;
use crate::world::World;

/// Longer than the batch waits after a closing.
const LATER: Duration = Duration::from_secs(10 * 60 + 1);

/// A closed day, with the workers at rest.
async fn closed() -> (LivedDay, String) {
    let day = lived().await;
    let proof = day.proof(&day.cut().await).await;
    let key = crate::store::stream::key(&day.world, &day.world.coffee).await;
    day.close(&proof).await;
    (day, key)
}

async fn times(world: &World) -> (bool, bool, bool) {
    sqlx::query_as(
        "select verified_at is not null, archived_at is not null, removed_at is not null from day_close",
    )
    .fetch_one(&world.db)
    .await
    .unwrap()
}

async fn tries(world: &World) -> i32 {
    sqlx::query_scalar("select tries from day_close").fetch_one(&world.db).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_of_a_verified_day_is_removed_for_good() {
    let (day, key) = closed().await;
    let mut redis = redis(&day.world).await;
    assert!(redis.exists::<_, bool>(&key).await.unwrap());
    assert_eq!(times(&day.world).await, (false, false, false), "not before late news could come");
    let woken: i64 = redis.xlen("x:accounting:day").await.unwrap();
    assert_eq!(woken, 1);
    wake_batch(&day.world, LATER).await;
    day.world.until("the batch is done", async || times(&day.world).await == (true, true, true)).await;
    assert!(!redis.exists::<_, bool>(&key).await.unwrap());
    // A relay that slept does not bring it back: it has gone past this day when the next one is in its stream.
    day.store(json!({"kind": "day_open"})).await;
    let next = crate::store::stream::key(&day.world, &day.world.coffee).await;
    assert_ne!(next, key);
    day.world
        .until("the next day's stream is there", async || {
            redis.clone().exists::<_, bool>(&next).await.unwrap()
        })
        .await;
    assert!(!redis.exists::<_, bool>(&key).await.unwrap());
    // The counter still reads its whole log, and the day can still be verified.
    let page = day.counter.get("/v1/store/log?after=0").await;
    assert!(page.body.contains("day_closed"));
    let differences =
        cloud_api::cli::verify_day(day.world.app(), day.world.coffee.store_id, day.day_id).await.unwrap();
    assert_eq!(differences, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_epoch_brings_no_removed_stream_back() {
    let (day, key) = closed().await;
    wake_batch(&day.world, LATER).await;
    day.world.until("the batch is done", async || times(&day.world).await == (true, true, true)).await;
    cloud_api::db::epochs::bump(&day.world.db).await.unwrap();
    Relay::default().run_once(day.world.app()).await.unwrap();
    assert!(!redis(&day.world).await.exists::<_, bool>(&key).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_came_late_is_put_before_a_person() {
    let (day, key) = closed().await;
    let tid = day.world.tid(&day.orders[0]).await;
    let body = json!({"tid": tid, "field": "status", "to": "QUIT_PAYMENT"});
    day.world.kakao.post("/control/damage", &body).await;
    wake_batch(&day.world, LATER).await;
    day.world.until("it was looked at", async || tries(&day.world).await > 0).await;
    assert_eq!(day.world.dead_letters("accounting").await, 0, "once is no reason to wake a person");
    for _ in 0..8 {
        day.world.advance(Duration::from_secs(60 * 60)).await;
        account(day.world.app()).await.unwrap();
    }
    day.world.until("a person is told", async || day.world.dead_letters("accounting").await == 1).await;
    assert_eq!(times(&day.world).await, (false, false, false));
    assert!(redis(&day.world).await.exists::<_, bool>(&key).await.unwrap(), "the stream is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kakaopay_that_does_not_answer_is_asked_again_later() {
    let (day, _) = closed().await;
    day.world.kakao.fault(json!({"target": "pay.order", "kind": "error", "times": 2})).await;
    day.world.advance(LATER).await;
    account(day.world.app()).await.unwrap();
    day.world.until("it was tried", async || tries(&day.world).await > 0).await;
    day.world.kakao.heal().await;
    for _ in 0..4 {
        day.world.advance(Duration::from_secs(5 * 60)).await;
        account(day.world.app()).await.unwrap();
    }
    day.world.until("the batch is done", async || times(&day.world).await == (true, true, true)).await;
    assert_eq!(day.world.dead_letters("accounting").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_went_with_redis_is_built_anew_and_nobody_is_woken() {
    let (day, key) = closed().await;
    day.store(json!({"kind": "day_open"})).await;
    let mut redis = redis(&day.world).await;
    let () = redis::cmd("FLUSHALL").query_async(&mut redis).await.unwrap();
    assert!(!redis.exists::<_, bool>(&key).await.unwrap());
    for _ in 0..4 {
        day.world.advance(LATER).await;
        account(day.world.app()).await.unwrap();
    }
    day.world.until("the batch is done", async || times(&day.world).await == (true, true, true)).await;
    assert_eq!(day.world.dead_letters("accounting").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_reads_what_the_day_came_to() {
    let day = lived().await;
    sqlx::query("update store set alert_phone = '01000000009'").execute(&day.world.db).await.unwrap();
    let proof = day.proof(&day.cut().await).await;
    day.close(&proof).await;
    day.world
        .until("the message is there", async || {
            let messages = day.world.kakao.messages().await;
            messages.iter().any(|message| message.to_string().contains("영업일을 마감했어요"))
        })
        .await;
    let told: i64 = sqlx::query_scalar("select count(*) from notification where template = 'SO_DAY_CLOSED'")
        .fetch_one(&day.world.db)
        .await
        .unwrap();
    assert_eq!(told, 1);
}
