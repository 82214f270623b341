//! What becomes of an order, and cancelling it.

use shared::id::{OrderId, StoreId};
use shared::order::{Actor, CancelReason, OrderCommand};

use super::bot::Bot;
use super::first_order::with_order;
use crate::points::customer::paid;
use crate::world::World;

impl World {
    /// The newest order, as if its payment had been captured.
    pub async fn place_newest_order(&self) -> (StoreId, OrderId) {
        let (store, order): (uuid::Uuid, uuid::Uuid) =
            sqlx::query_as("select store_id, order_id from orders order by order_id desc limit 1")
                .fetch_one(&self.db)
                .await
                .unwrap();
        let (store, order) = (StoreId(store), OrderId(order));
        let accept_by = self.clock.now_ms().plus_minutes(7);
        let number: i64 = sqlx::query_scalar("select count(*) + 1 from orders where number is not null")
            .fetch_one(&self.db)
            .await
            .unwrap();
        let number = u32::try_from(number).unwrap();
        self.change(store, order, OrderCommand::Place { number, call_name: "사과".to_owned(), accept_by })
            .await;
        (store, order)
    }

    async fn change(&self, store_id: StoreId, order_id: OrderId, command: OrderCommand) {
        self.change_by(Actor::Payment, store_id, order_id, command).await;
    }

    async fn change_by(&self, by: Actor, store_id: StoreId, order_id: OrderId, command: OrderCommand) {
        let change = cloud_api::orders::Change { store_id, order_id, command, by, expected_version: None };
        let app = self.app();
        cloud_api::orders::run(&self.db, &app.clock, &app.wake, change).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_follows_the_order() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    assert!(bot.say("주문 상태").await.says("아직 주문이 없어요"));
    let card = with_order(&bot).await;
    let waiting = bot.say("주문 상태").await;
    assert_eq!(waiting.pay_url(), card.pay_url());
    let (store, order) = world.place_newest_order().await;
    let placed = bot.say("주문 상태").await;
    assert!(placed.json.to_string().contains(&world.url("/o/")));
    assert!(placed.says("사과 · 1번") && placed.says("매장이 확인하고 있어요"), "{}", placed.text());
    for (command, told) in [
        (OrderCommand::Accept { prep_minutes: 9 }, "접수했어요"),
        (OrderCommand::StartCooking, "조리하고 있어요"),
        (OrderCommand::MarkReady, "준비됐어요!"),
        (OrderCommand::HandOver, "받아 가셨어요"),
    ] {
        world.change(store, order, command).await;
        let said = bot.say("상태").await;
        assert!(said.says(told), "{}", said.text());
    }
    with_order(&bot).await;
    let both = bot.say("주문 상태").await;
    assert!(both.says("결제를 기다리고") && both.says("지난 주문"), "{}", both.text());
    let past = both.taps().into_iter().find(|tap| tap.extra["a"] == "order").unwrap();
    assert!(bot.tap(&past).await.says("받아 가셨어요"));
    world.advance(std::time::Duration::from_secs(31 * 60)).await;
    let late = bot.say("주문 상태").await;
    assert!(late.says("결제 시간이 지났어요") && late.pay_url().is_none(), "{}", late.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_order_is_dropped() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let card = with_order(&bot).await;
    let ask = bot.pick(&card, "주문 취소").await;
    assert!(ask.says("아직 결제하지 않은"), "{}", ask.text());
    let kept = bot.pick(&ask, "아니요").await;
    assert!(kept.pay_url().is_some());
    let (one, two) = tokio::join!(bot.pick(&ask, "네, 취소할게요"), bot.pick(&ask, "네, 취소할게요"));
    let both = [one.text(), two.text()].join("\n");
    assert!(both.contains("결제된 금액은 없어요") && both.contains("이미 끝난 주문이에요"), "{both}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_store_gave_back_before_is_not_promised_again() {
    let world = World::start().await;
    let bot = Bot::new(&world);
    for (parts, asked, told) in [
        (
            &[2_000][..],
            "먼저 환불한 금액을 뺀 3,500원이 카카오페이로 환불돼요",
            "3,500원을 카카오페이로 환불해",
        ),
        (&[2_000, 3_500], "매장이 먼저 모두 환불했어요", "매장이 먼저 모두 환불했어요"),
    ] {
        let order = paid(&world, &with_order(&bot).await).await;
        for part in parts {
            let amount = shared::Won::new(*part).unwrap();
            let refund = OrderCommand::RefundPart { amount, reason: CancelReason::CustomerAsked };
            world.change_by(Actor::Operator, order.store_id, order.order_id, refund).await;
        }
        let ask = bot.pick(&bot.say("주문 상태").await, "주문 취소").await;
        assert!(ask.says(asked), "{}", ask.text());
        let done = bot.pick(&ask, "네, 취소할게요").await;
        assert!(done.says(told), "{}", done.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_order_is_cancelled_until_it_is_cooked() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    with_order(&bot).await;
    world.place_newest_order().await;
    let status = bot.say("주문 상태").await;
    let ask = bot.pick(&status, "주문 취소").await;
    assert!(ask.says("결제한 5,500원은 카카오페이로 모두 환불돼요"), "{}", ask.text());
    let done = bot.pick(&ask, "네, 취소할게요").await;
    assert!(done.says("5,500원을 카카오페이로 환불해"), "{}", done.text());
    let twice = bot.pick(&ask, "네, 취소할게요").await;
    assert!(twice.says("이미 끝난 주문이에요") && twice.says("고객님이 취소하셨어요"), "{}", twice.text());

    with_order(&bot).await;
    let (store, order) = world.place_newest_order().await;
    let status = bot.say("주문 상태").await;
    let ask = bot.pick(&status, "주문 취소").await;
    world.change(store, order, OrderCommand::StartCooking).await;
    let late = bot.pick(&ask, "네, 취소할게요").await;
    assert!(
        late.says("지금은 취소할 수 없어요") && late.json.to_string().contains("02-332-0101"),
        "{}",
        late.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_or_cancels_another_persons_order() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    with_order(&bot).await;
    let status = bot.say("주문 상태").await;
    let ask = bot.pick(&status, "주문 취소").await;
    let thief = Bot::new(&world);
    for label in ["네, 취소할게요", "아니요"] {
        let said = thief.pick(&ask, label).await;
        assert!(said.says("지난 메시지의 버튼이에요") && !said.says("똠방각하"), "{}", said.text());
    }
    assert!(bot.say("주문 상태").await.pay_url().is_some());
}
