//! What is read for many stores in one statement stays each store's own.

use cloud_api::db;
use cloud_api::db::readings::{Piece, pieces};
use shared::id::{OrderId, StoreId};

use super::orders::{log, place, write_request};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn pieces_of_many_logs_come_in_the_order_they_are_asked_in() {
    let world = World::start().await;
    for _ in 0..3 {
        place(&world).await;
    }
    let log = log(&world, &world.coffee).await;
    let end = log.last().unwrap().0;
    let mine = |after, limit| Piece { store_id: world.coffee.store_id, after, limit };
    let nobody = Piece { store_id: StoreId::fresh(), after: 0, limit: 9 };
    let asked = [mine(1, 2), nobody, mine(0, 1_000), mine(end, 5), mine(1, 1), mine(0, 0)];
    let found = pieces(&world.db, &asked).await.unwrap();
    let seqs: Vec<Vec<i64>> =
        found.iter().map(|piece| piece.as_ref().unwrap().iter().map(|event| event.seq).collect()).collect();
    assert_eq!(seqs, [vec![2, 3], vec![], (1..=end).collect(), vec![], vec![2], vec![]]);
    for (event, (_, hash, body)) in found[2].as_ref().unwrap().iter().zip(&log) {
        assert_eq!((event.hash, event.body.clone()), (*hash, body.to_bytes()));
    }
    // A damaged row is the failure of whoever reads it, and of nobody else.
    let unguarded = "alter table store_event disable trigger store_event_is_append_only";
    sqlx::query(unguarded).execute(&world.db).await.unwrap();
    sqlx::query("update store_event set hash = 'x' where store_id = $1 and seq = $2")
        .bind(world.coffee.store_id.0)
        .bind(end)
        .execute(&world.db)
        .await
        .unwrap();
    let found = pieces(&world.db, &asked).await.unwrap();
    let whole: Vec<bool> = found.iter().map(Result::is_ok).collect();
    assert_eq!(whole, [true, true, false, true, true, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_customer_wrote_is_given_only_with_its_own_store() {
    let world = World::start().await;
    let order = world.cake_order().await;
    write_request(&world, &order, "얼음 적게").await;
    let (own, other) = ((order.store_id, order.order_id), (world.bunsik.store_id, order.order_id));
    let asked = [own, other, (order.store_id, OrderId::fresh()), own];
    let found = db::personal::get_each(&world.db, &world.app().vault, &asked).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[&own].request.as_deref(), Some("얼음 적게"));
}
