//! `GET /o/{token}`: the order's page.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use super::failure::PageError;
use super::links;
use super::page::{self, View};
use crate::app::App;
use crate::db;

/// More than an order ever has.
const MAX_ROWS: i64 = 50;

/// The true outcome, as it is written.
pub async fn show(State(app): State<App>, Path(token): Path<String>) -> Result<Response, PageError> {
    let target = db::pay_links::find(&app.db, &token).await?;
    let Some(target) = target.filter(|target| target.attempt_id.is_none()) else {
        return Ok(page::not_found().into_response());
    };
    let mut connection = app.db.acquire().await?;
    let order = db::orders::read(&mut connection, target.store_id, target.order_id).await?;
    let Some(order) = order else { return Ok(page::not_found().into_response()) };
    let attempts =
        db::attempts::of_order(&mut *connection, target.store_id, target.order_id, MAX_ROWS).await?;
    let refunds = db::refunds::of_order(&mut *connection, target.store_id, target.order_id, MAX_ROWS).await?;
    let view = View {
        order: &order.order,
        store_name: &order.context.store_name,
        attempts: &attempts,
        refunds: &refunds,
        pay_link: &links::pay(&app, target.order_id),
    };
    Ok(page::order_page(&view).into_response())
}
