//! Closing a day: `/v1/store/days/{day_id}/…`. Each may be asked again at any time; what happened stays as it is.

mod answers;

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use shared::Code;
use shared::certificate::SignedCertificate;
use shared::day::TransitionCause;
use shared::id::{DayId, OrderId};
use shared::wire::{
    CertificateKey, CheckRequest, CloseAnswer, CloseRequest, CloseStatus, CutAnswer, HashesAnswer,
    HashesRequest, MAX_HASHES, OrderMoney, Repaired,
};

use super::CounterSession;
use super::json::JsonBody;
use crate::app::App;
use crate::close::{self, Asking, Closer};
use crate::db::in_time;
use crate::ledger;
use crate::problem::ApiError;
use answers::{Compared, not_found, refused};

/// The addresses of closing, of an order's money, and the key that everybody may have.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/v1/store/days/{day_id}/status", get(status))
        .route("/v1/store/days/{day_id}/cut", post(cut))
        .route("/v1/store/days/{day_id}/hashes", post(hashes))
        .route("/v1/store/days/{day_id}/check", post(check))
        .route("/v1/store/days/{day_id}/repair", post(repair))
        .route("/v1/store/days/{day_id}/close", post(end))
        .route("/v1/store/days/{day_id}/certificate", get(certificate))
        .route("/v1/store/orders/{order_id}/money", get(money))
        .route("/v1/certificate-key", get(certificate_key))
}

async fn status(
    State(app): State<App>,
    session: CounterSession,
    Path(day): Path<String>,
) -> Result<Json<CloseStatus>, ApiError> {
    let day_id = day_id(&day)?;
    close::status(&app, session.store_id, day_id).await.map(Json).map_err(refused)
}

async fn cut(
    State(app): State<App>,
    session: CounterSession,
    Path(day): Path<String>,
) -> Result<Json<CutAnswer>, ApiError> {
    let day_id = day_id(&day)?;
    close::cut(&app, session.store_id, day_id, session.actor()).await.map(Json).map_err(refused)
}

async fn hashes(
    State(app): State<App>,
    session: CounterSession,
    Path(day): Path<String>,
    JsonBody(request): JsonBody<HashesRequest>,
) -> Result<Json<HashesAnswer>, ApiError> {
    day_id(&day)?;
    if request.seqs.len() > MAX_HASHES {
        return Err(ApiError::bad_request(Code::BadRequest));
    }
    let hashes = close::hashes(&app, session.store_id, &request.seqs).await.map_err(refused)?;
    Ok(Json(HashesAnswer { hashes }))
}

async fn check(
    State(app): State<App>,
    session: CounterSession,
    Path(day): Path<String>,
    JsonBody(request): JsonBody<CheckRequest>,
) -> Result<Json<Compared>, ApiError> {
    let day_id = day_id(&day)?;
    let journal = request.journal.as_ref();
    let checked = close::check(&app, session.store_id, day_id, journal, Asking::WhatIsOpen).await?;
    Ok(Json(Compared::from(checked.ok_or_else(not_found)?)))
}

async fn repair(
    State(app): State<App>,
    session: CounterSession,
    Path(day): Path<String>,
) -> Result<Json<Repaired>, ApiError> {
    let day_id = day_id(&day)?;
    close::repair(&app, session.store_id, day_id).await.map(Json).map_err(refused)
}

async fn end(
    State(app): State<App>,
    session: CounterSession,
    Path(day): Path<String>,
    JsonBody(request): JsonBody<CloseRequest>,
) -> Result<Json<CloseAnswer>, ApiError> {
    let day_id = day_id(&day)?;
    let closer = Closer {
        by: session.actor(),
        cause: TransitionCause::ByHand,
        counter: Some((session.device_id, &request.journal)),
    };
    close::close(&app, session.store_id, day_id, closer).await.map(Json).map_err(refused)
}

async fn certificate(
    State(app): State<App>,
    session: CounterSession,
    Path(day): Path<String>,
) -> Result<Json<SignedCertificate>, ApiError> {
    let day_id = day_id(&day)?;
    let certificate = close::certificate(&app, session.store_id, day_id).await?;
    Ok(Json(certificate.ok_or_else(not_found)?))
}

async fn money(
    State(app): State<App>,
    session: CounterSession,
    Path(order): Path<String>,
) -> Result<Json<OrderMoney>, ApiError> {
    let order_id: OrderId = order.parse().map_err(|_| not_found())?;
    let money = in_time(async {
        let mut connection = app.db.acquire().await?;
        ledger::explain(&mut connection, session.store_id, order_id).await
    });
    Ok(Json(money.await?.ok_or_else(not_found)?))
}

/// Nothing secret: certificates are worth something only because everybody can verify them.
async fn certificate_key(State(app): State<App>) -> Json<CertificateKey> {
    let key = close::public_key(&app.config.signing_key);
    Json(CertificateKey { key_id: key.id(), public_key: key.hex() })
}

fn day_id(text: &str) -> Result<DayId, ApiError> {
    text.parse().map_err(|_| not_found())
}
