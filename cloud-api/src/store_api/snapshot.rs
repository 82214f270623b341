//! `GET /v1/store/snapshot`: what a counter shows before it has read the log.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use shared::Code;
use shared::id::OrderId;
use shared::wire::{Private, Snapshot, SnapshotOrder};

use super::session::StoreSession;
use crate::app::App;
use crate::db;
use crate::problem::ApiError;

/// Most orders of a snapshot: open ones first, then the newest of the day.
const MAX_ORDERS: i64 = 5_000;

/// The store at one position of its log, read in one transaction.
pub(super) async fn snapshot(
    State(app): State<App>,
    session: StoreSession,
) -> Result<Json<Snapshot>, ApiError> {
    let store_id = session.store_id;
    let mut tx = app.db.begin_with("begin isolation level repeatable read read only").await?;
    let cursor = db::events::read_cursor(&mut *tx, store_id).await?.ok_or(sqlx::Error::RowNotFound)?;
    let store = db::snapshot::store_card(&mut tx, store_id).await?;
    let now = app.clock.now_ms();
    let day = db::days::latest(&mut *tx, store_id)
        .await?
        .ok_or_else(|| ApiError::refused(StatusCode::CONFLICT, Code::StoreClosed))?
        .day;
    let availability = db::availability::read(&mut tx, store_id, now).await?;
    let (menu_version, schedule_version) = db::snapshot::versions(&mut tx, store_id).await?;
    let orders = db::snapshot::orders(&mut tx, store_id, day.id, MAX_ORDERS).await?;
    let ids: Vec<OrderId> = orders.iter().map(|order| order.id).collect();
    let private = db::personal::get_orders(&mut *tx, &app.vault, store_id, &ids).await?;
    tx.commit().await?;
    let orders = orders.into_iter().map(|order| {
        let private = private.get(&order.id).map(Private::from);
        SnapshotOrder { order, private }
    });
    Ok(Json(Snapshot {
        position: cursor.position(),
        head_hash: cursor.hash.hex(),
        server_time: now,
        store,
        day,
        availability,
        menu_version,
        schedule_version,
        orders: orders.collect(),
    }))
}
