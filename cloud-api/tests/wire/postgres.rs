//! Postgres slow and silent: the chat answers in time, nothing waits for ever, everything works again when mended.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use cloud_api::db::Db;
use fault_proxy::{Direction, Weather};
use futures_util::future::join_all;
use serde_json::json;

use super::assert_within;
use crate::chat::bot::Bot;
use crate::chat::first_order::with_order;
use crate::store::follower::{Follower, head};
use crate::store::orders::{command, place, send_one};
use crate::world::World;

/// Kakao gives five seconds; the network to it takes its share.
const LONGEST_ANSWER: Duration = Duration::from_secs(4);
/// A statement that was lost gives up after ten seconds; then its worker goes on.
const WORKS_AGAIN_WITHIN: Duration = Duration::from_secs(15);
/// More than there are connections.
const PEOPLE: usize = 22;

/// Everybody says something at once; the slowest answer.
async fn slowest_answer(world: &World) -> Duration {
    let people: Vec<Bot<'_>> = (0..PEOPLE).map(|_| Bot::new(world)).collect();
    let answers = join_all(people.iter().map(|bot| bot.say("시작"))).await;
    answers.iter().map(|said| said.took).max().unwrap()
}

/// Somebody orders and pays, the counter hears of it and answers.
async fn assert_everything_works(world: &World, since: Instant, what: &str) {
    let counter = world.claim(&world.coffee).await;
    let mut follower = Follower::open(world, &counter, None).await;
    let order = world.cake_order().await;
    let back = world.authenticate(&order).await;
    let browser = world.browse(&back);
    world.wait_for_phase(&order, "placed").await;
    follower.catch_up(head(world, world.coffee.store_id).await.seq).await;
    send_one(&counter, &command(order.order_id, json!({"kind": "accept", "prep_minutes": 5}))).await;
    follower.catch_up(head(world, world.coffee.store_id).await.seq).await;
    assert_within(WORKS_AGAIN_WITHIN, since, &format!("{what}: until all works again"));
    browser.await.unwrap();
    assert!(with_order(&Bot::new(world)).await.pay_url().is_some(), "the chat takes orders");
    world.assert_money_agrees().await;
}

async fn silent(direction: Direction) {
    let world = World::on_wires().await;
    // Connections with open statements and idle ones.
    slowest_answer(&world).await;
    let wire = &world.wires().postgres;
    wire.set(Weather::silent(direction));
    for _ in 0..2 {
        let slowest = slowest_answer(&world).await;
        println!("{direction:?} silent: the slowest of {PEOPLE} answers took {slowest:?}");
        assert!(slowest < LONGEST_ANSWER, "{slowest:?}");
    }
    let ready = world.get("/health/ready").await;
    assert_eq!(ready.status, 503, "the operator sees it: {}", ready.body);
    wire.mend();
    assert_everything_works(&world, Instant::now(), &format!("{direction:?} silent")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_silent_either_way_and_the_chat_answers_in_time_and_all_recovers() {
    join_all([Direction::ToServer, Direction::ToClient].map(silent)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_two_seconds_slow_and_the_chat_answers_in_time_and_all_recovers() {
    let world = World::on_wires().await;
    slowest_answer(&world).await;
    // There and back.
    world.wires().postgres.set(Weather::slow(Duration::from_secs(1)));
    let slowest = slowest_answer(&world).await;
    println!("Postgres 2 s slow: the slowest of {PEOPLE} answers took {slowest:?}");
    assert!(slowest < LONGEST_ANSWER, "{slowest:?}");
    world.wires().mend();
    assert_everything_works(&world, Instant::now(), "2 s slow").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_that_died_without_a_word_cost_a_moment_and_no_request() {
    let world = World::on_wires_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    slowest_answer(&world).await;
    let idle = world.app().db.num_idle();
    assert!(idle > 3, "there are connections to lose: {idle}");
    let order = place(&world).await;
    // Long enough for no connection to count as fresh, then every live one is lost and new ones work.
    let quiet = Instant::now();
    world.until("the connections are idle", async || quiet.elapsed() > Duration::from_secs(2)).await;
    let wire = &world.wires().postgres;
    wire.set(Weather::silent(Direction::ToServer));
    let lost = join_all((0..idle).map(|_| world.get("/health/ready"))).await;
    assert!(lost.iter().all(|answer| answer.status == 503));
    wire.mend();
    let mended = Instant::now();
    let accept = command(order.order_id, json!({"kind": "accept", "prep_minutes": 5}));
    send_one(&counter, &accept).await;
    assert_within(Duration::from_secs(5), mended, "the first command after a silence");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_page_whose_commit_is_never_answered_keeps_no_connection() {
    let world = World::on_wires_without_workers().await;
    let order = world.cake_order().await;
    let armed = world.arm("pay.before_ready_row", "sleep(500)");
    let browser = world.browse(&format!("/pay/{}", order.token));
    world.until("the payment is about to be written", async || armed.is_reached()).await;
    let wire = &world.wires().postgres;
    wire.set(Weather::silent(Direction::ToClient));
    let silent = Instant::now();
    let db = &world.app().db;
    // Nobody else has work here, so whatever is in use is the page's.
    world
        .until("no connection is in use", async || {
            silent.elapsed() > Duration::from_secs(1) && db.size() as usize == db.num_idle()
        })
        .await;
    assert_within(WORKS_AGAIN_WITHIN, silent, "the connection of a page that hangs");
    wire.mend();
    browser.await.unwrap();
    // Whether it was committed is read anew; nothing was asked of KakaoPay.
    drop(armed);
    world.advance(Duration::from_secs(60)).await;
    assert_eq!(world.open_payment(&order).await.status, 302);
}

#[tokio::test(flavor = "multi_thread")]
async fn half_closed_and_dropped_connections_cost_a_request_at_most() {
    let world = World::on_wires().await;
    for weather in [Weather::half_closed(Direction::ToClient), Weather::half_closed(Direction::ToServer)] {
        slowest_answer(&world).await;
        let wire = &world.wires().postgres;
        wire.set(weather.clone());
        let slowest = slowest_answer(&world).await;
        assert!(slowest < LONGEST_ANSWER, "{weather:?}: {slowest:?}");
        wire.mend();
        wire.drop_connections();
    }
    // Whoever comes at the same moment may get a connection that was just dropped; later it is noticed before it is used.
    let dropped = Instant::now();
    world
        .until("no connection counts as fresh", async || dropped.elapsed() > Duration::from_millis(200))
        .await;
    assert_everything_works(&world, Instant::now(), "half-closed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_may_be_cut_anywhere_and_the_money_agrees() {
    let world = World::on_wires().await;
    sqlx::query("update item_stock set remaining = 1000").execute(&world.db).await.unwrap();
    // A prime step, so that the cuts fall into every part of a message.
    for bytes in (0..4_000_u64).step_by(1_409) {
        let order = world.cake_order().await;
        let back = world.authenticate(&order).await;
        for direction in [Direction::ToServer, Direction::ToClient] {
            world.wires().postgres.set(Weather::cut_after(direction, bytes));
            let browser = world.browse(&back);
            let cuts = world.wires().postgres.cuts();
            let started = Instant::now();
            world
                .until("something is cut", async || {
                    world.wires().postgres.cuts() > cuts || started.elapsed() > Duration::from_millis(500)
                })
                .await;
            world.wires().mend();
            browser.abort();
        }
        // The customer reloads until the page answers.
        world
            .until("the payment is known", async || {
                let answer = world.get(&back).await;
                answer.status == 303 && world.phase(&order).await == "placed"
            })
            .await;
        assert_eq!(world.attempts(&order).await.iter().filter(|state| *state == "approved").count(), 1);
    }
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_while_a_transaction_begins_leaves_no_transaction_behind() {
    let world = World::on_wires().await;
    let one = NonZeroU32::new(1).unwrap();
    let db = Db::connect_at_most(&world.wires().database_url, one).await.unwrap();
    for _ in 0..3 {
        world.wires().postgres.set(Weather::slow(Duration::from_millis(100)));
        let begin = tokio::time::timeout(Duration::from_millis(50), db.begin()).await;
        assert!(begin.is_err(), "the answer takes 200 ms");
        world.wires().mend();
        let pid: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&db).await.unwrap();
        let state: String = sqlx::query_scalar("select state from pg_stat_activity where pid = $1")
            .bind(pid)
            .fetch_one(&world.db)
            .await
            .unwrap();
        assert!(!state.starts_with("idle in transaction"), "{state}");
    }
}
