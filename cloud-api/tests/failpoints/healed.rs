//! What must hold when the trouble is over.

use shared::log::Subject;
use shared::wire::Outcome;

use super::listener::Listener;
use super::story::{Story, orders, send, settle};
use crate::store::{orders as store_orders, stream};
use crate::world::{Counter, World, until};

/// What an order goes through, each once.
const EVENTS: [&str; 4] = ["order_accepted", "order_cancelled", "order_placed", "refund_completed"];

/// Panics unless everything is as if nothing had happened.
pub async fn check(world: &World, counter: &Counter, listener: &Listener, story: &Story) {
    settle(world, "no work is left", async || {
        let left = work_left(world).await;
        if !left.is_empty() {
            eprintln!("still to do: {left:?}");
        }
        left.is_empty()
    })
    .await;
    world.assert_money_agrees().await;
    assert_eq!(dead_letters(world).await, Vec::<String>::new(), "nobody has to look at anything");
    one_order(world, story).await;
    one_effect(world, counter, story).await;
    // The chain is verified on the way.
    let log = store_orders::log(world, &world.coffee).await;
    until("the stream is the log", async || stream::is_complete(world, &world.coffee).await).await;
    let bodies: Vec<String> =
        log.iter().map(|(_, _, body)| String::from_utf8(body.to_bytes()).unwrap()).collect();
    until("the counter has heard everything", async || listener.count() >= bodies.len()).await;
    assert_eq!(listener.heard(), bodies, "every event once, in order");
}

/// One order came of it, with each of its events once.
async fn one_order(world: &World, story: &Story) {
    let order = story.order.as_ref().expect("the story has an order");
    assert_eq!(orders(world).await.len(), story.number(), "one order for each story");
    let log = store_orders::log(world, &world.coffee).await;
    let mut kinds: Vec<&str> = log
        .iter()
        .filter(|(_, _, body)| matches!(&body.subject, Subject::Order { order_id, .. } if *order_id == order.order_id))
        .map(|(_, _, body)| body.kind())
        .collect();
    kinds.sort_unstable();
    assert_eq!(kinds, EVENTS, "each event of the order once");
    assert_eq!(world.phase(order).await, "cancelled");
}

/// The same command gets the same answer, and nothing happens by it.
async fn one_effect(world: &World, counter: &Counter, story: &Story) {
    let before = store_orders::log(world, &world.coffee).await.len();
    for (command, first) in &story.commands {
        let first = first.as_ref().expect("the command was answered");
        let again = send(world, counter, command).await;
        assert_eq!(again.outcome, Outcome::AlreadyApplied);
        assert_eq!((&again.position, again.code), (&first.position, first.code), "the same answer again");
    }
    assert_eq!(store_orders::log(world, &world.coffee).await.len(), before);
}

/// Everything that somebody still has to do, in words.
async fn work_left(world: &World) -> Vec<String> {
    sqlx::query_scalar(
        "select 'payment ' || state from payment_attempt
         where state in ('ready_sent', 'approve_requested', 'approve_sent', 'approve_unknown')
         union all select 'refund ' || state from refund where state <> 'done'
         union all select 'message ' || state from notification where state not in ('sent', 'dropped')
         union all select 'timer ' || kind from timer where done_at is null and due_at <= $1",
    )
    .bind(world.clock.now())
    .fetch_all(&world.db)
    .await
    .unwrap()
}

async fn dead_letters(world: &World) -> Vec<String> {
    sqlx::query_scalar("select source from dead_letter").fetch_all(&world.db).await.unwrap()
}
