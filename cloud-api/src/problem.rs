//! How an error leaves the server: RFC 9457 problem documents with a stable code. 5xx bodies are generic; the cause travels in a
//! response extension to the one log line of the request.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use shared::wire::{Confirmation, CounterHolder, Problem, StoreChoice};
use shared::{Code, TimeMs};

/// Anything that an API handler can fail with.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The caller can do something about it.
    #[error("{code:?}")]
    Refused {
        status: StatusCode,
        code: Code,
        holder: Option<CounterHolder>,
        retry_after_s: Option<u32>,
        /// What the caller needs to go on, with a few codes.
        told: Option<Box<Told>>,
    },
    /// A 5xx; the source is logged, never sent.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

/// What some refusals tell beside their code.
#[derive(Debug, Clone, Default)]
pub struct Told {
    pub confirmation: Option<Confirmation>,
    pub stores: Option<Vec<StoreChoice>>,
    pub server_time: Option<TimeMs>,
}

/// The cause of a 5xx, for the request log.
#[derive(Debug, Clone)]
pub struct ErrorCause(pub String);

impl ApiError {
    /// A refusal with this status and code.
    pub fn refused(status: StatusCode, code: Code) -> Self {
        Self::Refused { status, code, holder: None, retry_after_s: None, told: None }
    }

    /// 400 with a code.
    pub fn bad_request(code: Code) -> Self {
        Self::refused(StatusCode::BAD_REQUEST, code)
    }

    /// 401 with a code.
    pub fn unauthorized(code: Code) -> Self {
        Self::refused(StatusCode::UNAUTHORIZED, code)
    }

    /// The same refusal with what the caller needs to go on; a 5xx tells nothing.
    pub fn with(self, more: Told) -> Self {
        match self {
            Self::Refused { status, code, holder, retry_after_s, told: _ } => {
                Self::Refused { status, code, holder, retry_after_s, told: Some(Box::new(more)) }
            }
            Self::Internal(source) => Self::Internal(source),
        }
    }

    /// The same refusal with who holds the counter.
    pub fn held_by(self, holder: Option<CounterHolder>) -> Self {
        match self {
            Self::Refused { status, code, holder: _, retry_after_s, told } => {
                Self::Refused { status, code, holder, retry_after_s, told }
            }
            Self::Internal(source) => Self::Internal(source),
        }
    }

    /// 429, to be tried again after `seconds`.
    pub fn too_many(seconds: u32) -> Self {
        Self::Refused {
            status: StatusCode::TOO_MANY_REQUESTS,
            code: Code::TooManyRequests,
            holder: None,
            retry_after_s: Some(seconds),
            told: None,
        }
    }

    /// 503: a store we depend on does not answer.
    pub fn unavailable() -> Self {
        Self::Refused {
            status: StatusCode::SERVICE_UNAVAILABLE,
            code: Code::Unavailable,
            holder: None,
            retry_after_s: Some(1),
            told: None,
        }
    }
}

impl From<sqlx::Error> for ApiError {
    fn from(error: sqlx::Error) -> Self {
        Self::Internal(error.into())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code, holder, retry_after, told, cause) = match self {
            Self::Refused { status, code, holder, retry_after_s, told } => {
                (status, code, holder, retry_after_s, told.map(|told| *told).unwrap_or_default(), None)
            }
            Self::Internal(source) => {
                let cause = ErrorCause(format!("{source:#}"));
                (StatusCode::INTERNAL_SERVER_ERROR, Code::Internal, None, None, Told::default(), Some(cause))
            }
        };
        let problem = Problem {
            kind: "about:blank".to_owned(),
            title: code.english().to_owned(),
            status: status.as_u16(),
            code,
            detail: code.korean().to_owned(),
            request_id: None,
            holder,
            confirmation: told.confirmation,
            stores: told.stores,
            server_time: told.server_time,
        };
        let mut response = (status, axum::Json(problem)).into_response();
        let json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(cause) = cause {
            response.extensions_mut().insert(cause);
        }
        response
    }
}
