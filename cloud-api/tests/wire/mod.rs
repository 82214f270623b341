//! The server on wires that break: Postgres, Redis and KakaoPay slow, silent, cut anywhere; counters that went away without a word;
//! a database that came back from the past.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test says what it expects by panicking"
)]

mod commit;
mod counters;
mod kakaopay;
mod postgres;
mod redis;
mod restored;

use std::time::{Duration, Instant};

use crate::store::orders::log;
use crate::world::{TestOrder, World};

/// How often an event of this kind about this order is in the log.
async fn events_of(world: &World, order: &TestOrder, kind: &str) -> usize {
    let log = log(world, &world.coffee).await;
    log.iter().filter(|(_, _, body)| body.order_id() == Some(order.order_id) && body.kind() == kind).count()
}

/// How often KakaoPay took money, and how often it gave some back.
async fn captures_and_refunds(world: &World) -> (usize, usize) {
    let ledger = world.kakao.ledger().await;
    let payments = ledger["payments"].as_array().unwrap();
    let count = |key: &str| payments.iter().filter(|payment| payment[key].as_i64() > Some(0)).count();
    (count("captured"), count("refunded"))
}

/// Waits until a COMMIT was cut.
async fn until_a_commit_is_cut(world: &World) {
    let wire = &world.wires().postgres;
    world.until("a COMMIT is cut", async || wire.commits_cut() > 0).await;
}

/// Panics when more than `bound` passed since `since`.
fn assert_within(bound: Duration, since: Instant, what: &str) {
    let took = since.elapsed();
    println!("{what}: {took:?} (bound {bound:?})");
    assert!(took <= bound, "{what} took {took:?}, more than {bound:?}");
}
