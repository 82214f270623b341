//! Viewers look on beside a counter.

use std::time::Duration;

use serde_json::json;
use shared::wire::{ByeReason, SessionKind};

use super::device::{Device, code, owner_at};
use super::follower::Frame;
use super::orders::{command, place};
use crate::world::{PASSWORD, World};

const VIEWER: &str = "viewer";

#[tokio::test(flavor = "multi_thread")]
async fn viewers_see_everything_and_change_nothing() {
    let world = World::start().await;
    let owner = owner_at(&world, &world.coffee, "owner1").await;
    let mut counter = owner.follow(&world).await;
    let known = counter.next_beat().await.desk;
    let mut viewers = Vec::new();
    for n in 1..=3 {
        let mut viewer = Device::new(&format!("화면 {n}"));
        let signed_in = viewer.sign_in(&world, "owner1", json!({"kind": VIEWER})).await;
        assert_eq!(signed_in.status, 201, "{}", signed_in.body);
        let session = viewer.session.as_ref().unwrap();
        assert_eq!((session.kind, session.fence), (SessionKind::Viewer, 0));
        assert!(session.terms.as_ref().unwrap().lease.is_none(), "viewers have no lease");
        viewers.push(viewer);
    }
    // The counter is told, keeps its session, and sees each.
    while counter.next_beat().await.desk == known {}
    let desk = owner.desk(&world).await;
    let watching = desk.devices.iter().filter_map(|card| card.session.as_ref());
    let watching = watching.filter(|session| session.kind == SessionKind::Viewer && session.connected);
    assert_eq!(watching.count(), 3);

    let mut streams = Vec::new();
    for viewer in &viewers {
        assert_eq!(viewer.get(&world, "/v1/store/snapshot").await.status, 200);
        streams.push(viewer.follow(&world).await);
    }
    let order = place(&world).await;
    let head = super::follower::head(&world, world.coffee.store_id).await;
    for stream in &mut streams {
        let seen = stream.catch_up(head.seq).await;
        assert!(seen.iter().any(|entry| entry.frame.body.contains(&order.order_id.to_string())));
    }
    let accept = command(order.order_id, json!({"kind": "accept", "prep_minutes": 5}));
    let viewer = &viewers[0];
    for (path, body) in [
        ("/v1/store/commands", json!({"commands": [accept]})),
        ("/v1/store/second-factor", json!({"own_password": PASSWORD})),
        ("/v1/store/settings", json!({"own_password": PASSWORD, "confirm_new_devices": false})),
        ("/v1/store/password", json!({"own_password": PASSWORD, "password": "another password"})),
    ] {
        assert_eq!(code(&viewer.post(&world, path, &body).await), (403, "read_only_session"), "{path}");
    }
    assert_eq!(world.phase(&order).await, "placed");
    assert!(viewer.desk(&world).await.requests.is_empty());
    assert_eq!(viewer.post(&world, "/v1/store/acks", &json!({"position": head})).await.status, 204);
    // Sent away, it hears so and may come again.
    let session = viewer.session.as_ref().unwrap().session_id;
    assert_eq!(owner.delete(&world, &format!("/v1/store/sessions/{session}")).await.status, 204);
    let last = streams[0].last_word().await;
    let Frame::Bye(bye) = last else { panic!("a good-bye was expected, not {last:?}") };
    assert_eq!(bye.reason, ByeReason::Revoked);
    assert_eq!(viewers[0].sign_in(&world, "owner1", json!({"kind": VIEWER})).await.status, 201);
    let own = owner.session.as_ref().unwrap().session_id;
    let ended = owner.delete(&world, &format!("/v1/store/sessions/{own}")).await;
    assert_eq!(code(&ended), (409, "not_allowed"), "the counter signs out instead");
}

#[tokio::test(flavor = "multi_thread")]
async fn viewers_rest_while_no_counter_is_connected() {
    let world = World::start().await;
    let owner = owner_at(&world, &world.coffee, "owner1").await;
    let mut viewer = Device::new("주방 화면");
    assert_eq!(viewer.sign_in(&world, "owner1", json!({"kind": VIEWER})).await.status, 201);
    let mut stream = viewer.follow(&world).await;
    let _ = stream.next_beat().await;
    // The counter's PC is off: nothing is heard of it for longer than the grace.
    world.clock.advance(Duration::from_secs(120));
    let last = stream.last_word().await;
    let Frame::Bye(bye) = last else { panic!("a good-bye was expected, not {last:?}") };
    assert_eq!(bye.reason, ByeReason::CounterGone);
    assert!(bye.reconnect_after_ms >= 1_000);
    for path in ["/v1/store/snapshot", "/v1/store/events", "/v1/store/log?after=0", "/v1/store/desk"] {
        assert_eq!(code(&viewer.get(&world, path).await), (409, "counter_not_connected"), "{path}");
    }
    let mut other = Device::new("다른 화면");
    let alone = other.sign_in(&world, "owner1", json!({"kind": VIEWER})).await;
    assert_eq!(code(&alone), (409, "counter_not_connected"));
    // It is back, and so are the viewers, without a password.
    assert_eq!(owner.get(&world, "/v1/store/snapshot").await.status, 200);
    assert_eq!(viewer.get(&world, "/v1/store/snapshot").await.status, 200);
    let _ = viewer.follow(&world).await.next_beat().await;
    // A counter that signs out is not connected either; a viewer may still sign out.
    assert_eq!(owner.delete(&world, "/v1/store/sessions/current").await.status, 204);
    assert_eq!(code(&viewer.get(&world, "/v1/store/snapshot").await), (409, "counter_not_connected"));
    assert_eq!(viewer.delete(&world, "/v1/store/sessions/current").await.status, 204);
    assert_eq!(code(&viewer.get(&world, "/v1/store/snapshot").await), (401, "signed_out"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_counters_and_three_viewers_in_a_rush_lose_nothing() {
    let world = World::start().await;
    let mut first = owner_at(&world, &world.coffee, "owner1").await;
    let mut second = Device::new("두 번째 카운터");
    let mut streams = Vec::new();
    for n in 0..3 {
        let mut viewer = Device::new(&format!("화면 {n}"));
        assert_eq!(viewer.sign_in(&world, "owner1", json!({"kind": VIEWER})).await.status, 201);
        streams.push(viewer.follow(&world).await);
    }
    let mut accepted = 0;
    for round in 0..6 {
        let order = place(&world).await;
        let (holder, other) =
            if round % 2 == 0 { (&mut first, &mut second) } else { (&mut second, &mut first) };
        let accept = command(order.order_id, json!({"kind": "accept", "prep_minutes": 5}));
        let batch = json!({"commands": [accept]});
        let (applied, taken) = tokio::join!(
            holder.post(&world, "/v1/store/commands", &batch),
            other.sign_in(&world, "owner1", json!({"take_over": true}))
        );
        assert_eq!(taken.status, 201, "{}", taken.body);
        let again = other.post(&world, "/v1/store/commands", &batch).await;
        let outcomes = [&applied.body, &again.body].map(|body| body.contains("\"applied\""));
        assert_eq!(outcomes.iter().filter(|applied| **applied).count(), 1, "{applied:?} {again:?}");
        accepted += 1;
        assert_eq!(world.phase(&order).await, "accepted");
    }
    let events: i64 = sqlx::query_scalar("select count(*) from store_event where kind = 'order_accepted'")
        .fetch_one(&world.db)
        .await
        .unwrap();
    assert_eq!(events, accepted);
    let head = super::follower::head(&world, world.coffee.store_id).await;
    for stream in &mut streams {
        stream.catch_up(head.seq).await;
        assert_eq!(stream.at, head);
    }
}

/// The take-over commits after the old holder's command was let in and before it takes effect.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_meets_a_take_over_is_told_who_has_the_counter() {
    let world = World::start().await;
    let first = owner_at(&world, &world.coffee, "owner1").await;
    let mut second = Device::new("두 번째 카운터");
    assert_eq!(second.sign_in(&world, "owner1", json!({"kind": VIEWER})).await.status, 201);
    let order = place(&world).await;
    let accept = command(order.order_id, json!({"kind": "accept", "prep_minutes": 5}));
    let batch = json!({"commands": [accept]});
    let mut take_over = world.db.begin().await.unwrap();
    for (statement, device) in [
        ("select 1 from store_session where device_id = $1 for update", first.device_id),
        (
            "update store_session set ended_at = now(), end_reason = 'taken_over' where device_id = $1",
            first.device_id,
        ),
        ("update store_session set kind = 'counter', fence = 2 where device_id = $1", second.device_id),
    ] {
        let changed =
            sqlx::query(sqlx::AssertSqlSafe(statement)).bind(device.0).execute(&mut *take_over).await;
        assert_eq!(changed.unwrap().rows_affected(), 1, "{statement}");
    }
    let commits = async {
        wait_for_a_lock(&world).await;
        take_over.commit().await.unwrap();
    };
    let (refused, ()) = tokio::join!(first.post(&world, "/v1/store/commands", &batch), commits);
    assert_eq!(code(&refused), (401, "session_taken_over"));
    assert!(refused.body.contains("두 번째 카운터"), "{}", refused.body);
    assert_eq!(world.phase(&order).await, "placed");
}

/// Waits until somebody waits for somebody else's transaction.
async fn wait_for_a_lock(world: &World) {
    let waiting = "select exists (select 1 from pg_stat_activity
                       where datname = current_database() and wait_event_type = 'Lock')";
    let began = std::time::Instant::now();
    while !sqlx::query_scalar::<_, bool>(waiting).fetch_one(&world.db).await.unwrap() {
        assert!(began.elapsed() < Duration::from_secs(20), "nobody waits");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
