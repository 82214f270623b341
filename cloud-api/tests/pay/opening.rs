//! `GET /pay/{token}`: rows P0 to P4.

use std::time::Duration;

use serde_json::json;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn p0_killed_before_the_attempt_is_written() {
    let mut world = World::start().await;
    let order = world.cake_order().await;
    let stop = world.stop_at("pay.before_ready_row");
    let browser = world.browse(&format!("/pay/{}", order.token));
    world.kill_at(stop).await;
    browser.await.unwrap();
    assert!(world.attempts(&order).await.is_empty());
    assert_eq!(world.pay(&order).await.status, 303);
    world.wait_for_phase(&order, "placed").await;
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p1_killed_while_ready_is_on_its_way() {
    killed_around_ready("pay.ready_inflight").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p2_killed_before_the_tid_is_written() {
    killed_around_ready("pay.before_tid_commit").await;
}

async fn killed_around_ready(failpoint: &str) {
    let mut world = World::start().await;
    let order = world.cake_order().await;
    let stop = world.stop_at(failpoint);
    let browser = world.browse(&format!("/pay/{}", order.token));
    world.kill_at(stop).await;
    browser.await.unwrap();
    assert_eq!(world.attempts(&order).await, ["ready_sent"]);
    world.advance(Duration::from_secs(31)).await;
    assert_eq!(world.pay(&order).await.status, 303);
    world.wait_for_phase(&order, "placed").await;
    world
        .until("the lost attempt is known to be lost", async || {
            world.attempts(&order).await == ["ready_unknown", "approved"]
        })
        .await;
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p1_the_answer_to_ready_is_lost() {
    let world = World::start().await;
    let order = world.cake_order().await;
    world.kakao.fault(json!({"target": "pay.ready", "kind": "drop_after_commit"})).await;
    let opened = world.open_payment(&order).await;
    assert_eq!(opened.status, 502);
    assert!(
        opened.body.contains("결제된 금액은 없어요")
            && opened.body.contains(&format!("/pay/{}", order.token))
    );
    assert_eq!(world.attempts(&order).await, ["ready_unknown"]);
    assert_eq!(world.pay(&order).await.status, 303);
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p3_the_payer_never_comes_back() {
    let world = World::start().await;
    let order = world.cake_order().await;
    world.open_payment(&order).await;
    world.advance(Duration::from_secs(15 * 60 + 1)).await;
    world.wait_for_attempt(&order, "expired").await;
    for hours in [1, 24] {
        assert!(watched(&world).await, "it is looked at again after {hours} h");
        world.advance(Duration::from_secs(hours * 60 * 60)).await;
        world.until("that look is over", async || !due(&world).await).await;
    }
    assert!(!watched(&world).await, "and then never again");
    assert_eq!(world.attempts(&order).await, ["expired"]);
    world.assert_money_agrees().await;
}

async fn watched(world: &World) -> bool {
    let next: Option<chrono::DateTime<chrono::Utc>> =
        sqlx::query_scalar("select next_check_at from payment_attempt").fetch_one(&world.db).await.unwrap();
    next.is_some()
}

async fn due(world: &World) -> bool {
    sqlx::query_scalar("select exists (select 1 from payment_attempt where next_check_at <= $1)")
        .bind(world.clock.now())
        .fetch_one(&world.db)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn p4_the_way_back_is_lost_after_authentication() {
    let world = World::start().await;
    let order = world.cake_order().await;
    let lost = world.authenticate(&order).await;
    world.advance(Duration::from_secs(61)).await;
    // The payer opens the link again: the old payment cannot be approved any more, so there is a new one.
    let back = world.authenticate(&order).await;
    assert_eq!(world.attempts(&order).await, ["abandoned", "ready_ok"]);
    let late = world.get(&lost).await;
    assert_eq!(late.status, 409, "{}", late.body);
    assert_eq!(world.get(&back).await.status, 303);
    world.wait_for_phase(&order, "placed").await;
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_the_link_often_makes_one_payment() {
    let world = World::start().await;
    let order = world.cake_order().await;
    world.kakao.fault(json!({"target": "pay.ready", "kind": "delay", "delay_ms": 300})).await;
    let opened = futures_util::future::join_all((0..10).map(|_| world.open_payment(&order))).await;
    let places: std::collections::HashSet<_> = opened.iter().map(|answer| answer.location.clone()).collect();
    assert!(opened.iter().all(|answer| answer.status == 302));
    assert_eq!(places.len(), 1);
    assert_eq!(world.attempts(&order).await, ["ready_ok"]);
    world.advance(Duration::from_secs(10 * 60)).await;
    assert_eq!(world.open_payment(&order).await.location, opened[0].location);
    world.advance(Duration::from_secs(4 * 60 + 30)).await;
    assert_ne!(world.open_payment(&order).await.location, opened[0].location, "too little life left");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_browser_gets_its_page() {
    let world = World::start().await;
    let order = world.cake_order().await;
    for (agent, page) in [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "/bridge/pc/"),
        ("Mozilla/5.0 (Linux; Android 15) Mobile Safari", "/bridge/mobile-web/"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) KAKAOTALK 25.9.0", "/bridge/mobile-app/"),
    ] {
        let request = world.http.get(world.url(&format!("/pay/{}", order.token))).header("user-agent", agent);
        let opened = crate::world::answer(request).await;
        assert!(opened.location.unwrap().contains(page), "{agent}");
    }
    let preview = world.cake_order().await;
    let request = world.http.get(world.url(&format!("/pay/{}", preview.token)));
    let opened =
        crate::world::answer(request.header("user-agent", "facebookexternalhit/1.1; kakaotalk-scrap/1.0"))
            .await;
    assert_eq!(opened.status, 200);
    assert!(world.attempts(&preview).await.is_empty(), "a link preview opens no payment");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sold_is_not_paid() {
    let world = World::start().await;
    let order = world.cake_order().await;
    sqlx::query("update item_stock set remaining = 1 where item_key = 'ttok'")
        .execute(&world.db)
        .await
        .unwrap();
    let opened = world.open_payment(&order).await;
    assert_eq!(opened.status, 409);
    assert!(opened.body.contains("1개만 남았어요"), "{}", opened.body);
    sqlx::query("update business_day set state = 'closing'").execute(&world.db).await.unwrap();
    let opened = world.open_payment(&order).await;
    assert!(opened.body.contains("매장이 지금은 주문을 받지 않아요"));
    assert!(world.attempts(&order).await.is_empty());
}
