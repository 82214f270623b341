//! How an error leaves the server: RFC 9457 problem documents with a stable code. 5xx bodies are generic; the cause travels in a
//! response extension to the one log line of the request.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use shared::Code;
use shared::wire::{CounterHolder, Problem};

/// Anything that an API handler can fail with.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The caller can do something about it.
    #[error("{code:?}")]
    Refused { status: StatusCode, code: Code, holder: Option<CounterHolder>, retry_after_s: Option<u32> },
    /// A 5xx; the source is logged, never sent.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

/// The cause of a 5xx, for the request log.
#[derive(Debug, Clone)]
pub struct ErrorCause(pub String);

impl ApiError {
    /// A refusal with this status and code.
    pub fn refused(status: StatusCode, code: Code) -> Self {
        Self::Refused { status, code, holder: None, retry_after_s: None }
    }

    /// 400 with a code.
    pub fn bad_request(code: Code) -> Self {
        Self::refused(StatusCode::BAD_REQUEST, code)
    }

    /// 401 with a code.
    pub fn unauthorized(code: Code) -> Self {
        Self::refused(StatusCode::UNAUTHORIZED, code)
    }

    /// 429, to be tried again after `seconds`.
    pub fn too_many(seconds: u32) -> Self {
        Self::Refused {
            status: StatusCode::TOO_MANY_REQUESTS,
            code: Code::TooManyRequests,
            holder: None,
            retry_after_s: Some(seconds),
        }
    }

    /// 503: a store we depend on does not answer.
    pub fn unavailable() -> Self {
        Self::Refused {
            status: StatusCode::SERVICE_UNAVAILABLE,
            code: Code::Unavailable,
            holder: None,
            retry_after_s: Some(1),
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
        let (status, code, holder, retry_after, cause) = match self {
            Self::Refused { status, code, holder, retry_after_s } => {
                (status, code, holder, retry_after_s, None)
            }
            Self::Internal(source) => {
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                (status, Code::Internal, None, None, Some(ErrorCause(format!("{source:#}"))))
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
