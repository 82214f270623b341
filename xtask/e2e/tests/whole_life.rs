//! The customer's whole life in a browser, with the taps counted: found by a dish, ordered, paid, watched and cancelled; received,
//! reviewed, and ordered again with the points that it earned; and an order for later. Pictures of each step.

use anyhow::{Context, Result, ensure};
use e2e::World;
use e2e::browser::Browser;
use e2e::chat::Chat;
use e2e::chat_page::ChatPage;
use e2e::counter::Counter;
use e2e::order_page::OrderPage;
use e2e::ordering::{self, PAY};
use e2e::pictures::Pictures;
use e2e::wait::{wait_for, wait_until};
use e2e::world::Options;
use serde_json::json;
use sqlx::postgres::PgPool;

/// From the first hello to KakaoPay's page.
const MOST_TAPS: usize = 8;
/// From the next hello to the same again.
const TAPS_AGAIN: usize = 2;
/// 국물떡볶이, two portions, 불맛: won, and what one won in a hundred of it is.
const PRICE: i64 = 10_000;
const EARNED: i64 = 100;
/// What the page says of an order that was paid.
const PAID: &str = "결제가 완료되었어요";
const RESERVED: &str = "예약되었어요";

/// A customer with one thumb.
struct Thumb<'a> {
    chat: &'a ChatPage<'a>,
    pictures: &'a Pictures,
    browser: &'a Browser,
    taps: usize,
}

impl<'a> Thumb<'a> {
    async fn tap(&mut self, label: &str, words: &str) -> Result<()> {
        self.taps += 1;
        let answer = self.chat.tap(label).await?;
        ensure!(answer.contains(words), "{label:?} is answered without {words:?}: {answer}");
        Ok(())
    }

    async fn picture(&self, what: &str) -> Result<()> {
        self.chat.settle().await?;
        self.pictures.take(self.browser.client(), what).await.map(drop)
    }

    /// Opens KakaoPay, confirms, and stays on the order's page.
    async fn pay(&mut self, amount: &str, told: &str, picture: &str) -> Result<OrderPage<'a>> {
        self.taps += 1;
        let kakao = self.chat.pay(PAY).await?;
        ensure!(kakao.amount().await?.contains(amount), "KakaoPay shows {}", kakao.amount().await?);
        self.pictures.take(self.browser.client(), &format!("{picture}-kakaopay")).await?;
        kakao.pay_with_money().await?;
        let page = OrderPage::here(self.browser.client()).await?;
        page.wait_for(told).await?;
        self.pictures.take(self.browser.client(), &format!("{picture}-paid")).await?;
        Ok(page)
    }
}

/// Everything that one test needs.
struct Scene {
    counter: Counter,
    browser: Browser,
    world: World,
}

impl Scene {
    async fn start(name: &str) -> Result<Self> {
        let world = World::start_with(name, Options { long_hours: true, ..Options::default() }).await?;
        let counter =
            Counter::sign_in(&world.api.url, &world.folder("counter")?, &world.log("counter")).await?;
        let browser = Browser::start(&world.folder("browser")?, &world.log("chromedriver")).await?;
        Ok(Self { counter, browser, world })
    }

    async fn close(self) -> Result<()> {
        self.counter.wait_until_all_sent().await?;
        self.counter.journal_equals_log(&self.world.store.store_id, &self.world.database.pool).await?;
        drop((self.browser, self.counter));
        self.world.close().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn found_by_a_dish_paid_received_and_ordered_again_with_its_points() -> Result<()> {
    let scene = Scene::start("whole_life").await?;
    let (world, counter, client) = (&scene.world, &scene.counter, scene.browser.client());
    let customer = world.new_customer().await?;
    let pictures = Pictures::new("life-")?;
    let chat = ChatPage::open(&scene.browser, &world.sandbox.url, &customer.id).await?;
    let mut thumb = Thumb { chat: &chat, pictures: &pictures, browser: &scene.browser, taps: 0 };

    // A dish is typed, with a slip of the finger; its store answers.
    chat.start().await?;
    thumb.picture("hello").await?;
    let found = chat.say("국물떡뽁이").await?;
    ensure!(found.contains("망원분식 본점") && found.contains("국물떡볶이"), "the search finds {found}");
    thumb.picture("search").await?;
    thumb.tap("망원분식 본점", "2인분").await?;
    thumb.picture("item").await?;
    thumb.tap("2인분", "불맛").await?;
    thumb.tap("불맛", "토핑").await?;
    thumb.picture("options").await?;
    thumb.tap("선택 안 함", "담았어요").await?;
    thumb.picture("session").await?;
    thumb.tap("주문하기", "휴대전화").await?;
    let card = chat.say(&customer.phone).await?;
    ensure!(card.contains("10,000원") && card.contains("앞에 0건"), "the card says {card}");
    thumb.picture("card").await?;
    let page = thumb.pay("10,000원", PAID, "first").await?;
    // Somebody changes their mind: the page follows the money back.
    chat.back().await?;
    ordering::cancel(&chat).await?;
    page.front().await?;
    page.wait_for("10,000원을 모두 환불했어요").await?;
    pictures.take(client, "first-refunded").await?;
    chat.back().await?;
    thumb.picture("cancelled").await?;
    ensure!(thumb.taps <= MOST_TAPS, "a first order took {} taps", thumb.taps);

    // Hungry after all: the same again, in two taps.
    chat.say("시작").await?;
    thumb.taps = 0;
    thumb.tap("다시 주문", "10,000원").await?;
    thumb.pay("10,000원", PAID, "again").await?;
    ensure!(thumb.taps == TAPS_AGAIN, "the same again took {} taps", thumb.taps);
    let order = counter.wait_for_fresh().await?;
    for action in
        [json!({"kind": "accept", "prep_minutes": 10}), json!({"kind": "cooking"}), json!({"kind": "ready"})]
    {
        counter.act(&order, action).await?;
    }
    counter.wait_for_state(&order, "ready").await?;
    chat.back().await?;
    chat.wait_for_alimtalk("준비").await?;
    thumb.picture("ready").await?;
    // The button of the AlimTalk.
    thumb.tap("받았어요", "완료").await?;
    thumb.picture("received").await?;
    counter.wait_for_state(&order, "completed").await?;
    reviewed_and_answered(&mut thumb, counter, &order).await?;

    // What was earned pays a part of the next one.
    let mine = chat.say("내 정보").await?;
    ensure!(mine.contains(&format!("포인트 {EARNED}원")), "the chat says {mine}");
    thumb.picture("points").await?;
    chat.say("시작").await?;
    thumb.tap("다시 주문", "10,000원").await?;
    thumb.picture("choice-of-points").await?;
    thumb.tap("포인트 100원 쓰기", "9,900원").await?;
    thumb.picture("with-points").await?;
    let page = thumb.pay("9,900원", PAID, "points").await?;
    ensure!(
        page.receipt().await?.contains("포인트"),
        "the receipt tells of no points: {}",
        page.receipt().await?
    );
    pictures.take(client, "points-receipt").await?;
    let order = counter.wait_for_fresh().await?;
    let points = points_of(&world.database.pool).await?;
    ensure!(points == (0, 0), "points are left after they were used: {points:?}");
    // The store cannot: money and points go back, and who blocked the channel hears of it in a short message.
    chat.back().await?;
    chat.block_channel().await?;
    counter.act(&order, json!({"kind": "reject", "reason": "sold_out"})).await?;
    let message = chat.wait_for_short_message("매장이 받지 못했어요").await?;
    ensure!(message.contains("[망원분식 본점]") && message.contains("9,900원 환불"), "it says {message}");
    thumb.picture("short-message").await?;
    page.front().await?;
    page.wait_for("9,900원을 모두 환불했어요").await?;
    page.wait_for("쓴 포인트 100원도 돌려드렸어요").await?;
    pictures.take(client, "points-refunded").await?;
    wait_until("the points are back", async || Ok(points_of(&world.database.pool).await? == (EARNED, 0)))
        .await?;
    ensure!(world.kept().await? == PRICE, "the store keeps {} won", world.kept().await?);
    scene.close().await
}

/// Stars with one tap and a line for what was just received; the owner answers, and everybody reads both.
async fn reviewed_and_answered(thumb: &mut Thumb<'_>, counter: &Counter, order: &str) -> Result<()> {
    thumb.tap("★5 최고예요", "별점을 남겼어요").await?;
    thumb.tap("한 줄 남기기", "누구나 볼 수 있어요").await?;
    let told = thumb.chat.say("떡이 쫄깃하고 맵기가 딱 좋아요").await?;
    ensure!(told.contains("리뷰를 남겼어요") && told.contains("떡이 쫄깃하고"), "the chat says {told}");
    thumb.picture("review").await?;
    let reply = json!({ "order_id": order, "text": "고맙습니다. 또 오세요!" });
    counter.call("reply_to_review", reply).await?;
    thumb.tap("가게 리뷰 보기", "↳ 사장님: 고맙습니다. 또 오세요!").await?;
    thumb.picture("review-answered").await
}

/// What the only customer with points can use, and what is set aside.
async fn points_of(db: &PgPool) -> Result<(i64, i64)> {
    Ok(sqlx::query_as("select available, held from points_account").fetch_one(db).await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_for_later_is_paid_now_fired_at_its_time_and_another_is_given_up() -> Result<()> {
    let scene = Scene::start("reservation").await?;
    let (world, counter, client) = (&scene.world, &scene.counter, scene.browser.client());
    let customer = world.new_customer().await?;
    let pictures = Pictures::new("reservation-")?;
    let chat = ChatPage::open(&scene.browser, &world.sandbox.url, &customer.id).await?;
    let mut thumb = Thumb { chat: &chat, pictures: &pictures, browser: &scene.browser, taps: 0 };

    chat.start().await?;
    thumb.tap("망원분식 본점", "망원김밥").await?;
    thumb.tap("망원김밥", "담기").await?;
    thumb.tap("담기", "담았어요").await?;
    thumb.tap("예약하기", "언제 찾으러").await?;
    thumb.picture("times").await?;
    let labels = chat.shortcuts().await?;
    let time = labels.iter().find(|label| is_clock(label));
    let time = time.with_context(|| format!("no time is offered: {labels:?}"))?.clone();
    thumb.tap(&time, &format!("{time}에 찾아가는 예약")).await?;
    thumb.picture("chosen").await?;
    thumb.tap("주문하기", "휴대전화").await?;
    let card = chat.say(&customer.phone).await?;
    ensure!(card.contains(&format!("{time} 예약")), "the card says {card}");
    thumb.picture("card").await?;
    let page = thumb.pay("원", RESERVED, "first").await?;
    page.wait_for(&time).await?;
    ensure!(thumb.taps <= MOST_TAPS, "a reservation took {} taps", thumb.taps);
    let order = reserved_at(counter).await?;
    world.wait_for_messages(&customer.id, &["SO_RESERVED"]).await?;

    // Its time comes: the server tells the kitchen by itself.
    let early = "update timer set due_at = now() where kind = 'reservation' and order_id = $1::uuid";
    sqlx::query(early).bind(&order).execute(&world.database.pool).await?;
    ensure!(counter.wait_for_fresh().await? == order, "another order came");
    page.front().await?;
    page.wait_for("매장에서 주문을 확인하고 있어요").await?;
    pictures.take(client, "fired").await?;
    for action in [
        json!({"kind": "accept", "prep_minutes": 10}),
        json!({"kind": "cooking"}),
        json!({"kind": "ready"}),
        json!({"kind": "handed_over"}),
    ] {
        counter.act(&order, action).await?;
    }
    page.wait_for("맛있게 드세요").await?;

    // Another one, and the plans change.
    chat.back().await?;
    chat.say("시작").await?;
    chat.tap("다시 주문").await?;
    chat.tap("주문서 고치기").await?;
    chat.tap("예약하기").await?;
    let labels = chat.shortcuts().await?;
    let last = labels.iter().rev().find(|label| is_clock(label)).context("no time is offered")?.clone();
    chat.tap(&last).await?;
    chat.tap("주문하기").await?;
    let page = thumb.pay("원", RESERVED, "second").await?;
    let second = reserved_at(counter).await?;
    ensure!(second != order, "the first order is reserved again");
    chat.back().await?;
    ordering::cancel(&chat).await?;
    thumb.picture("cancelled").await?;
    page.front().await?;
    page.wait_for("모두 환불했어요").await?;
    pictures.take(client, "refunded").await?;
    counter.wait_for_state(&second, "cancelled").await?;
    let story = world.story(&second).await?;
    ensure!(story[0] == "order_reserved" && !story.contains(&"reservation_fired".to_owned()), "{story:?}");
    scene.close().await
}

/// `19:30`.
fn is_clock(label: &str) -> bool {
    matches!(label.as_bytes(), [h1, h2, b':', m1, m2] if [h1, h2, m1, m2].iter().all(|digit| digit.is_ascii_digit()))
}

/// Waits for an order in the counter's lane of later ones; its id.
async fn reserved_at(counter: &Counter) -> Result<String> {
    wait_for("an order for later is at the counter", async || {
        let later = counter.view().await?["lanes"]["reserved"][0]["order"]["id"].clone();
        Ok(later.as_str().map(str::to_owned))
    })
    .await
}
