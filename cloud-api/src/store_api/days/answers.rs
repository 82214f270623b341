//! How a comparison, and a closing step that was not made, are answered.

use axum::http::StatusCode;
use serde::Serialize;
use shared::Code;
use shared::wire::{CheckReport, Difference};

use crate::close::{Checked, NotDone};
use crate::problem::ApiError;

/// The report, and beside it what counts as equal only because a person decided so.
#[derive(Debug, Serialize)]
pub struct Compared {
    #[serde(flatten)]
    report: CheckReport,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    settled_by_hand: Vec<Difference>,
}

impl From<Checked> for Compared {
    fn from(checked: Checked) -> Self {
        Self { report: checked.report, settled_by_hand: checked.by_hand }
    }
}

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
