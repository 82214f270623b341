//! Sold out, back on sale, and how many are left.

use shared::Code;
use shared::availability::{MAX_PIECES, MAX_SOLD_OUT_MINUTES, Sellable, SoldOut, SoldOutUntil};
use shared::id::{ItemKey, StoreId};
use shared::log::StoreEvent;
use shared::menu::Menu;
use sqlx::PgConnection;

use super::StoreError;
use crate::clock::Clock;
use crate::db;

pub(super) async fn mark(
    tx: &mut PgConnection,
    clock: &Clock,
    store_id: StoreId,
    what: &Sellable,
    until: SoldOutUntil,
) -> Result<Option<StoreEvent>, StoreError> {
    db::stores::lock(tx, store_id).await?;
    if !what.is_on(&published(tx, store_id).await?) {
        return Err(StoreError::Refused(Code::MenuEntryUnknown));
    }
    let now = clock.now_ms();
    if let SoldOutUntil::At(at) = until {
        if at > now.plus_minutes(MAX_SOLD_OUT_MINUTES) {
            return Err(StoreError::Refused(Code::TimeOutOfRange));
        }
        if at <= now {
            // It came late, from a counter without a line: by now it is over.
            return unmark(tx, store_id, what).await;
        }
    }
    let before = db::availability::read(tx, store_id, now).await?;
    if before.sold_out.iter().any(|one| one.what == *what && one.until == until) {
        return Ok(None);
    }
    // The day's lock comes before the mark's: closing the day takes both.
    db::days::hold_latest(tx, store_id).await?;
    let mark = SoldOut { what: what.clone(), until, since: now };
    db::availability::mark(tx, store_id, &mark).await?;
    Ok(Some(StoreEvent::SoldOut { what: mark.what, until, sold_out_at: now }))
}

pub(super) async fn unmark(
    tx: &mut PgConnection,
    store_id: StoreId,
    what: &Sellable,
) -> Result<Option<StoreEvent>, StoreError> {
    db::stores::lock(tx, store_id).await?;
    if !what.is_on(&published(tx, store_id).await?) {
        return Err(StoreError::Refused(Code::MenuEntryUnknown));
    }
    db::days::hold_latest(tx, store_id).await?;
    let was = db::availability::unmark(tx, store_id, what).await?;
    Ok(was.then(|| StoreEvent::BackOnSale { what: what.clone() }))
}

pub(super) async fn count(
    tx: &mut PgConnection,
    store_id: StoreId,
    item: &ItemKey,
    pieces: Option<u32>,
) -> Result<Option<StoreEvent>, StoreError> {
    if published(tx, store_id).await?.item(item).is_none() {
        return Err(StoreError::Refused(Code::MenuEntryUnknown));
    }
    if pieces.is_some_and(|pieces| pieces > MAX_PIECES) {
        return Err(StoreError::Refused(Code::CommandMalformed));
    }
    match pieces {
        Some(pieces) => db::stock::set(tx, store_id, item, pieces).await?,
        None => db::stock::forget(tx, store_id, item).await?,
    }
    Ok(Some(StoreEvent::StockSet { item: item.clone(), pieces }))
}

async fn published(tx: &mut PgConnection, store_id: StoreId) -> Result<Menu, StoreError> {
    let current = db::menus::published(tx, store_id).await?;
    current.map(|current| current.menu).ok_or(StoreError::Refused(Code::MenuEntryUnknown))
}
