//! Choosing a time in the chat.

use serde_json::json;
use shared::reservation::ReservationRules;

use super::{at_noon, reserved, unpaid, with_time};
use crate::chat::bot::Bot;
use crate::chat::first_order::with_cake;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn times_are_offered_page_by_page_and_understood_when_typed() {
    let world = World::start_without_workers().await;
    at_noon(&world).await;
    let bot = Bot::new(&world);
    let session = with_cake(&bot).await;
    let first = bot.pick(&session, "예약하기").await;
    assert!(first.offers("12:20") && !first.offers("12:10"), "{}", first.text());
    let second = bot.pick(&first, "다음").await;
    assert!(!second.offers("12:20") && second.offers("13:30"), "{}", second.text());
    let chosen = bot.pick(&second, "13:30").await;
    assert!(chosen.says("13:30에 찾아가는 예약"), "{}", chosen.text());
    let again = bot.pick(&chosen, "시각 바꾸기").await;
    assert!(again.offers("12:20"));
    for (text, told) in [
        ("새벽 4시", "영업시간(08:00~22:30) 밖"),
        ("내일 1시", "오늘 영업 안에서만"),
        ("5분 뒤", "준비할 수 없어요"),
        ("오늘 오전 9시", "이미 지난 시각"),
        ("점심 먹고", "알아듣지 못했어요"),
    ] {
        let refused = bot.say(text).await;
        assert!(refused.says(told), "{text}: {}", refused.text());
        assert!(refused.taps().iter().any(|tap| tap.label.contains(':')), "{text}: other times are offered");
    }
    let chosen = bot.say("7시 반에 갈게요").await;
    assert!(chosen.says("19:30에 찾아가는 예약"), "{}", chosen.text());
    let now = bot.pick(&chosen, "지금 주문으로").await;
    assert!(now.says("지금 만드는 주문") && now.offers("예약하기"), "{}", now.text());
    let late = bot.say("30분 뒤").await;
    assert!(!late.says("찾아가는 예약"), "nobody asked for a time: {}", late.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_passed_while_somebody_thought_is_not_taken() {
    let world = World::start_without_workers().await;
    at_noon(&world).await;
    let bot = Bot::new(&world);
    let chosen = with_time(&bot, "12:30").await;
    world.until_clock("12:25").await;
    let refused = bot.pick(&chosen, "주문하기").await;
    let refused = crate::chat::first_order::with_phone(&bot, refused).await;
    assert!(refused.says("12:30에는 예약할 수 없어요") && refused.pay_url().is_none(), "{}", refused.text());
    assert!(refused.offers("12:40"), "{}", refused.text());
    // The same while the payment page is open: nothing is charged.
    let (order, _) = unpaid(&world, &Bot::new(&world), "12:40").await;
    let back = world.authenticate(&order).await;
    world.until_clock("12:33").await;
    let page = world.get(&back).await;
    assert!(page.body.contains("이제 지킬 수 없어요"), "{}", page.body);
    assert_eq!(world.phase(&order).await, "cancelled");
    assert_eq!(world.attempts(&order).await, ["abandoned"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_takes_no_more_than_the_kitchen_can() {
    let world = World::start_without_workers().await;
    at_noon(&world).await;
    let rules = ReservationRules { capacity: 1, slot_minutes: 15, ..ReservationRules::default() };
    cloud_api::db::reservations::set_rules(&world.db, world.coffee.store_id, &rules).await.unwrap();
    let (late, other) = (Bot::new(&world), Bot::new(&world));
    let too_late = with_time(&late, "13:30").await;
    let (_, card) = unpaid(&world, &other, "13:30").await;
    assert!(card.says("13:30 예약"), "{}", card.text());
    let refused = late.pick(&too_late, "주문하기").await;
    let refused = crate::chat::first_order::with_phone(&late, refused).await;
    assert!(refused.says("예약이 다 찼어요") && refused.offers("13:45"), "{}", refused.text());
    // Whoever has the place keeps it when the card is asked for again.
    let session = other.pick(&card, "주문서 고치기").await;
    let again = other.pick(&session, "주문하기").await;
    assert_eq!(again.pay_url(), card.pay_url(), "{}", again.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_rests_takes_orders_for_after_the_break() {
    let world = World::start_without_workers().await;
    at_noon(&world).await;
    let counter = world.sign_in_counter().await;
    let until = world.clock.now_ms().plus_minutes(60);
    let rest = json!({"key": shared::id::CommandKey::fresh(), "device_seq": 1, "made_at": 1,
                      "kind": "break_start", "until": until, "cause": "rest"});
    crate::store::orders::send_one(&counter, &rest).await;
    let bot = Bot::new(&world);
    let session = with_cake(&bot).await;
    assert!(session.says("나중 시각으로 예약할 수는 있어요"), "{}", session.text());
    let times = bot.pick(&session, "예약하기").await;
    assert!(times.offers("13:10") && !times.offers("13:00"), "{}", times.text());
    let refused = bot.say("12시 30분").await;
    assert!(refused.says("쉬는 시간(12:00~13:00)"), "{}", refused.text());
    let (_, card) = unpaid(&world, &Bot::new(&world), "13:20").await;
    assert!(card.pay_url().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_can_be_cancelled_in_the_chat_until_it_fires() {
    let world = World::start().await;
    at_noon(&world).await;
    let bot = Bot::new(&world);
    let (order, _) = unpaid(&world, &bot, "13:30").await;
    world.pay(&order).await;
    world.wait_for_phase(&order, "reserved").await;
    let status = bot.say("주문 상태").await;
    assert!(status.says("13:30 예약") && status.says("13:22에 매장에 전달"), "{}", status.text());
    let asked = bot.pick(&status, "주문 취소").await;
    let cancelled = bot.pick(&asked, "네, 취소할게요").await;
    assert!(cancelled.says("환불"), "{}", cancelled.text());
    world.wait_for_refund(&order, "done").await;
    world.until_clock("13:23").await;
    world.until("no timer is left", async || open_timers(&world).await == 0).await;
    assert_eq!(world.phase(&order).await, "cancelled");
    world.assert_money_agrees().await;
    // The page of another one says what is.
    let page = world.order_page(&reserved(&world, "14:00").await).await;
    assert!(page.body.contains("14:00"), "{}", page.body);
}

async fn open_timers(world: &World) -> i64 {
    sqlx::query_scalar("select count(*) from timer where done_at is null and kind <> 'payment_expiry'")
        .fetch_one(&world.db)
        .await
        .unwrap()
}
