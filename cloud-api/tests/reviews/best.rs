//! What is rated best: kept up with every review, and made anew the same.

use cloud_api::db::ratings;
use cloud_api::read_models;
use cloud_api::reviews::ByAuthor;
use futures_util::future::join_all;
use serde_json::Value;
use shared::review::Rating;

use super::given::{by_author, reviewed, stars};
use crate::world::World;

async fn dump(world: &World) -> Vec<Value> {
    let mut all = Vec::new();
    for sql in [
        "select to_jsonb(s) from store_rating s where ratings > 0 order by store_id",
        "select to_jsonb(i) from item_rating i order by store_id, item_key",
    ] {
        all.extend(sqlx::query_scalar::<_, Value>(sql).fetch_all(&world.db).await.unwrap());
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn the_best_rated_come_first_and_a_rebuild_gives_the_same() {
    let world = World::start_without_workers().await;
    let mut orders = Vec::new();
    for (store, items, given) in [
        (&world.coffee, &["ttok"] as &[&str], 4),
        (&world.coffee, &["ttok"], 4),
        (&world.coffee, &["ttok", "ttok"], 5),
        (&world.bunsik, &["plain"], 5),
        (&world.bunsik, &["plain"], 5),
        (&world.bunsik, &["plain"], 1),
    ] {
        orders.push(reviewed(&world, store, items, given, "").await);
    }
    let told = async |store| {
        let best = ratings::best(&world.db, store, 10).await.unwrap();
        best.into_iter().map(|item| (item.item.0, item.rating)).collect::<Vec<_>>()
    };
    let rating = |ratings, stars| Rating { ratings, stars };
    let all = [("ttok".to_owned(), rating(3, 13)), ("plain".to_owned(), rating(3, 11))];
    assert_eq!(told(None).await, all, "of an order with the same item twice it counts once");
    assert_eq!(told(Some(world.bunsik.store_id)).await, all[1..]);

    // Changed and taken back.
    by_author(&world, &orders[5], ByAuthor::Change(stars(5))).await;
    assert_eq!(told(None).await[0], ("plain".to_owned(), rating(3, 15)));
    by_author(&world, &orders[0], ByAuthor::Remove).await;
    assert_eq!(told(None).await.len(), 1, "two say too little");
    let live = dump(&world).await;
    for damage in [
        "update item_rating set ratings = ratings + 7",
        "update item_rating set score = 0",
        "delete from store_rating",
        "delete from item_rating where item_key = 'plain'",
    ] {
        sqlx::query(damage).execute(&world.db).await.unwrap();
        assert_ne!(dump(&world).await, live, "{damage}");
    }
    read_models::rebuild(&world.db, None).await.unwrap();
    assert_eq!(dump(&world).await, live);
    // And goes on from there.
    by_author(&world, &orders[0], ByAuthor::Give(stars(1))).await;
    assert_eq!(ratings::of_store(&world.db, world.coffee.store_id).await.unwrap(), rating(3, 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn reviews_of_many_at_once_are_all_counted_while_it_is_rebuilt() {
    let world = World::start_without_workers().await;
    let mut orders = Vec::new();
    for _ in 0..8 {
        orders.push(super::given::eaten(&world, &world.coffee, &["ttok"]).await);
    }
    let giving = orders.iter().map(|order| by_author(&world, order, ByAuthor::Give(stars(4))));
    let rebuilding = join_all((0..4).map(|_| read_models::rebuild(&world.db, Some(world.coffee.store_id))));
    let (_, rebuilt) = tokio::join!(join_all(giving), rebuilding);
    assert!(rebuilt.iter().all(Result::is_ok), "{rebuilt:?}");
    let live = dump(&world).await;
    let rating = ratings::of_store(&world.db, world.coffee.store_id).await.unwrap();
    assert_eq!(rating, Rating { ratings: 8, stars: 32 });
    read_models::rebuild(&world.db, None).await.unwrap();
    assert_eq!(dump(&world).await, live);
}
