//! The fake server's side of signing in: who proves what, who has to wait, which tokens count.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::Value;
use shared::id::{ConfirmationId, DeviceId, OrderId, StaffId};
use shared::review::{Rating, Stars};
use shared::wire::*;
use shared::{Code, TimeMs};
use store_desktop_core::cloud::problem_of;

use super::Inner;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Seen {
    pub path: String,
    pub token: Option<String>,
    /// It proves the enrolled key.
    pub proved: bool,
}

/// Everything about signing in that a test may set or look at.
#[derive(Default)]
pub struct Accounts {
    pub seen: Vec<Seen>,
    /// The key that the device enrolled, and whether a proof is demanded.
    pub key: Option<DeviceKey>,
    pub demands_proof: bool,
    /// Devices have to wait, and how that ends.
    pub confirmation: Option<Confirmation>,
    pub decided: Option<Result<(), Code>>,
    /// What a sign-in and a renewal give.
    pub terms: Option<SessionTerms>,
    pub renewals: u32,
    pub renewal_fails: Option<Code>,
    pub leases: u32,
    pub lease_fails: Option<Code>,
    /// Tokens that are refused.
    pub refused: HashSet<String>,
    pub desk: Option<Desk>,
    pub desk_number: i64,
    pub desk_reads: u32,
    /// Other requests with their bodies.
    pub posts: Vec<(String, Value)>,
    /// How far the server's clock is ahead.
    pub ahead_ms: i64,
}

type Shared = Arc<Mutex<Inner>>;

pub fn problem(code: Code, status: u16) -> Response {
    refusal(problem_of(code, status))
}

fn refusal(problem: Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap();
    (status, [("content-type", "application/problem+json")], Json(problem)).into_response()
}

/// The addresses about people, devices and sessions, and the guard before all addresses.
pub fn with_accounts(router: Router, inner: Shared) -> Router {
    let accounts = Router::new()
        .route("/v1/store/sessions/confirm", post(confirm))
        .route("/v1/store/sessions/renew", post(renew))
        .route("/v1/store/sessions/lease", post(lease))
        .route("/v1/store/desk", get(desk))
        .route("/v1/store/reviews", get(reviews))
        .route("/v1/store/reviews/{order_id}/{what}", post(change_review))
        .fallback(other)
        .with_state(Arc::clone(&inner));
    router.merge(accounts).layer(middleware::from_fn_with_state(inner, guard))
}

async fn guard(State(inner): State<Shared>, request: Request, next: Next) -> Response {
    let refused = judge(&mut inner.lock().unwrap().accounts, &request);
    match refused {
        Some(refused) => refused,
        None => next.run(request).await,
    }
}

/// Notes a request; why it is refused.
fn judge(accounts: &mut Accounts, request: &Request) -> Option<Response> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let token = header("authorization").and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned);
    let path = request.uri().path().to_owned();
    let proof: Option<Proof> = header(PROOF_HEADER).and_then(|text| text.parse().ok());
    let now = store_desktop_core::clock::now().plus_ms(accounts.ahead_ms);
    let late = proof.is_some_and(|proof| now.ms_since(proof.at).abs() > PROOF_LIFE_MS);
    let proved = match (accounts.key, proof, &token) {
        (Some(key), Some(proof), Some(token)) => {
            let text = proof_text(request.method().as_str(), &path, proof.at, token);
            UnparsedPublicKey::new(&ED25519, key.0).verify(text.as_bytes(), &proof.signature).is_ok()
        }
        _ => false,
    };
    accounts.seen.push(Seen { path, token: token.clone(), proved });
    if let Some(token) = token {
        if accounts.refused.contains(&token) {
            return Some(problem(Code::SignedOut, 401));
        }
        if accounts.demands_proof && !proved {
            return Some(problem(Code::DeviceKeyNeeded, 401));
        }
    }
    let told = Problem { server_time: Some(now), ..problem_of(Code::ClockOff, 403) };
    (accounts.demands_proof && late).then(|| refusal(told))
}

/// What stands in the way of a sign-in, and what it enrols.
pub fn admit(inner: &mut Inner, request: &SignInRequest) -> Option<Response> {
    inner.accounts.key = request.device_key;
    let confirmation = inner.accounts.confirmation.clone()?;
    let waits = problem_of(Code::DeviceUnconfirmed, 403);
    Some(refusal(Problem { confirmation: Some(confirmation), ..waits }))
}

async fn confirm(State(inner): State<Shared>, Json(request): Json<ConfirmRequest>) -> Response {
    let mut inner = inner.lock().unwrap();
    let right = request.second_factor.as_deref() == Some("123456");
    if request.second_factor.is_some() && !right {
        return problem(Code::SecondFactorWrong, 403);
    }
    match (right, inner.accounts.decided) {
        (true, _) | (false, Some(Ok(()))) => {}
        (false, Some(Err(code))) => return problem(code, 403),
        (false, None) => {
            let confirmation = inner.accounts.confirmation.clone();
            return refusal(Problem { confirmation, ..problem_of(Code::DeviceUnconfirmed, 403) });
        }
    }
    Json(inner.signed_in("owner".to_owned(), SessionKind::Counter)).into_response()
}

async fn renew(State(inner): State<Shared>, Json(_): Json<RenewRequest>) -> Response {
    let mut inner = inner.lock().unwrap();
    inner.accounts.renewals += 1;
    if let Some(code) = inner.accounts.renewal_fails {
        return problem(code, if code == Code::Internal { 500 } else { 403 });
    }
    let token = format!("renewed-{}", inner.accounts.renewals);
    Json(Renewed { token, terms: terms(3_600_000, false) }).into_response()
}

async fn lease(State(inner): State<Shared>, Json(request): Json<LeaseRequest>) -> Response {
    let mut inner = inner.lock().unwrap();
    inner.accounts.leases += 1;
    assert_eq!(request.lease, "the lease");
    if let Some(code) = inner.accounts.lease_fails {
        return problem(code, 401);
    }
    Json(Renewed { token: "leased".to_owned(), terms: terms(3_600_000, true) }).into_response()
}

async fn desk(State(inner): State<Shared>) -> Response {
    let mut inner = inner.lock().unwrap();
    inner.accounts.desk_reads += 1;
    match inner.accounts.desk.clone() {
        Some(desk) => Json(desk).into_response(),
        None => problem(Code::NotFound, 404),
    }
}

async fn reviews(State(inner): State<Shared>, request: Request) -> Response {
    inner.lock().unwrap().accounts.posts.push((request.uri().to_string(), Value::Null));
    let reviews = vec![review(OrderId::fresh(), None)];
    let page = ReviewPage { reviews, more: false, rating: Rating { ratings: 1, stars: 5 }, may_change: true };
    Json(page).into_response()
}

async fn change_review(
    State(inner): State<Shared>,
    Path((order_id, what)): Path<(OrderId, String)>,
    Json(body): Json<Value>,
) -> Response {
    let reply = body["text"].as_str().map(str::to_owned);
    inner.lock().unwrap().accounts.posts.push((what, body));
    Json(review(order_id, reply)).into_response()
}

fn review(order_id: OrderId, reply: Option<String>) -> ReviewCard {
    ReviewCard {
        order_id,
        items: vec!["아메리카노".to_owned()],
        stars: Stars::ALL[0],
        text: None,
        written_at: store_desktop_core::clock::now(),
        reply,
        hidden: None,
        steps: Vec::new(),
    }
}

async fn other(State(inner): State<Shared>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let body: Bytes = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    inner.lock().unwrap().accounts.posts.push((path, body));
    StatusCode::NO_CONTENT.into_response()
}

/// Terms whose renewal is due in so many milliseconds.
pub fn terms(renew_in_ms: i64, leased: bool) -> SessionTerms {
    let now = store_desktop_core::clock::now();
    SessionTerms {
        expires_at: now.plus_ms(renew_in_ms.max(0) + 3_600_000),
        renew_at: now.plus_ms(renew_in_ms),
        lease: (!leased).then(|| "the lease".to_owned()),
        leased,
    }
}

/// A wait that has just begun.
pub fn confirmation(number: &str) -> Confirmation {
    Confirmation {
        token: "the wait".to_owned(),
        number: number.to_owned(),
        expires_at: store_desktop_core::clock::now().plus_ms(600_000),
        by_counter: true,
        by_second_factor: true,
    }
}

/// A store of one person, whose `staff_id` is this.
pub fn desk_of(name: &str, staff_id: StaffId, requests: Vec<DeviceRequest>) -> Desk {
    let me = StaffCard {
        staff_id,
        name: name.to_owned(),
        login_id: "owner".to_owned(),
        role: StaffRole::Owner,
        disabled_at: None,
        has_second_factor: false,
    };
    Desk {
        me: me.clone(),
        device_id: DeviceId::fresh(),
        staff: vec![me],
        devices: Vec::new(),
        requests,
        settings: DeskSettings { confirm_new_devices: true },
        alert_phone: None,
        stores: Vec::new(),
    }
}

pub fn device_request(number: &str, staff_id: StaffId) -> DeviceRequest {
    DeviceRequest {
        confirmation_id: ConfirmationId::fresh(),
        device_id: DeviceId::fresh(),
        device_name: "새 기기".to_owned(),
        number: number.to_owned(),
        kind: SessionKind::Counter,
        staff_id,
        asked_at: TimeMs(0),
        expires_at: store_desktop_core::clock::now().plus_ms(600_000),
        is_known: false,
    }
}
