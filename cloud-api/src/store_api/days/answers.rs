//! How a closing step that was not made is answered.

use axum::http::StatusCode;
use shared::Code;

use crate::close::NotDone;
use crate::problem::ApiError;

/// 404: another store's day is no day.
pub fn not_found() -> ApiError {
    ApiError::refused(StatusCode::NOT_FOUND, Code::NotFound)
}

/// 404, 409 with the day's own code, or a 5xx.
pub fn refused(error: NotDone) -> ApiError {
    match error {
        NotDone::NoSuchDay => not_found(),
        NotDone::Refused(refusal) => ApiError::refused(StatusCode::CONFLICT, refusal.code()),
        NotDone::Database(error) => error.into(),
        NotDone::Other(error) => error.into(),
    }
}
