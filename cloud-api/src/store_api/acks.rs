//! `POST /v1/store/acks`: everything up to a position is on the counter's disk.

use axum::extract::State;
use axum::http::StatusCode;
use shared::Code;
use shared::wire::Ack;

use super::json::JsonBody;
use super::session::StoreSession;
use crate::app::App;
use crate::db;
use crate::ops::rewound;
use crate::problem::ApiError;

/// Notes the position, which must be in the log; an older one than before changes nothing.
pub(super) async fn acknowledge(
    State(app): State<App>,
    session: StoreSession,
    JsonBody(Ack { position }): JsonBody<Ack>,
) -> Result<StatusCode, ApiError> {
    let store_id = session.store_id;
    let head = db::events::read_cursor(&app.db, store_id).await?.ok_or(sqlx::Error::RowNotFound)?;
    let hash = db::events::hash_at(&app.db, store_id, position.seq).await?;
    let known = position.epoch == head.epoch && hash.is_some_and(|hash| hash.hash8() == position.hash8);
    if !known {
        metrics::counter!("acks_unknown").increment(1);
        // A viewer's word does not make the store's log doubtful.
        if session.kind.is_counter() {
            rewound::claimed(&app, store_id, &position).await?;
        }
        return Err(ApiError::refused(StatusCode::CONFLICT, Code::PositionUnknown));
    }
    db::devices::acknowledge(&app.db, store_id, session.device_id, &position, app.clock.now_ms()).await?;
    Ok(StatusCode::NO_CONTENT)
}
