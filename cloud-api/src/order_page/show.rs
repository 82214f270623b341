//! `GET /o/{token}`: the whole page, and `GET /o/{token}/now`: its fragment alone.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::draw;
use super::lang::Lang;
use super::seen::{self, Seen};
use crate::app::App;
use crate::db;
use crate::pay::page::private;
use crate::pay::{self, PageError};

/// The true outcome, as it is written.
pub(super) async fn show(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let Some(seen) = find(&app, &token).await? else { return Ok(pay::page::not_found().into_response()) };
    let html = draw::page(&seen, Lang::of(&headers));
    let mut response = axum::response::Html(html).into_response();
    private(&mut response);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, draw::policy());
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-language"));
    Ok(response)
}

/// What the stream would say at this moment, for a browser whose stream broke.
pub(super) async fn now(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let Some(seen) = find(&app, &token).await? else { return Ok(pay::page::not_found().into_response()) };
    let json = HeaderValue::from_static("application/json");
    let body = draw::payload(&seen, Lang::of(&headers));
    let mut response = ([(header::CONTENT_TYPE, json)], body).into_response();
    private(&mut response);
    Ok(response)
}

async fn find(app: &App, token: &str) -> Result<Option<Seen>, sqlx::Error> {
    let target = db::pay_links::find(&app.db, token).await?;
    match target.filter(|target| target.attempt_id.is_none()) {
        Some(target) => seen::read(app, target).await,
        None => Ok(None),
    }
}
