//! Redis silent, cut and half-closed: no event is lost at a counter, the chat answers, and Redis is used again when mended.

use std::time::{Duration, Instant};

use fault_proxy::{Direction, Weather};
use serde_json::json;

use super::assert_within;
use crate::chat::bot::Bot;
use crate::chat::first_order::with_cake;
use crate::store::follower::{Follower, head};
use crate::store::orders::{command, place, send_one};
use crate::store::stream::is_complete;
use crate::world::World;

/// Without Redis an event waits for the poll of Postgres, which comes every second.
const EVENT_WITHIN: Duration = Duration::from_secs(4);
/// How long after mending the streams are whole and order sessions are kept again.
const USED_AGAIN_WITHIN: Duration = Duration::from_secs(10);
const EVENTS: usize = 4;

async fn no_event_is_lost(weather: Weather, what: &str) {
    let world = World::on_wires().await;
    let counter = world.claim(&world.coffee).await;
    let mut follower = Follower::open(&world, &counter, None).await;
    let bot = Bot::new(&world);
    with_cake(&bot).await;
    place(&world).await;
    follower.catch_up(head(&world, world.coffee.store_id).await.seq).await;
    let wire = &world.wires().redis;
    if weather.refuse {
        wire.cut();
    } else {
        wire.set(weather);
    }
    let mut slowest = Duration::ZERO;
    for _ in 0..EVENTS {
        let order = place(&world).await;
        send_one(&counter, &command(order.order_id, json!({"kind": "accept", "prep_minutes": 5}))).await;
        let committed = Instant::now();
        follower.catch_up(head(&world, world.coffee.store_id).await.seq).await;
        slowest = slowest.max(committed.elapsed());
    }
    println!("{what}: the slowest event took {slowest:?}");
    assert!(slowest < EVENT_WITHIN, "{what}: {slowest:?}");
    let said = bot.say("주문서").await;
    println!("{what}: the chat answered in {:?}", said.took);
    wire.mend();
    let mended = Instant::now();
    world.until("the relay fills the stream", async || is_complete(&world, &world.coffee).await).await;
    world.until("sessions are kept again", async || with_session(&bot).await).await;
    assert_within(USED_AGAIN_WITHIN, mended, &format!("{what}: until Redis is used again"));
    place(&world).await;
    follower.catch_up(head(&world, world.coffee.store_id).await.seq).await;
}

/// Whether an item can be put into the session: that needs Redis.
async fn with_session(bot: &Bot<'_>) -> bool {
    let home = bot.say("시작").await;
    let menu = bot.pick(&home, "골목커피").await;
    let item = bot.pick(&menu, "똠방각하").await;
    item.offers("담기") && !bot.pick(&item, "담기").await.says("지금은 답을 드리기 어려워요")
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_silent_either_way_and_no_event_is_lost() {
    tokio::join!(
        no_event_is_lost(Weather::silent(Direction::ToServer), "Redis hears nothing"),
        no_event_is_lost(Weather::silent(Direction::ToClient), "Redis says nothing"),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_cut_off_or_half_closed_and_no_event_is_lost() {
    tokio::join!(
        no_event_is_lost(Weather { refuse: true, ..Weather::default() }, "Redis cut off"),
        no_event_is_lost(Weather::half_closed(Direction::ToClient), "Redis half-closed to us"),
        no_event_is_lost(Weather::half_closed(Direction::ToServer), "Redis half-closed from us"),
    );
}
