//! The page follows the order while somebody looks.

use shared::order::{Actor, CancelReason, OrderCommand};

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn an_open_page_follows_the_counter_to_the_end() {
    let world = World::start().await;
    let order = world.placed_order(&world.coffee, &[("ttok", &[], 2)]).await;
    let mut page = world.watch(&order).await;
    let placed = page.until("결제가 완료되었어요").await;
    assert_eq!(placed["done"], false);
    assert!(placed["say"].as_str().unwrap().contains("호출명은 사과"), "{placed}");
    for (command, words) in [
        (OrderCommand::Accept { prep_minutes: 9 }, "약 9분 남았어요"),
        (OrderCommand::StartCooking, "지금 만들고 있어요"),
        (OrderCommand::MarkReady, "준비되었어요"),
        (OrderCommand::HandOver, "맛있게 드세요"),
    ] {
        world.change_order(&order, command, Actor::Operator).await;
        page.until(words).await;
    }
    world.change_order(&order, OrderCommand::Complete, Actor::Operator).await;
    while let Some((event, data)) = page.next().await {
        assert!(event == "beat" || data.contains("맛있게 드세요"), "{event} {data}");
    }
    // The stream ended by itself, and the next one says that nothing can change any more.
    let mut again = world.watch(&order).await;
    assert_eq!(again.until("맛있게 드세요").await["done"], true);
    assert_eq!(again.next().await, None);
    world.until("no place is taken any more", async || world.app().pages.open() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_is_called_unknown_until_it_is_known() {
    let world = World::start_without_workers().await;
    let order = world.cake_order().await;
    assert_eq!(world.pay(&order).await.status, 303);
    assert_eq!(world.attempts(&order).await, ["approve_requested"]);
    let mut page = world.watch(&order).await;
    let waits = page.until("결제 결과를 확인하고 있어요").await;
    assert!(waits["html"].as_str().unwrap().contains("다시 결제하지 마세요"));
    assert!(!waits["html"].as_str().unwrap().contains("/pay/"), "nobody is invited to pay twice");
    assert_eq!(cloud_api::pay::worker::run_once(world.app()).await.unwrap(), 1);
    page.until("결제가 완료되었어요").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_followed_until_the_money_is_back() {
    let world = World::start_without_workers().await;
    let order = world.cake_order().await;
    world.pay_by_steps(&order).await;
    let mut page = world.watch(&order).await;
    page.until("결제가 완료되었어요").await;
    let command = OrderCommand::Cancel { reason: CancelReason::CustomerChangedMind };
    world.change_order(&order, command, Actor::Customer).await;
    let moving = page.until("11,000원을 환불하고 있어요").await;
    assert_eq!(moving["done"], false);
    assert!(moving["html"].as_str().unwrap().contains("환불 진행 중"), "the receipt says it too");
    assert_eq!(cloud_api::pay::refund::run_once(world.app()).await.unwrap(), 1);
    let back = page.until("11,000원을 모두 환불했어요").await;
    assert!(back["html"].as_str().unwrap().contains("11,000원 환불 완료"), "the receipt says it too");
    assert_eq!(back["done"], true);
    assert_eq!(page.next().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_order_has_room_for_a_few_pages_only() {
    let world = World::start_without_workers().await;
    let order = world.cake_order().await;
    let mut open = Vec::new();
    for _ in 0..6 {
        open.push(world.watch(&order).await);
    }
    let url = format!("/o/{}/events", order.token);
    let full = world.get(&url).await;
    assert_eq!((full.status, full.headers["retry-after"].to_str().unwrap()), (503, "15"));
    let now = world.get(&format!("/o/{}/now", order.token)).await;
    assert!(now.status == 200 && now.body.contains("결제를 기다리고 있어요"), "{}", now.body);
    open.pop();
    world.until("a page that was closed made room", async || world.app().pages.open() < 6).await;
    world.watch(&order).await.until("결제를 기다리고 있어요").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_none_opens_nothing() {
    let world = World::start_without_workers().await;
    let order = world.cake_order().await;
    world.open_payment(&order).await;
    let attempt: uuid::Uuid =
        sqlx::query_scalar("select attempt_id from payment_attempt").fetch_one(&world.db).await.unwrap();
    let of_attempt = cloud_api::token::link(&crate::world::SIGNING_KEY, "attempt", attempt);
    for token in ["nobody", "AAAAAAAAAAAAAAAAAAAAAA", of_attempt.as_str()] {
        for address in ["", "/now", "/events"] {
            assert_eq!(world.get(&format!("/o/{token}{address}")).await.status, 404, "{token}{address}");
        }
    }
}
