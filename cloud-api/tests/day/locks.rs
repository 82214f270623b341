//! Everybody takes locks in one order: order, counted items, points, store, day, cursor. Whoever holds an early one and waits for nothing
//! gets the late ones.

use cloud_api::db;
use shared::id::ItemKey;
use sqlx::{Connection, Postgres, Transaction};

use crate::chat::bot::Bot;
use crate::chat::first_order::newest_order;
use crate::reservations::{at_noon, unpaid};
use crate::store::orders::place_unpaid;
use crate::world::World;

/// A transaction that is told, instead of waiting long, when somebody has what it wants.
async fn impatient(world: &World) -> Transaction<'static, Postgres> {
    let mut tx = world.db.begin().await.unwrap();
    sqlx::query("set local lock_timeout = '500ms'").execute(&mut *tx).await.unwrap();
    tx
}

/// Waits until somebody waits for a row that another one has.
async fn until_somebody_waits(world: &World) {
    world
        .until("somebody waits for a lock", async || {
            let waiting: i64 = sqlx::query_scalar(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
            )
            .fetch_one(&world.db)
            .await
            .unwrap();
            waiting > 0
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_placed_takes_its_items_before_the_day() {
    let world = World::start_without_workers().await;
    let order = world.cake_order().await;
    let mut count = impatient(&world).await;
    db::stock::set(&mut count, world.coffee.store_id, &ItemKey::from("ttok"), 7).await.unwrap();
    let placing = place_unpaid(&world, &order);
    let counting = async {
        until_somebody_waits(&world).await;
        let day = db::days::hold_latest(&mut count, world.coffee.store_id).await;
        assert!(day.expect("nobody has the day").is_some());
        count.commit().await.unwrap();
    };
    tokio::join!(placing, counting);
    assert_eq!(world.phase(&order).await, "placed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_points_pay_takes_the_account_before_the_day() {
    let world = World::start_without_workers().await;
    let order =
        world.unpaid_order(&world.coffee, &[("americano", &["temp:ice", "size:r", "bean:dark"], 1)]).await;
    let mut connection = sqlx::PgConnection::connect(world.database_url()).await.unwrap();
    let given = "set session_replication_role = replica;
                 insert into points_account (customer_id, available, held) select customer_id, 0, 10 from orders;
                 update orders set points = 10";
    sqlx::raw_sql(given).execute(&mut connection).await.unwrap();
    let mut points = impatient(&world).await;
    db::points::hold_account(&mut points, order.customer_id).await.unwrap();
    let placing = async {
        let mut tx = world.db.begin().await.unwrap();
        let locked = db::orders::lock(&mut tx, order.store_id, order.order_id).await.unwrap().unwrap();
        let ticket = cloud_api::orders::next_ticket(&mut tx, &locked).await.unwrap();
        assert!(ticket.is_some());
    };
    let earning = async {
        until_somebody_waits(&world).await;
        let day = db::days::hold_latest(&mut points, world.coffee.store_id).await;
        assert!(day.expect("nobody has the day").is_some());
        points.commit().await.unwrap();
    };
    tokio::join!(placing, earning);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_orders_placed_at_once_get_a_number_each() {
    let world = World::start_without_workers().await;
    let mut orders = Vec::new();
    for _ in 0..6 {
        orders.push(world.unpaid_order(&world.coffee, &[("ttok", &[], 1)]).await);
    }
    futures_util::future::join_all(orders.iter().map(|order| place_unpaid(&world, order))).await;
    let numbers: Vec<i32> =
        sqlx::query_scalar("select number from orders order by number").fetch_all(&world.db).await.unwrap();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    let left: i32 = sqlx::query_scalar("select remaining from item_stock where item_key = 'ttok'")
        .fetch_one(&world.db)
        .await
        .unwrap();
    assert_eq!(left, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_takes_the_store_before_the_day() {
    let world = World::start_without_workers().await;
    at_noon(&world).await;
    let bot = Bot::new(&world);
    let (first, card) = unpaid(&world, &bot, "13:30").await;
    // The next one gives the first one up, which takes the day.
    let session = bot.pick(&card, "주문서 고치기").await;
    bot.pick(&session, "시각 바꾸기").await;
    let chosen = bot.say("14:00").await;
    let mut closing = impatient(&world).await;
    db::stores::lock(&mut closing, world.coffee.store_id).await.unwrap();
    let placing = bot.pick(&chosen, "주문하기");
    let locking = async {
        until_somebody_waits(&world).await;
        let day = db::days::lock_latest(&mut closing, world.coffee.store_id).await;
        assert!(day.expect("nobody has the day").is_some());
        closing.commit().await.unwrap();
    };
    let (card, ()) = tokio::join!(placing, locking);
    let url = card.pay_url().unwrap_or_else(|| panic!("there is no button to pay: {}", card.text()));
    let second = newest_order(&world, url.rsplit('/').next().unwrap()).await;
    assert_ne!(second.order_id, first.order_id);
    assert_eq!(world.phase(&first).await, "cancelled");
}
