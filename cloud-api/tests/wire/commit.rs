//! The link to Postgres dies exactly at a COMMIT, on either side of it: row P11 and its kin.

use std::time::{Duration, Instant};

use fault_proxy::{CommitCut, Weather};
use serde_json::json;
use shared::wire::Outcome;

use super::{assert_within, captures_and_refunds, events_of, until_a_commit_is_cut};
use crate::chat::bot::Bot;
use crate::chat::first_order::with_cake;
use crate::store::orders::{command, place, send_one};
use crate::world::World;

/// Row P11 allows ten seconds; a lease of five and an inquiry pass in it.
const KNOWN_WITHIN: Duration = Duration::from_secs(10);
/// Statements that only one kind of transaction has.
const CAPTURE: &str = "update payment_attempt set state = $4, aid = $5";
const RETURNED: &str = "set state = 'approve_requested', pg_token_sealed";
const PLACEMENT: &str = "insert into pay_link";
const COMMAND: &str = "insert into command ";
const REFUNDED: &str = "update refund set state = $4, aid = $5";

async fn approval(cut: CommitCut) {
    let world = World::on_wires().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    let wire = &world.wires().postgres;
    wire.set(Weather::cut_at_commit(cut, CAPTURE));
    let browser = world.browse(&back);
    until_a_commit_is_cut(&world).await;
    wire.mend();
    let mended = Instant::now();
    world.wait_for_phase(&order, "placed").await;
    assert_within(KNOWN_WITHIN, mended, &format!("{cut:?} COMMIT of an approval until placed"));
    browser.await.unwrap();
    assert_eq!(world.attempts(&order).await, ["approved"]);
    assert_eq!(events_of(&world, &order, "order_placed").await, 1);
    assert_eq!(captures_and_refunds(&world).await, (1, 0));
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p11_cut_at_commit_of_an_approval_is_one_capture_and_one_order() {
    tokio::join!(approval(CommitCut::Before), approval(CommitCut::After));
}

async fn returning(cut: CommitCut) {
    let world = World::on_wires().await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    let wire = &world.wires().postgres;
    wire.set(Weather::cut_at_commit(cut, RETURNED));
    let lost = world.get(&back).await;
    assert!(wire.commits_cut() > 0);
    assert!(lost.status >= 500 || lost.status == 303, "{}: {}", lost.status, lost.body);
    wire.mend();
    // The customer reloads the page that failed.
    let answer = world.get(&back).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    world.wait_for_phase(&order, "placed").await;
    assert_eq!(captures_and_refunds(&world).await, (1, 0));
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_before_commit_of_a_return_from_kakaopay_is_paid_once_by_reloading() {
    returning(CommitCut::Before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_after_commit_of_a_return_from_kakaopay_is_paid_once_by_reloading() {
    returning(CommitCut::After).await;
}

async fn placement(cut: CommitCut) {
    let world = World::on_wires_without_workers().await;
    let bot = Bot::new(&world);
    let session = with_cake(&bot).await;
    let asked = bot.pick(&session, "주문하기").await;
    assert!(asked.says("휴대전화 번호"), "{}", asked.text());
    let wire = &world.wires().postgres;
    wire.set(Weather::cut_at_commit(cut, PLACEMENT));
    let lost = bot.say("010-0000-0001").await;
    assert_eq!(wire.commits_cut(), 1);
    assert!(lost.pay_url().is_none(), "nobody knows whether there is an order: {}", lost.text());
    wire.mend();
    let card = bot.pick(&session, "주문하기").await;
    assert!(card.pay_url().is_some(), "{}", card.text());
    let twice = bot.pick(&session, "주문하기").await;
    assert_eq!(twice.pay_url(), card.pay_url());
    let orders: Vec<String> =
        sqlx::query_scalar("select phase from orders").fetch_all(&world.db).await.unwrap();
    assert_eq!(orders, ["pending_payment"], "one wish, one order");
    let links: i64 =
        sqlx::query_scalar("select count(*) from customer_order").fetch_one(&world.db).await.unwrap();
    assert_eq!(links, 1);
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_before_commit_of_a_placement_is_one_order_after_another_tap() {
    placement(CommitCut::Before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_after_commit_of_a_placement_is_one_order_after_another_tap() {
    placement(CommitCut::After).await;
}

async fn counter_command(cut: CommitCut, again: Outcome) {
    let world = World::on_wires_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let order = place(&world).await;
    let accept = command(order.order_id, json!({"kind": "accept", "prep_minutes": 7}));
    let wire = &world.wires().postgres;
    wire.set(Weather::cut_at_commit(cut, COMMAND));
    let lost = counter.post("/v1/store/commands", &json!({"commands": [accept]})).await;
    assert_eq!(wire.commits_cut(), 1);
    assert!(lost.status >= 500, "{}: {}", lost.status, lost.body);
    wire.mend();
    let first = send_one(&counter, &accept).await;
    assert_eq!(first.outcome, again, "{first:?}");
    let second = send_one(&counter, &accept).await;
    assert_eq!(second.outcome, Outcome::AlreadyApplied);
    assert_eq!(second.position, first.position, "the same key has the same answer for ever");
    assert_eq!(events_of(&world, &order, "order_accepted").await, 1);
    assert_eq!(world.phase(&order).await, "accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_before_commit_of_a_command_is_applied_once_by_sending_it_again() {
    counter_command(CommitCut::Before, Outcome::Applied).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_after_commit_of_a_command_is_answered_as_applied_by_sending_it_again() {
    counter_command(CommitCut::After, Outcome::AlreadyApplied).await;
}

async fn refund(cut: CommitCut) {
    let world = World::on_wires().await;
    let counter = world.claim(&world.coffee).await;
    let order = world.placed_order(&world.coffee, &[("ttok", &[], 2)]).await;
    let wire = &world.wires().postgres;
    wire.set(Weather::cut_at_commit(cut, REFUNDED));
    let reject = command(order.order_id, json!({"kind": "reject", "reason": "sold_out"}));
    assert_eq!(send_one(&counter, &reject).await.outcome, Outcome::Applied);
    until_a_commit_is_cut(&world).await;
    wire.mend();
    let mended = Instant::now();
    world.wait_for_refund(&order, "done").await;
    assert_within(KNOWN_WITHIN, mended, &format!("{cut:?} COMMIT of a refund until done"));
    assert_eq!(world.refunds(&order).await, ["done"]);
    assert_eq!(events_of(&world, &order, "refund_completed").await, 1);
    assert_eq!(captures_and_refunds(&world).await, (1, 1));
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_at_commit_of_a_refund_gives_the_money_back_once() {
    tokio::join!(refund(CommitCut::Before), refund(CommitCut::After));
}
