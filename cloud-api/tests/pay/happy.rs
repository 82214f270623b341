//! When nothing goes wrong.

use crate::world::{Role, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_order_is_placed_once_and_the_browser_is_told() {
    let world = World::start().await;
    let order =
        world.unpaid_order(&world.coffee, &[("americano", &["temp:ice", "size:l", "bean:dark"], 2)]).await;
    let opened = world.open_payment(&order).await;
    assert_eq!(opened.status, 302);
    assert_eq!(opened.headers["cache-control"], "no-store");
    assert_eq!(opened.headers["referrer-policy"], "no-referrer");
    let back = world.kakao.authenticate(&world.tid(&order).await, "card").await;
    let paid = world.get(&back).await;
    assert_eq!(paid.status, 303);
    assert_eq!(paid.location.as_deref(), Some(format!("/o/{}", order.token).as_str()));
    world.wait_for_phase(&order, "placed").await;
    let page = world.order_page(&order).await;
    assert!(
        page.body.contains("결제가 완료되었어요") && page.body.contains("1번") && page.body.contains("사과")
    );
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_count_up_and_the_log_has_the_orders() {
    let world = World::start().await;
    for _ in 0..3 {
        world.placed_order(&world.coffee, &[("ttok", &[], 1)]).await;
    }
    let numbers: Vec<i32> =
        sqlx::query_scalar("select number from orders where number is not null order by number")
            .fetch_all(&world.db)
            .await
            .unwrap();
    assert_eq!(numbers, [1, 2, 3]);
    let placed: i64 = sqlx::query_scalar("select count(*) from store_event where kind = 'order_placed'")
        .fetch_one(&world.db)
        .await
        .unwrap();
    assert_eq!(placed, 3);
    let left: i32 = sqlx::query_scalar("select remaining from item_stock where item_key = 'ttok'")
        .fetch_one(&world.db)
        .await
        .unwrap();
    assert_eq!(left, 7);
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_instance_may_take_the_money() {
    let world = World::start_without_workers().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    let worker = world.another_api(Role::Everything).await;
    let paid = world.get(&back).await;
    assert_eq!(paid.status, 303);
    assert_eq!(world.phase(&order).await, "placed");
    world.assert_money_agrees().await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_order_expires_by_its_timer() {
    let world = World::start().await;
    let order = world.cake_order().await;
    world.open_payment(&order).await;
    world.advance(std::time::Duration::from_secs(31 * 60)).await;
    world.wait_for_phase(&order, "cancelled").await;
    world.wait_for_attempt(&order, "expired").await;
    let page = world.order_page(&order).await;
    assert!(
        page.body.contains("결제 시간이 지났어요") && page.body.contains("결제된 금액은 없어요"),
        "{}",
        page.body
    );
    assert_eq!(world.open_payment(&order).await.status, 303);
    world.assert_money_agrees().await;
}
