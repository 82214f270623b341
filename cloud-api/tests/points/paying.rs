//! From earning to using to getting back, as the customer sees it and as the books have it.

use serde_json::json;

use super::customer::{account, completed, moved, order_of, ordered, paid};
use crate::chat::bot::Bot;
use crate::close::day::begun;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn earned_by_one_order_they_pay_a_part_of_the_next_and_the_day_closes_equal() {
    let mut day = begun(World::start().await).await;
    let world = &day.world;
    let bot = Bot::new(world);
    let card = ordered(&bot, 2).await;
    assert!(!card.offers("포인트"), "nobody has points yet: {}", card.text());
    let first = paid(world, &card).await;
    completed(&day, &first).await;
    assert_eq!(account(world, first.customer_id).await, (110, 0));
    let mine = bot.say("내 정보").await;
    assert!(mine.says("새싹 등급 · 포인트 110원") && mine.says("4번 더 주문하면 단골"), "{}", mine.text());

    let plain = ordered(&bot, 2).await;
    let card = bot.pick(&plain, "포인트 110원 쓰기").await;
    assert!(card.says("10,890원") && card.says("메뉴 11,000원 − 포인트 110원"), "{}", card.text());
    assert_eq!(account(world, first.customer_id).await, (0, 110), "set aside");
    let second = paid(world, &card).await;
    assert_eq!((second.total, account(world, second.customer_id).await), (10_890, (0, 0)));
    let kakao = world.kakao.ledger().await;
    assert_eq!(kakao["totals"]["captured"], 11_000 + 10_890);
    completed(&day, &second).await;
    assert_eq!(account(world, second.customer_id).await, (108, 0), "by what KakaoPay took");

    let third = paid(world, &bot.pick(&ordered(&bot, 2).await, "포인트 108원 쓰기").await).await;
    day.order(&third, json!({"kind": "refund_part", "amount": 5_446, "reason": "sold_out"})).await;
    assert_eq!(account(world, third.customer_id).await, (54, 0), "half of it went back, half of the points");
    day.order(&third, json!({"kind": "reject", "reason": "sold_out"})).await;
    assert_eq!(account(world, third.customer_id).await, (108, 0));
    world.wait_for_refund(&third, "done").await;
    world.assert_money_agrees().await;

    day.orders = vec![first, second, third];
    day.begin_closing().await;
    day.settle().await;
    let proof = day.proof(&day.cut().await).await;
    let report = day.check(Some(&proof)).await;
    assert!(report.holds(), "{report:?}");
    day.close(&proof).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_paid_frees_its_points_and_the_choice_can_be_taken_back() {
    let day = begun(World::start().await).await;
    let world = &day.world;
    let bot = Bot::new(world);
    let first = paid(world, &ordered(&bot, 2).await).await;
    completed(&day, &first).await;
    let customer = first.customer_id;
    let plain = ordered(&bot, 1).await;
    let with = bot.pick(&plain, "포인트 110원 쓰기").await;
    let held = order_of(world, &with).await;
    assert_eq!(account(world, customer).await, (0, 110));
    // The same tap twice is the same order.
    let again = bot.pick(&plain, "포인트 110원 쓰기").await;
    assert_eq!(again.pay_url(), with.pay_url());
    let without = bot.pick(&with, "포인트 쓰지 않기").await;
    assert!(without.says("5,500원") && without.offers("포인트 110원 쓰기"), "{}", without.text());
    assert_eq!(account(world, customer).await, (110, 0));
    assert_eq!(moved(world, &held).await, [("held".to_owned(), 110), ("released".to_owned(), 110)]);
    // Nobody pays: half an hour later they are free again.
    let with = bot.pick(&without, "포인트 110원 쓰기").await;
    let left = order_of(world, &with).await;
    assert_eq!(account(world, customer).await, (0, 110));
    world.advance(std::time::Duration::from_secs(31 * 60)).await;
    world.wait_for_phase(&left, "cancelled").await;
    assert_eq!(account(world, customer).await, (110, 0));
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_of_before_the_choice_takes_nothing() {
    let day = begun(World::start().await).await;
    let world = &day.world;
    let bot = Bot::new(world);
    let first = paid(world, &ordered(&bot, 2).await).await;
    completed(&day, &first).await;
    let plain = ordered(&bot, 2).await;
    let old = order_of(world, &plain).await;
    let back = world.authenticate(&old).await;
    let with = bot.pick(&plain, "포인트 110원 쓰기").await;
    // The browser comes back from the payment of the order that is no more.
    let answer = world.get(&back).await;
    assert!(answer.body.contains("결제된 금액은 없어요"), "{}", answer.body);
    assert_eq!(world.phase(&old).await, "cancelled");
    let order = paid(world, &with).await;
    assert_eq!((order.total, account(world, order.customer_id).await), (10_890, (0, 0)));
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn confirming_receipt_completes_and_earns_once() {
    let day = begun(World::start().await).await;
    let world = &day.world;
    let bot = Bot::new(world);
    let order = paid(world, &ordered(&bot, 2).await).await;
    assert!(!bot.say("주문 상태").await.offers("받았어요"), "there is nothing to receive yet");
    day.work(&order, &["accept", "cooking", "ready"]).await;
    let status = bot.say("주문 상태").await;
    let (one, two) = tokio::join!(bot.pick(&status, "받았어요"), bot.pick(&status, "받았어요"));
    assert!(one.says("완료됐어요") && two.says("완료됐어요"), "{}\n{}", one.text(), two.text());
    assert_eq!(world.phase(&order).await, "completed");
    assert_eq!(moved(world, &order).await, [("earned".to_owned(), 110)]);
    // Somebody else's button does nothing, and theirs in the AlimTalk has no order to complete.
    let other = Bot::new(world);
    let refused = other.tap(&status.find("받았어요")).await;
    assert!(refused.says("지난 메시지의 버튼"), "{}", refused.text());
    assert!(other.say("받았어요").await.says("기다리는 주문은 없어요"));
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_alimtalk_says_it_too_and_asks_which_when_there_are_several() {
    let day = begun(World::start().await).await;
    let world = &day.world;
    let bot = Bot::new(world);
    let mut orders = Vec::new();
    for pieces in 1..=2 {
        let order = paid(world, &ordered(&bot, pieces).await).await;
        day.work(&order, &["accept", "cooking", "ready"]).await;
        orders.push(order);
    }
    world
        .until("the message has the button", async || {
            let messages = world.kakao.messages().await;
            let buttons = messages.iter().filter_map(|message| message["buttons"][1]["name"].as_str());
            buttons.filter(|name| *name == "받았어요").count() == 2
        })
        .await;
    // KakaoTalk says what stands on the button.
    let which = bot.say("받았어요").await;
    assert!(which.says("어느 주문을 받으셨나요?"), "{}", which.text());
    let told = bot.tap(&which.taps()[0]).await;
    assert!(told.says("완료됐어요") && told.offers("★5") && !told.offers("별점 주기"), "{}", told.text());
    assert_eq!(world.phase(&orders[1]).await, "completed");
    assert_eq!(world.phase(&orders[0]).await, "ready");
    let told = bot.say("받았어요").await;
    assert!(told.says("완료됐어요") && told.offers("★5"), "{}", told.text());
    assert_eq!(world.phase(&orders[0]).await, "completed");
    let again = bot.say("받았어요").await;
    assert!(again.says("기다리는 주문은 없어요") && again.says("완료됐어요"), "{}", again.text());
    world.assert_money_agrees().await;
}
