//! The same again, and the receipt.

use cloud_api::db;
use shared::Won;
use shared::order::{Actor, CancelReason, OrderCommand};

use super::bot::{Bot, Said};
use super::first_order::{newest_order, with_cake, with_order};
use crate::world::{TestOrder, World};

/// An order of one rice cake that was paid and picked up.
async fn eaten(world: &World, bot: &Bot<'_>) -> TestOrder {
    let card = with_order(bot).await;
    let token = card.pay_url().unwrap().rsplit('/').next().unwrap().to_owned();
    let order = newest_order(world, &token).await;
    world.pay_by_steps(&order).await;
    world.change_order(&order, OrderCommand::HandOver, Actor::Operator).await;
    world.change_order(&order, OrderCommand::Complete, Actor::Operator).await;
    order
}

/// Publishes the store's menu with another price of the rice cake.
async fn price_of_cake(world: &World, won: i64) {
    let mut tx = world.db.begin().await.unwrap();
    let store = world.coffee.store_id;
    let mut menu = db::menus::published(&mut tx, store).await.unwrap().unwrap().menu;
    let items = menu.categories.iter_mut().flat_map(|category| &mut category.items);
    items.filter(|item| item.key.0 == "ttok").for_each(|item| item.price = Won::new(won).unwrap());
    db::menus::publish(&mut tx, store, &menu, world.clock.now_ms()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn unpaid(world: &World) -> i64 {
    sqlx::query_scalar("select count(*) from orders where phase = 'pending_payment'")
        .fetch_one(&world.db)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_taps_lead_to_kakaopay_again() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    eaten(&world, &bot).await;
    let home = bot.say("시작").await;
    // The first tap.
    let card = bot.pick(&home, "다시 주문").await;
    assert!(card.says("똠방각하") && card.says("5,500원") && card.says("앞에 0건"), "{}", card.text());
    assert!(!card.says("달라진 점"), "{}", card.text());
    // The second one opens KakaoPay.
    let url = card.pay_url().expect("the button to pay");
    let opened = world.get(&url).await;
    assert_eq!(opened.status, 302, "{}", opened.body);
    assert!(opened.location.unwrap().starts_with("http"));
    // Tapped twice it is still one order.
    let twice = bot.pick(&home, "다시 주문").await;
    assert_eq!(twice.pay_url(), Some(url));
    assert_eq!(unpaid(&world).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_since_is_told_before_it_is_paid() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    eaten(&world, &bot).await;
    price_of_cake(&world, 6_000).await;
    let card = bot.say("다시 주문").await;
    assert!(card.says("가격이 5,500원에서 6,000원으로 바뀌었어요"), "{}", card.text());
    assert!(card.says("· 6,000원") && card.pay_url().is_some(), "{}", card.text());
    sqlx::query("update item_stock set remaining = 0 where item_key = 'ttok'")
        .execute(&world.db)
        .await
        .unwrap();
    let none = bot.say("다시 주문").await;
    assert!(none.says("품절이에요") && none.pay_url().is_none() && none.offers("메뉴판"), "{}", none.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_under_way_is_not_thrown_away_unasked() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    eaten(&world, &bot).await;
    with_cake(&bot).await;
    let session = with_cake(&bot).await;
    assert!(session.says("× 2"), "{}", session.text());
    let asked = bot.say("다시 주문").await;
    assert!(asked.says("담아 둔 주문서가 있어요") && asked.pay_url().is_none(), "{}", asked.text());
    assert!(bot.pick(&asked, "그대로 두기").await.says("× 2"));
    let card = bot.pick(&asked, "비우고 다시 주문").await;
    assert!(card.says("× 1") && card.pay_url().is_some(), "{}", card.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_repeats_or_reads_the_receipt_of_another_person() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    eaten(&world, &bot).await;
    let status = bot.say("주문 상태").await;
    let thief = Bot::new(&world);
    for label in ["다시 주문", "영수증"] {
        let said = thief.pick(&status, label).await;
        assert!(said.says("지난 메시지의 버튼이에요") && !said.says("똠방각하"), "{}", said.text());
    }
    assert!(thief.say("다시 주문").await.says("아직 지난 주문이 없어요"));
}

fn receipt_says(said: &Said, words: &[&str]) {
    for word in words {
        assert!(said.says(word), "{word} is missing in {}", said.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_receipt_is_complete_and_follows_the_refund() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let card = with_order(&bot).await;
    let token = card.pay_url().unwrap().rsplit('/').next().unwrap().to_owned();
    let order = newest_order(&world, &token).await;
    let status = bot.say("주문 상태").await;
    assert!(!status.offers("영수증"), "nothing was paid yet");
    world.pay_by_steps(&order).await;
    let status = bot.say("주문 상태").await;
    assert!(status.says("사과 · 1번") && status.says("보통 약 8분 걸려요 · 앞에 0건"), "{}", status.text());
    let receipt = bot.pick(&status, "영수증").await;
    receipt_says(
        &receipt,
        &["[영수증] 골목커피 홍대점", "사업자등록번호 123-45-67891", "결제 금액 5,500원", "부가세 500원"],
    );
    assert!(receipt.json.to_string().contains("#receipt"));
    let cancel = OrderCommand::Cancel { reason: CancelReason::CustomerChangedMind };
    world.change_order(&order, cancel, Actor::Customer).await;
    receipt_says(&bot.pick(&status, "영수증").await, &["환불 중 5,500원 · 남은 금액 0원"]);
    assert!(bot.say("주문 상태").await.says("5,500원을 카카오페이로 환불하고 있어요"));
    cloud_api::pay::refund::run_once(world.app()).await.unwrap();
    receipt_says(&bot.pick(&status, "영수증").await, &["환불 완료 5,500원", "(부가세 500원 포함)"]);
    assert!(bot.say("주문 상태").await.says("5,500원을 카카오페이로 환불했어요"));
    // The page shows no number in the clear.
    let page = world.order_page(&order).await.body;
    assert!(!page.contains("01000000001") && !page.contains("010-0000-0001"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_ordered_most_comes_first_and_can_be_tapped() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let none = bot.say("인기 메뉴").await;
    assert!(none.says("아직 많이 주문한 메뉴가 없어요"), "{}", none.text());
    eaten(&world, &bot).await;
    while cloud_api::read_models::run_once(world.app()).await.unwrap() > 0 {}
    let home = bot.say("시작").await;
    let all = bot.pick(&home, "인기 메뉴").await;
    assert!(all.says("1위 똠방각하") && all.says("골목커피 홍대점 · 주문 1번"), "{}", all.text());
    let item = bot.pick(&all, "1위 똠방각하").await;
    assert!(item.offers("담기"), "{}", item.text());
    sqlx::query("update item_stock set remaining = 0 where item_key = 'ttok'")
        .execute(&world.db)
        .await
        .unwrap();
    assert!(!bot.say("인기 메뉴").await.says("똠방각하"), "what is sold out is not recommended");
}
