//! A customer whom Kakao does not reach gets a short message, and what became of each message is kept.

use std::time::Duration;

use cloud_api::notify;
use serde_json::{Value, json};
use shared::order::{Actor, CancelReason, OrderCommand};

use super::{PHONE, log, make, placed};
use crate::world::{TestOrder, World};

/// A chat with the number that the orders of these tests have.
async fn room(world: &World) -> String {
    let answer = world.kakao.post("/control/customers", &json!({"phone": PHONE})).await;
    answer["customer"].as_str().expect("a customer").to_owned()
}

async fn last_bubble(world: &World, room: &str) -> Value {
    let chat = world.kakao.get(&format!("/control/chat/{room}")).await;
    chat["messages"].as_array().and_then(|all| all.last()).cloned().unwrap_or_default()
}

/// Template and delivery of each message of an order.
async fn deliveries(world: &World, order: &TestOrder) -> Vec<(String, Option<String>, Option<String>)> {
    sqlx::query_as(
        "select template, delivery, delivery_code from notification where order_id = $1 order by order_version",
    )
    .bind(order.order_id.0)
    .fetch_all(&world.db)
    .await
    .expect("the log can be read")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_channel_is_answered_with_a_short_message() {
    let world = World::start_without_workers().await;
    let room = room(&world).await;
    let order = placed(&world).await;
    notify::run_once(world.app()).await.expect("sent");
    assert_eq!(last_bubble(&world, &room).await["role"], "alimtalk");
    world.kakao.post(&format!("/control/chat/{room}/block"), &json!({"blocked": true})).await;
    make(&world, &order, OrderCommand::Cancel { reason: CancelReason::CustomerChangedMind }, Actor::Customer)
        .await;
    notify::run_once(world.app()).await.expect("sent");
    let bubble = last_bubble(&world, &room).await;
    assert_eq!((&bubble["role"], &bubble["content"]["type"]), (&json!("sms"), &json!("SMS")));
    assert_eq!(
        bubble["content"]["text"], "[골목커피 홍대점] 1번 (사과) 주문이 취소됐어요. 5,500원 환불",
        "{bubble}"
    );
    assert_eq!(deliveries(&world, &order).await[1], ("SO_CANCELLED".into(), None, None), "not asked yet");
    world.clock.advance(Duration::from_secs(91));
    assert_eq!(notify::ask_once(world.app()).await.expect("asked"), 2);
    assert_eq!(
        deliveries(&world, &order).await,
        [
            ("SO_PLACED".to_owned(), Some("kakao".to_owned()), None),
            ("SO_CANCELLED".to_owned(), Some("sms".to_owned()), Some("3020".to_owned())),
        ]
    );
    world.clock.advance(Duration::from_secs(3_600));
    assert_eq!(notify::ask_once(world.app()).await.expect("asked"), 0, "what is known is not asked again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_reached_nobody_is_known_and_inquiries_end() {
    let world = World::start_without_workers().await;
    // A fixed line's owner: the first call has no short message.
    world.kakao.fault(json!({"target": "alimtalk", "kind": "decline", "code": 3018})).await;
    let order = placed(&world).await;
    notify::run_once(world.app()).await.expect("sent");
    assert_eq!(log(&world, &order).await[0].1, "sent");
    sqlx::query("update notification set request_id = 'nobody-knows-it'")
        .execute(&world.db)
        .await
        .expect("lost");
    for _ in 0..8 {
        world.clock.advance(Duration::from_secs(121));
        assert_eq!(notify::ask_once(world.app()).await.expect("asked"), 1);
    }
    assert_eq!(deliveries(&world, &order).await[0].1.as_deref(), Some("unknown"));
    world.clock.advance(Duration::from_secs(3_600));
    assert_eq!(notify::ask_once(world.app()).await.expect("asked"), 0);
}
