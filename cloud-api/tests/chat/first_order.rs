//! From the first word to the button to pay.

use serde_json::Value;
use shared::id::{CustomerId, OrderId, StoreId};

use super::bot::{Bot, Said};
use crate::world::{TestOrder, World};

/// Gives the number that the first order asks for, when it asks.
pub async fn with_phone(bot: &Bot<'_>, said: Said) -> Said {
    if said.says("휴대전화 번호") { bot.say("010-0000-0001").await } else { said }
}

/// Puts something into the session that needs no options and shows the session.
pub async fn with_cake(bot: &Bot<'_>) -> Said {
    let home = bot.say("시작").await;
    let menu = bot.pick(&home, "골목커피").await;
    let item = bot.pick(&menu, "똠방각하").await;
    bot.pick(&item, "담기").await
}

/// An unpaid order with its card.
pub async fn with_order(bot: &Bot<'_>) -> Said {
    let session = with_cake(bot).await;
    let card = bot.pick(&session, "주문하기").await;
    with_phone(bot, card).await
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_taps_make_a_first_order() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let mut said = bot.say("시작").await;
    for label in ["골목커피", "아메리카노", "ICE", "라지", "다크", "선택 안 함"] {
        said = bot.pick(&said, label).await;
    }
    assert!(
        said.says("담았어요") && said.says("3,900원") && said.says("ICE · 라지 · 다크"),
        "{}",
        said.text()
    );
    let asked = bot.pick(&said, "주문하기").await;
    assert!(asked.says("휴대전화 번호"), "{}", asked.text());
    let wrong = bot.say("공일공").await;
    assert!(wrong.says("휴대전화 번호가 아니에요"), "{}", wrong.text());
    let card = bot.say("010-0000-0001").await;
    assert!(card.says("끝자리 0001"), "{}", card.text());
    assert!(card.says("약 8분 · 앞에 0건") && card.says("골목커피 홍대점 · 3,900원"), "{}", card.text());
    // Seven taps so far; the eighth pays.
    let url = card.pay_url().expect("a button to pay");
    assert!(url.starts_with(&world.url("/pay/")), "{url}");
    let row: (String, i64, i64, bool) = sqlx::query_as("select phase, total, vat, has_request from orders")
        .fetch_one(&world.db)
        .await
        .unwrap();
    assert_eq!(row, ("pending_payment".to_owned(), 3_900, 355, false));
    let timers: i64 =
        sqlx::query_scalar("select count(*) from timer where kind = 'payment_expiry' and done_at is null")
            .fetch_one(&world.db)
            .await
            .unwrap();
    assert_eq!(timers, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_item_of_both_stores_can_be_ordered() {
    let world = World::start_without_workers().await;
    for (store, text) in [
        ("골목커피", include_str!("../../fixtures/stores/hongdae-coffee.json")),
        ("망원분식", include_str!("../../fixtures/stores/mangwon-bunsik.json")),
    ] {
        let file: Value = serde_json::from_str(text).unwrap();
        for category in file["menu"]["categories"].as_array().unwrap() {
            for item in category["items"].as_array().unwrap() {
                order(&world, store, item).await;
            }
        }
    }
}

/// Walks from the start to the button to pay, taking the first option that is offered until enough is chosen.
async fn order(world: &World, store: &str, item: &Value) {
    let bot = Bot::new(world);
    let name = item["name"].as_str().unwrap();
    let home = bot.say("시작").await;
    let menu = bot.pick(&home, store).await;
    let mut said = bot.pick(&menu, name).await;
    let mut taps = 0;
    while !said.says("담았어요") {
        taps += 1;
        assert!(taps < 20, "{name} cannot be put into the session: {}", said.text());
        let next = ["담기", "다음", "선택 안 함"]
            .into_iter()
            .find(|label| said.offers(label) && !said.offers("다음 ▶"));
        said = match next {
            Some(label) => bot.pick(&said, label).await,
            None => {
                let tap = said
                    .taps()
                    .into_iter()
                    .filter(|tap| tap.extra["a"] == "choose")
                    .find(|tap| !chosen(&said, &tap.label))
                    .unwrap_or_else(|| panic!("nothing to choose for {name}: {:#}", said.json));
                bot.tap(&tap).await
            }
        };
    }
    if item["is_main"] == Value::Bool(false) {
        assert!(said.says("곁들임 메뉴만으로는") && !said.offers("주문하기"), "{}", said.text());
        let menu = bot.pick(&said, "더 담기").await;
        let (main, step) =
            if store == "골목커피" { ("똠방각하", "담기") } else { ("망원김밥", "담기") };
        let main = bot.pick(&menu, main).await;
        said = bot.pick(&main, step).await;
    }
    let card = bot.pick(&said, "주문하기").await;
    let card = with_phone(&bot, card).await;
    assert!(card.pay_url().is_some() && card.says(name), "{name}: {}", card.text());
}

/// Whether the row with this title is marked as chosen.
fn chosen(said: &Said, title: &str) -> bool {
    let text = said.json.to_string();
    text.split("{\"action\"").any(|row| row.contains(&format!("\"title\":\"{title}\"")) && row.contains('✓'))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_made_paid_and_followed_in_kakaos_chat() {
    let world = World::start().await;
    let chat = world.chat(1);
    chat.start().await;
    for label in ["골목커피 홍대점", "자몽에이드", "레귤러", "주문하기"] {
        chat.tap(label).await;
    }
    chat.say("010-0000-0001").await;
    let opened = chat.tap("카카오페이로 결제").await;
    let url = opened["open_url"].as_str().expect("the button opens a page").to_owned();
    let order = newest_order(&world, url.rsplit('/').next().expect("the address ends in a token")).await;
    assert_eq!(world.pay(&order).await.status, 303);
    world.wait_for_phase(&order, "placed").await;
    let status = chat.say("주문 상태").await.to_string();
    assert!(status.contains("매장이 확인하고 있어요") && status.contains("4,700원"), "{status}");
    let session = chat.say("주문서").await.to_string();
    assert!(session.contains("주문서가 비어 있어요"), "{session}");
    chat.say("주문 상태").await;
    chat.tap("주문 취소").await;
    chat.tap("네, 취소할게요").await;
    world.wait_for_phase(&order, "cancelled").await;
    world
        .until("the money is back", async || world.kakao.ledger().await["totals"]["refunded"] == 4_700)
        .await;
    let status = chat.say("주문 상태").await.to_string();
    assert!(status.contains("고객님이 취소하셨어요"), "{status}");
}

/// The newest order, with the token of its page.
pub async fn newest_order(world: &World, token: &str) -> TestOrder {
    let row: (uuid::Uuid, uuid::Uuid, uuid::Uuid, i64) = sqlx::query_as(
        "select store_id, order_id, customer_id, total from orders order by order_id desc limit 1",
    )
    .fetch_one(&world.db)
    .await
    .unwrap();
    TestOrder {
        store_id: StoreId(row.0),
        order_id: OrderId(row.1),
        customer_id: CustomerId(row.2),
        token: token.to_owned(),
        total: row.3,
    }
}
