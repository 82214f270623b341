//! `GET /v1/store/log?after=<seq>&limit=<n>`: a range of the log.

use axum::Json;
use axum::extract::Query;
use axum::extract::State;
use axum::extract::rejection::QueryRejection;
use serde::Deserialize;
use shared::Code;
use shared::log::Position;
use shared::wire::{LogEntry, LogFrame, LogPage, MAX_LOG_PAGE};

use super::session::StoreSession;
use crate::app::App;
use crate::problem::ApiError;
use crate::{db, log};

/// What to read.
#[derive(Debug, Deserialize)]
pub(super) struct Range {
    after: i64,
    #[serde(default = "whole_page")]
    limit: i64,
}

fn whole_page() -> i64 {
    MAX_LOG_PAGE
}

/// Events after `after` in order, with the personal data of orders being placed, and where the log ends.
pub(super) async fn log_page(
    State(app): State<App>,
    session: StoreSession,
    range: Result<Query<Range>, QueryRejection>,
) -> Result<Json<LogPage>, ApiError> {
    let Query(range) = range.map_err(|_| ApiError::bad_request(Code::BadRequest))?;
    if range.after < 0 || range.limit < 1 {
        return Err(ApiError::bad_request(Code::BadRequest));
    }
    let store_id = session.store_id;
    let head = db::events::read_cursor(&app.db, store_id).await?.ok_or(sqlx::Error::RowNotFound)?;
    let limit = range.limit.min(MAX_LOG_PAGE).min(head.seq - range.after);
    let events =
        if limit > 0 { db::events::range(&app.db, store_id, range.after, limit).await? } else { Vec::new() };
    let mut private = log::private(&app, store_id, &events).await?;
    let entries = events.into_iter().map(|event| LogEntry {
        position: Position::new(head.epoch, event.seq, &event.hash),
        frame: LogFrame {
            body: String::from_utf8_lossy(&event.body).into_owned(),
            private: private.remove(&event.seq),
        },
    });
    Ok(Json(LogPage { events: entries.collect(), head: head.position() }))
}
