//! Finding stores around a place, however it is said.

use std::time::Duration;

use fault_proxy::Weather;
use serde_json::{Value, json};

use super::bot::{BOT_ID, Bot, SECRET, Said, payload, send};
use crate::world::World;

const COFFEE: &str = include_str!("../../fixtures/stores/hongdae-coffee.json");

/// Another store with this key.
async fn import(world: &World, key: &str, change: impl FnOnce(&mut Value)) {
    let mut file: Value = serde_json::from_str(COFFEE).unwrap();
    file["store"]["key"] = key.into();
    change(&mut file);
    cloud_api::cli::import_store(&world.db, &world.clock, &file.to_string()).await.unwrap();
    let branch = file["store"]["branch"].as_str().unwrap();
    Bot::new(world).searched(branch, &format!("골목커피 {branch}")).await;
}

async fn busan(world: &World) {
    import(world, "haeundae", |file| {
        file["store"]["branch"] = "해운대점".into();
        file["store"]["address"] = "부산 해운대구 구남로 1".into();
        file["store"]["lat"] = 35.163.into();
        file["store"]["lon"] = 129.159.into();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typed_place_shows_what_is_near_and_nothing_of_another_city() {
    let world = World::start_without_workers().await;
    busan(&world).await;
    let bot = Bot::new(&world);
    for typed in ["홍대 근처", "홍대입구역 주변", "마포구 근처 매장", "합정역"] {
        let said = bot.say(typed).await;
        assert!(
            said.offers("골목커피 홍대점") && !said.offers("골목커피 해운대점"),
            "{typed}: {}",
            said.text()
        );
        assert!(said.says("km(도보") || said.says("m(도보"), "{typed}: {}", said.text());
    }
    // The place stays for this conversation.
    let home = bot.say("처음으로").await;
    assert!(home.offers("골목커피 홍대점") && !home.offers("골목커피 해운대점"), "{}", home.text());
    let far = bot.pick(&home, "더 먼 매장").await;
    assert!(far.offers("골목커피 해운대점") && far.says("km"), "{}", far.text());
    let busan = bot.say("해운대역").await;
    assert!(busan.offers("골목커피 해운대점") && !busan.offers("망원분식"), "{}", busan.text());
    // A dish or a name around a place.
    let dish = bot.say("해운대 근처 아메리카노").await;
    assert!(dish.offers("골목커피 해운대점") && !dish.offers("골목커피 홍대점"), "{}", dish.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn asks_where_and_says_when_it_does_not_know_a_place() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let home = bot.say("시작").await;
    let asked = bot.pick(&home, "내 주변 찾기").await;
    assert!(asked.says("어디 근처를 찾을까요?"), "{}", asked.text());
    let unknown = bot.say("아무도모르는동네").await;
    assert!(unknown.says("어디인지 아직 몰라요") && unknown.says("홍대입구역"), "{}", unknown.text());
    let found = bot.say("망원역").await;
    assert!(found.offers("망원분식") && found.says("가까운 매장"), "{}", found.text());
    for typed in ["근처", "내 주변", "가까운 매장"] {
        assert!(Bot::new(&world).say(typed).await.says("어디 근처를 찾을까요?"), "{typed}");
        let known = bot.say(typed).await;
        assert!(known.offers("망원분식"), "the place of this conversation: {}", known.text());
    }
    let nowhere = bot.say("제주공항").await;
    assert!(
        nowhere.says("5km 안에는 아직 매장이 없어요") && nowhere.offers("더 먼 매장"),
        "{}",
        nowhere.text()
    );
    assert!(bot.pick(&nowhere, "더 먼 매장").await.offers("골목커피"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_name_in_two_cities_is_asked_about() {
    let world = World::start_without_workers().await;
    for (city, lat, lon) in [("서울", 37.560, 126.990), ("부산", 35.106, 129.032)] {
        import(&world, city, |file| {
            file["store"]["branch"] = format!("{city}중구점").into();
            file["store"]["address"] = format!("{city} 중구 큰길 1").into();
            file["store"]["lat"] = lat.into();
            file["store"]["lon"] = lon.into();
        })
        .await;
    }
    let bot = Bot::new(&world);
    let which = bot.say("중구 근처").await;
    assert!(which.says("여러 곳에 있어요"), "{}", which.text());
    let there = bot.pick(&which, "부산 중구").await;
    assert!(there.offers("골목커피 부산중구점") && !there.offers("골목커피 서울중구점"), "{}", there.text());
}

/// What Kakao posts when a block has a parameter with a location.
async fn with_params(world: &World, bot: &Bot<'_>, text: &str, params: Value) -> Said {
    let mut body = payload(BOT_ID, &bot.user, text, json!({}));
    body["action"]["params"] = params;
    let json = send(world, SECRET, body.to_string()).await.json().await.unwrap();
    Said { json, took: Duration::ZERO }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_location_is_understood_in_every_form_and_kept_nowhere() {
    let world = World::start_without_workers().await;
    busan(&world).await;
    let (lat, lon) = ("37.556281", "126.923511");
    for params in [
        json!({"location": format!(r#"{{"latitude": {lat}, "longitude": {lon}}}"#)}),
        json!({"sys_location": {"coordinate": {"y": lat, "x": lon}}}),
        json!({"위치": "홍대입구역"}),
    ] {
        let said = with_params(&world, &Bot::new(&world), "홍대입구역", params.clone()).await;
        assert!(
            said.offers("골목커피 홍대점") && !said.offers("골목커피 해운대점"),
            "{params}: {}",
            said.text()
        );
        assert!(!said.json.to_string().contains("37.5562"), "exact places come back in no button");
    }
    let unread = json!({"location": "https://talk-plugin.kakao.com/otp/abc/location"});
    let said = with_params(&world, &Bot::new(&world), "골목커피", unread).await;
    assert!(said.offers("골목커피"), "what cannot be read is left alone: {}", said.text());
    let bot = Bot::new(&world);
    let link = bot.say(&format!("https://map.kakao.com/link/map/여기,{lat},{lon}")).await;
    assert!(link.offers("골목커피 홍대점") && link.says("가까운 매장"), "{}", link.text());
    assert!(!link.json.to_string().contains("37.5562"), "{}", link.json);
    // Not the latitude, which looks like the seconds of some time.
    assert_nowhere_in_postgres(&world, "126.92").await;
}

/// No table has this text, in whatever column.
async fn assert_nowhere_in_postgres(world: &World, text: &str) {
    let tables: Vec<String> = sqlx::query_scalar(
        "select tablename::text from pg_tables where schemaname = 'public' and tablename <> 'store'",
    )
    .fetch_all(&world.db)
    .await
    .unwrap();
    assert!(tables.len() > 20);
    for table in tables {
        let sql = format!("select count(*) from \"{table}\" t where t::text like '%{text}%'");
        let found: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&world.db).await.unwrap();
        assert_eq!(found, 0, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_postgres_is_answered_from_the_last_known_list() {
    let world = World::on_wires_without_workers().await;
    let bot = Bot::new(&world);
    assert!(bot.say("시작").await.offers("골목커피"));
    world.wires().postgres.set(Weather::slow(Duration::from_secs(2)));
    for (who, bot) in [("known", bot), ("new", Bot::new(&world))] {
        for typed in ["시작", "떡볶이", "ㄱㅁㅋㅍ", "마포구 근처"] {
            let said = bot.say(typed).await;
            assert!(said.says("조금 전 정보로"), "{who} {typed}: {}", said.text());
            assert!(said.offers("골목커피") || said.offers("망원분식"), "{who} {typed}: {}", said.text());
            println!("{who} {typed}: {:?}", said.took);
            assert!(said.took < Duration::from_millis(3_500), "{who} {typed}: {:?}", said.took);
        }
    }
    world.wires().postgres.mend();
}
