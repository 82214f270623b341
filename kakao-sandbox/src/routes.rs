//! Every address of the sandbox on one page.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get, post};

use crate::world::World;
use crate::{alimtalk, chat, control, pay, problem, skill};

/// No request to Kakao is larger.
const MAX_BODY_BYTES: usize = 64 * 1024;

pub fn all(world: Arc<World>) -> Router {
    Router::new()
        .merge(pages())
        .merge(kakao())
        .nest("/control", control_routes())
        .fallback(|| async { problem::Problem::not_found("path_unknown", "the sandbox has no such address") })
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(world)
}

/// For people.
fn pages() -> Router<Arc<World>> {
    const PAYMENT: &str = "/mockup/bridge/{kind}/pg/one-time/payment/{hash}";
    Router::new()
        .route("/", get(chat::page))
        .route("/chat/{customer}", get(chat::page))
        .route("/assets/chat.css", get(chat::style))
        .route("/assets/chat.js", get(chat::script))
        .route("/chat/{customer}/messages", get(chat::transcript))
        .route("/chat/{customer}/events", get(chat::events))
        .route("/chat/{customer}/send", post(control::send))
        .route("/chat/{customer}/tap", post(control::tap))
        .route("/chat/{customer}/block", post(control::block))
        .route("/chat/{customer}/start", post(control::browser_start))
        .route("/customers", post(control::customers))
        .route(PAYMENT, get(pay::show).post(pay::choose))
        .route("/pay/mockup/{hash}", get(pay::app_link))
}

/// For the shop: what Kakao, KakaoPay and NHN Cloud answer.
fn kakao() -> Router<Arc<World>> {
    Router::new()
        .route("/online/v1/payment/{operation}", post(pay::endpoint).fallback(pay::unknown_path))
        .route("/online/{*rest}", any(pay::unknown_path))
        .route("/alimtalk/v2.3/appkeys/{appkey}/messages", post(alimtalk::send).get(alimtalk::list))
        .route("/alimtalk/v2.3/appkeys/{appkey}/messages/{request}/{recipient}", get(alimtalk::one))
        .route("/v1/callback/{token}", post(skill::callback))
        .route("/v2/bots/{bot}/talk", post(skill::talk))
        .route("/v1/tasks/{task}", get(skill::task))
}

/// For tests.
fn control_routes() -> Router<Arc<World>> {
    Router::new()
        .route("/ledger", get(control::ledger))
        .route("/bot-log", get(control::bot_log))
        .route("/skill-calls", get(control::skill_calls))
        .route("/messages", get(control::messages))
        .route("/templates", get(control::templates).post(control::register_templates))
        .route("/faults", get(control::faults).post(control::add_faults).delete(control::clear_faults))
        .route("/clock", post(control::advance_clock))
        .route("/reset", post(control::reset))
        .route("/config", post(control::configure))
        .route("/customers", get(control::rooms).post(control::add_customer))
        .route("/payments", post(control::load_payment))
        .route("/damage", post(control::damage_payment))
        .route("/authenticate", post(control::authenticate))
        .route("/chat/{customer}", get(chat::transcript))
        .route("/chat/{customer}/start", post(control::control_start))
        .route("/chat/{customer}/block", post(control::block))
        .route("/chat/{customer}/send", post(control::send))
        .route("/chat/{customer}/tap", post(control::tap))
}
