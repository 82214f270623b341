//! Customers who could not pay hear when KakaoPay works again: once, a few at a time, and only while it is any use to them.

use std::time::Duration;

use cloud_api::notify;
use cloud_api::pay::again;
use serde_json::{Value, json};

use crate::chat::bot::{Bot, Said};
use crate::chat::first_order::with_cake;
use crate::world::World;

/// The circuit breaker rests longer each time, so a few are enough.
const MOST_TRIES: usize = 20;
const A_WHILE: Duration = Duration::from_secs(61);

/// KakaoPay fails from now on.
async fn trouble(world: &World) {
    world.kakao.fault(json!({"target": "pay.ready", "kind": "internal", "times": null})).await;
    open_breaker(world).await;
}

/// Customers who try to pay all the same, until the circuit breaker is open. It tries again by itself every few seconds.
async fn open_breaker(world: &World) {
    let mut tries = 0;
    while world.app().kakaopay.is_available() {
        let order = world.cake_order().await;
        world.open_payment(&order).await;
        tries += 1;
        assert!(tries <= 10, "the breaker never opens");
    }
}

/// KakaoPay works, and an inquiry of somebody finds it so.
async fn well(world: &World) {
    world.kakao.heal().await;
    world.app().kakaopay.order("T0000000000000000001").await;
    assert!(world.app().kakaopay.is_available());
}

/// Could not pay, and wants to hear when it works.
async fn wish(world: &World, bot: &Bot<'_>, number: usize) -> Said {
    let session = with_cake(bot).await;
    let asked = bot.pick(&session, "주문하기").await;
    assert!(asked.says("휴대전화 번호"), "{}", asked.text());
    let mut later = bot.say(&format!("010-0000-{number:04}")).await;
    for _ in 0..MOST_TRIES {
        open_breaker(world).await;
        // Where the breaker tried again just now, the order was made, or could be.
        if !later.says("조금 뒤에 결제해 주세요") {
            later = bot.pick(&session, "주문하기").await;
            continue;
        }
        let said = bot.pick(&later, "다시 되면 알려 주세요").await;
        if said.says(&format!("끝자리 {number:04} 번호로 알림톡")) {
            assert!(said.offers("다시 주문하기"));
            return later;
        }
    }
    panic!("the wish was never taken: {}", later.text());
}

async fn look(world: &World) -> usize {
    again::run_once(world.app()).await.expect("looked")
}

/// Sends what is queued; the customers' messages about KakaoPay so far.
async fn told(world: &World) -> Vec<Value> {
    while notify::run_once(world.app()).await.expect("sent") > 0 {}
    let all = world.kakao.messages().await;
    all.into_iter().filter(|message| message["template"] == "SO_PAY_AGAIN").collect()
}

async fn fates(world: &World) -> Vec<Option<String>> {
    sqlx::query_scalar("select fate from pay_wish order by asked_at")
        .fetch_all(&world.db)
        .await
        .expect("fates")
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asked_is_told_once_when_it_has_worked_for_a_while() {
    let mut world = World::start_without_workers().await;
    trouble(&world).await;
    let bot = Bot::new(&world);
    let later = wish(&world, &bot, 1).await;
    open_breaker(&world).await;
    bot.pick(&later, "다시 되면 알려 주세요").await;
    world.kakao.heal().await;
    let user = bot.user.clone();
    // A new process knows nothing of the trouble but what is written down.
    world.restart_api().await;
    assert!(world.app().kakaopay.is_available());
    assert_eq!(look(&world).await, 0, "a moment ago it did not work");
    world.advance(A_WHILE).await;
    assert_eq!(look(&world).await, 1);
    let messages = told(&world).await;
    assert_eq!(messages.len(), 1, "{messages:?}");
    let text = messages[0]["text"].as_str().expect("a text");
    assert!(text.starts_with("[골목커피 홍대점] 카카오페이 결제가 다시 돼요."), "{text}");
    assert_eq!(
        (&messages[0]["to"], &messages[0]["buttons"][0]["name"]),
        (&json!("01000000001"), &json!("주문서"))
    );
    world.advance(A_WHILE).await;
    assert_eq!((look(&world).await, told(&world).await.len()), (0, 1), "once");
    // The button of the message leads to the payment.
    let mut bot = Bot::new(&world);
    bot.user = user;
    let session = bot.say("주문서").await;
    let card = bot.pick(&session, "주문하기").await;
    assert!(card.pay_url().is_some(), "{}", card.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_told_a_few_at_a_time_and_not_while_kakaopay_is_ill() {
    let world = World::start_without_workers().await;
    let earlier = world.cake_order().await;
    world.open_payment(&earlier).await;
    trouble(&world).await;
    let bots: Vec<Bot<'_>> = (0..12).map(|_| Bot::new(&world)).collect();
    for (number, bot) in bots.iter().enumerate() {
        wish(&world, bot, number + 1).await;
    }
    well(&world).await;
    // Payments can be begun again, but whoever asks about one gets no answer.
    world.kakao.fault(json!({"target": "pay.order", "kind": "internal", "times": 1})).await;
    world.advance(A_WHILE).await;
    assert_eq!(look(&world).await, 0);
    well(&world).await;
    assert_eq!(look(&world).await, 0, "trouble was seen a moment ago");
    world.advance(A_WHILE).await;
    assert_eq!(look(&world).await, 10);
    assert_eq!(look(&world).await, 0, "those have the first word");
    world.advance(Duration::from_secs(10)).await;
    assert_eq!(look(&world).await, 2);
    assert_eq!(told(&world).await.len(), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_it_does_not_help_any_more_is_not_told() {
    let world = World::start_without_workers().await;
    trouble(&world).await;
    let (paid, cleared, waits) = (Bot::new(&world), Bot::new(&world), Bot::new(&world));
    let later = wish(&world, &paid, 1).await;
    wish(&world, &cleared, 2).await;
    wish(&world, &waits, 3).await;
    well(&world).await;
    let card = paid.pick(&later, "다시 주문하기").await;
    assert!(card.pay_url().is_some(), "{}", card.text());
    world.place_newest_order().await;
    let session = cleared.say("주문서").await;
    cleared.pick(&session, "비우기").await;
    world.advance(A_WHILE).await;
    assert_eq!(look(&world).await, 1);
    assert_eq!(
        fates(&world).await,
        [Some("paid".into()), Some("session_gone".into()), Some("told".to_owned())]
    );
    // Between being queued and being sent it breaks again, and then the store closes.
    trouble(&world).await;
    assert!(told(&world).await.is_empty());
    well(&world).await;
    sqlx::query("update business_day set state = 'closed'").execute(&world.db).await.expect("closed");
    world.advance(A_WHILE).await;
    assert!(told(&world).await.is_empty());
    let end: (String, String) =
        sqlx::query_as("select state, result from notification where template = 'SO_PAY_AGAIN'")
            .fetch_one(&world.db)
            .await
            .expect("one message");
    assert_eq!(end, ("dropped".to_owned(), "the wish is over: store_closed".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_ends_with_the_order_session() {
    let world = World::start_without_workers().await;
    trouble(&world).await;
    let bot = Bot::new(&world);
    wish(&world, &bot, 1).await;
    well(&world).await;
    world.advance(Duration::from_secs(60 * 60)).await;
    assert_eq!(look(&world).await, 0);
    assert_eq!(fates(&world).await, [Some("expired".to_owned())]);
    assert!(told(&world).await.is_empty());
}
