//! Making the order: everything is checked anew.

use serde_json::{Value, json};

use super::bot::Bot;
use super::first_order::{with_cake, with_order, with_phone};
use crate::world::World;

/// Publishes a changed menu of the coffee shop.
async fn change_menu(world: &World, change: impl FnOnce(&mut Value)) {
    let text = include_str!("../../fixtures/stores/hongdae-coffee.json");
    let mut file: Value = serde_json::from_str(text).unwrap();
    change(&mut file["menu"]);
    cloud_api::cli::import_store(&world.db, &world.clock, &file.to_string()).await.unwrap();
}

/// 똠방각하 떡케이크.
fn cake(menu: &mut Value) -> &mut Value {
    &mut menu["categories"][2]["items"][1]
}

async fn orders(world: &World, phase: &str) -> i64 {
    sqlx::query_scalar("select count(*) from orders where phase = $1")
        .bind(phase)
        .fetch_one(&world.db)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn sold_out_meanwhile_is_explained_and_nothing_is_ordered() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let session = with_cake(&bot).await;
    change_menu(&world, |menu| cake(menu)["sold_out"] = true.into()).await;
    let refused = bot.pick(&session, "주문하기").await;
    assert!(
        refused.says("주문하지 못했어요") && refused.says("똠방각하 떡케이크: 품절이에요"),
        "{}",
        refused.text()
    );
    assert!(!refused.offers("주문하기"));
    let line = bot.pick(&refused, "⚠").await;
    let removed = bot.pick(&line, "이 메뉴 빼기").await;
    assert!(removed.says("비어 있어요"), "{}", removed.text());
    assert_eq!(orders(&world, "pending_payment").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_few_left_is_explained_also_over_several_lines() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let home = bot.say("시작").await;
    let menu = bot.pick(&home, "골목커피").await;
    let mut session = None;
    for warm in ["데워", "그대로"] {
        let item = bot.pick(&menu, "버터").await;
        session = Some(bot.pick(&item, warm).await);
    }
    let session = session.unwrap();
    for (left, told) in [(1, "모두 합쳐 1개만 남았어요"), (0, "품절이에요")] {
        sqlx::query("update item_stock set remaining = $1").bind(left).execute(&world.db).await.unwrap();
        let refused = bot.pick(&session, "주문하기").await;
        assert!(refused.says(told) && refused.pay_url().is_none(), "{left}: {}", refused.text());
        assert!(!refused.offers("주문하기"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_price_is_shown_and_asked_again() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let session = with_cake(&bot).await;
    change_menu(&world, |menu| cake(menu)["price"] = 6_000.into()).await;
    let asked = bot.pick(&session, "주문하기").await;
    assert!(asked.says("5,500원 → 6,000원") && asked.pay_url().is_none(), "{}", asked.text());
    let card = bot.pick(&asked, "주문하기").await;
    let card = with_phone(&bot, card).await;
    assert!(card.says("6,000원") && card.pay_url().is_some(), "{}", card.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_session_is_one_order_and_another_takes_its_place() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let card = with_order(&bot).await;
    let session = bot.pick(&card, "주문서 고치기").await;
    let (one, two) = tokio::join!(bot.pick(&session, "주문하기"), bot.pick(&session, "주문하기"));
    assert_eq!(one.pay_url(), card.pay_url());
    assert_eq!(two.pay_url(), card.pay_url());
    assert_eq!(orders(&world, "pending_payment").await, 1);
    let line = bot.pick(&session, "똠방각하").await;
    let more = bot.pick(&line, "3개").await;
    let newer = bot.pick(&more, "주문하기").await;
    assert!(newer.pay_url().is_some() && newer.pay_url() != card.pay_url());
    assert_eq!((orders(&world, "pending_payment").await, orders(&world, "cancelled").await), (1, 1));
    let old = bot.pick(&card, "주문 취소").await;
    assert!(old.says("새 주문서로 바뀌었어요"), "{}", old.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_change_after_placement_makes_a_new_order() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let card = with_order(&bot).await;
    change_menu(&world, |menu| cake(menu)["price"] = 6_000.into()).await;
    let session = bot.pick(&card, "주문서 고치기").await;
    let newer = bot.pick(&session, "주문하기").await;
    assert!(newer.says("6,000원") && newer.pay_url() != card.pay_url(), "{}", newer.text());
    assert_eq!(orders(&world, "pending_payment").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_replaced_or_cancelled_while_money_may_be_moving() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let card = with_order(&bot).await;
    sqlx::query(
        "insert into payment_attempt (store_id, attempt_id, order_id, state, amount, tax_free, vat, ready_at, expires_at,
             created_at, updated_at)
         select store_id, gen_random_uuid(), order_id, 'approve_unknown', total, 0, vat, now(), now(), now(), now() from orders",
    )
    .execute(&world.db)
    .await
    .unwrap();
    let session = bot.pick(&card, "주문서 고치기").await;
    let same = bot.pick(&session, "주문하기").await;
    assert!(same.says("다시 결제하지 마세요") && same.pay_url().is_none(), "{}", same.text());
    let ask = bot.pick(&card, "주문 취소").await;
    let cancelled = bot.pick(&ask, "네, 취소할게요").await;
    assert!(cancelled.says("다시 결제하지 마세요"), "{}", cancelled.text());
    let status = bot.say("주문 상태").await;
    assert!(status.says("결제 결과를 확인하고 있어요") && status.pay_url().is_none(), "{}", status.text());
    assert_eq!(orders(&world, "pending_payment").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_session_is_not_ordered_again() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let session = with_cake(&bot).await;
    let card = bot.pick(&session, "주문하기").await;
    with_phone(&bot, card).await;
    world.place_newest_order().await;
    let again = bot.pick(&session, "주문하기").await;
    assert!(again.says("만료"), "{}", again.text());
    let status = bot.say("주문 상태").await;
    assert!(status.says("매장이 확인하고 있어요") && status.pay_url().is_none(), "{}", status.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_store_says_so_and_keeps_the_session() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let session = with_cake(&bot).await;
    for (state, told) in
        [("on_break", "잠시 쉬는"), ("closing", "마감하고"), ("preparing", "준비를"), ("closed", "영업하지")]
    {
        sqlx::query("update business_day set state = $1").bind(state).execute(&world.db).await.unwrap();
        let refused = bot.pick(&session, "주문하기").await;
        assert!(refused.says(told) && refused.pay_url().is_none(), "{state}: {}", refused.text());
        let kept = bot.pick(&refused, "주문서 보기").await;
        assert!(kept.says("똠방각하") && kept.says("주문을 받지 않아요"), "{}", kept.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn personal_data_lies_in_its_own_table_only() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let session = with_cake(&bot).await;
    bot.pick(&session, "요청사항 쓰기").await;
    let session = bot.say("비밀의 요청").await;
    let card = bot.pick(&session, "주문하기").await;
    let card = with_phone(&bot, card).await;
    assert!(card.pay_url().is_some() && !card.json.to_string().contains("01000000001"));
    let row: (bool, i64) =
        sqlx::query_as("select has_request, (select count(*) from personal_data) from orders")
            .fetch_one(&world.db)
            .await
            .unwrap();
    assert_eq!(row, (true, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_kakaopay_rests_the_customer_is_asked_to_pay_later() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let card = with_order(&bot).await;
    let session = bot.pick(&card, "주문서 고치기").await;
    world.kakao.fault(json!({"target": "pay.ready", "kind": "internal", "times": null})).await;
    let mut tries = 0;
    while world.app().kakaopay.is_available() {
        let order = world.cake_order().await;
        world.open_payment(&order).await;
        tries += 1;
        assert!(tries <= 10, "the breaker never opens");
    }
    let later = bot.pick(&session, "주문하기").await;
    assert!(later.says("조금 뒤에 결제해 주세요") && later.pay_url().is_none(), "{}", later.text());
    world.kakao.heal().await;
    world.until("payments are possible again", async || world.app().kakaopay.is_available()).await;
    let card = bot.pick(&later, "다시 주문하기").await;
    assert!(card.pay_url().is_some(), "{}", card.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_phone_number_reaches_the_order_that_waits() {
    use cloud_api::db::personal::{self, OrderPrivate, Subject};
    use shared::id::OrderId;

    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let session = with_cake(&bot).await;
    let asked = bot.pick(&session, "주문하기").await;
    with_phone(&bot, asked).await;
    bot.say("전화번호 변경").await;
    bot.say("010-0000-0002").await;
    bot.pick(&session, "주문하기").await;
    let orders: Vec<uuid::Uuid> =
        sqlx::query_scalar("select order_id from orders").fetch_all(&world.db).await.unwrap();
    assert_eq!(orders.len(), 1, "the same wish is the same order");
    let subject = Subject::Order(world.coffee.store_id, OrderId(orders[0]));
    let private: OrderPrivate = personal::get(&world.db, &world.app().vault, subject)
        .await
        .unwrap()
        .expect("sealed beside the order");
    assert_eq!(private.phone.as_deref(), Some("01000000002"));
}
