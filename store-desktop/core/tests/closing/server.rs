//! The store's server behind its real addresses. It can be taken away and come back on the same port.

#![allow(dead_code, reason = "the tests of two programs use a part each")]

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use shared::log::Position;
use shared::wire::*;
use tokio::net::TcpListener;

use super::store::{Store, now};

/// How often it beats.
const BEAT: Duration = Duration::from_millis(50);
/// Longest wait for something that should happen at once.
pub const BOUND: Duration = Duration::from_secs(30);

type Shared = Arc<Mutex<Store>>;

/// A server on a port of its own; stops on drop.
pub struct Served {
    pub url: String,
    port: u16,
    store: Shared,
    stop: Mutex<Option<tokio::sync::oneshot::Sender<()>>>,
}

impl Served {
    pub async fn start(store: Store) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{port}");
        let served = Self { url, port, store: Arc::new(Mutex::new(store)), stop: Mutex::new(None) };
        served.serve(listener);
        served
    }

    pub fn with<T>(&self, look: impl FnOnce(&mut Store) -> T) -> T {
        look(&mut self.store.lock().unwrap())
    }

    /// Cuts every connection and listens no more.
    pub fn stop(&self) {
        drop(self.stop.lock().unwrap().take());
    }

    pub async fn start_again(&self) {
        let began = std::time::Instant::now();
        loop {
            match TcpListener::bind(("127.0.0.1", self.port)).await {
                Ok(listener) => return self.serve(listener),
                Err(error) if began.elapsed() > BOUND => panic!("{error}"),
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    }

    fn serve(&self, listener: TcpListener) {
        let day = |what: &str| format!("/v1/store/days/{{day}}/{what}");
        let app = Router::new()
            .route("/v1/store/sessions", post(sign_in))
            .route("/v1/store/sessions/current", delete(async || StatusCode::NO_CONTENT))
            .route("/v1/store/snapshot", get(snapshot))
            .route("/v1/store/log", get(log))
            .route("/v1/store/events", get(events))
            .route("/v1/store/commands", post(commands))
            .route("/v1/store/acks", post(acks))
            .route("/v1/certificate-key", get(key))
            .route(&day("status"), get(async |State(store): State<Shared>| Json(lock(&store).close_status())))
            .route(&day("cut"), post(async |State(store): State<Shared>| Json(lock(&store).make_cut())))
            .route(&day("repair"), post(async |State(store): State<Shared>| Json(lock(&store).repair())))
            .route(
                &day("hashes"),
                post(async |State(store): State<Shared>, Json(asked): Json<HashesRequest>| {
                    Json(lock(&store).hashes(&asked))
                }),
            )
            .route(
                &day("check"),
                post(async |State(store): State<Shared>, Json(asked): Json<CheckRequest>| {
                    Json(lock(&store).check(&asked))
                }),
            )
            .route(
                &day("close"),
                post(async |State(store): State<Shared>, Json(asked): Json<CloseRequest>| {
                    Json(lock(&store).close(&asked))
                }),
            )
            .route(&day("certificate"), get(certificate))
            .with_state(Arc::clone(&self.store));
        // A runtime of its own, so that stopping it cuts every connection at once.
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let listener = listener.into_std().unwrap();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    _ = async { axum::serve(listener, app).await } => {}
                    _ = stopped => {}
                }
            });
            runtime.shutdown_background();
        });
        *self.stop.lock().unwrap() = Some(stop);
    }
}

fn lock(store: &Shared) -> std::sync::MutexGuard<'_, Store> {
    store.lock().unwrap()
}

async fn sign_in(State(store): State<Shared>, Json(request): Json<Value>) -> Json<Value> {
    let store_id = lock(&store).store_id;
    Json(json!({
        "token": "token", "session_id": uuid(), "store_id": store_id, "store_name": "시험 분식",
        "staff_id": uuid(), "login_id": request["login_id"], "fence": 1, "role": "owner",
    }))
}

fn uuid() -> String {
    shared::id::SessionId::fresh().to_string()
}

async fn snapshot(State(store): State<Shared>) -> Json<Value> {
    Json(lock(&store).snapshot())
}

#[derive(serde::Deserialize)]
struct Range {
    after: i64,
    limit: i64,
}

async fn log(State(store): State<Shared>, Query(range): Query<Range>) -> Json<LogPage> {
    Json(lock(&store).page(range.after, range.limit))
}

async fn commands(State(store): State<Shared>, Json(batch): Json<CommandBatch>) -> Response {
    let mut store = lock(&store);
    let commands = batch.commands.into_iter().map(|one| serde_json::from_value::<Command>(one).unwrap());
    let answers = commands.map(|command| store.execute(&command)).collect();
    if store.faults.lose_answers > 0 {
        store.faults.lose_answers -= 1;
        return StatusCode::BAD_GATEWAY.into_response();
    }
    Json(CommandAnswers { answers }).into_response()
}

async fn acks(State(store): State<Shared>, Json(ack): Json<Ack>) -> StatusCode {
    lock(&store).acked = ack.position.seq;
    StatusCode::NO_CONTENT
}

async fn key(State(store): State<Shared>) -> Json<CertificateKey> {
    let key = lock(&store).key.public();
    Json(CertificateKey { key_id: key.id(), public_key: key.hex() })
}

async fn certificate(State(store): State<Shared>, Path(_day): Path<String>) -> Response {
    match lock(&store).sent() {
        Some(signed) => Json(signed).into_response(),
        None => {
            let problem = store_desktop_core::cloud::problem_of(shared::Code::NotFound, 404);
            (StatusCode::NOT_FOUND, Json(problem)).into_response()
        }
    }
}

async fn events(State(store): State<Shared>, headers: HeaderMap) -> Response {
    let from: Position = headers["last-event-id"].to_str().unwrap().parse().unwrap();
    let frames = futures_util::stream::unfold(
        (store, from, Vec::new()),
        |(store, mut at, mut ready)| async move {
            loop {
                if let Some(event) = ready.pop() {
                    return Some((Ok::<Event, Infallible>(event), (store, at, ready)));
                }
                {
                    let store = store.lock().unwrap();
                    let reset = at.epoch != store.epoch || at.seq > store.log.len() as i64;
                    if reset {
                        let reason =
                            if at.epoch == store.epoch { ResetReason::Rewound } else { ResetReason::Epoch };
                        ready.push(Event::default().event("reset").json_data(Reset { reason }).unwrap());
                    } else if at.seq < store.log.len() as i64 {
                        let entry = store.entry(at.seq + 1);
                        at = entry.position.clone();
                        let event = Event::default().event("log").id(at.to_string());
                        ready.push(event.json_data(&entry.frame).unwrap());
                    } else {
                        let beat = json!({
                            "head": store.head(), "server_time": now(), "canary": {"number": 1, "written_at": now()},
                        });
                        ready.push(
                            Event::default().event("beat").id(at.to_string()).json_data(&beat).unwrap(),
                        );
                    }
                }
                if ready.len() == 1 && at.seq == store.lock().unwrap().log.len() as i64 {
                    tokio::time::sleep(BEAT).await;
                }
            }
        },
    );
    Sse::new(frames).into_response()
}
