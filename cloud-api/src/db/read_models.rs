//! Read models' tables.

use std::collections::HashMap;

use shared::id::{ItemKey, OrderId, StoreId};
use shared::schedule::KstDate;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use crate::read_models::{OrderStatus, PopularItem, Projection};

/// Stores whose log goes on after what is in their read models, at most `limit`.
pub async fn behind(db: impl sqlx::PgExecutor<'_>, limit: i64) -> Result<Vec<StoreId>, sqlx::Error> {
    let rows = sqlx::query_scalar!(
        "select c.store_id from store_cursor c left join read_model_cursor r on r.store_id = c.store_id
         where c.last_seq > coalesce(r.seq, 0) limit $1",
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(StoreId).collect())
}

/// Every store.
pub async fn all_stores(db: impl sqlx::PgExecutor<'_>) -> Result<Vec<StoreId>, sqlx::Error> {
    let rows = sqlx::query_scalar!("select store_id from store order by store_id").fetch_all(db).await?;
    Ok(rows.into_iter().map(StoreId).collect())
}

/// Takes a store's read models for the rest of the transaction; how far they are. `None` when somebody else has them.
pub async fn lock(tx: &mut PgConnection, store_id: StoreId) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query!("insert into read_model_cursor (store_id) values ($1) on conflict do nothing", store_id.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query_scalar!(
        "select seq from read_model_cursor where store_id = $1 for update skip locked",
        store_id.0
    )
    .fetch_optional(tx)
    .await
}

/// Takes a store's read models and empties them. One statement may take longer here than anywhere else.
pub async fn begin_anew(tx: &mut PgConnection, store_id: StoreId) -> Result<(), sqlx::Error> {
    sqlx::query("set local statement_timeout = '10min'").execute(&mut *tx).await?;
    sqlx::query("set local lock_timeout = '30s'").execute(&mut *tx).await?;
    sqlx::query!(
        "insert into read_model_cursor (store_id, seq) values ($1, 0) on conflict (store_id) do update set seq = 0",
        store_id.0
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("delete from order_status where store_id = $1", store_id.0).execute(&mut *tx).await?;
    sqlx::query!("delete from item_orders where store_id = $1", store_id.0).execute(tx).await?;
    Ok(())
}

/// What is known of these orders, with the last event of each.
pub async fn orders(
    tx: &mut PgConnection,
    store_id: StoreId,
    orders: &[OrderId],
) -> Result<HashMap<OrderId, (OrderStatus, i64)>, sqlx::Error> {
    let ids: Vec<Uuid> = orders.iter().map(|order| order.0).collect();
    let rows = sqlx::query!(
        "select order_id, status as \"status: Json<OrderStatus>\", seq from order_status
         where store_id = $1 and order_id = any($2)",
        store_id.0,
        &ids
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| (OrderId(row.order_id), (row.status.0, row.seq))).collect())
}

/// What is known of one order.
pub async fn order(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    order_id: OrderId,
) -> Result<Option<OrderStatus>, sqlx::Error> {
    let row = sqlx::query_scalar!(
        "select status as \"status: Json<OrderStatus>\" from order_status where store_id = $1 and order_id = $2",
        store_id.0,
        order_id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|status| status.0))
}

/// Writes what a page of the log changed; `last` is its last event.
pub async fn save(
    tx: &mut PgConnection,
    store_id: StoreId,
    projection: &Projection,
    last: i64,
) -> Result<(), sqlx::Error> {
    let touched = projection.touched.iter().filter_map(|id| Some((id, projection.orders.get(id)?)));
    let (mut ids, mut phases, mut statuses, mut seqs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (id, (status, seq)) in touched {
        ids.push(id.0);
        phases.push(status.phase.as_str().to_owned());
        statuses.push(serde_json::to_value(status).map_err(|error| sqlx::Error::Encode(error.into()))?);
        seqs.push(*seq);
    }
    if !ids.is_empty() {
        sqlx::query!(
            "insert into order_status (store_id, order_id, phase, status, seq)
             select $1, order_id, phase, status, seq
             from unnest($2::uuid[], $3::text[], $4::jsonb[], $5::bigint[]) as new (order_id, phase, status, seq)
             on conflict (store_id, order_id) do update
                 set phase = excluded.phase, status = excluded.status, seq = excluded.seq",
            store_id.0,
            &ids,
            &phases,
            &statuses,
            &seqs
        )
        .execute(&mut *tx)
        .await?;
    }
    count(tx, store_id, projection).await?;
    sqlx::query!("update read_model_cursor set seq = $2 where store_id = $1", store_id.0, last)
        .execute(tx)
        .await?;
    Ok(())
}

async fn count(tx: &mut PgConnection, store_id: StoreId, projection: &Projection) -> Result<(), sqlx::Error> {
    if projection.counts.is_empty() {
        return Ok(());
    }
    let counts = || projection.counts.iter();
    sqlx::query!(
        "insert into item_orders (store_id, day, item_key, name, orders, pieces)
         select $1, day::date, item_key, name, orders, pieces
         from unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
             as new (day, item_key, name, orders, pieces)
         on conflict (store_id, day, item_key) do update
             set name = case when excluded.name = '' then item_orders.name else excluded.name end,
                 orders = item_orders.orders + excluded.orders, pieces = item_orders.pieces + excluded.pieces",
        store_id.0,
        &counts().map(|((day, _), _)| day.to_string()).collect::<Vec<_>>(),
        &counts().map(|((_, item), _)| item.to_string()).collect::<Vec<_>>(),
        &counts().map(|(_, added)| added.name.clone().unwrap_or_default()).collect::<Vec<_>>(),
        &counts().map(|(_, added)| added.orders).collect::<Vec<_>>(),
        &counts().map(|(_, added)| added.pieces).collect::<Vec<_>>()
    )
    .execute(tx)
    .await?;
    Ok(())
}

struct MostOrdered {
    store_id: Uuid,
    item_key: String,
    name: String,
    orders: i64,
    pieces: i64,
}

/// The items ordered most since `$since`, at most `$limit`, where a condition holds: one plan for a store, another for all of them.
macro_rules! most_ordered {
    ($condition:literal, $since:expr, $limit:expr $(, $value:expr)*) => {
        sqlx::query_as!(
            MostOrdered,
            "select store_id, item_key, (array_agg(name order by day desc))[1] as \"name!\",
                    sum(orders)::bigint as \"orders!\", sum(pieces)::bigint as \"pieces!\"
             from item_orders where day >= ($1::text)::date " + $condition +
            " group by store_id, item_key having sum(orders) > 0
             order by sum(orders) desc, sum(pieces) desc, store_id, item_key limit $2",
            $since,
            $limit
            $(, $value)*
        )
    };
}

/// The items ordered most since a date, at one store or at all, at most `limit`.
pub async fn most_ordered(
    db: impl sqlx::PgExecutor<'_>,
    store: Option<StoreId>,
    since: KstDate,
    limit: i64,
) -> Result<Vec<PopularItem>, sqlx::Error> {
    let since = since.to_string();
    let rows = match store {
        Some(store) => most_ordered!("and store_id = $3", since, limit, store.0).fetch_all(db).await?,
        None => most_ordered!("", since, limit).fetch_all(db).await?,
    };
    let items = rows.into_iter().map(|row| PopularItem {
        store_id: StoreId(row.store_id),
        item: ItemKey::from(row.item_key.as_str()),
        name: row.name,
        orders: row.orders.unsigned_abs(),
        pieces: row.pieces.unsigned_abs(),
    });
    Ok(items.collect())
}
