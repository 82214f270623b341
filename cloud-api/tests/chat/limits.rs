//! One customer who does too much: answered shortly, told how long to wait, and in nobody's way.

use std::time::Duration;

use cloud_api::chat::limits::{MOST_NUMBERS, MOST_UNPAID_ORDERS, PAYMENTS_PER_ORDER};
use cloud_api::cli::lift_limits;
use cloud_api::db::Db;
use shared::id::CustomerId;

use super::bot::{Bot, Said};
use super::first_order::{newest_order, with_cake, with_order};
use crate::world::World;

const TURNS: u32 = 6;

fn is_slowed(said: &Said) -> bool {
    said.says("조금만 천천히요!")
}

/// Asks until the answer is that it was too often; how many were answered before.
async fn turns(bot: &Bot<'_>) -> u32 {
    let mut answered = 0;
    while !is_slowed(&bot.say("도움말").await) {
        answered += 1;
        assert!(answered < 10 * TURNS, "there is no end");
    }
    answered
}

#[tokio::test(flavor = "multi_thread")]
async fn who_taps_like_a_machine_is_slowed_without_a_question_to_postgres() {
    let world = World::with_turns_per_minute(TURNS).await;
    let (machine, person) = (Bot::new(&world), Bot::new(&world));
    person.say("시작").await;
    assert!((TURNS..2 * TURNS).contains(&turns(&machine).await));
    world.wires().postgres.cut();
    for _ in 0..3 {
        let slowed = machine.say("도움말").await;
        // Nobody was asked anything that does not answer.
        assert!(is_slowed(&slowed) && slowed.offers("주문 상태"), "{}", slowed.text());
    }
    world.wires().postgres.mend();
    world.until("the server is ready", async || world.get("/health/ready").await.status == 200).await;
    assert!(person.say("도움말").await.offers("처음으로"), "others are not slowed");
    assert!(!is_slowed(&person.say("주문 상태").await));
    world.advance(Duration::from_secs(11)).await;
    assert!(!is_slowed(&machine.say("도움말").await), "one token comes every ten seconds");
    world.advance(Duration::from_secs(60)).await;
    world.wires().redis.cut();
    let answered = turns(&machine).await;
    assert!((TURNS..4 * TURNS).contains(&answered), "this process counts for itself: {answered}");
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_nobody_pays_are_bounded_hold_nothing_and_can_be_forgiven() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let mut card = with_order(&bot).await;
    for nth in 1..MOST_UNPAID_ORDERS.get() {
        let session = bot.pick(&card, "주문서 고치기").await;
        let line = bot.pick(&session, "똠방각하").await;
        let other = bot.pick(&line, if nth % 2 == 1 { "＋ 1개 더" } else { "－ 1개 빼기" }).await;
        card = bot.pick(&other, "주문하기").await;
        assert!(card.pay_url().is_some(), "{}", card.text());
    }
    let customer = newest_order(&world, "").await.customer_id;
    let (made, waiting): (i64, i64) =
        sqlx::query_as("select count(*), count(*) filter (where phase = 'pending_payment') from orders")
            .fetch_one(&world.db)
            .await
            .unwrap();
    assert_eq!((made, waiting), (i64::from(MOST_UNPAID_ORDERS.get()), 1), "only the last one waits");
    let held: i64 = sqlx::query_scalar("select coalesce(sum(held), 0)::bigint from item_stock")
        .fetch_one(&world.db)
        .await
        .unwrap();
    assert_eq!(held, 0, "nobody else is kept from buying");
    let session = bot.pick(&card, "주문서 고치기").await;
    let line = bot.pick(&session, "똠방각하").await;
    let other = bot.pick(&line, "－ 1개 빼기").await;
    let refused = bot.pick(&other, "주문하기").await;
    assert!(refused.says("결제하지 않은 주문이 너무 많아요. 6"), "{}", refused.text());
    assert!(refused.pay_url().is_none());
    assert!(with_order(&Bot::new(&world)).await.pay_url().is_some(), "others order as ever");
    lift(&world, customer).await;
    assert!(bot.pick(&other, "주문하기").await.pay_url().is_some());
}

/// As the operator does it. The order of this moment does not count either.
async fn lift(world: &World, customer: CustomerId) {
    world.advance(Duration::from_secs(1)).await;
    let db = Db::connect(world.database_url()).await.unwrap();
    lift_limits(&db, &world.clock, customer, "operator", "called us").await.unwrap();
    assert!(lift_limits(&db, &world.clock, CustomerId::fresh(), "operator", "nobody").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_that_are_opened_in_vain_are_bounded() {
    let world = World::start_without_workers().await;
    let order = world.cake_order().await;
    assert_eq!(world.open_payment(&order).await.status, 302);
    let other = world.cake_order().await;
    let owner =
        "update customer_order set customer_id = (select customer_id from orders where order_id = $1)";
    sqlx::query(owner).bind(order.order_id.0).execute(&world.db).await.unwrap();
    sqlx::query(
        "update orders set customer_id = (select customer_id from orders where order_id = $1) where order_id = $2",
    )
    .bind(order.order_id.0)
    .bind(other.order_id.0)
    .execute(&world.db)
    .await
    .unwrap();
    let copies = sqlx::query(
        "insert into payment_attempt (store_id, attempt_id, order_id, state, amount, tax_free, vat, ready_at, expires_at,
                                      created_at, updated_at)
         select store_id, gen_random_uuid(), order_id, 'failed', amount, tax_free, vat, ready_at, expires_at, created_at,
                updated_at
         from payment_attempt, generate_series(2, $1)",
    );
    copies.bind(i64::from(MOST_UNPAID_ORDERS.get()) * PAYMENTS_PER_ORDER).execute(&world.db).await.unwrap();
    let refused = world.open_payment(&other).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert!(refused.body.contains("결제를 너무 여러 번 여셨어요"), "{}", refused.body);
    assert!(world.attempts(&other).await.is_empty());
    world.advance(Duration::from_secs(61 * 60)).await;
    assert!(!world.open_payment(&other).await.body.contains("너무 여러 번"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_number_after_another_is_not_taken() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let give = async |number: i32| {
        bot.say("전화번호 변경").await;
        bot.say(&format!("010-0000-{number:04}")).await
    };
    for number in 1..=MOST_NUMBERS {
        let taken = give(number).await;
        assert!(taken.says(&format!("끝자리 {number:04} 번호로")), "{}", taken.text());
        assert!(give(number).await.says("번호로 알림톡"), "the same again is no other number");
    }
    let refused = give(MOST_NUMBERS + 1).await;
    assert!(refused.says("너무 여러 번") && refused.says("전에 알려 주신 번호"), "{}", refused.text());
    with_cake(&bot).await;
    let session = bot.say("주문서").await;
    assert!(bot.pick(&session, "주문하기").await.pay_url().is_some(), "the number before is still there");
    world.advance(Duration::from_secs(24 * 60 * 60 + 1)).await;
    assert!(give(MOST_NUMBERS + 1).await.says("번호로 알림톡"));
}
