//! Read models: built from the log and from the reviews, and built again the same.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use cloud_api::read_models::{self, most_ordered};
use serde_json::Value;
use shared::order::{Actor, CancelReason, OrderCommand, RejectReason};

use crate::reviews::given::reviewed;
use crate::world::World;

/// The tables as one text.
async fn dump(world: &World) -> Vec<Value> {
    let mut all = Vec::new();
    for sql in [
        "select to_jsonb(s) from order_status s order by store_id, order_id",
        "select to_jsonb(i) from item_orders i order by store_id, day, item_key",
        "select to_jsonb(s) from store_rating s where ratings > 0 order by store_id",
        "select to_jsonb(i) from item_rating i order by store_id, item_key",
        "select to_jsonb(c) from read_model_cursor c where seq > 0 order by store_id",
    ] {
        all.extend(sqlx::query_scalar::<_, Value>(sql).fetch_all(&world.db).await.unwrap());
    }
    all
}

/// Most orders first, then by name.
fn sorted(mut told: Vec<(&str, u64, u64)>) -> Vec<(&str, u64, u64)> {
    told.sort_by_key(|(name, orders, _)| (std::cmp::Reverse(*orders), *name));
    told
}

async fn catch_up(world: &World) {
    while read_models::run_once(world.app()).await.unwrap() > 0 {}
}

#[tokio::test(flavor = "multi_thread")]
async fn rebuilt_read_models_equal_the_live_ones() {
    let world = World::start_without_workers().await;
    let mut orders = Vec::new();
    for (store, wish) in [
        (&world.coffee, ("ttok", 2)),
        (&world.coffee, ("ttok", 1)),
        (&world.bunsik, ("plain", 3)),
        (&world.coffee, ("ttok", 1)),
        (&world.bunsik, ("plain", 1)),
    ] {
        let order = world.unpaid_order(store, &[(wish.0, &[], wish.1)]).await;
        world.pay_by_steps(&order).await;
        // The live ones are written in many small rounds.
        catch_up(&world).await;
        orders.push(order);
    }
    let cancel = OrderCommand::Cancel { reason: CancelReason::CustomerChangedMind };
    world.change_order(&orders[0], cancel, Actor::Customer).await;
    world
        .change_order(&orders[2], OrderCommand::Reject { reason: RejectReason::TooBusy }, Actor::Operator)
        .await;
    catch_up(&world).await;
    cloud_api::pay::refund::run_once(world.app()).await.unwrap();
    for command in
        [OrderCommand::Accept { prep_minutes: 5 }, OrderCommand::StartCooking, OrderCommand::MarkReady]
    {
        world.change_order(&orders[1], command, Actor::Operator).await;
        catch_up(&world).await;
    }
    for stars in [2, 5] {
        reviewed(&world, &world.bunsik, &["tuna", "cola"], stars, "").await;
    }
    catch_up(&world).await;
    let live = dump(&world).await;
    assert_eq!(live.iter().filter(|row| row.get("order_id").is_some()).count(), 7, "{live:#?}");
    assert_eq!(live.iter().filter(|row| row.get("score").is_some()).count(), 2, "{live:#?}");

    let now = world.clock.now_ms();
    let popular = most_ordered(&world.db, None, now, 10).await.unwrap();
    let told: Vec<(&str, u64, u64)> =
        popular.iter().map(|item| (item.item.0.as_str(), item.orders, item.pieces)).collect();
    let all = [("cola", 2, 2), ("ttok", 2, 2), ("tuna", 2, 2), ("plain", 1, 1)];
    assert_eq!(sorted(told), all, "what was given back does not count");
    let bunsik = most_ordered(&world.db, Some(world.bunsik.store_id), now, 10).await.unwrap();
    assert_eq!(bunsik.len(), 3);
    let later = now.plus_minutes(29 * 24 * 60);
    assert_eq!(most_ordered(&world.db, None, later, 10).await.unwrap(), [], "only lately counts");

    // Whatever became of them, the log gives them back.
    for damage in [
        "update item_orders set orders = orders + 7, name = 'x'",
        "delete from order_status where phase = 'ready'",
        "update order_status set status = jsonb_set(status, '{number}', '99')",
        "update read_model_cursor set seq = 1",
        "update item_rating set stars = stars + 1",
        "update store_rating set ratings = ratings + 1",
    ] {
        sqlx::query(damage).execute(&world.db).await.unwrap();
        assert_ne!(dump(&world).await, live, "{damage}");
    }
    let rebuilt = read_models::rebuild(&world.db, None).await.unwrap();
    assert!(rebuilt.stores == 2 && rebuilt.events > 10, "{rebuilt:?}");
    assert_eq!(dump(&world).await, live);
    // And goes on from there.
    assert_eq!(read_models::run_once(world.app()).await.unwrap(), 0);
    world.change_order(&orders[1], OrderCommand::HandOver, Actor::Operator).await;
    assert!(read_models::run_once(world.app()).await.unwrap() > 0);
    assert_ne!(dump(&world).await, live);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workers_keep_them_up_to_date() {
    let world = World::start().await;
    let order = world.placed_order(&world.coffee, &[("ttok", &[], 2)]).await;
    world
        .until("the status of the order is there", async || {
            let found = cloud_api::db::read_models::order(&world.db, order.store_id, order.order_id).await;
            found.unwrap().is_some_and(|status| status.items[0].pieces == 2)
        })
        .await;
}
