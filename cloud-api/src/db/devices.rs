//! Counter PCs: what each has on its disk and when it was last there.

use shared::TimeMs;
use shared::id::{DeviceId, StoreId};
use shared::log::Position;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::clock::to_utc;

/// Writes a device down, or renews its name; `false` when it was revoked.
pub async fn enrol(
    tx: &mut PgConnection,
    store_id: StoreId,
    device_id: DeviceId,
    name: &str,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let revoked = sqlx::query_scalar!(
        "insert into device (store_id, device_id, name, created_at, last_seen_at) values ($1, $2, $3, $4, $4)
         on conflict (store_id, device_id) do update set name = excluded.name, last_seen_at = excluded.last_seen_at
         returning revoked_at is not null as \"revoked!\"",
        store_id.0,
        device_id.0,
        name,
        to_utc(now)
    )
    .fetch_one(tx)
    .await?;
    Ok(!revoked)
}

/// Notes what the device has on its disk. An older position than the one known changes nothing.
pub async fn acknowledge(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    device_id: DeviceId,
    position: &Position,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update device set ack_epoch = $3, ack_seq = $4, ack_hash8 = $5, ack_at = $6
         where store_id = $1 and device_id = $2
           and (ack_epoch is null or ack_epoch < $3 or (ack_epoch = $3 and ack_seq <= $4))",
        store_id.0,
        device_id.0,
        position.epoch,
        position.seq,
        position.hash8,
        to_utc(now)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes that these devices are connected.
pub async fn seen(
    db: impl sqlx::PgExecutor<'_>,
    devices: &[(StoreId, DeviceId)],
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    let (stores, ids): (Vec<Uuid>, Vec<Uuid>) = devices.iter().map(|(store, id)| (store.0, id.0)).unzip();
    sqlx::query!(
        "update device d set last_seen_at = $3 from unnest($1::uuid[], $2::uuid[]) as c (store_id, device_id)
         where d.store_id = c.store_id and d.device_id = c.device_id",
        &stores,
        &ids,
        to_utc(now)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// An order that its store's connected counter should have had on its disk by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Unjournaled {
    pub store_id: StoreId,
    pub device_id: DeviceId,
    pub seq: i64,
}

/// Orders placed before `placed_before` that wait for an answer and are not on the disk of a counter that was seen since
/// `seen_since`. Looks at the last `window` events of each store.
pub async fn unjournaled(
    db: impl sqlx::PgExecutor<'_>,
    placed_before: TimeMs,
    seen_since: TimeMs,
    window: i64,
    limit: i64,
) -> Result<Vec<Unjournaled>, sqlx::Error> {
    let rows = sqlx::query!(
        "select e.store_id, d.device_id, e.seq
         from store_session t
         join device d on d.store_id = t.store_id and d.device_id = t.device_id and d.last_seen_at > $2
         join store_cursor c on c.store_id = t.store_id
         cross join lateral (select case when d.ack_epoch = c.epoch then d.ack_seq else 0 end as seq) a
         join store_event e on e.store_id = t.store_id and e.seq > greatest(a.seq, c.last_seq - $3)
              and e.kind = 'order_placed' and e.created_at < $1
         join orders o on o.store_id = e.store_id and o.order_id = e.order_id and o.phase = 'placed'
         where t.kind = 'counter' and t.ended_at is null and c.last_seq > a.seq
         limit $4",
        to_utc(placed_before),
        to_utc(seen_since),
        window,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Unjournaled {
            store_id: StoreId(row.store_id),
            device_id: DeviceId(row.device_id),
            seq: row.seq,
        })
        .collect())
}
