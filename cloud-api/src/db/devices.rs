//! Counter PCs: what each has on its disk and when it was last there.

use shared::TimeMs;
use shared::id::{DeviceId, SessionId, StaffId, StoreId};
use shared::log::Position;
use shared::wire::{ConfirmedBy, DeviceCard, DeviceKey, DeviceSession};
use sqlx::PgConnection;
use uuid::Uuid;

use super::sessions::{CONNECTED_MS, key_of, kind_named};
use crate::clock::{to_ms, to_utc};

/// Most devices of a list: those seen last.
const MAX_LISTED: i64 = 200;

/// What is known of a device that wants to sign in.
#[derive(Debug, Clone)]
pub struct KnownDevice {
    pub key: Option<DeviceKey>,
    /// Of the network that it signed in from last.
    pub network_tag: Option<Vec<u8>>,
    pub is_revoked: bool,
}

/// The device, locked until the transaction ends; `None` when the store has not seen it.
pub async fn known(
    tx: &mut PgConnection,
    store_id: StoreId,
    device_id: DeviceId,
) -> Result<Option<KnownDevice>, sqlx::Error> {
    let row = sqlx::query!(
        "select public_key, network_tag, revoked_at is not null as \"revoked!\" from device
         where store_id = $1 and device_id = $2 for no key update",
        store_id.0,
        device_id.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| KnownDevice {
        key: key_of(row.public_key),
        network_tag: row.network_tag,
        is_revoked: row.revoked,
    }))
}

/// A device that signs in.
pub struct Enrolment<'a> {
    pub store_id: StoreId,
    pub device_id: DeviceId,
    pub name: &'a str,
    /// Kept when the device has none yet; a key is never replaced.
    pub key: Option<DeviceKey>,
    pub network_tag: Option<&'a [u8]>,
    /// What let it in now; absent when nothing had to.
    pub confirmed_by: Option<ConfirmedBy>,
}

/// Writes a device down, or renews its name; `false` when it was revoked.
pub async fn enrol(tx: &mut PgConnection, device: &Enrolment<'_>, now: TimeMs) -> Result<bool, sqlx::Error> {
    let revoked = sqlx::query_scalar!(
        "insert into device (store_id, device_id, name, created_at, last_seen_at, public_key, network_tag, confirmed_by)
         values ($1, $2, $3, $4, $4, $5, $6, coalesce($7, 'password'))
         on conflict (store_id, device_id) do update
             set name = excluded.name, last_seen_at = excluded.last_seen_at,
                 public_key = coalesce(device.public_key, excluded.public_key),
                 network_tag = coalesce(excluded.network_tag, device.network_tag),
                 confirmed_by = coalesce($7, device.confirmed_by)
         returning revoked_at is not null as \"revoked!\"",
        device.store_id.0,
        device.device_id.0,
        device.name,
        to_utc(now),
        device.key.as_ref().map(|key| key.0.as_slice()),
        device.network_tag,
        device.confirmed_by.map(ConfirmedBy::as_str)
    )
    .fetch_one(tx)
    .await?;
    Ok(!revoked)
}

/// Gives a key to a device that has none.
pub async fn keep_key(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    device_id: DeviceId,
    key: DeviceKey,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update device set public_key = $3 where store_id = $1 and device_id = $2 and public_key is null",
        store_id.0,
        device_id.0,
        key.0.as_slice()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Removes a device from the store, or takes it back; `false` when there is no such device.
pub async fn set_revoked(
    tx: &mut PgConnection,
    store_id: StoreId,
    device_id: DeviceId,
    revoked: Option<(StaffId, TimeMs)>,
) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query!(
        "update device set revoked_at = $3, revoked_by = $4 where store_id = $1 and device_id = $2",
        store_id.0,
        device_id.0,
        revoked.map(|(_, at)| to_utc(at)),
        revoked.map(|(by, _)| by.0)
    )
    .execute(tx)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// The store's devices with their open sessions, those seen last first.
pub async fn list(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    now: TimeMs,
) -> Result<Vec<DeviceCard>, sqlx::Error> {
    let rows = sqlx::query!(
        "select d.device_id, d.name, d.created_at, d.last_seen_at, d.public_key is not null as \"has_key!\", d.confirmed_by,
                d.revoked_at, t.session_id as \"session_id?\", t.kind as \"kind?\", t.staff_id as \"staff_id?\",
                t.created_at as \"since?\", coalesce(d.last_seen_at > $2, false) as \"connected!\"
         from device d
         left join lateral (
             select n.session_id, n.kind, n.staff_id, n.created_at from store_session n
             join staff s on s.store_id = n.store_id and s.staff_id = n.staff_id and s.disabled_at is null
             where n.store_id = d.store_id and n.device_id = d.device_id and n.ended_at is null and n.expires_at > $3
             order by n.kind limit 1) t on d.revoked_at is null
         where d.store_id = $1 order by d.last_seen_at desc nulls last limit $4",
        store_id.0,
        to_utc(now.plus_ms(-CONNECTED_MS)),
        to_utc(now),
        MAX_LISTED
    )
    .fetch_all(db)
    .await?;
    let cards = rows.into_iter().map(|row| {
        let session = match (row.session_id, row.kind, row.staff_id, row.since) {
            (Some(session), Some(kind), Some(staff), Some(since)) => Some(DeviceSession {
                session_id: SessionId(session),
                kind: kind_named(&kind),
                staff_id: StaffId(staff),
                since: to_ms(since),
                connected: row.connected,
            }),
            _ => None,
        };
        DeviceCard {
            device_id: DeviceId(row.device_id),
            name: row.name,
            enrolled_at: to_ms(row.created_at),
            last_seen: row.last_seen_at.map(to_ms),
            has_key: row.has_key,
            confirmed_by: ConfirmedBy::from_name(&row.confirmed_by).unwrap_or(ConfirmedBy::Password),
            revoked_at: row.revoked_at.map(to_ms),
            session,
        }
    });
    Ok(cards.collect())
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

/// Whether a device of the store has an order on its disk: it acknowledged the event that placed it.
pub async fn has_journaled(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    order_id: shared::id::OrderId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        "select exists (select 1 from store_event e
             join device d on d.store_id = e.store_id and d.revoked_at is null and d.ack_seq >= e.seq
             join store_cursor c on c.store_id = e.store_id and c.epoch = d.ack_epoch
             where e.store_id = $1 and e.order_id = $2 and e.kind = 'order_placed') as \"has!\"",
        store_id.0,
        order_id.0
    )
    .fetch_one(db)
    .await
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
