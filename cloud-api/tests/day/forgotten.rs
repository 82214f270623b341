//! A day that nobody closes.

use std::time::{Duration, Instant};

use serde_json::json;
use shared::day::DayState;

use super::{does, end_day, kinds, snapshot};
use crate::store::orders::{command, send_one};
use crate::world::World;

/// How long the server is given to act before its clock goes on.
const LOOK: Duration = Duration::from_millis(300);

#[tokio::test(flavor = "multi_thread")]
async fn its_orders_are_brought_to_an_end_its_owner_is_told_and_it_is_closed() {
    let world = World::start().await;
    sqlx::query("update store set alert_phone = '010-9999-0001'").execute(&world.db).await.unwrap();
    world.until_clock("12:00").await;
    end_day(&world).await;
    let counter = world.claim(&world.coffee).await;
    does(&counter, json!({"kind": "day_open"})).await;
    let item: [(&str, &[&str], u32); 1] = [("ttok", &[], 1)];
    let (accepted, cooking, answered) = (
        world.placed_order(&world.coffee, &item).await,
        world.placed_order(&world.coffee, &item).await,
        world.placed_order(&world.coffee, &item).await,
    );
    for (order, action) in [
        (&accepted, json!({"kind": "accept", "prep_minutes": 10})),
        (&cooking, json!({"kind": "cooking"})),
        (&answered, json!({"kind": "handed_over"})),
    ] {
        assert_eq!(send_one(&counter, &command(order.order_id, action)).await.code, None);
    }
    world.until_clock("22:31").await;
    world.wait_for_phase(&answered, "completed").await;
    assert_eq!(snapshot(&counter).await.day.state(), DayState::Open, "somebody may still be there");
    world.until_clock("04:30").await;
    world.wait_for_phase(&accepted, "cancelled").await;
    world.wait_for_phase(&cooking, "completed").await;
    world.wait_for_refund(&accepted, "done").await;
    world
        .until("the owner is told", async || {
            let messages = json!(world.kakao.messages().await).to_string();
            messages.contains("SO_DAY_FORGOTTEN")
        })
        .await;
    let closed = async || {
        // The server looks each minute.
        world.clock.advance(Duration::from_secs(61));
        let began = Instant::now();
        while began.elapsed() < LOOK {
            if snapshot(&counter).await.day.state() == DayState::Closed {
                return true;
            }
        }
        false
    };
    world.until("the day is closed", closed).await;
    let kinds = kinds(&world).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "closing_started").count(), 1, "{kinds:?}");
    assert_eq!(kinds.iter().filter(|kind| *kind == "day_closed").count(), 1, "{kinds:?}");
    world.assert_money_agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_there_after_all_goes_on() {
    let world = World::start_without_workers().await;
    world.until_clock("12:00").await;
    end_day(&world).await;
    let counter = world.claim(&world.coffee).await;
    does(&counter, json!({"kind": "day_open"})).await;
    world.until_clock("04:30").await;
    let look = async || {
        cloud_api::day::watch::look(world.app(), world.coffee.store_id).await.unwrap();
        snapshot(&counter).await.day.state()
    };
    assert_eq!(look().await, DayState::Closing);
    does(&counter, json!({"kind": "closing_resume"})).await;
    assert_eq!(look().await, DayState::Open);
    world.clock.advance(Duration::from_secs(30 * 60));
    assert_eq!(look().await, DayState::Open);
}
