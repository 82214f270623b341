//! Finding stores and items by words.

use super::bot::Bot;
use super::first_order::with_cake;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn finds_stores_by_name_branch_and_area() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    for (typed, store, other) in [
        ("골목 커피", "골목커피", "망원분식"),
        ("홍대점", "골목커피", "망원분식"),
        ("포은로", "망원분식", "골목커피"),
        ("망원 분식 본점", "망원분식", "골목커피"),
    ] {
        let said = bot.say(typed).await;
        assert!(said.offers(store) && !said.offers(other), "{typed}: {}", said.text());
    }
    let area = bot.say("마포구").await;
    assert!(
        area.offers("골목커피") && area.offers("망원분식") && area.offers("이 근처 매장"),
        "{}",
        area.text()
    );
    assert!(bot.pick(&area, "이 근처 매장").await.offers("골목커피"));
    let nothing = bot.say("없는 가게 이름").await;
    assert!(nothing.says("찾은 매장이나 메뉴가 없어요") && nothing.offers("매장 찾기"), "{}", nothing.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn finds_items_of_the_store_at_hand() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let session = with_cake(&bot).await;
    bot.pick(&session, "더 담기").await;
    let said = bot.say("카페 라떼").await;
    let item = bot.pick(&said, "카페라떼").await;
    assert!(item.says("3,900원") && item.says("온도"), "{}", item.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_stores_come_in_pages_open_ones_and_near_ones_first() {
    let world = World::start_without_workers().await;
    let text = include_str!("../../fixtures/stores/hongdae-coffee.json");
    for number in 0..25 {
        let mut file: serde_json::Value = serde_json::from_str(text).unwrap();
        file["store"]["key"] = format!("chain-{number}").into();
        file["store"]["branch"] = format!("{number:02}호점").into();
        file["store"]["address"] = "부산 해운대구 어딘가".into();
        file["store"]["lat"] = (35.0 + f64::from(number) / 100.0).into();
        cloud_api::cli::import_store(&world.db, &world.clock, &file.to_string()).await.unwrap();
    }
    sqlx::query("update business_day set state = 'on_break' from store s where s.store_id = business_day.store_id and s.branch = '00호점'")
        .execute(&world.db)
        .await
        .unwrap();
    let bot = Bot::new(&world);
    let mut said = bot.say("해운대").await;
    let mut seen = Vec::new();
    loop {
        seen.extend(said.taps().into_iter().filter(|tap| tap.extra["a"] == "menu").map(|tap| tap.label));
        if !said.offers("다음 ▶") {
            break;
        }
        said = bot.pick(&said, "다음 ▶").await;
    }
    assert_eq!(seen.len(), 25, "{seen:?}");
    assert!(seen[24].contains("00호점"), "the one on a break comes last: {seen:?}");
    assert!(said.says("지금은 준비 중"), "{}", said.text());
    // Near the store that was looked at last.
    let near = bot.say("골목커피 24호점").await;
    bot.pick(&near, "골목커피 24호점").await;
    let home = bot.say("처음으로").await;
    let stores: Vec<String> =
        home.taps().into_iter().filter(|tap| tap.extra["a"] == "menu").map(|tap| tap.label).collect();
    assert!(stores[0].contains("24호점") && stores[1].contains("23호점"), "{stores:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_only_delivers_says_so() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let session = with_cake(&bot).await;
    sqlx::query("update store set modes = '{delivery}'").execute(&world.db).await.unwrap();
    let home = bot.say("시작").await;
    let menu = bot.pick(&home, "골목커피").await;
    assert!(menu.says("배달만 하는 매장"), "{}", menu.text());
    let refused = bot.pick(&session, "주문하기").await;
    assert!(refused.says("포장 주문을 받지 않아요"), "{}", refused.text());
}
