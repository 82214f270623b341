//! A part that goes back after completion takes what it earned with it, as far as it is still there, and the order explains all of it.

use serde_json::json;
use shared::wire::OrderMoney;

use super::customer::{account, completed, moved, ordered, paid};
use crate::chat::bot::Bot;
use crate::close::day::begun;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_earned_goes_back_with_the_money_unless_it_was_spent() {
    let day = begun(World::start().await).await;
    let world = &day.world;
    let bot = Bot::new(world);
    let first = paid(world, &ordered(&bot, 2).await).await;
    completed(&day, &first).await;
    let second = paid(world, &bot.pick(&ordered(&bot, 2).await, "포인트 110원 쓰기").await).await;
    // Everything that the first one earned is spent.
    day.order(&first, json!({"kind": "refund_part", "amount": 11_000, "reason": "customer_asked"})).await;
    assert_eq!(account(world, first.customer_id).await, (0, 0));
    assert_eq!(moved(world, &first).await, [("earned".to_owned(), 110)]);
    completed(&day, &second).await;
    assert_eq!(account(world, second.customer_id).await, (108, 0));
    day.order(&second, json!({"kind": "refund_part", "amount": 10_890, "reason": "customer_asked"})).await;
    // What was used comes back, what was earned goes.
    assert_eq!(account(world, second.customer_id).await, (110, 0));
    for order in [&first, &second] {
        world.wait_for_refund(order, "done").await;
    }
    let answer = day.counter.get(&format!("/v1/store/orders/{}/money", second.order_id)).await;
    let money: OrderMoney = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((money.paid.get(), money.refunded.get(), money.points.get()), (10_890, 10_890, 0));
    assert_eq!((money.payable.get(), money.fee.get()), (0, 0));
    for entry in &money.entries {
        assert_eq!(entry.lines.iter().map(|line| line.amount).sum::<i64>(), 0, "{entry:?}");
    }
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_is_owed_the_whole_price() {
    let day = begun(World::start().await).await;
    let world = &day.world;
    let bot = Bot::new(world);
    let first = paid(world, &ordered(&bot, 2).await).await;
    completed(&day, &first).await;
    let second = paid(world, &bot.pick(&ordered(&bot, 2).await, "포인트 110원 쓰기").await).await;
    completed(&day, &second).await;
    let answer = day.counter.get(&format!("/v1/store/orders/{}/money", second.order_id)).await;
    let money: OrderMoney = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((money.paid.get(), money.points.get()), (10_890, 110));
    assert_eq!((money.payable.get(), money.fee.get()), (10_637, 363), "as of 11,000 won");
}
