//! The way back from KakaoPay: rows P5 to P7, P12 and P23.

use std::time::Duration;

use cloud_api::db;
use serde_json::json;
use shared::Won;

use crate::world::{TestOrder, World};

#[tokio::test(flavor = "multi_thread")]
async fn p5_fifty_returns_take_the_money_once() {
    let world = World::start().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    // A second approve on its way would be answered by -785 or -702 and show up as doubt.
    world.kakao.fault(json!({"target": "pay.approve", "kind": "delay", "delay_ms": 300})).await;
    let returns = futures_util::future::join_all((0..50).map(|_| world.get(&back))).await;
    for answer in &returns {
        assert_eq!((answer.status, answer.location.clone()), (303, Some(format!("/o/{}", order.token))));
    }
    let tries: i32 =
        sqlx::query_scalar("select tries from payment_attempt").fetch_one(&world.db).await.unwrap();
    assert_eq!(tries, 1);
    assert_eq!(world.phase(&order).await, "placed");
    assert_eq!(world.get(&back).await.status, 303, "a replay later shows the same");
    let sealed: Option<Vec<u8>> =
        sqlx::query_scalar("select pg_token_sealed from payment_attempt").fetch_one(&world.db).await.unwrap();
    assert_eq!(sealed, None, "the one-time token is wiped");
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p6_forged_returns_change_nothing() {
    let world = World::start().await;
    let (mine, other) = (world.cake_order().await, world.cake_order().await);
    let back = world.authenticate(&mine).await;
    world.open_payment(&other).await;
    let (path, _) = back.split_once('?').unwrap();
    for (address, status) in [
        (path.to_owned(), 400),
        (format!("{path}?pg_token="), 400),
        (format!("{path}?pg_token={}", "x".repeat(3_000)), 400),
        (world.url("/pay/AAAAAAAAAAAAAAAAAAAAAA/approved?pg_token=x"), 404),
        (world.url(&format!("/pay/{}/approved?pg_token=x", mine.token)), 404),
        (
            world.url(
                &path.replace("/approved", "").split("/pay/").nth(1).map(|t| format!("/pay/{t}")).unwrap(),
            ),
            404,
        ),
        (world.url("/o/AAAAAAAAAAAAAAAAAAAAAA"), 404),
        (world.url("/pay/%00%ff"), 404),
    ] {
        let answer = world.get(&address).await;
        assert!(answer.status == status || answer.status == 400, "{address}: {}", answer.status);
    }
    assert_eq!(world.attempts(&mine).await, ["ready_ok"]);
    // Another's one-time token is refused by KakaoPay, and nothing is taken.
    let answer = world.get(&format!("{path}?pg_token=00000000000000000000")).await;
    assert_eq!(answer.status, 303);
    world.wait_for_attempt(&mine, "failed").await;
    assert_eq!(world.phase(&mine).await, "pending_payment");
    assert_eq!(world.phase(&other).await, "pending_payment");
    world.assert_money_agrees().await;
}

/// Authenticates, lets something happen, comes back: the money is not taken.
async fn p7(what: impl AsyncFnOnce(&World, &TestOrder), phase: &str, text: &str) {
    let world = World::start().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    what(&world, &order).await;
    let answer = world.get(&back).await;
    assert_eq!(answer.status, 409, "{}", answer.body);
    assert!(answer.body.contains("결제되지 않았어요") && answer.body.contains(text), "{}", answer.body);
    assert_eq!(world.phase(&order).await, phase);
    let left: i32 = sqlx::query_scalar("select remaining - held from item_stock where item_key = 'ttok'")
        .fetch_one(&world.db)
        .await
        .unwrap();
    assert!(left == 10 || left == 1, "nothing stays reserved: {left}");
    assert_eq!(world.kakao.ledger().await["totals"]["captures"], 0);
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p7_the_order_was_cancelled_meanwhile() {
    let cancel = async |world: &World, order: &TestOrder| {
        let expired = cloud_api::pay::expiry::expire(world.app(), order.store_id, order.order_id).await;
        assert_eq!(expired.unwrap(), cloud_api::pay::expiry::Expiry::Done);
    };
    p7(cancel, "cancelled", "결제하시는 동안 주문이 끝났어요").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p7_the_food_is_gone_meanwhile() {
    let sell = async |world: &World, _: &TestOrder| {
        sqlx::query("update item_stock set remaining = 1 where item_key = 'ttok'")
            .execute(&world.db)
            .await
            .unwrap();
    };
    p7(sell, "cancelled", "1개만 남았어요").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p7_the_price_changed_meanwhile() {
    let reprice = async |world: &World, order: &TestOrder| {
        let mut tx = world.db.begin().await.unwrap();
        let mut menu = db::menus::published(&mut tx, order.store_id).await.unwrap().unwrap().menu;
        let mut items = menu.categories.iter_mut().flat_map(|category| &mut category.items);
        items.find(|item| item.key.0 == "ttok").unwrap().price = Won::new(6_000).unwrap();
        db::menus::publish(&mut tx, order.store_id, &menu, world.clock.now_ms()).await.unwrap();
        tx.commit().await.unwrap();
    };
    p7(reprice, "cancelled", "11,000원에서 12,000원으로").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p7_the_store_closed_meanwhile() {
    let close = async |world: &World, order: &TestOrder| {
        sqlx::query("update business_day set state = 'closed', closed_at = now() where store_id = $1")
            .bind(order.store_id.0)
            .execute(&world.db)
            .await
            .unwrap();
    };
    p7(close, "cancelled", "매장이 영업을 마쳤어요").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p7_the_time_is_over() {
    let wait = async |world: &World, _: &TestOrder| world.clock.advance(Duration::from_secs(15 * 60 + 1));
    let world = World::start_without_workers().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    wait(&world, &order).await;
    let answer = world.get(&back).await;
    assert_eq!(answer.status, 409);
    assert!(answer.body.contains("결제 시간이 지났어요"), "{}", answer.body);
    assert_eq!(world.attempts(&order).await, ["expired"]);
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_under_way_is_honoured_while_the_store_closes() {
    let world = World::start().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    sqlx::query("update business_day set state = 'closing'").execute(&world.db).await.unwrap();
    assert_eq!(world.get(&back).await.status, 303);
    assert_eq!(world.phase(&order).await, "placed");
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p12_killed_after_the_commit_before_the_answer() {
    let mut world = World::start().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    let stop = world.stop_at("pay.after_commit");
    let browser = world.browse(&back);
    world.kill_at(stop).await;
    browser.await.unwrap();
    assert!(world.order_page(&order).await.body.contains("결제가 완료되었어요"));
    assert_eq!(world.get(&back).await.status, 303);
    assert_eq!(world.attempts(&order).await, ["approved"]);
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_request_is_written() {
    let mut world = World::start_without_workers().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    let stop = world.stop_at("pay.callback_locked");
    let browser = world.browse(&back);
    world.kill_at(stop).await;
    browser.await.unwrap();
    assert_eq!(world.attempts(&order).await, ["approve_requested"]);
    assert_eq!(world.open_payment(&order).await.status, 303, "no second payment meanwhile");
    let waits = world.order_page(&order).await;
    assert!(waits.body.contains("다시 결제하지 마세요") && waits.body.contains("http-equiv=\"refresh\""));
    assert_eq!(cloud_api::pay::worker::run_once(world.app()).await.unwrap(), 1);
    assert_eq!(world.phase(&order).await, "placed");
    assert_eq!(cloud_api::pay::worker::run_once(world.app()).await.unwrap(), 0);
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p23_two_payments_of_one_order_take_the_money_once() {
    let world = World::start().await;
    let order = world.cake_order().await;
    let first = world.authenticate(&order).await;
    world.advance(Duration::from_secs(14 * 60 + 30)).await;
    let second = world.authenticate(&order).await;
    assert_ne!(first, second);
    assert_eq!(world.attempts(&order).await, ["ready_ok", "ready_ok"]);
    tokio::join!(world.get(&first), world.get(&second));
    world.wait_for_phase(&order, "placed").await;
    let mut states = world.attempts(&order).await;
    states.sort();
    assert_eq!(states, ["abandoned", "approved"]);
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_who_stops_can_pay_again() {
    let world = World::start().await;
    let order = world.cake_order().await;
    for choice in ["cancel", "fail"] {
        assert_eq!(world.open_payment(&order).await.status, 302);
        let back = world.kakao.authenticate(&world.tid(&order).await, choice).await;
        let answer = world.get(&back).await;
        assert_eq!((answer.status, answer.location), (303, Some(format!("/o/{}", order.token))));
        // The worker may be the one who looks; the browser does not wait for it then.
        world.wait_for_attempt(&order, "failed").await;
        let page = world.order_page(&order).await;
        assert!(
            page.body.contains("결제되지 않았어요") && page.body.contains(&format!("/pay/{}", order.token))
        );
    }
    assert_eq!(world.pay(&order).await.status, 303);
    world.wait_for_phase(&order, "placed").await;
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_cancellation_is_not_believed() {
    let world = World::start().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    let (path, _) = back.split_once("/approved").unwrap();
    for forged in ["cancelled", "failed"] {
        assert_eq!(world.get(&format!("{path}/{forged}")).await.status, 303);
        assert_eq!(world.attempts(&order).await, ["ready_ok"]);
    }
    assert_eq!(world.get(&back).await.status, 303);
    assert_eq!(world.phase(&order).await, "placed");
    for forged in ["cancelled", "failed"] {
        assert_eq!(world.get(&format!("{path}/{forged}")).await.status, 303);
    }
    assert_eq!(world.phase(&order).await, "placed");
    world.assert_money_agrees().await;
}
