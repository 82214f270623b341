//! What is sold out and what is left of counted items.

use chrono::{DateTime, Utc};
use shared::TimeMs;
use shared::availability::{Availability, Sellable, SoldOut, SoldOutUntil};
use shared::id::{GroupKey, ItemKey, OptionKey, StoreId};
use sqlx::PgConnection;

use super::stock;
use crate::clock::{to_ms, to_utc};

/// Everything that is sold out or counted; marks that have ended by themselves are left out.
pub async fn read(
    tx: &mut PgConnection,
    store_id: StoreId,
    now: TimeMs,
) -> Result<Availability, sqlx::Error> {
    let rows = sqlx::query!(
        "select group_key, key, ends, until_at, since from sold_out
         where store_id = $1 and (until_at is null or until_at > $2) order by since, group_key, key",
        store_id.0,
        to_utc(now)
    )
    .fetch_all(&mut *tx)
    .await?;
    let sold_out = rows.into_iter().map(|row| {
        Ok(SoldOut {
            what: sellable(row.group_key, row.key),
            until: until(&row.ends, row.until_at)?,
            since: to_ms(row.since),
        })
    });
    let sold_out = sold_out.collect::<Result<_, sqlx::Error>>()?;
    let stock = stock::read(tx, store_id).await?.into_iter().collect();
    Ok(Availability { sold_out, stock })
}

/// Marks something; again with another end changes the end.
pub async fn mark(tx: &mut PgConnection, store_id: StoreId, mark: &SoldOut) -> Result<(), sqlx::Error> {
    let (group, key) = keys(&mark.what);
    let (ends, until_at) = match mark.until {
        SoldOutUntil::EndOfDay => ("end_of_day", None),
        SoldOutUntil::At(at) => ("at", Some(to_utc(at))),
        SoldOutUntil::Manual => ("manual", None),
    };
    sqlx::query!(
        "insert into sold_out (store_id, group_key, key, ends, until_at, since) values ($1, $2, $3, $4, $5, $6)
         on conflict (store_id, group_key, key) do update
             set ends = excluded.ends, until_at = excluded.until_at, since = excluded.since",
        store_id.0,
        group,
        key,
        ends,
        until_at,
        to_utc(mark.since)
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes a mark away; `false` when there was none.
pub async fn unmark(tx: &mut PgConnection, store_id: StoreId, what: &Sellable) -> Result<bool, sqlx::Error> {
    let (group, key) = keys(what);
    let done = sqlx::query!(
        "delete from sold_out where store_id = $1 and group_key = $2 and key = $3",
        store_id.0,
        group,
        key
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// What lasted for the day is on sale again; so is what has ended by itself.
pub async fn day_ended(tx: &mut PgConnection, store_id: StoreId, now: TimeMs) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from sold_out where store_id = $1 and (ends = 'end_of_day' or until_at <= $2)",
        store_id.0,
        to_utc(now)
    )
    .execute(tx)
    .await?;
    Ok(())
}

fn keys(what: &Sellable) -> (&str, &str) {
    match what {
        Sellable::Item(item) => ("", &item.0),
        Sellable::Option { group, option } => (&group.0, &option.0),
    }
}

pub(super) fn sellable(group: String, key: String) -> Sellable {
    if group.is_empty() {
        Sellable::Item(ItemKey(key))
    } else {
        Sellable::Option { group: GroupKey(group), option: OptionKey(key) }
    }
}

fn until(ends: &str, at: Option<DateTime<Utc>>) -> Result<SoldOutUntil, sqlx::Error> {
    match (ends, at) {
        ("end_of_day", None) => Ok(SoldOutUntil::EndOfDay),
        ("manual", None) => Ok(SoldOutUntil::Manual),
        ("at", Some(at)) => Ok(SoldOutUntil::At(to_ms(at))),
        (ends, at) => Err(sqlx::Error::Decode(format!("sold out {ends:?} until {at:?}").into())),
    }
}
