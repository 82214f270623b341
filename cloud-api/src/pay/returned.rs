//! `GET /pay/{token}/cancelled` and `/failed`: signals that anybody could forge. KakaoPay is asked before they are believed; the order
//! stays payable until it expires.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::failure::PageError;
use super::{links, page, reconciler};
use crate::app::App;
use crate::db;

/// Asks KakaoPay, then shows the order's page, which says what is.
pub async fn returned(State(app): State<App>, Path(token): Path<String>) -> Result<Response, PageError> {
    let target = db::pay_links::find(&app.db, &token).await?;
    let Some((target, attempt_id)) = target.and_then(|t| Some((t, t.attempt_id?))) else {
        return Ok(page::not_found().into_response());
    };
    let worker = app.clone();
    let asked = app.tasks.spawn(async move {
        let now = worker.clock.now_ms();
        db::attempts::look_now(&worker.db, target.store_id, attempt_id, now).await?;
        reconciler::look(&worker, target.store_id, attempt_id).await
    });
    asked.await??;
    Ok(links::redirect(StatusCode::SEE_OTHER, &links::order(&app, target.order_id)))
}
