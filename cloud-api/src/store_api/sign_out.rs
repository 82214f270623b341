//! `DELETE /v1/store/sessions/current`.

use axum::extract::State;
use axum::http::StatusCode;

use super::session::StoreSession;
use crate::app::App;
use crate::db::sessions::{EndReason, end};
use crate::log;
use crate::problem::ApiError;

/// Ends the session; its event stream says good-bye.
pub(super) async fn sign_out(State(app): State<App>, session: StoreSession) -> Result<StatusCode, ApiError> {
    let now = app.clock.now_ms();
    end(&app.db, session.store_id, session.session_id, EndReason::SignedOut, now).await?;
    log::session_changed(&app, session.store_id).await;
    Ok(StatusCode::NO_CONTENT)
}
