//! The chatbot: Kakao calls `POST /kakao/skill`, we answer within its rules and its five seconds.

use axum::Router;

use crate::app::App;

/// Addresses of the chatbot.
pub fn routes() -> Router<App> {
    Router::new()
}

/// Background work of the chatbot.
pub fn start_workers(_app: &App) {}
