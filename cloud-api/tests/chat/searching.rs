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
    bot.searched("24호점", "골목커피 24호점").await;
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

#[tokio::test(flavor = "multi_thread")]
async fn forgives_spacing_typing_errors_initials_and_the_keyboard() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    for (typed, store) in [
        ("골 목 커 피", "골목커피"),
        ("ㄱㅁㅋㅍ", "골목커피"),
        ("ㅁㅇㅂㅅ", "망원분식"),
        ("골목커", "골목커피"),
        ("꼴목커피", "골목커피"),
        ("rhfahrzjvl", "골목커피"),
        ("떡뽁이", "망원분식"),
        ("ㄸㅂㅇ", "망원분식"),
        ("마포구 떡볶이", "망원분식"),
        ("홍대 자몽에이드", "골목커피"),
    ] {
        let said = bot.say(typed).await;
        assert!(said.offers(store), "{typed}: {}", said.text());
    }
    let dish = bot.say("아메리카노").await;
    assert!(dish.says("아메리카노 ") && dish.says("영업 중 · 약 8분"), "{}", dish.text());
    let item = bot.pick(&dish, "골목커피").await;
    assert!(item.says("온도"), "a dish leads to itself: {}", item.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dish_that_is_sold_out_is_not_offered_first() {
    let world = World::start_without_workers().await;
    let text = include_str!("../../fixtures/stores/hongdae-coffee.json");
    let mut file: serde_json::Value = serde_json::from_str(text).unwrap();
    file["store"]["key"] = "second".into();
    file["store"]["branch"] = "합정점".into();
    cloud_api::cli::import_store(&world.db, &world.clock, &file.to_string()).await.unwrap();
    let first = |said: &super::bot::Said| {
        let taps = said.taps().into_iter().filter(|tap| tap.extra["a"] == "item");
        taps.map(|tap| tap.label).next().unwrap()
    };
    let bot = Bot::new(&world);
    bot.searched("합정점", "골목커피 합정점").await;
    for (gone, best) in [("홍대점", "골목커피 합정점"), ("합정점", "골목커피 홍대점")] {
        sqlx::query("delete from sold_out").execute(&world.db).await.unwrap();
        sqlx::query(
            "insert into sold_out (store_id, key, ends, since) select store_id, 'americano', 'manual', now() from store where branch = $1",
        )
        .bind(gone)
        .execute(&world.db)
        .await
        .unwrap();
        let said = bot.say("아메리카노").await;
        assert_eq!(first(&said), best, "{}", said.text());
        assert!(said.says("품절 · 아메리카노"), "{}", said.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wait_grows_with_the_queue() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    assert!(bot.say("골목커피").await.says("영업 중 · 약 8분"));
    for nth in 1..=3_u32 {
        let order = world.cake_order().await;
        sqlx::query(
            "update orders o set phase = 'placed', day_id = d.day_id from business_day d where d.store_id = o.store_id and o.order_id = $1",
        )
        .bind(order.order_id.0)
        .execute(&world.db)
        .await
        .unwrap();
        let minutes = 8 + nth * 2;
        let wait = format!("약 {minutes}분 · 앞에 {nth}건");
        assert!(bot.say("골목커피").await.says(&wait), "{wait}");
        let session = with_cake(&Bot::new(&world)).await;
        assert!(session.says(&wait), "{}", session.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_typed_gets_an_answer() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let long = "아주 긴 문장이에요 ".repeat(200);
    for typed in [
        "😀😀😀",
        "%",
        "_",
        "'; drop table store; --",
        "\\",
        "ㅋ",
        "ㅋㅋㅋㅋ",
        "ㅠㅠ",
        "ㄱ",
        " ",
        "\u{0}",
        "?!",
        "1",
        "aaaaaaaaaaaaaaaa",
        "근처",
        "에서",
        "𝕳𝖊𝖑𝖑𝖔",
        &long,
        "가나다라마바사아자차카타파하가나다라마바사아자차카타파하가나다라",
    ] {
        let said = bot.say(typed).await;
        assert!(said.offers("처음으로"), "{typed}: {}", said.text());
    }
    let everything = bot.say("%").await;
    assert!(everything.says("찾은 매장이나 메뉴가 없어요"), "it is no wildcard: {}", everything.text());
    // Buttons of before, and of no store of ours.
    for extra in [
        serde_json::json!({"a": "stores", "p": 0}),
        serde_json::json!({"a": "stores", "p": 4_000_000_000_u32}),
        serde_json::json!({"a": "stores", "at": {"y": 37_553, "x": 126_923}, "p": 0}),
        serde_json::json!({"a": "stores", "at": {"y": 2_147_483_647, "x": -5}, "p": 1}),
        serde_json::json!({"a": "find", "q": "", "p": 0}),
        serde_json::json!({"a": "find", "q": "커피", "p": 77}),
        serde_json::json!({"a": "mark", "s": uuid::Uuid::new_v4(), "on": true}),
        serde_json::json!({"a": "favourites", "p": 9}),
        serde_json::json!({"a": "used"}),
    ] {
        let said = bot.post("단추", extra.clone()).await;
        assert!(said.offers("처음으로"), "{extra}: {}", said.text());
    }
}
