//! Too many messages: the important ones go first, the least important are given up, and none is sent that is not true any more.

use std::time::Duration;

use cloud_api::orders::{self, Importance, Template};
use cloud_api::{db, notify};
use serde_json::json;
use shared::id::{DeviceId, StaffId};
use shared::order::{Actor, CancelReason, OrderCommand};

use super::{change, delivered, log, make, placed};
use crate::world::{TestOrder, World};

/// Queues `count` messages to the customer about versions that the order never had, as if so many orders waited.
async fn queue(world: &World, order: &TestOrder, template: Template, count: i32, seconds_ago: f64) {
    let mut variables = json!({"매장명": "골목커피", "주문번호": "1번 (사과)", "자동취소시각": "18:40"});
    if template == Template::Placed {
        variables["주문내역"] = "커피 1개".into();
        variables["결제금액"] = "5,500원".into();
    }
    sqlx::query(
        "insert into notification (store_id, notification_id, order_id, customer_id, template, order_version, variables,
                                   state, next_try_at, created_at, importance)
         select o.store_id, gen_random_uuid(), o.order_id, o.customer_id, $2, 1000 + n + (select count(*) from notification), $3, 'pending', $6, $6, $5
         from orders o, generate_series(1, $4) n where o.order_id = $1",
    )
    .bind(order.order_id.0)
    .bind(template.code())
    .bind(variables)
    .bind(count)
    .bind(template.importance().number())
    .bind(world.clock.now() - chrono::Duration::milliseconds((seconds_ago * 1_000.0) as i64))
    .execute(&world.db)
    .await
    .expect("queued");
}

async fn states(world: &World, template: Template) -> Vec<(String, i64)> {
    sqlx::query_as("select state, count(*) from notification where template = $1 group by 1 order by 1")
        .bind(template.code())
        .fetch_all(&world.db)
        .await
        .expect("states")
}

#[tokio::test(flavor = "multi_thread")]
async fn money_goes_first_however_long_the_others_wait() {
    let world = World::start_without_workers().await;
    let (waiting, cancelled) = (placed(&world).await, placed(&world).await);
    notify::run_once(world.app()).await.expect("sent");
    queue(&world, &waiting, Template::Parked, 30, 20.0).await;
    let change_of_mind = OrderCommand::Cancel { reason: CancelReason::CustomerChangedMind };
    make(&world, &cancelled, change_of_mind, Actor::Customer).await;
    assert_eq!(notify::run_once(world.app()).await.expect("a round"), 20);
    assert_eq!(log(&world, &cancelled).await[1].1, "sent");
    assert_eq!(states(&world, Template::Parked).await, [("pending".into(), 11), ("sent".into(), 19)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_too_long_is_given_up_unless_it_is_about_money() {
    let world = World::start_without_workers().await;
    let order = placed(&world).await;
    notify::run_once(world.app()).await.expect("sent");
    queue(&world, &order, Template::Parked, 50, 61.0).await;
    queue(&world, &order, Template::Placed, 50, 3_600.0).await;
    assert_eq!(notify::run_once(world.app()).await.expect("a round"), 20);
    assert_eq!(states(&world, Template::Parked).await, [("shed".into(), 50)]);
    let kept = states(&world, Template::Placed).await;
    assert_eq!(kept, [("pending".into(), 30), ("sent".into(), 21)], "{kept:?}");
    let reason: String = sqlx::query_scalar("select distinct result from notification where state = 'shed'")
        .fetch_one(&world.db)
        .await
        .expect("one reason");
    assert_eq!(reason, "80 messages were due, this one was among the least important");
    // The load is gone, and so are the messages that were given up; the state still shows and the next one is sent.
    while notify::run_once(world.app()).await.expect("a round") > 0 {}
    let accept = OrderCommand::Accept { prep_minutes: 10 };
    let (device_id, staff_id) = (DeviceId::fresh(), StaffId::fresh());
    make(&world, &order, accept, Actor::Counter { device_id, staff_id }).await;
    queue(&world, &order, Template::Parked, 1, 0.0).await;
    while notify::run_once(world.app()).await.expect("a round") > 0 {}
    assert_eq!(states(&world, Template::Accepted).await, [("sent".into(), 1)]);
    assert_eq!(states(&world, Template::Parked).await, [("dropped".into(), 1), ("shed".into(), 50)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_cost_the_least_important() {
    let world = World::start_without_workers().await;
    let order = placed(&world).await;
    notify::run_once(world.app()).await.expect("sent");
    let most = i32::try_from(notify::MOST_DUE).expect("a small number");
    queue(&world, &order, Template::Ready, most - 100, 1.0).await;
    queue(&world, &order, Template::Accepted, 200, 1.0).await;
    notify::run_once(world.app()).await.expect("a round");
    // Twenty were claimed before the rest was counted: 80 of 2,080 are too many.
    assert_eq!(states(&world, Template::Accepted).await, [("pending".into(), 120), ("shed".into(), 80)]);
    let ready = states(&world, Template::Ready).await;
    assert!(ready.iter().all(|(state, _)| state != "shed"), "{ready:?}");
    assert_eq!(Template::Ready.importance(), Importance::Act);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_changes_after_its_message_was_claimed_is_not_told_the_old() {
    let world = World::start_without_workers().await;
    let order = placed(&world).await;
    // The sender cannot read the order until the change is there.
    let mut tx = world.db.begin().await.expect("a transaction");
    sqlx::query("lock table orders in access exclusive mode").execute(&mut *tx).await.expect("locked");
    let app = world.app().clone();
    let round = tokio::spawn(async move { notify::run_once(&app).await });
    world
        .until("the message is claimed", async || {
            let state: String =
                sqlx::query_scalar("select state from notification").fetch_one(&world.db).await.expect("one");
            state == "sending"
        })
        .await;
    let cancel = OrderCommand::Cancel { reason: CancelReason::CustomerChangedMind };
    let change = change(&order, cancel, Actor::Customer);
    orders::transition(&mut tx, &world.clock, change).await.expect("cancelled");
    tx.commit().await.expect("committed");
    round.await.expect("no panic").expect("a round");
    assert_eq!(log(&world, &order).await[0].1, "dropped");
    assert!(!delivered(&world).await.contains("SO_PLACED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_that_passed_is_not_promised() {
    let world = World::start_without_workers().await;
    let order = placed(&world).await;
    world.clock.advance(Duration::from_secs(7 * 60));
    notify::run_once(world.app()).await.expect("settled");
    let told = log(&world, &order).await;
    assert_eq!(
        told[0],
        ("SO_PLACED".into(), "dropped".into(), Some("the order's deadline has passed".into()))
    );
    let due = db::notifications::claim(&world.db, world.clock.now(), 1).await.expect("asked");
    assert!(due.is_empty(), "nothing waits");
}
