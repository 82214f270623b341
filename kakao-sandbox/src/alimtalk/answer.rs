//! NHN's envelope. HTTP 200 says nothing; `isSuccessful` and each recipient's `resultCode` do.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

pub fn header(code: i64, message: &str) -> Value {
    json!({"resultCode": code, "resultMessage": message, "isSuccessful": code == 0})
}

pub fn refused(code: i64, message: &str) -> Response {
    Json(json!({"header": header(code, message)})).into_response()
}

pub fn with(name: &str, body: Value) -> Response {
    let mut answer = Map::new();
    answer.insert("header".to_owned(), header(0, "success"));
    answer.insert(name.to_owned(), body);
    Json(Value::Object(answer)).into_response()
}

pub fn http(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(body)).into_response()
}
