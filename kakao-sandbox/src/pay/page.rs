//! The hosted payment page.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::authenticate::{Choice, decide};
use super::payment::{LIFETIME, Method, Payment, Status};
use crate::chat::escape;
use crate::lock;
use crate::world::World;

const PAGE: &str = include_str!("../../assets/pay.html");
const CLOSED: &str = include_str!("../../assets/pay-closed.html");
const KINDS: [&str; 3] = ["pc", "mobile-web", "mobile-app"];

#[derive(Debug, Deserialize)]
pub struct Chosen {
    choice: Choice,
}

/// `GET /mockup/bridge/{kind}/pg/one-time/payment/{hash}`.
pub async fn show(State(world): State<Arc<World>>, Path((kind, hash)): Path<(String, String)>) -> Response {
    let mut payments = lock(&world.payments);
    let Some(payment) = payments.by_hash(&hash).filter(|_| KINDS.contains(&kind.as_str())) else {
        return closed(
            StatusCode::NOT_FOUND,
            "결제를 찾을 수 없어요",
            "주문하신 곳에서 다시 결제를 눌러 주세요.",
        );
    };
    let now = world.clock.now();
    if payment.status.is_open() && payment.expired(now) {
        return found(&payment.fail_url);
    }
    if !payment.status.is_open() {
        return closed(StatusCode::OK, "이미 처리된 결제예요", "이 창을 닫고 주문 상태를 확인해 주세요.");
    }
    if payment.status == Status::Ready {
        payment.status = Status::OpenPayment;
    }
    let minutes = (payment.created_at + LIFETIME - now).num_minutes();
    page(payment, minutes)
}

/// `POST` of the same address: the button that was pressed.
pub async fn choose(
    State(world): State<Arc<World>>,
    Path((_kind, hash)): Path<(String, String)>,
    Form(chosen): Form<Chosen>,
) -> Response {
    let mut payments = lock(&world.payments);
    let next = payments.by_hash(&hash).and_then(|payment| decide(&world, payment, chosen.choice));
    match next {
        Some(url) => found(&url),
        None => closed(StatusCode::OK, "이미 처리된 결제예요", "이 창을 닫고 주문 상태를 확인해 주세요."),
    }
}

/// `GET /pay/mockup/{hash}`: where the app schemes point.
pub async fn app_link(Path(hash): Path<String>) -> Redirect {
    Redirect::temporary(&format!("/mockup/bridge/mobile-app/pg/one-time/payment/{hash}"))
}

/// KakaoPay answers 302, which a browser follows with GET.
fn found(url: &str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, url), (header::CACHE_CONTROL, "no-store")]).into_response()
}

fn page(payment: &Payment, minutes: i64) -> Response {
    let hidden = |method: Method| {
        if payment.only_method.is_some_and(|only| only != method) { "hidden" } else { "" }
    };
    let html = PAGE
        .replace("{{item}}", &escape(&payment.item_name))
        .replace("{{quantity}}", &payment.quantity.to_string())
        .replace("{{amount}}", &with_commas(payment.amount.total))
        .replace("{{order}}", &escape(&payment.partner_order_id))
        .replace("{{minutes}}", &minutes.to_string())
        .replace("{{hide_money}}", hidden(Method::Money))
        .replace("{{hide_card}}", hidden(Method::Card));
    ([(header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
}

fn closed(status: StatusCode, title: &str, text: &str) -> Response {
    (status, Html(CLOSED.replace("{{title}}", title).replace("{{text}}", text))).into_response()
}

fn with_commas(won: i64) -> String {
    let digits = won.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
