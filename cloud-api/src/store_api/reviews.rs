//! `GET /v1/store/reviews` and `POST /v1/store/reviews/{order_id}/…`: what customers said, and the owner's answer to it.

use std::collections::HashMap;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use shared::Code;
use shared::id::{OrderId, StaffId, StoreId};
use shared::review::{HideReason, TextRefusal, one_line};
use shared::wire::{HiddenReview, ReviewCard, ReviewHiding, ReviewPage, ReviewReply, ReviewStep, StaffRole};

use super::json::JsonBody;
use super::session::{OwnerSession, StoreSession};
use crate::app::App;
use crate::db;
use crate::db::personal::{self, ReviewPrivate};
use crate::db::reviews::ListedReview;
use crate::problem::ApiError;
use crate::reviews::{ByStore, store};

/// Reviews of one page.
const PAGE: usize = 20;

/// Where to go on.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    before: Option<OrderId>,
}

/// One page, newest first.
pub(super) async fn list(
    State(app): State<App>,
    session: StoreSession,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<ReviewPage>, ApiError> {
    let Query(asked) = asked.map_err(|_| ApiError::bad_request(Code::BadRequest))?;
    let store_id = session.store_id;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut listed = db::reviews::newest(&app.db, store_id, asked.before, limit).await?;
    let more = listed.len() > PAGE;
    listed.truncate(PAGE);
    Ok(Json(ReviewPage {
        reviews: cards(&app, store_id, listed).await?,
        more,
        rating: db::ratings::of_store(&app.db, store_id).await?,
        may_change: session.role == StaffRole::Owner && session.kind.is_counter() && !session.leased,
    }))
}

/// Answers a review, in place of an earlier answer.
pub(super) async fn reply(
    State(app): State<App>,
    OwnerSession(session): OwnerSession,
    Path(order_id): Path<OrderId>,
    JsonBody(reply): JsonBody<ReviewReply>,
) -> Result<Json<ReviewCard>, ApiError> {
    let wanted = ByStore::Reply(line(&reply.text)?);
    change(&app, (session.store_id, order_id), session.staff_id, wanted).await
}

/// Hides a review, or shows it again.
pub(super) async fn hiding(
    State(app): State<App>,
    OwnerSession(session): OwnerSession,
    Path(order_id): Path<OrderId>,
    JsonBody(hiding): JsonBody<ReviewHiding>,
) -> Result<Json<ReviewCard>, ApiError> {
    let wanted = match hiding.reason {
        Some(HideReason::Other) => {
            ByStore::Hide(HideReason::Other, Some(line(hiding.why.as_deref().unwrap_or_default())?))
        }
        Some(reason) => ByStore::Hide(reason, None),
        None => ByStore::Show,
    };
    change(&app, (session.store_id, order_id), session.staff_id, wanted).await
}

async fn change(
    app: &App,
    key: (StoreId, OrderId),
    by: StaffId,
    wanted: ByStore,
) -> Result<Json<ReviewCard>, ApiError> {
    let gone = || ApiError::refused(StatusCode::NOT_FOUND, Code::ReviewGone);
    if !store(app, key, by, wanted).await? {
        return Err(gone());
    }
    let listed = db::reviews::find(&app.db, key.0, key.1).await?;
    let found = listed.filter(|listed| listed.review.removed_at.is_none());
    let mut cards = cards(app, key.0, found.into_iter().collect()).await?;
    cards.pop().map(Json).ok_or_else(gone)
}

fn line(typed: &str) -> Result<String, ApiError> {
    one_line(typed).map_err(|refusal| {
        ApiError::bad_request(match refusal {
            TextRefusal::Empty => Code::ReviewTextMissing,
            TextRefusal::TooLong(_) => Code::ReviewTextTooLong,
        })
    })
}

/// Reviews with their texts and trails.
async fn cards(app: &App, store_id: StoreId, listed: Vec<ListedReview>) -> Result<Vec<ReviewCard>, ApiError> {
    let orders: Vec<OrderId> = listed.iter().map(|listed| listed.order_id).collect();
    let mut texts = personal::get_reviews(&app.db, &app.vault, store_id, &orders).await?;
    let mut trails = trails(app, store_id, &orders).await?;
    let cards = listed.into_iter().map(|listed| {
        let texts: ReviewPrivate = texts.remove(&listed.order_id).unwrap_or_default();
        let review = listed.review;
        ReviewCard {
            order_id: listed.order_id,
            items: listed.items,
            stars: review.stars,
            text: texts.text,
            written_at: review.written_at,
            reply: texts.reply,
            hidden: review.hidden.map(|(reason, at)| HiddenReview { reason, why: texts.hidden_why, at }),
            steps: trails.remove(&listed.order_id).unwrap_or_default(),
        }
    });
    Ok(cards.collect())
}

async fn trails(
    app: &App,
    store_id: StoreId,
    orders: &[OrderId],
) -> Result<HashMap<OrderId, Vec<ReviewStep>>, ApiError> {
    let mut db = app.db.acquire().await?;
    let people = db::staff::list(&mut db, &app.vault, store_id).await?;
    let name = |staff: StaffId| {
        let known = people.iter().find(|card| card.staff_id == staff);
        known.map_or_else(String::new, |card| card.name.clone())
    };
    let mut trails: HashMap<OrderId, Vec<ReviewStep>> = HashMap::new();
    for kept in db::reviews::steps(&mut *db, store_id, orders).await? {
        trails.entry(kept.order_id).or_default().push(ReviewStep {
            kind: kept.step.kind,
            at: kept.at,
            stars: kept.stars,
            reason: kept.reason,
            by: kept.step.by.map(name),
        });
    }
    Ok(trails)
}
