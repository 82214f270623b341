//! When KakaoPay or Redis is down.

use std::time::Duration;

use serde_json::json;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn an_open_breaker_answers_at_once_and_closes_again() {
    let world = World::start().await;
    world.kakao.fault(json!({"target": "pay.ready", "kind": "internal", "times": null})).await;
    let mut unknown = 0;
    while world.app().kakaopay.is_available() {
        let order = world.cake_order().await;
        assert_eq!(world.open_payment(&order).await.status, 502);
        unknown += 1;
        assert!(unknown <= 10, "the breaker never opens");
    }
    let order = world.cake_order().await;
    let held = world.open_payment(&order).await;
    assert_eq!(held.status, 503);
    assert!(held.headers.contains_key("retry-after") && held.body.contains("결제된 금액은 없어요"));
    assert!(world.attempts(&order).await.is_empty(), "no attempt is written");
    world.kakao.heal().await;
    world.until("payments are possible again", async || world.open_payment(&order).await.status == 302).await;
    assert_eq!(world.pay(&order).await.status, 303);
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_redis_loses_nothing() {
    let world = World::start().await;
    for _ in 0..3 {
        world.placed_order(&world.coffee, &[("ttok", &[], 1)]).await;
        world.redis.empty().await;
    }
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_payments_go_on() {
    let mut world = World::start().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    world.redis.down();
    assert_eq!(world.get(&back).await.status, 303);
    world.wait_for_phase(&order, "placed").await;
    world.redis.up();
    world.placed_order(&world.coffee, &[("ttok", &[], 1)]).await;
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_lets_a_payment_finish() {
    let mut world = World::start().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    world.kakao.fault(json!({"target": "pay.approve", "kind": "delay", "delay_ms": 500})).await;
    let browser = world.browse(&back);
    world.wait_for_attempt(&order, "approve_sent").await;
    world.stop_api().await;
    browser.await.unwrap();
    assert_eq!(world.phase(&order).await, "placed");
    world.restart_api().await;
    world.clock.advance(Duration::from_secs(1));
    world.assert_money_agrees().await;
}
