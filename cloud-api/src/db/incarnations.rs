//! Lives of counters' disks: which start of which copy the server has heard of last.

use shared::TimeMs;
use shared::id::{DeviceId, StoreId};
use shared::wire::{Boot, Incarnation};
use sqlx::PgConnection;

use crate::clock::to_utc;

/// What a start is to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// The one that was heard of last.
    Known,
    /// A later start of the same disk.
    Later,
    /// A life that nobody has heard of; the device had another one before, or none.
    New { after_another: bool },
    /// A copy of the disk is further: this one was restored from an older image, or is on a second computer.
    Copied,
}

/// The newest start of the device's current life; one small look for every request.
pub async fn current(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    device_id: DeviceId,
) -> Result<Option<Boot>, sqlx::Error> {
    let row = sqlx::query!(
        "select incarnation, boot, boot_nonce from device_incarnation
         where store_id = $1 and device_id = $2 and superseded_at is null",
        store_id.0,
        device_id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Boot {
        incarnation: Incarnation(row.incarnation),
        number: row.boot,
        nonce: row.boot_nonce,
    }))
}

/// Compares a start with what is known. The device's row stays locked until the transaction ends.
pub async fn judge(
    tx: &mut PgConnection,
    store_id: StoreId,
    device_id: DeviceId,
    boot: &Boot,
) -> Result<Judged, sqlx::Error> {
    sqlx::query!(
        "select 1 as \"one!\" from device where store_id = $1 and device_id = $2 for no key update",
        store_id.0,
        device_id.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    let now = current(&mut *tx, store_id, device_id).await?;
    if let Some(now) = now.filter(|now| now.incarnation == boot.incarnation) {
        return Ok(if now == *boot {
            Judged::Known
        } else if boot.number > now.number {
            Judged::Later
        } else {
            Judged::Copied
        });
    }
    let before = sqlx::query_scalar!(
        "select 1 as \"one!\" from device_incarnation where store_id = $1 and device_id = $2 and incarnation = $3",
        store_id.0,
        device_id.0,
        boot.incarnation.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(match before {
        Some(_) => Judged::Copied,
        None => Judged::New { after_another: now.is_some() },
    })
}

/// Writes down a start that was judged to be later or new.
pub async fn note(
    tx: &mut PgConnection,
    store_id: StoreId,
    device_id: DeviceId,
    boot: &Boot,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update device_incarnation set superseded_at = $4
         where store_id = $1 and device_id = $2 and incarnation <> $3 and superseded_at is null",
        store_id.0,
        device_id.0,
        boot.incarnation.0,
        to_utc(now)
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "insert into device_incarnation (store_id, device_id, incarnation, boot, boot_nonce, first_seen_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (store_id, device_id, incarnation) do update
             set boot = excluded.boot, boot_nonce = excluded.boot_nonce",
        store_id.0,
        device_id.0,
        boot.incarnation.0,
        boot.number,
        boot.nonce,
        to_utc(now)
    )
    .execute(tx)
    .await?;
    Ok(())
}
