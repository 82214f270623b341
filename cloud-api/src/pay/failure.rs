//! A failure of a page: the customer reads that we are looking, the request's log line has the cause.

use axum::response::{IntoResponse, Response};

use super::page;
use crate::problem::ErrorCause;

/// Something that we depend on did not answer. Looking again is always safe.
#[derive(Debug)]
pub struct PageError(anyhow::Error);

impl<E: Into<anyhow::Error>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let mut response = page::trouble().into_response();
        response.extensions_mut().insert(ErrorCause(format!("{:#}", self.0)));
        response
    }
}
