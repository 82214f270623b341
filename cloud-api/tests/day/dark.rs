//! An order that nobody answers: the customer is told, the owner is called twice, and the money goes back.

use std::time::Duration;

use cloud_api::db::owner_numbers;
use cloud_api::timers::Watch;
use cloud_api::{notify, timers};
use serde_json::json;
use shared::TimeMs;
use shared::id::StaffId;
use shared::phone::PhoneNumber;

use super::does;
use crate::store::follower::head;
use crate::store::orders::{command, place, place_unpaid, send_one, write_request};
use crate::world::{TestOrder, World};

const OWNER: &str = "01099990001";
const CUSTOMER: &str = "01000001234";

/// A placed order of a customer who left a number.
async fn placed(world: &World) -> TestOrder {
    let order = world.cake_order().await;
    write_request(world, &order, "조금 달게").await;
    place_unpaid(world, &order).await;
    notify::run_once(world.app()).await.unwrap();
    order
}

async fn with_owner(world: &World) {
    let (vault, store, now) = (&world.app().vault, world.coffee.store_id, world.clock.now_ms());
    let phone = PhoneNumber::parse(OWNER).unwrap();
    let mut db = world.db.acquire().await.unwrap();
    owner_numbers::set(&mut db, vault, store, Some(&phone), StaffId::fresh(), now).await.unwrap();
}

/// The watch of a worker that never was away.
fn always_there() -> Watch {
    Watch::begin(TimeMs(0))
}

async fn fire_timers(world: &World, watch: &mut Watch) {
    while timers::run_once(world.app(), watch).await.unwrap() > 0 {}
}

/// Moves the clock and lets timers and messages do what is due.
async fn after(world: &World, seconds: u64) {
    world.clock.advance(Duration::from_secs(seconds));
    fire_timers(world, &mut always_there()).await;
    while notify::run_once(world.app()).await.unwrap() > 0 {}
}

/// Template and number of what was delivered, oldest first.
async fn delivered(world: &World) -> Vec<(String, String)> {
    let text =
        |message: &serde_json::Value, field: &str| message[field].as_str().unwrap_or_default().to_owned();
    let mut messages = world.kakao.messages().await;
    messages.sort_by_key(|message| text(message, "at"));
    messages.iter().map(|message| (text(message, "template"), text(message, "to"))).collect()
}

fn told(template: &str, to: &str) -> (String, String) {
    (template.to_owned(), to.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_dark_the_customer_is_told_the_owner_called_and_the_money_given_back() {
    let world = World::start_without_workers().await;
    with_owner(&world).await;
    let order = placed(&world).await;
    after(&world, 10).await;
    assert_eq!(delivered(&world).await, [told("SO_PLACED", CUSTOMER)]);
    after(&world, 6).await;
    assert!(delivered(&world).await.contains(&told("SO_PARKED", CUSTOMER)));
    after(&world, 60).await;
    assert_eq!(delivered(&world).await.len(), 2, "not yet");
    after(&world, 15).await;
    assert!(delivered(&world).await.contains(&told("SO_OWNER_CALL", OWNER)));
    after(&world, 90).await;
    assert!(delivered(&world).await.contains(&told("SO_OWNER_CALL_2", OWNER)));
    let texts = json!(world.kakao.messages().await).to_string();
    for part in ["카운터 PC가 연결되어 있지 않아요", "11,000원", "똠방각하", "자동으로 취소되고 전액 환불"]
    {
        assert!(texts.contains(part), "{part} is missing in {texts}");
    }
    after(&world, 600).await;
    assert_eq!(world.phase(&order).await, "cancelled");
    assert_eq!(delivered(&world).await.len(), 5, "and that it was cancelled");
    after(&world, 3_600).await;
    assert_eq!(delivered(&world).await.len(), 5, "nothing more, ever");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_answers_is_not_called() {
    let world = World::start_without_workers().await;
    with_owner(&world).await;
    let counter = world.claim(&world.coffee).await;
    let order = placed(&world).await;
    let answer =
        send_one(&counter, &command(order.order_id, json!({"kind": "accept", "prep_minutes": 5}))).await;
    assert_eq!(answer.code, None);
    after(&world, 400).await;
    let sent = delivered(&world).await;
    assert_eq!(sent, [told("SO_PLACED", CUSTOMER), told("SO_ACCEPTED", CUSTOMER)]);
    let open: i64 = sqlx::query_scalar("select count(*) from timer where done_at is null")
        .fetch_one(&world.db)
        .await
        .unwrap();
    assert_eq!(open, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_that_has_it_is_not_dark_and_its_owner_is_called_all_the_same() {
    let world = World::start_without_workers().await;
    with_owner(&world).await;
    let counter = world.claim(&world.coffee).await;
    placed(&world).await;
    let position = head(&world, world.coffee.store_id).await;
    assert_eq!(counter.post("/v1/store/acks", &json!({"position": position})).await.status, 204);
    after(&world, 91).await;
    after(&world, 90).await;
    let sent = delivered(&world).await;
    assert!(!sent.iter().any(|(template, _)| template == "SO_PARKED"), "{sent:?}");
    assert_eq!(sent.iter().filter(|(_, to)| to == OWNER).count(), 2, "{sent:?}");
    let texts = json!(world.kakao.messages().await).to_string();
    assert!(texts.contains("카운터에서 아무도 확인하지 않았어요"), "{texts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_came_too_late_is_not_sent() {
    let world = World::start_without_workers().await;
    with_owner(&world).await;
    let counter = world.claim(&world.coffee).await;
    let order = placed(&world).await;
    world.clock.advance(Duration::from_secs(91));
    fire_timers(&world, &mut always_there()).await;
    send_one(&counter, &command(order.order_id, json!({"kind": "accept", "prep_minutes": 5}))).await;
    while notify::run_once(world.app()).await.unwrap() > 0 {}
    assert!(!delivered(&world).await.iter().any(|(_, to)| to == OWNER));
    let dropped: String = sqlx::query_scalar("select state from notification where recipient = 'owner'")
        .fetch_one(&world.db)
        .await
        .unwrap();
    assert_eq!(dropped, "dropped");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mobile_number_nobody_is_called_and_nothing_fails() {
    let world = World::start_without_workers().await;
    let order = place(&world).await;
    after(&world, 200).await;
    let owners: i64 = sqlx::query_scalar("select count(*) from notification where recipient = 'owner'")
        .fetch_one(&world.db)
        .await
        .unwrap();
    assert_eq!((owners, world.phase(&order).await.as_str()), (0, "placed"));
    assert_eq!(world.dead_letters("timer").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn busy_minutes_are_in_the_promise_that_nobody_chose() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    does(&counter, json!({"kind": "busy_set", "extra_minutes": 25})).await;
    let order = place(&world).await;
    send_one(&counter, &command(order.order_id, json!({"kind": "cooking"}))).await;
    let promised: i32 = sqlx::query_scalar(
        "select (convert_from(body, 'utf8')::jsonb ->> 'prep_minutes')::int from store_event where kind = 'order_accepted'",
    )
    .fetch_one(&world.db)
    .await
    .unwrap();
    assert_eq!(promised, 8 + 25);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_that_passed_while_nobody_was_there_leaves_the_store_a_minute() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let (accepted, left) = (placed(&world).await, placed(&world).await);
    world.clock.advance(Duration::from_secs(60 * 60));
    let mut came_back = Watch::begin(world.clock.now_ms());
    fire_timers(&world, &mut came_back).await;
    assert_eq!((world.phase(&accepted).await, world.phase(&left).await), ("placed".into(), "placed".into()));
    send_one(&counter, &command(accepted.order_id, json!({"kind": "accept", "prep_minutes": 5}))).await;
    world.clock.advance(Duration::from_secs(61));
    fire_timers(&world, &mut came_back).await;
    assert_eq!(
        (world.phase(&accepted).await, world.phase(&left).await),
        ("accepted".into(), "cancelled".into())
    );
}
