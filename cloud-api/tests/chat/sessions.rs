//! The order session: changing it, from several phones, from old buttons, and its end.

use std::time::{Duration, Instant};

use super::bot::Bot;
use super::first_order::{with_cake, with_order};
use crate::world::World;

/// The failpoint of a question that is forgotten beside the answer.
pub const NAMES: &[&str] = &["chat.before_forget"];

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_changed_by_tap_and_by_number() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let session = with_cake(&bot).await;
    let line = bot.pick(&session, "똠방각하").await;
    let more = bot.pick(&line, "＋ 1개 더 (2개)").await;
    assert!(more.says("합계 11,000원"), "{}", more.text());
    bot.pick(&more, "똠방각하").await;
    let typed = bot.say("4개").await;
    assert!(typed.says("4개로 바꿨어요") && typed.says("합계 22,000원"), "{}", typed.text());
    let line = bot.pick(&typed, "똠방각하").await;
    bot.pick(&line, "－ 1개 빼기").await;
    let session = bot.say("주문서").await;
    assert!(session.says("× 3"), "{}", session.text());
    let line = bot.pick(&session, "똠방각하").await;
    bot.say("100").await;
    let removed = bot.pick(&line, "이 메뉴 빼기").await;
    assert!(removed.says("비어 있어요"), "{}", removed.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_written_changed_and_cleared() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let session = with_cake(&bot).await;
    bot.pick(&session, "요청사항 쓰기").await;
    let long = bot.say(&"가".repeat(201)).await;
    assert!(long.says("200자까지"), "{}", long.text());
    let written = bot.say("덜 달게\u{7} 해 주세요 😀").await;
    assert!(written.says("요청사항: 덜 달게  해 주세요 😀"), "{}", written.text());
    let asked = bot.pick(&written, "요청사항 바꾸기").await;
    let cleared = bot.pick(&asked, "요청사항 지우기").await;
    assert!(!cleared.says("요청사항:") && cleared.says("지웠어요"), "{}", cleared.text());
    // A question that was left is not answered by what is typed later.
    bot.pick(&cleared, "요청사항 쓰기").await;
    bot.say("그만").await;
    let said = bot.say("주문서").await;
    assert!(!said.says("요청사항:"), "{}", said.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_outlives_the_forgetting_of_the_one_before() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let session = with_cake(&bot).await;
    bot.pick(&session, "요청사항 쓰기").await;
    let late = world.arm(NAMES[0], "1*sleep(1000)");
    // Leaves the question; that it is forgotten comes only after the next one was asked.
    bot.say("그만").await;
    world.until("the question is being forgotten", async || late.is_reached()).await;
    let reached = Instant::now();
    bot.pick(&session, "요청사항 쓰기").await;
    world.until("the late step is done", async || reached.elapsed() > Duration::from_millis(1_500)).await;
    let written = bot.say("덜 달게 해 주세요").await;
    assert!(written.says("요청사항: 덜 달게 해 주세요"), "{}", written.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_was_left_is_forgotten_before_the_answer() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let session = with_cake(&bot).await;
    bot.pick(&session, "요청사항 쓰기").await;
    // A slow moment between the answer and what follows it.
    let slow = world.arm(NAMES[0], "1*sleep(200)");
    bot.say("그만").await;
    assert!(slow.is_reached());
    let said = bot.say("주문서").await;
    assert!(!said.says("요청사항:"), "{}", said.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tap_that_comes_twice_adds_once_and_another_choice_adds_again() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let home = bot.say("시작").await;
    let menu = bot.pick(&home, "골목커피").await;
    let item = bot.pick(&menu, "유자차").await;
    let (first, second) = tokio::join!(bot.pick(&item, "ICE"), bot.pick(&item, "ICE"));
    let both = [first.text(), second.text()].join("\n");
    assert!(both.contains("담았어요") && both.contains("이미 담은 메뉴예요"), "{both}");
    let other = bot.pick(&item, "HOT").await;
    assert!(other.says("합계 8,600원"), "{}", other.text());
    // Opened anew it is another wish.
    let item = bot.pick(&menu, "유자차").await;
    let again = bot.pick(&item, "ICE").await;
    assert!(again.says("합계 12,900원") && again.says("× 2"), "{}", again.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_phones_lose_nothing() {
    let world = World::start_without_workers().await;
    let phone = Bot::new(&world);
    let tablet = phone.again();
    let home = phone.say("시작").await;
    let menu = phone.pick(&home, "골목커피").await;
    let mut opened = Vec::new();
    for _ in 0..6 {
        opened.push(phone.pick(&menu, "유자차").await.find("ICE"));
    }
    let added = futures_util::future::join_all(
        opened.iter().enumerate().map(|(n, tap)| if n % 2 == 0 { phone.tap(tap) } else { tablet.tap(tap) }),
    );
    for said in added.await {
        assert!(said.says("담았어요"), "{}", said.text());
    }
    let session = phone.say("주문서").await;
    assert!(session.says("유자차 × 6"), "{}", session.text());
    let line = phone.pick(&session, "유자차").await;
    tablet.pick(&line, "1개").await;
    let stale = phone.pick(&line, "2개").await;
    assert!(stale.says("그사이 주문서가 바뀌었어요") && stale.says("유자차 × 1"), "{}", stale.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_store_asks_before_the_session_is_given_up() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    with_cake(&bot).await;
    let home = bot.say("시작").await;
    let menu = bot.pick(&home, "망원분식").await;
    let item = bot.pick(&menu, "망원김밥").await;
    let asked = bot.pick(&item, "담기").await;
    assert!(asked.says("다른 매장의 주문서가 있어요"), "{}", asked.text());
    let kept = bot.pick(&asked, "그대로 두기").await;
    assert!(kept.says("골목커피") && kept.says("똠방각하"), "{}", kept.text());
    let switched = bot.pick(&asked, "비우고 담기").await;
    assert!(switched.says("망원김밥 × 1") && !switched.says("똠방각하"), "{}", switched.text());
    let twice = bot.pick(&asked, "비우고 담기").await;
    assert!(twice.says("망원김밥 × 1") && twice.says("이미 담은"), "{}", twice.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_session_is_told() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let session = with_cake(&bot).await;
    world.advance(Duration::from_secs(61 * 60)).await;
    for label in ["주문하기", "비우기", "요청사항", "똠방각하"] {
        let said = bot.pick(&session, label).await;
        let told = if label == "비우기" {
            "주문서를 비웠어요"
        } else {
            "주문서가 만료되었어요"
        };
        assert!(said.says(told) && said.offers("메뉴판"), "{label}: {}", said.text());
    }
    with_cake(&bot).await;
    let old = bot.pick(&session, "주문하기").await;
    assert!(old.says("지난 주문서의 버튼이에요") && old.says("똠방각하"), "{}", old.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_lines_are_the_most() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let home = bot.say("시작").await;
    let menu = bot.pick(&home, "골목커피").await;
    let mut last = None;
    for size in ["레귤러", "라지", "1리터"] {
        for (temp, bean) in [("HOT", "다크"), ("ICE", "다크"), ("HOT", "마일드"), ("ICE", "디카페인")]
        {
            for name in ["아메리카노", "카페라떼"] {
                let mut said = bot.pick(&menu, name).await;
                for label in [temp, size, bean, "선택 안 함"] {
                    said = bot.pick(&said, label).await;
                }
                last = Some(said);
            }
        }
    }
    let last = last.unwrap();
    assert!(last.says("20가지까지 담을 수 있어요"), "{}", last.text());
    let lines = last.taps().into_iter().filter(|tap| tap.extra["a"] == "line").count();
    assert_eq!(lines, 20);
    assert!(bot.pick(&last, "비우기").await.says("비웠어요"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_session_is_done_and_redis_lost_costs_only_the_session() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let session = with_cake(&bot).await;
    world.redis.empty().await;
    let gone = bot.pick(&session, "주문하기").await;
    assert!(gone.says("만료"), "{}", gone.text());
    // A choice in progress lives in its buttons.
    let home = bot.say("시작").await;
    let menu = bot.pick(&home, "골목커피").await;
    let item = bot.pick(&menu, "자몽에이드").await;
    world.redis.empty().await;
    assert!(bot.pick(&item, "라지").await.says("담았어요"));
    let card = with_order(&bot).await;
    world.place_newest_order().await;
    let edited = bot.pick(&card, "주문서 고치기").await;
    assert!(edited.says("비어 있어요"), "{}", edited.text());
}
