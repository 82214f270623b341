//! Stars and a line in the chat, by whoever bought it, once.

use std::time::Duration;

use super::given::{reviewed, trail};
use crate::chat::bot::{Bot, Said};
use crate::close::day::{LivedDay, begun};
use crate::points::customer::{completed, ordered, paid};
use crate::world::{TestOrder, World};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Stars that are kept, of reviews that were not taken back.
async fn kept(world: &World) -> Vec<i16> {
    let sql = "select stars from review where removed_at is null order by created_at";
    sqlx::query_scalar(sql).fetch_all(&world.db).await.unwrap()
}

/// A customer who has their food and says so.
async fn received(day: &LivedDay, bot: &Bot<'_>) -> (TestOrder, Said) {
    let order = paid(&day.world, &ordered(bot, 1).await).await;
    day.work(&order, &["accept", "cooking", "ready"]).await;
    let said = bot.pick(&bot.say("주문 상태").await, "받았어요").await;
    (order, said)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_tap_gives_stars_and_a_line_is_optional() {
    let day = begun(World::start().await).await;
    let world = &day.world;
    let bot = Bot::new(world);
    let (order, asked) = received(&day, &bot).await;
    for label in ["★5", "★4", "★3", "★2", "★1"] {
        assert!(asked.offers(label), "{:#}", asked.json);
    }
    let thanked = bot.pick(&asked, "★4").await;
    assert!(thanked.says("★★★★☆ 고마워요") && thanked.offers("건너뛰기"), "{}", thanked.text());
    assert_eq!(kept(world).await, [4]);

    // The line: nothing, too much, emoji, and words that mean us.
    let line = bot.pick(&thanked, "한 줄 남기기").await;
    assert!(line.says("300자까지") && line.says("전화번호는 쓰지"), "{}", line.text());
    assert!(bot.say("\u{200b} \n").await.says("읽을 수 있는 글이 없어요"));
    let long = bot.say(&"맛".repeat(2_000)).await;
    assert!(long.says("줄여서 다시 보내"), "{}", long.text());
    assert!(bot.say("주문 상태").await.says("완료됐어요"), "a word that we know is meant for us");
    bot.pick(&thanked, "한 줄 남기기").await;
    let told = bot.say("쫀득\n\n쫀득 👍🏽\u{202e} 추천").await;
    assert!(told.says("리뷰를 남겼어요") && told.says("쫀득 쫀득 👍🏽 추천"), "{}", told.text());
    assert!(told.says("★★★★☆") && told.offers("별점 바꾸기"), "{}", told.text());
    // What is typed afterwards is a search again.
    assert!(!bot.say("김밥").await.says("리뷰를 남겼어요"));
    assert_eq!(trail(world, &order).await, ["written", "told"]);

    // Changed, taken back, given once more.
    let mine = bot.pick(&bot.say("주문 상태").await, "내 리뷰").await;
    let other = bot.pick(&mine, "별점 바꾸기").await;
    assert!(other.says("지금 별점은 ★★★★☆"), "{}", other.text());
    assert!(bot.pick(&other, "★2").await.says("★★☆☆☆"));
    assert_eq!(kept(world).await, [2]);
    let sure = bot.pick(&mine, "리뷰 지우기").await;
    assert_eq!(kept(world).await, [2], "nothing is removed before they are sure");
    assert!(bot.pick(&sure, "네, 지울게요").await.says("리뷰를 지웠어요"));
    assert!(bot.pick(&sure, "네, 지울게요").await.says("아직 리뷰가 없어요"), "a second phone");
    assert_eq!(kept(world).await, [] as [i16; 0]);
    let again = bot.pick(&bot.say("주문 상태").await, "별점 주기").await;
    let given = bot.pick(&again, "★5").await;
    let shown = bot.pick(&given, "건너뛰기").await;
    assert!(shown.says("★★★★★") && !shown.says("쫀득"), "its text is gone: {}", shown.text());
    assert_eq!(trail(world, &order).await, ["written", "told", "changed", "removed", "written"]);
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forged_twice_or_too_late_is_answered_in_words() {
    let day = begun(World::start().await).await;
    let world = &day.world;
    let bot = Bot::new(world);
    // Completed by itself, an hour after it was handed over.
    let order = paid(world, &ordered(&bot, 1).await).await;
    assert!(!bot.say("주문 상태").await.offers("별점 주기"), "nobody has tasted it yet");
    completed(&day, &order).await;
    let asked = bot.pick(&bot.say("주문 상태").await, "별점 주기").await;

    // Somebody else with the button, and an order that was never completed.
    let thief = Bot::new(world);
    for label in ["★5", "★1"] {
        let refused = thief.tap(&asked.find(label)).await;
        assert!(refused.says("직접 주문해서 받은") && refused.offers("주문 상태"), "{}", refused.text());
    }
    let unpaid = ordered(&thief, 1).await;
    let unpaid = crate::points::customer::order_of(world, &unpaid).await;
    let mut forged = asked.find("★5");
    forged.extra["o"] = unpaid.order_id.to_string().into();
    let refused = thief.tap(&forged).await;
    assert!(refused.says("완료된 뒤에"), "{}", refused.text());
    for forgery in [0, 6, -1] {
        forged.extra["n"] = forgery.into();
        assert!(thief.tap(&forged).await.says("지난 메시지의 버튼"));
    }
    assert_eq!(kept(world).await, [] as [i16; 0]);

    // Two phones at once: one counts, the other is told.
    let (one, two) = tokio::join!(bot.pick(&asked, "★4"), bot.pick(&asked, "★5"));
    let thanked = [&one, &two].iter().filter(|said| said.says("고마워요")).count();
    let told = [&one, &two].iter().filter(|said| said.says("이미 별점을 주셨어요")).count();
    assert_eq!((thanked, told, kept(world).await.len()), (1, 1, 1), "{}\n{}", one.text(), two.text());
    // A review that was never written, of somebody else.
    let mine = bot.pick(&bot.say("주문 상태").await, "내 리뷰").await;
    for label in ["한 줄 남기기", "별점 바꾸기", "리뷰 지우기"] {
        let refused = thief.tap(&mine.find(label)).await;
        assert!(refused.says("직접 주문해서 받은"), "{label}: {}", refused.text());
    }

    // A week later nothing can be changed; the buttons of last week say so.
    let before = kept(world).await;
    let line = mine.find("한 줄 남기기");
    bot.tap(&line).await;
    world.advance(7 * DAY).await;
    for label in ["한 줄 남기기", "별점 바꾸기", "리뷰 지우기"] {
        let refused = bot.tap(&mine.find(label)).await;
        assert!(refused.says("7일 동안"), "{label}: {}", refused.text());
    }
    let late = bot.pick(&bot.say("주문 상태").await, "내 리뷰").await;
    assert!(late.says("이제 고칠 수 없는") && !late.offers("리뷰 지우기"), "{}", late.text());
    assert_eq!(kept(world).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_weeks_after_completion_it_is_too_late() {
    let day = begun(World::start().await).await;
    let bot = Bot::new(&day.world);
    let (_, asked) = received(&day, &bot).await;
    day.world.advance(14 * DAY).await;
    let late = bot.pick(&asked, "★5").await;
    assert!(late.says("14일 동안"), "{}", late.text());
    assert!(!bot.say("주문 상태").await.offers("별점 주기"));
    assert_eq!(kept(&day.world).await, [] as [i16; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_reads_them_newest_first_and_the_stars_stand_on_the_card() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let menu = bot.pick(&bot.say("시작").await, "골목커피").await;
    assert!(!menu.says("★ ") && !menu.offers("리뷰 보기"), "{}", menu.text());
    let none = bot.say("리뷰").await;
    assert!(none.says("아직 리뷰가 없어요"), "{}", none.text());
    let long = "맛".repeat(300);
    for (given, text) in [(5, "첫 리뷰"), (4, ""), (4, long.as_str()), (1, "마지막 리뷰")] {
        reviewed(&world, &world.coffee, &["ttok"], given, text).await;
        world.advance(Duration::from_secs(60)).await;
    }
    let home = bot.say("시작").await;
    assert!(home.says("★ 3.5 (4)"), "{}", home.text());
    let menu = bot.pick(&home, "골목커피").await;
    assert!(menu.says("★ 3.5 (4)"), "{}", menu.text());
    let page = bot.pick(&menu, "리뷰 보기").await;
    assert!(page.says("★ 3.5 (4)") && page.says("(1/2)") && page.says("마지막 리뷰"), "{}", page.text());
    assert!(page.says(&long), "three hundred letters are shown whole: {}", page.text());
    let older = bot.pick(&page, "다음").await;
    assert!(older.says("첫 리뷰") && !older.says("마지막 리뷰"), "{}", older.text());
    let best = bot.pick(&page, "별점순").await;
    assert!(best.says("1위 똠방각하") && best.says("★ 3.5 (4)"), "{}", best.text());
    assert!(bot.say("별점순").await.says("1위 똠방각하"));
    assert!(bot.pick(&bot.say("인기 메뉴").await, "별점순 메뉴").await.says("골목커피"));
}
