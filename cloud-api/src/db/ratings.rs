//! What stores and their items were given: read models of the reviews. They follow in the transaction of the review, under the lock of the
//! store's row, and a rebuild holds the same lock.

use std::collections::HashMap;

use shared::id::{ItemKey, OrderId, StoreId};
use shared::review::{LEAST_SHOWN, Rating};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

/// An item and what it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatedItem {
    pub store_id: StoreId,
    pub item: ItemKey,
    pub rating: Rating,
}

/// Adds to what a store and the items of an order were given; less than nothing takes it back.
pub async fn add(
    tx: &mut PgConnection,
    store_id: StoreId,
    order_id: OrderId,
    by: Rating,
) -> Result<(), sqlx::Error> {
    lock(&mut *tx, store_id).await?;
    sqlx::query!(
        "update store_rating set ratings = ratings + $2, stars = stars + $3 where store_id = $1",
        store_id.0,
        by.ratings,
        by.stars
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "insert into item_rating (store_id, item_key, ratings, stars, score)
         select store_id, item_key, 0, 0, 0 from order_item where store_id = $1 and order_id = $2
         group by store_id, item_key on conflict do nothing",
        store_id.0,
        order_id.0
    )
    .execute(&mut *tx)
    .await?;
    let changed = sqlx::query!(
        "update item_rating set ratings = ratings + $3, stars = stars + $4
         where store_id = $1 and item_key in (select item_key from order_item where store_id = $1 and order_id = $2)
         returning item_key, ratings, stars",
        store_id.0,
        order_id.0,
        by.ratings,
        by.stars
    )
    .fetch_all(&mut *tx)
    .await?;
    sqlx::query!("delete from item_rating where store_id = $1 and ratings = 0", store_id.0)
        .execute(&mut *tx)
        .await?;
    let rated =
        changed.into_iter().map(|row| (row.item_key, Rating { ratings: row.ratings, stars: row.stars }));
    score(tx, store_id, rated.collect()).await
}

/// Makes them anew from the reviews.
pub async fn rebuild(tx: &mut PgConnection, store_id: StoreId) -> Result<(), sqlx::Error> {
    lock(&mut *tx, store_id).await?;
    sqlx::query!(
        "update store_rating s set ratings = given.ratings, stars = given.stars
         from (select count(*) as ratings, coalesce(sum(stars), 0)::bigint as stars from review
               where store_id = $1 and removed_at is null) given
         where s.store_id = $1",
        store_id.0
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("delete from item_rating where store_id = $1", store_id.0).execute(&mut *tx).await?;
    let made = sqlx::query!(
        "insert into item_rating (store_id, item_key, ratings, stars, score)
         select $1, bought.item_key, count(*), sum(r.stars)::bigint, 0
         from review r join (select distinct order_id, item_key from order_item where store_id = $1) bought
             on bought.order_id = r.order_id
         where r.store_id = $1 and r.removed_at is null group by bought.item_key
         returning item_key, ratings, stars",
        store_id.0
    )
    .fetch_all(&mut *tx)
    .await?;
    let rated = made.into_iter().map(|row| (row.item_key, Rating { ratings: row.ratings, stars: row.stars }));
    score(tx, store_id, rated.collect()).await
}

/// Takes a store's ratings for the rest of the transaction.
async fn lock(tx: &mut PgConnection, store_id: StoreId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into store_rating (store_id, ratings, stars) values ($1, 0, 0) on conflict do nothing",
        store_id.0
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("select 1 as \"one!\" from store_rating where store_id = $1 for update", store_id.0)
        .fetch_one(tx)
        .await?;
    Ok(())
}

async fn score(
    tx: &mut PgConnection,
    store_id: StoreId,
    rated: Vec<(String, Rating)>,
) -> Result<(), sqlx::Error> {
    let (keys, scores): (Vec<String>, Vec<i64>) =
        rated.into_iter().map(|(key, rating)| (key, rating.score())).unzip();
    sqlx::query!(
        "update item_rating i set score = new.score
         from unnest($2::text[], $3::bigint[]) as new (item_key, score)
         where i.store_id = $1 and i.item_key = new.item_key",
        store_id.0,
        &keys,
        &scores
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// What these stores were given; those without a review are left out.
pub async fn of_stores(
    db: impl PgExecutor<'_>,
    stores: &[StoreId],
) -> Result<HashMap<StoreId, Rating>, sqlx::Error> {
    let ids: Vec<Uuid> = stores.iter().map(|store| store.0).collect();
    let rows = sqlx::query!(
        "select store_id, ratings, stars from store_rating where store_id = any($1) and ratings > 0",
        &ids
    )
    .fetch_all(db)
    .await?;
    let rated = rows
        .into_iter()
        .map(|row| (StoreId(row.store_id), Rating { ratings: row.ratings, stars: row.stars }));
    Ok(rated.collect())
}

/// What one store was given.
pub async fn of_store(db: impl PgExecutor<'_>, store_id: StoreId) -> Result<Rating, sqlx::Error> {
    Ok(of_stores(db, &[store_id]).await?.get(&store_id).copied().unwrap_or_default())
}

struct Best {
    store_id: Uuid,
    item_key: String,
    ratings: i64,
    stars: i64,
}

/// The items with `$least` reviews or more, best first, at most `$limit`, where a condition holds: one plan for a store, another for all
/// of them.
macro_rules! best {
    ($condition:literal, $least:expr, $limit:expr $(, $value:expr)*) => {
        sqlx::query_as!(
            Best,
            "select store_id, item_key, ratings, stars from item_rating where ratings >= $1 " + $condition +
            " order by score desc, ratings desc, store_id, item_key limit $2",
            $least,
            $limit
            $(, $value)*
        )
    };
}

/// The items rated best, at one store or at all, at most `limit`; only those that [`LEAST_SHOWN`] reviews or more speak of.
pub async fn best(
    db: impl PgExecutor<'_>,
    store: Option<StoreId>,
    limit: i64,
) -> Result<Vec<RatedItem>, sqlx::Error> {
    let rows = match store {
        Some(store) => best!("and store_id = $3", LEAST_SHOWN, limit, store.0).fetch_all(db).await?,
        None => best!("", LEAST_SHOWN, limit).fetch_all(db).await?,
    };
    let items = rows.into_iter().map(|row| RatedItem {
        store_id: StoreId(row.store_id),
        item: ItemKey(row.item_key),
        rating: Rating { ratings: row.ratings, stars: row.stars },
    });
    Ok(items.collect())
}
