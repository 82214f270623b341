//! KakaoPay slow, silent, and cut anywhere in its answer: the outcome is found out by asking, and nothing is taken twice.

use std::time::{Duration, Instant};

use fault_proxy::{Direction, Weather};
use futures_util::future::join_all;
use serde_json::json;
use shared::wire::Outcome;

use super::{assert_within, captures_and_refunds};
use crate::store::orders::{command, place, send};
use crate::world::{Counter, TestOrder, World};

/// While one payment of the store hangs, its counter must not notice.
const COMMAND_P99: Duration = Duration::from_millis(200);
const COMMANDS: usize = 50;
/// How long an unknown outcome may stay unknown once KakaoPay can be asked.
const KNOWN_WITHIN: Duration = Duration::from_secs(10);
/// KakaoPay's own longest answer and then some, plus what comes after.
const SILENT_KNOWN_WITHIN: Duration = Duration::from_secs(35);
/// An answer with its headers is about a thousand bytes.
const LONGEST_ANSWER: u64 = 1_200;

#[tokio::test(flavor = "multi_thread")]
async fn f2_kakaopay_eight_seconds_slow_and_commands_of_the_same_store_stay_quick() {
    let world = World::on_wires().await;
    let counter = world.claim(&world.coffee).await;
    let mut orders = Vec::new();
    for _ in 0..2 * COMMANDS {
        orders.push(place(&world).await);
    }
    let usual = slowest_command(&counter, &orders[COMMANDS..]).await;
    let paying = world.cake_order().await;
    let back = world.authenticate(&paying).await;
    // There and back.
    world.wires().kakaopay.set(Weather::slow(Duration::from_secs(4)));
    let browser = world.browse(&back);
    world.wait_for_attempt(&paying, "approve_sent").await;
    let mut slowest = Duration::ZERO;
    let mut sent = 0;
    // A machine that is too busy for all of them before the answer comes still says something.
    while sent < COMMANDS && world.attempts(&paying).await == ["approve_sent"] {
        slowest = slowest.max(slowest_command(&counter, &orders[sent..=sent]).await);
        sent += 1;
    }
    println!("slowest of {sent} commands: {slowest:?} while KakaoPay hangs, {usual:?} before");
    assert!(sent >= COMMANDS / 5, "{sent} commands while the payment was under way");
    // On a busy machine commands are slow without any payment, too.
    assert!(slowest < COMMAND_P99.max(usual * 3), "{slowest:?}, {usual:?} before");
    world.wait_for_phase(&paying, "placed").await;
    browser.await.unwrap();
    assert_eq!(captures_and_refunds(&world).await, (1, 0));
    assert_eq!(world.attempts(&paying).await, ["approved"]);
}

/// Accepts one order after the other; what the slowest took.
async fn slowest_command(counter: &Counter, orders: &[TestOrder]) -> Duration {
    let mut slowest = Duration::ZERO;
    for order in orders {
        let started = Instant::now();
        let accept = command(order.order_id, json!({"kind": "accept", "prep_minutes": 5}));
        assert_eq!(send(counter, &[accept]).await[0].outcome, Outcome::Applied);
        slowest = slowest.max(started.elapsed());
    }
    slowest
}

/// Whether the outcome of an order's payment is known.
async fn is_known(world: &World, order: &TestOrder) -> bool {
    let in_flight = ["approve_requested", "approve_sent", "approve_unknown"];
    let attempts = world.attempts(order).await;
    let open = attempts.iter().any(|state| in_flight.contains(&state.as_str()));
    let placed = world.phase(order).await == "placed";
    placed || !open && attempts.iter().all(|state| state != "approved")
}

/// One payment whose approve meets `weather`; ends when its order is placed.
async fn pay_through(world: &World, weather: Weather) {
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    let wire = &world.wires().kakaopay;
    let cuts = wire.cuts();
    wire.set(weather.clone());
    let browser = world.browse(&back);
    world
        .until("the approval is cut, or done", async || {
            wire.cuts() > cuts || world.attempts(&order).await == ["approved"]
        })
        .await;
    wire.mend();
    let mended = Instant::now();
    world.wait_for_phase(&order, "placed").await;
    assert!(mended.elapsed() < KNOWN_WITHIN, "{weather:?}: known after {:?}", mended.elapsed());
    browser.await.unwrap();
    assert_eq!(world.attempts(&order).await, ["approved"], "{weather:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_cut_after_any_byte_is_found_out_by_asking() {
    let world = World::on_wires().await;
    sqlx::query("update item_stock set remaining = 1000").execute(&world.db).await.unwrap();
    let sweep: Vec<u64> = (0..LONGEST_ANSWER).step_by(97).collect();
    let started = Instant::now();
    for bytes in &sweep {
        pay_through(&world, Weather::cut_after(Direction::ToClient, *bytes)).await;
    }
    println!("{} payments cut anywhere in the answer took {:?}", sweep.len(), started.elapsed());
    assert_eq!(captures_and_refunds(&world).await, (sweep.len(), 0));
    assert!(world.wires().kakaopay.cuts() > 5, "answers were really cut");
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_cut_after_any_byte_takes_money_once_or_not_at_all() {
    let world = World::on_wires().await;
    for bytes in [0, 1, 100, 300, 500] {
        let order = world.cake_order().await;
        let back = world.authenticate(&order).await;
        let wire = &world.wires().kakaopay;
        let cuts = wire.cuts();
        wire.set(Weather::cut_after(Direction::ToServer, bytes));
        let browser = world.browse(&back);
        world
            .until("the approval is cut, or short enough to pass", async || {
                wire.cuts() > cuts || world.attempts(&order).await == ["approved"]
            })
            .await;
        wire.mend();
        // KakaoPay says "not taken" twice, a minute apart, before it is asked to take the money again.
        world
            .until("the payment is known", async || {
                tokio::time::sleep(Duration::from_millis(100)).await;
                world.advance(Duration::from_secs(10)).await;
                is_known(&world, &order).await
            })
            .await;
        browser.abort();
    }
    world.assert_money_agrees().await;
}

async fn hangs(weather: Weather) {
    let world = World::on_wires().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    let what = format!("{weather:?}");
    world.wires().kakaopay.set(weather);
    let browser = world.browse(&back);
    // A half-closed line is noticed at once: "sent" may be over before anyone can see it.
    world
        .until("the approval has left", async || {
            let attempts = world.attempts(&order).await;
            attempts.last().is_some_and(|state| state != "ready_ok" && state != "approve_requested")
        })
        .await;
    let sent = Instant::now();
    // New connections work; the one that carries the approval stays as it is.
    let (captured, _) = captures_and_refunds(&world).await;
    world
        .until("the answer, or the question, is lost", async || {
            captures_and_refunds(&world).await.0 > captured || sent.elapsed() > Duration::from_secs(1)
        })
        .await;
    world.wires().mend();
    while !is_known(&world, &order).await && sent.elapsed() < SILENT_KNOWN_WITHIN {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if world.attempts(&order).await == ["approve_unknown"] {
            // Kakao's word that nothing was taken is believed after a minute.
            world.advance(Duration::from_secs(10)).await;
        }
    }
    assert_within(SILENT_KNOWN_WITHIN, sent, &format!("{what}: until the outcome is known"));
    assert!(is_known(&world, &order).await, "{what}: {:?}", world.attempts(&order).await);
    browser.abort();
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kakaopay_silent_or_half_closed_takes_money_once_or_not_at_all() {
    let directions = [Direction::ToClient, Direction::ToServer];
    let weathers = directions.iter().flat_map(|way| [Weather::silent(*way), Weather::half_closed(*way)]);
    join_all(weathers.map(hangs)).await;
}
