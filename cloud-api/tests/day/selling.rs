//! Sold out, left, and closed: what customers see and what is not charged, on every instance.

use std::time::{Duration, Instant};

use cloud_api::day::{self, DayChange};
use serde_json::{Value, json};
use shared::availability::{MAX_PIECES, MAX_SOLD_OUT_MINUTES};
use shared::day::{DayCommand, DayTotals, TransitionCause};
use shared::id::DayId;
use shared::order::Actor;

use super::{does, does_at, kinds, refusal, snapshot};
use crate::chat::bot::Bot;
use crate::chat::first_order::with_cake;
use crate::store::orders::place_unpaid;
use crate::world::{Role, World, until};

/// What the issue asks for; Postgres is asked at each turn, so it is far less.
const SOON: Duration = Duration::from_secs(2);

fn cake(until: Value) -> Value {
    json!({"kind": "sold_out", "what": {"item": "ttok"}, "until": until})
}

#[tokio::test(flavor = "multi_thread")]
async fn sold_out_at_one_instance_is_seen_at_the_other_at_once() {
    let world = World::start_without_workers().await;
    let other = world.another_api(Role::WithoutWorkers).await;
    let counter = world.claim(&world.coffee).await;
    let bot = Bot::new(&world);
    let session = with_cake(&bot).await;
    for round in 0..3 {
        does_at(&world, &other.url, &counter, cake(json!("manual"))).await;
        let started = Instant::now();
        until("the customer sees it", async || bot.say("떡케이크").await.says("품절")).await;
        assert!(started.elapsed() < SOON, "{round}: {:?}", started.elapsed());
        let refused = bot.pick(&session, "주문하기").await;
        assert!(
            refused.says("똠방각하 떡케이크: 품절이에요") && refused.pay_url().is_none(),
            "{}",
            refused.text()
        );
        does_at(&world, &other.url, &counter, json!({"kind": "back_on_sale", "what": {"item": "ttok"}}))
            .await;
        assert!(!bot.say("떡케이크").await.says("품절"));
    }
    let option = json!({"option": {"group": "size", "option": "l"}});
    does_at(&world, &other.url, &counter, json!({"kind": "sold_out", "what": option, "until": "end_of_day"}))
        .await;
    let home = bot.say("시작").await;
    let menu = bot.pick(&home, "골목커피").await;
    let item = bot.pick(&menu, "아메리카노").await;
    let sizes = bot.pick(&item, "ICE").await;
    assert!(sizes.says("품절 ·") && !sizes.offers("라지"), "{}", sizes.text());
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_under_way_for_it_is_not_captured() {
    let world = World::start().await;
    let counter = world.claim(&world.coffee).await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    does(&counter, cake(json!("end_of_day"))).await;
    let answer = world.get(&back).await;
    assert!(answer.status == 409 && answer.body.contains("품절이에요"), "{} {}", answer.status, answer.body);
    assert_eq!(world.phase(&order).await, "cancelled");
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_ends_placements_everywhere_and_honours_payments_under_way() {
    let world = World::start().await;
    let other = world.another_api(Role::WithoutWorkers).await;
    let counter = world.claim(&world.coffee).await;
    let bot = Bot::new(&world);
    let session = with_cake(&bot).await;
    let (paying, opened, fresh) = (
        world.cake_order().await,
        world.unpaid_order(&world.coffee, &[("ttok", &[], 1)]).await,
        world.cake_order().await,
    );
    let back = world.authenticate(&paying).await;
    assert_eq!(world.open_payment(&opened).await.status, 302);
    does_at(&world, &other.url, &counter, json!({"kind": "closing_start"})).await;
    assert!(bot.pick(&session, "주문하기").await.says("마감하고 있어요"));
    let refused = world.open_payment(&fresh).await;
    assert!(refused.status == 409 && refused.body.contains("주문을 받지 않아요"), "{}", refused.body);
    assert_eq!(world.open_payment(&opened).await.status, 302, "the same payment again");
    assert_eq!(world.get(&back).await.status, 303);
    world.wait_for_phase(&paying, "placed").await;
    let again = world.kakao.authenticate(&world.tid(&opened).await, "money").await;
    assert_eq!(world.get(&again).await.status, 303);
    world.wait_for_phase(&opened, "placed").await;
    world.assert_money_agrees().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_end_by_their_clock_with_the_day_or_when_somebody_says_so() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let bot = Bot::new(&world);
    let four_hours = world.clock.now_ms().plus_minutes(240);
    bot.say("시작").await;
    with_cake(&bot).await;
    let gone = async || bot.say("떡케이크").await.says("품절");
    does(&counter, cake(json!({"at": four_hours}))).await;
    assert!(gone().await);
    world.clock.advance(Duration::from_secs(4 * 60 * 60 + 1));
    assert!(!gone().await, "it ended by itself");
    assert!(snapshot(&counter).await.availability.sold_out.is_empty());
    does(&counter, cake(json!("end_of_day"))).await;
    assert!(gone().await);
    close(&world).await;
    assert!(!gone().await, "it ended with the day");
    does(&counter, json!({"kind": "day_open"})).await;
    does(&counter, cake(json!("manual"))).await;
    close(&world).await;
    assert!(gone().await, "nobody said otherwise");
    // Late commands of a counter without a line.
    let past = world.clock.now_ms().plus_ms(-1_000);
    does(&counter, cake(json!({"at": past}))).await;
    assert!(!gone().await, "by now it is over");
    for (what, code) in [
        (json!({"item": "eel"}), "menu_entry_unknown"),
        (json!({"option": {"group": "size", "option": "xxl"}}), "menu_entry_unknown"),
    ] {
        assert_eq!(
            refusal(&counter, json!({"kind": "sold_out", "what": what, "until": "manual"})).await,
            code
        );
        assert_eq!(refusal(&counter, json!({"kind": "back_on_sale", "what": what})).await, code);
    }
    let far = world.clock.now_ms().plus_minutes(MAX_SOLD_OUT_MINUTES + 1);
    assert_eq!(refusal(&counter, cake(json!({"at": far}))).await, "time_out_of_range");
    let many = json!({"kind": "stock_set", "item": "ttok", "pieces": MAX_PIECES + 1});
    assert_eq!(refusal(&counter, many).await, "command_malformed");
    assert_eq!(
        refusal(&counter, json!({"kind": "stock_set", "item": "eel", "pieces": 3})).await,
        "menu_entry_unknown"
    );
}

/// Ends the day as the closing with proof does.
async fn close(world: &World) {
    let change = |command, cause| DayChange {
        store_id: world.coffee.store_id,
        command,
        by: Actor::Operator,
        cause,
        made_at: None,
        new_day: DayId::fresh(),
    };
    let app = world.app();
    for command in [
        DayCommand::StartClosing,
        DayCommand::Cut { upto_seq: 1 },
        DayCommand::Close { upto_seq: 1, head_hash: String::new(), totals: DayTotals::default() },
    ] {
        day::run(&world.db, &app.clock, &app.wake, change(command, TransitionCause::ByHand)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn counted_pieces_are_set_sold_and_forgotten() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let bot = Bot::new(&world);
    with_cake(&bot).await;
    does(&counter, json!({"kind": "stock_set", "item": "ttok", "pieces": 3})).await;
    assert!(bot.say("떡케이크").await.says("3개 남음"));
    does(&counter, json!({"kind": "stock_set", "item": "ttok", "pieces": 0})).await;
    assert!(bot.say("떡케이크").await.says("품절"));
    does(&counter, json!({"kind": "stock_set", "item": "ttok"})).await;
    let free = bot.say("떡케이크").await;
    assert!(!free.says("품절") && !free.says("남음"), "{}", free.text());
    does(&counter, json!({"kind": "stock_set", "item": "latte", "pieces": 1})).await;
    assert_eq!(snapshot(&counter).await.availability.stock.get(&"latte".into()), Some(&1));
    place_unpaid(&world, &world.cake_order().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_import_marks_can_be_lifted_and_stays_lifted() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let bot = Bot::new(&world);
    with_cake(&bot).await;
    let mut file: Value =
        serde_json::from_str(include_str!("../../fixtures/stores/hongdae-coffee.json")).unwrap();
    file["menu"]["categories"][2]["items"][1]["sold_out"] = true.into();
    let text = file.to_string();
    cloud_api::cli::import_store(&world.db, &world.clock, &text).await.unwrap();
    assert!(bot.say("떡케이크").await.says("품절"));
    let said = kinds(&world).await;
    assert!(said.contains(&"sold_out".to_owned()), "a counter learns of the marks from the log: {said:?}");
    assert!(said.contains(&"stock_set".to_owned()), "and of the counts: {said:?}");
    does(&counter, json!({"kind": "back_on_sale", "what": {"item": "ttok"}})).await;
    assert!(!bot.say("떡케이크").await.says("품절"));
    cloud_api::cli::import_store(&world.db, &world.clock, &text).await.unwrap();
    assert!(!bot.say("떡케이크").await.says("품절"), "the same file says nothing new");
}
