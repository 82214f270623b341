//! Postgres came back from an older copy (F7), and payments that the copy never knew (P22).

use std::time::{Duration, Instant};

use cloud_api::cli::{Why, bump_epochs, unknown_payments};
use serde_json::{Value, json};
use shared::log::Position;
use shared::wire::ResetReason;

use super::assert_within;
use crate::store::follower::{Follower, Frame, head};
use crate::store::orders::place;
use crate::store::stream;
use crate::world::{ADMIN_TOKEN, Counter, World};

/// How long it may take until somebody knows.
const NOTICED_WITHIN: Duration = Duration::from_secs(10);

async fn reset_reason(world: &World, counter: &Counter, from: &Position) -> ResetReason {
    match Follower::open(world, counter, Some(from)).await.last_word().await {
        Frame::Reset(reset) => reset.reason,
        other => panic!("a reset was expected, not {other:?}"),
    }
}

/// What the operator sees of the coffee shop's log.
async fn rewound(world: &World) -> Value {
    let request = world.http.get(world.url("/health/stores")).bearer_auth(ADMIN_TOKEN);
    let answer = crate::world::answer(request).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let id = world.coffee.store_id.to_string();
    let store = body["stores"].as_array().unwrap().iter().find(|store| store["store_id"] == id.as_str());
    store.expect("the store is listed")["rewound"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn f7_a_restored_copy_is_noticed_by_server_and_counter_and_nothing_is_merged() {
    let mut world = World::on_wires().await;
    let counter = world.claim(&world.coffee).await;
    place(&world).await;
    let copy = world.copy_database().await;
    // Life goes on.
    for _ in 0..3 {
        place(&world).await;
    }
    let old_end = head(&world, world.coffee.store_id).await;
    let mut follower = Follower::open(&world, &counter, None).await;
    follower.catch_up(old_end.seq).await;
    assert_eq!(counter.post("/v1/store/acks", &json!({"position": old_end})).await.status, 204);
    let known = Instant::now();
    world.until("the server knows this end", async || known.elapsed() > Duration::from_secs(3)).await;
    assert_eq!(rewound(&world).await, Value::Null);

    world.put_back(&copy).await;
    let restored = Instant::now();
    let Frame::Reset(reset) = follower.last_word().await else { panic!("a reset was expected") };
    assert_eq!(reset.reason, ResetReason::Rewound);
    assert_within(NOTICED_WITHIN, restored, "a restored copy until the connected counter knows");
    world.until("the operator sees it", async || rewound(&world).await != Value::Null).await;
    assert_within(NOTICED_WITHIN, restored, "a restored copy until the operator knows");
    assert_eq!(rewound(&world).await["lost"], json!(old_end));

    // Whatever the counter does, it is not given events of the other life as if they followed.
    assert_eq!(reset_reason(&world, &counter, &old_end).await, ResetReason::Rewound);
    while head(&world, world.coffee.store_id).await.seq <= old_end.seq {
        place(&world).await;
    }
    assert_eq!(reset_reason(&world, &counter, &old_end).await, ResetReason::Fork);

    let bumped = bump_epochs(&world.db, "restored from the copy of 03:00").await.unwrap();
    assert_eq!((bumped.stores, bumped.epoch), (2, Some(2)));
    assert_eq!(reset_reason(&world, &counter, &old_end).await, ResetReason::Epoch);
    assert_eq!(rewound(&world).await, Value::Null, "the operator did what was to do");
    // From a snapshot's position all goes on.
    let now = head(&world, world.coffee.store_id).await;
    assert_eq!(now.epoch, 2);
    let mut follower = Follower::open(&world, &counter, Some(&now)).await;
    place(&world).await;
    follower.catch_up(now.seq + 1).await;
    world
        .until("Redis has this life's log alone", async || stream::is_complete(&world, &world.coffee).await)
        .await;
    assert!(bump_epochs(&world.db, "  ").await.is_err(), "a reason is needed");
}

#[tokio::test(flavor = "multi_thread")]
async fn f7_a_server_that_was_restarted_too_hears_it_from_the_counter() {
    let mut world = World::on_wires().await;
    let counter = world.claim(&world.coffee).await;
    let copy = world.copy_database().await;
    place(&world).await;
    let old_end = head(&world, world.coffee.store_id).await;
    world.kill_api().await;
    world.put_back(&copy).await;
    world.restart_api().await;
    assert_eq!(rewound(&world).await, Value::Null, "nobody here saw the end that was lost");
    let began = Instant::now();
    assert_eq!(reset_reason(&world, &counter, &old_end).await, ResetReason::Rewound);
    // A counter that only acknowledges is as good a witness.
    assert_eq!(counter.post("/v1/store/acks", &json!({"position": old_end})).await.status, 409);
    world.until("the operator sees it", async || rewound(&world).await["lost"] == json!(old_end)).await;
    assert_within(NOTICED_WITHIN, began, "a counter that came until the operator knows");
}

#[tokio::test(flavor = "multi_thread")]
async fn p22_money_that_a_restored_database_forgot_waits_for_a_person() {
    let mut world = World::on_wires().await;
    let kept = world.cake_order().await;
    world.pay(&kept).await;
    world.wait_for_phase(&kept, "placed").await;
    let copy = world.copy_database().await;
    let forgotten = world.cake_order().await;
    world.pay(&forgotten).await;
    world.wait_for_phase(&forgotten, "placed").await;
    let tid = world.tid(&forgotten).await;
    world.put_back(&copy).await;

    let differences = world.money_differences().await;
    assert!(differences.iter().any(|text| text.starts_with(&tid)), "{differences:?}");
    let ledger = world.kakao.ledger().await;
    let payments = ledger["payments"].as_array().unwrap();
    assert_eq!(payments.len(), 2);
    let csv: String = std::iter::once("tid,amount\n".to_owned())
        .chain(payments.iter().map(|p| format!("{},{}\n", p["tid"].as_str().unwrap(), p["captured"])))
        .collect();
    let found = unknown_payments(&world.db, &world.clock, &csv).await.unwrap();
    let found: Vec<_> = found.iter().map(|p| (p.tid.as_str(), p.amount, p.why, p.new)).collect();
    assert_eq!(found, [(tid.as_str(), forgotten.total, Why::NoAttempt, true)]);
    assert_eq!(world.dead_letters("unknown_payment").await, 1);
    // The same list again, in the other format, puts nothing aside twice.
    let json: String = payments
        .iter()
        .map(|p| json!({"tid": p["tid"], "amount": p["captured"]}).to_string() + "\n")
        .collect();
    let again = unknown_payments(&world.db, &world.clock, &json).await.unwrap();
    assert_eq!(again.iter().map(|p| p.new).collect::<Vec<_>>(), [false]);
    assert_eq!(world.dead_letters("unknown_payment").await, 1);
    // Money that our books know with another amount, or do not know as taken, is seen as well.
    let kept_tid = world.tid(&kept).await;
    let other = unknown_payments(&world.db, &world.clock, &format!("{kept_tid},1")).await.unwrap();
    assert_eq!(other[0].why, Why::OtherAmount);
}
