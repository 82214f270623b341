//! KakaoPay's error answers.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

#[derive(Debug, Clone)]
pub struct Refusal {
    status: u16,
    code: i64,
    message: String,
    extras: Option<(String, String)>,
}

impl Refusal {
    /// -7xx and parameter errors are HTTP 400.
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self { status: 400, code, message: message.into(), extras: None }
    }

    pub fn with_status(status: u16, code: i64, message: impl Into<String>) -> Self {
        Self { status, ..Self::new(code, message) }
    }

    pub fn invalid(what: impl Into<String>) -> Self {
        Self::new(-2, format!("invalid param: {}", what.into()))
    }

    /// -780 with what the bank or card said. The text is attested.
    pub fn approval_failure(code: &str, message: &str) -> Self {
        let extras = Some((code.to_owned(), message.to_owned()));
        Self { extras, ..Self::new(-780, "approval failure!") }
    }

    /// -781 with what the bank or card said. The text is attested.
    pub fn cancel_failure(code: &str, message: &str) -> Self {
        let extras = Some((code.to_owned(), message.to_owned()));
        Self { extras, ..Self::new(-781, "cancel failure!") }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut body = json!({"error_code": self.code, "error_message": self.message});
        if let Some((code, message)) = self.extras {
            body["extras"] = json!({"method_result_code": code, "method_result_message": message});
        }
        json_answer(self.status, &body)
    }
}

/// KakaoPay names the charset in its content type.
pub fn json_answer(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (
        status,
        [(header::CONTENT_TYPE, "application/json;charset=UTF-8")],
        Json(body).into_response().into_body(),
    )
        .into_response()
}
