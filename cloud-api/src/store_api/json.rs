//! JSON bodies whose refusals are problem documents.

use axum::Json;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use shared::Code;

use crate::app::App;
use crate::problem::ApiError;

/// A body as `T`; 400 `bad_request` or 413 `body_too_large` otherwise.
pub(super) struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        match Json::<T>::from_request(request, app).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(ApiError::refused(StatusCode::PAYLOAD_TOO_LARGE, Code::BodyTooLarge))
            }
            Err(_) => Err(ApiError::bad_request(Code::BadRequest)),
        }
    }
}
