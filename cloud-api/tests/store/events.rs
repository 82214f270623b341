//! The event stream: resuming, healing, beats, endings.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use shared::log::Position;
use shared::wire::{ByeReason, ResetReason};

use super::follower::{Follower, Frame, head, request};
use super::orders::{command, log, place, place_unpaid, send_one, write_request};
use super::stream::{is_complete, redis};
use crate::world::{Counter, Role, World};

async fn reset_reason(world: &World, counter: &Counter, from: &Position) -> ResetReason {
    match Follower::open(world, counter, Some(from)).await.last_word().await {
        Frame::Reset(reset) => reset.reason,
        other => panic!("a reset was expected, not {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn goes_on_from_each_position() {
    let world = World::start().await;
    let counter = world.claim(&world.coffee).await;
    for _ in 0..5 {
        let order = place(&world).await;
        send_one(&counter, &command(order.order_id, json!({"kind": "handed_over"}))).await;
    }
    let log = log(&world, &world.coffee).await;
    let end = Position::new(1, log.last().unwrap().0, &log.last().unwrap().1);
    let mut starts = vec![Position::start(1)];
    starts.extend(log.iter().map(|(seq, hash, _)| Position::new(1, *seq, hash)));
    for start in &starts {
        let mut follower = Follower::open(&world, &counter, Some(start)).await;
        assert!(matches!(follower.next().await, Frame::Beat(_)), "the first frame comes at once");
        for (_, _, body) in log.iter().skip(usize::try_from(start.seq).unwrap()) {
            assert_eq!(follower.next_log().await.frame.body.as_bytes(), body.to_bytes());
        }
        assert_eq!(follower.at, end);
    }
    // And then what happens while it is connected.
    let mut follower = Follower::open(&world, &counter, None).await;
    follower.catch_up(end.seq).await;
    let order = world.cake_order().await;
    write_request(&world, &order, "얼음 적게").await;
    place_unpaid(&world, &order).await;
    let entry = follower.next_log().await;
    let private = entry.frame.private.expect("the request comes beside the event");
    assert_eq!(private.request.as_deref(), Some("얼음 적게"));
    send_one(&counter, &command(order.order_id, json!({"kind": "accept", "prep_minutes": 5}))).await;
    assert_eq!(follower.next_log().await.frame.private, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_that_does_not_fit_is_reset() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    place(&world).await;
    let end = head(&world, world.coffee.store_id).await;
    let changed = |change: fn(&mut Position)| {
        let mut position = end.clone();
        change(&mut position);
        position
    };
    let wrong_hash = changed(|position| position.hash8 = "0123456789abcdef".to_owned());
    assert_eq!(reset_reason(&world, &counter, &wrong_hash).await, ResetReason::Fork);
    let wrong_start = Position { seq: 0, ..wrong_hash };
    assert_eq!(reset_reason(&world, &counter, &wrong_start).await, ResetReason::Fork);
    for epoch in [0, 2] {
        let other = Position { epoch, ..end.clone() };
        assert_eq!(reset_reason(&world, &counter, &other).await, ResetReason::Epoch);
    }
    let ahead = changed(|position| position.seq += 1);
    assert_eq!(reset_reason(&world, &counter, &ahead).await, ResetReason::Rewound);
    for nowhere in ["x", "1", "1.2", "1.2.3.4"] {
        let answer = request(&world, &counter, Some(nowhere)).await;
        assert_eq!(answer.status(), 400);
        assert!(answer.text().await.unwrap().contains("position_unknown"));
    }
    // Behind what it acknowledged: an old copy of the disk.
    assert_eq!(counter.post("/v1/store/acks", &json!({"position": end})).await.status, 204);
    assert_eq!(reset_reason(&world, &counter, &Position::start(1)).await, ResetReason::Rewound);
    let mut fits = Follower::open(&world, &counter, Some(&end)).await;
    assert_eq!(fits.next_beat().await.head, end);
    // Events that are no longer kept.
    sqlx::raw_sql(
        "alter table store_event disable trigger all; update device set ack_seq = null, ack_epoch = null;
         delete from store_event where seq = 1; alter table store_event enable trigger all",
    )
    .execute(&world.db)
    .await
    .unwrap();
    assert_eq!(reset_reason(&world, &counter, &Position::start(1)).await, ResetReason::TooOld);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_went_back_is_noticed_while_connected() {
    let world = World::start().await;
    let counter = world.claim(&world.coffee).await;
    let store_id = world.coffee.store_id;
    let old = cloud_api::db::events::read_cursor(&world.db, store_id).await.unwrap().unwrap();
    place(&world).await;
    let end = head(&world, store_id).await;
    let mut follower = Follower::open(&world, &counter, None).await;
    follower.catch_up(end.seq).await;
    sqlx::query("update store_cursor set last_seq = $2, last_hash = $3 where store_id = $1")
        .bind(store_id.0)
        .bind(old.seq)
        .bind(old.hash.0.as_slice())
        .execute(&world.db)
        .await
        .unwrap();
    let Frame::Reset(reset) = follower.last_word().await else { panic!("a reset was expected") };
    assert_eq!(reset.reason, ResetReason::Rewound);

    let mut follower = Follower::open(&world, &counter, Some(&old.position())).await;
    let _ = follower.next_beat().await;
    sqlx::query("update store_cursor set epoch = 2 where store_id = $1")
        .bind(store_id.0)
        .execute(&world.db)
        .await
        .unwrap();
    let Frame::Reset(reset) = follower.last_word().await else { panic!("a reset was expected") };
    assert_eq!(reset.reason, ResetReason::Epoch);
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_emptied_stopped_and_started_again_costs_no_event() {
    let mut world = World::start().await;
    let counter = world.claim(&world.coffee).await;
    let mut follower = Follower::open(&world, &counter, None).await;
    for n in 0..12 {
        if n % 3 == 1 {
            world.redis.empty().await;
        }
        place(&world).await;
        follower.catch_up(head(&world, world.coffee.store_id).await.seq).await;
    }
    world.redis.down();
    for _ in 0..3 {
        place(&world).await;
        follower.catch_up(head(&world, world.coffee.store_id).await.seq).await;
    }
    world.redis.up();
    place(&world).await;
    follower.catch_up(head(&world, world.coffee.store_id).await.seq).await;
    world.until("the relay fills the new Redis", async || is_complete(&world, &world.coffee).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_and_readers_see_one_order_of_events() {
    let world = World::start().await;
    let counter = world.claim(&world.coffee).await;
    let mut followers = Vec::new();
    for _ in 0..4 {
        followers.push(Follower::open(&world, &counter, None).await);
    }
    let another = world.another_api(Role::WithoutWorkers).await;
    followers.push(Follower::open_at(&world, &counter, None, &another.url).await);
    let writers = (0..16).map(|n| {
        let (world, counter) = (&world, &counter);
        async move {
            for _ in 0..3 {
                let order = place(world).await;
                let kind = if n % 2 == 0 { "ready" } else { "handed_over" };
                send_one(counter, &command(order.order_id, json!({"kind": kind}))).await;
            }
        }
    });
    let (_, mut redis) = (join_all(writers).await, redis(&world).await);
    let end = head(&world, world.coffee.store_id).await;
    for follower in &mut followers {
        follower.catch_up(end.seq).await;
        assert_eq!(follower.at, end);
    }
    let connections: String =
        redis::cmd("CLIENT").arg("LIST").arg("TYPE").arg("PUBSUB").query_async(&mut redis).await.unwrap();
    assert_eq!(connections.lines().count(), 2, "one subscription per process");
    another.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_says_good_bye_and_a_kill_does_not_and_both_lose_nothing() {
    let mut world = World::start().await;
    let counter = world.claim(&world.coffee).await;
    place(&world).await;
    let mut follower = Follower::open(&world, &counter, None).await;
    follower.catch_up(head(&world, world.coffee.store_id).await.seq).await;
    let app = world.app().clone();
    app.shutdown.cancel();
    let Frame::Bye(bye) = follower.last_word().await else { panic!("a good-bye was expected") };
    assert_eq!(bye.reason, ByeReason::Shutdown);
    assert!(bye.reconnect_after_ms <= 5_000);
    drop(app);
    // An open stream must not keep the server from stopping.
    world.stop_api().await;
    world.restart_api().await;
    place(&world).await;
    let mut follower = Follower::open(&world, &counter, Some(&follower.at.clone())).await;
    follower.catch_up(head(&world, world.coffee.store_id).await.seq).await;
    world.kill_api().await;
    assert!(matches!(follower.next().await, Frame::End));
    world.restart_api().await;
    place(&world).await;
    let mut follower = Follower::open(&world, &counter, Some(&follower.at.clone())).await;
    follower.catch_up(head(&world, world.coffee.store_id).await.seq).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn beats_come_without_events_and_say_when_postgres_is_away() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let end = head(&world, world.coffee.store_id).await;
    let mut follower = Follower::open(&world, &counter, Some(&end)).await;
    let first = follower.next_beat().await;
    assert_eq!((first.head.clone(), first.degraded), (end.clone(), false));
    assert!(first.server_time.ms_since(world.clock.now_ms()).abs() < 5_000);
    world.app().db.close().await;
    let second = follower.next_within(Duration::from_secs(12)).await;
    let Some(Frame::Beat(second)) = second else { panic!("a beat was expected, not {second:?}") };
    assert!(second.degraded, "the stream stays open and says that it may be old");
    assert_eq!(second.head, end);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_that_come_at_once_each_get_their_own_answer() {
    let world = World::start().await;
    let (coffee, bunsik) = (world.claim(&world.coffee).await, world.claim(&world.bunsik).await);
    for _ in 0..4 {
        place(&world).await;
    }
    let log = log(&world, &world.coffee).await;
    let other = head(&world, world.bunsik.store_id).await;
    let followers = (0..120).map(|n| {
        let (world, coffee, bunsik, log, other) = (&world, &coffee, &bunsik, &log, &other);
        async move {
            let (seq, hash, _) = &log[n % log.len()];
            let mine = Position::new(1, *seq, hash);
            match n % 4 {
                0 => {
                    let mut follower = Follower::open(world, bunsik, Some(other)).await;
                    assert_eq!(follower.next_beat().await.head, *other);
                }
                1 => {
                    let forged = Position { hash8: "0123456789abcdef".to_owned(), ..mine };
                    assert_eq!(reset_reason(world, coffee, &forged).await, ResetReason::Fork);
                }
                2 => {
                    let nobody =
                        world.http.get(world.url("/v1/store/events")).bearer_auth(format!("nobody{n}"));
                    assert_eq!(nobody.send().await.unwrap().status(), 401);
                }
                _ => {
                    let mut follower = Follower::open(world, coffee, Some(&mine)).await;
                    follower.catch_up(log.last().unwrap().0).await;
                }
            }
        }
    });
    join_all(followers).await;
}
