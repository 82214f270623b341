//! The server.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use shared::id::{CommandKey, OrderId, SessionId, StaffId};
use shared::log::{GENESIS, LogBody, Position};
use shared::order::Actor;
use shared::wire::*;
use shared::{Code, TimeMs};
use store_desktop_core::cloud::problem_of;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::accounts::{admit, with_accounts};
use super::book::Inner;
use super::orders::placed;

/// How often the fake server beats.
const BEAT: Duration = Duration::from_millis(100);

/// What goes wrong.
#[derive(Default, Clone)]
pub struct Faults {
    /// Answer this to everything.
    pub unauthorized: Option<Code>,
    /// Execute commands but drop this many answers.
    pub drop_answers: u32,
    /// Cut the stream after this many log frames, once per connection.
    pub cut_after: Option<usize>,
    /// Never send the log frame with this number on the stream.
    pub skip: Option<i64>,
    /// Send every log frame twice.
    pub duplicate: bool,
    /// Spoil the body of this number on the wire.
    pub spoil: Option<i64>,
    /// Send no log frames at all, only beats.
    pub mute: bool,
    /// Accept connections and never send a byte on the stream.
    pub silent: bool,
}

/// A server on a port of its own; stops on drop.
pub struct FakeServer {
    pub url: String,
    port: u16,
    inner: Arc<Mutex<Inner>>,
    head: watch::Sender<i64>,
    serving: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Clone)]
struct Shared {
    inner: Arc<Mutex<Inner>>,
    head: watch::Receiver<i64>,
}

impl FakeServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let inner = Inner::new();
        let url = format!("http://127.0.0.1:{port}");
        let (head, _) = watch::channel(0);
        let server = Self { url, port, inner: Arc::new(Mutex::new(inner)), head, serving: Mutex::new(None) };
        server.serve(listener);
        server
    }

    fn serve(&self, listener: TcpListener) {
        let shared = Shared { inner: Arc::clone(&self.inner), head: self.head.subscribe() };
        let app = Router::new()
            .route("/v1/store/sessions", post(sign_in))
            .route("/v1/store/sessions/current", delete(sign_out))
            .route("/v1/store/snapshot", get(snapshot))
            .route("/v1/store/menu", get(menu))
            .route("/v1/store/schedule", get(schedule))
            .route("/v1/store/log", get(log))
            .route("/v1/store/events", get(events))
            .route("/v1/store/commands", post(commands))
            .route("/v1/store/acks", post(acks))
            .with_state(shared);
        let app = with_accounts(app, Arc::clone(&self.inner));
        // A runtime of its own, so that stopping it cuts every connection at once.
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let listener = listener.into_std().unwrap();
        let thread = std::thread::spawn(move || {
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
        let task = tokio::spawn(async move {
            let _stop = stop;
            std::future::pending::<()>().await;
        });
        drop(thread);
        *self.serving.lock().unwrap() = Some(task);
    }

    /// Cuts every connection and listens no more.
    pub async fn stop(&self) {
        let task = self.serving.lock().unwrap().take();
        if let Some(task) = task {
            task.abort();
            let _ = task.await;
        }
    }

    /// Listens on the same port again.
    pub async fn start_again(&self) {
        let began = std::time::Instant::now();
        loop {
            match TcpListener::bind(("127.0.0.1", self.port)).await {
                Ok(listener) => return self.serve(listener),
                Err(error) if began.elapsed() > super::BOUND => panic!("{error}"),
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    }

    pub fn with<T>(&self, look: impl FnOnce(&mut Inner) -> T) -> T {
        look(&mut self.inner.lock().unwrap())
    }

    /// Appends to the log and wakes the streams.
    pub fn append(&self, body: &LogBody, private: Option<Private>) {
        let text = String::from_utf8(body.to_bytes()).unwrap();
        let seq = self.with(|inner| inner.append(text, body, private));
        self.head.send_replace(seq);
    }

    /// Appends bytes that nobody can read.
    pub fn append_raw(&self, text: &str) {
        let seq = self.with(|inner| inner.push(text.to_owned(), None));
        self.head.send_replace(seq);
    }

    /// A new paid order.
    pub fn place(&self) -> OrderId {
        let id = OrderId::fresh();
        let (day, number) = self.with(|inner| (inner.day_id, inner.orders.len() as u32 + 1));
        let private =
            Private { request: Some("맵지 않게".to_owned()), phone_last4: Some("0000".to_owned()) };
        self.append(&placed(day, id, number), Some(private));
        id
    }

    /// What the customer, or anybody else, does.
    pub fn act(&self, id: OrderId, command: &shared::order::OrderCommand, by: Actor) {
        let bodies = self.with(|inner| inner.decide(id, command, by).unwrap());
        for body in bodies {
            self.append(&body, None);
        }
    }

    /// What another counter, a timer or an operator does with the store.
    pub fn act_store(&self, action: CommandAction) {
        let command = Command {
            key: CommandKey::fresh(),
            device_seq: 0,
            incarnation: Incarnation::NONE,
            made_at: store_desktop_core::clock::now(),
            order_id: None,
            expected_version: None,
            action,
        };
        let seq = self.with(|inner| {
            assert_eq!(inner.execute(&command).code, None);
            inner.log.len() as i64
        });
        self.head.send_replace(seq);
    }

    pub fn head(&self) -> Position {
        self.with(|inner| inner.position())
    }
}

fn refuse(inner: &Inner) -> Option<Response> {
    inner.faults.unauthorized.map(|code| {
        // Without a counter a viewer's session is not over.
        let ended = code != Code::CounterNotConnected;
        problem(code, if ended { 401 } else { 409 })
    })
}

fn problem(code: Code, status: u16) -> Response {
    let status_code = StatusCode::from_u16(status).unwrap();
    (status_code, [("content-type", "application/problem+json")], Json(problem_of(code, status)))
        .into_response()
}

async fn sign_in(State(shared): State<Shared>, Json(request): Json<SignInRequest>) -> Response {
    let mut inner = shared.inner.lock().unwrap();
    if request.login_id != "owner" {
        return problem(Code::SignInFailed, 401);
    }
    if inner.signed_in > inner.signed_out && !request.take_over && request.device_name != "test" {
        let holder =
            CounterHolder { device_name: "다른 기기".to_owned(), since: TimeMs(0), last_seen: None };
        let held = Problem { holder: Some(holder), ..problem_of(Code::CounterSessionHeld, 409) };
        return (StatusCode::CONFLICT, Json(held)).into_response();
    }
    inner.device_id = request.device_id;
    if let Some(waits) = admit(&mut inner, &request) {
        return waits;
    }
    Json(inner.signed_in(request.login_id, request.kind)).into_response()
}

impl Inner {
    /// A session begins.
    pub fn signed_in(&mut self, login_id: String, kind: SessionKind) -> SignedIn {
        self.signed_in += 1;
        SignedIn {
            token: format!("token-{}", self.signed_in),
            session_id: SessionId::fresh(),
            store_id: self.store_id,
            store_name: "시험 분식".to_owned(),
            staff_id: StaffId::fresh(),
            login_id,
            fence: i64::from(self.signed_in),
            kind,
            role: None,
            terms: self.accounts.terms.clone(),
        }
    }
}

async fn sign_out(State(shared): State<Shared>) -> StatusCode {
    shared.inner.lock().unwrap().signed_out += 1;
    StatusCode::NO_CONTENT
}

async fn snapshot(State(shared): State<Shared>) -> Response {
    let inner = shared.inner.lock().unwrap();
    if let Some(refused) = refuse(&inner) {
        return refused;
    }
    let hash = inner.log.last().map_or(GENESIS, |(_, _, hash)| *hash);
    let orders = inner
        .orders
        .values()
        .map(|order| SnapshotOrder { order: order.clone(), private: inner.private.get(&order.id).cloned() });
    let now = store_desktop_core::clock::now();
    let snapshot = Snapshot {
        position: inner.position(),
        head_hash: hash.hex(),
        server_time: now,
        store: StoreCard {
            store_id: inner.store_id,
            name: "시험 분식".to_owned(),
            branch: "본점".to_owned(),
            prep_minutes_default: 15,
            business: Some(BusinessCard {
                company: "간편푸드".to_owned(),
                representative: "김사장".to_owned(),
                registration_no: "123-45-67891".to_owned(),
                address: "서울 마포구 망원로 1".to_owned(),
                phone: "02-123-4567".to_owned(),
            }),
        },
        day: inner.day.clone(),
        availability: inner.availability.clone(),
        menu_version: inner.menu_version,
        schedule_version: inner.schedule_version,
        orders: orders.collect(),
    };
    Json(snapshot).into_response()
}

async fn menu(State(shared): State<Shared>) -> Response {
    let inner = shared.inner.lock().unwrap();
    if let Some(refused) = refuse(&inner) {
        return refused;
    }
    let (menu, availability) = (inner.menu.clone(), inner.availability.clone());
    Json(StoreMenu { menu_version: inner.menu_version, menu, availability }).into_response()
}

async fn schedule(State(shared): State<Shared>) -> Response {
    let inner = shared.inner.lock().unwrap();
    if let Some(refused) = refuse(&inner) {
        return refused;
    }
    Json(StoreHours {
        schedule_version: inner.schedule_version,
        schedule: inner.schedule.clone(),
        reservations: inner.reservations,
        server_time: store_desktop_core::clock::now(),
        next_opening: None,
        closes_at: None,
    })
    .into_response()
}

#[derive(serde::Deserialize)]
struct Range {
    after: i64,
    limit: i64,
}

async fn log(State(shared): State<Shared>, Query(range): Query<Range>) -> Response {
    let inner = shared.inner.lock().unwrap();
    if let Some(refused) = refuse(&inner) {
        return refused;
    }
    let last = (range.after + range.limit).min(inner.log.len() as i64);
    let events = (range.after + 1..=last).map(|seq| inner.entry(seq)).collect();
    Json(LogPage { events, head: inner.position() }).into_response()
}

async fn commands(State(shared): State<Shared>, Json(batch): Json<CommandBatch>) -> Response {
    let mut inner = shared.inner.lock().unwrap();
    if let Some(refused) = refuse(&inner) {
        return refused;
    }
    let mut answers = Vec::new();
    for value in batch.commands {
        let command: Command = serde_json::from_value(value).unwrap();
        inner.received.push(command.clone());
        let answer = match inner.answers.get(&command.key) {
            Some(answer) if answer.outcome == Outcome::Applied => {
                CommandAnswer { outcome: Outcome::AlreadyApplied, ..answer.clone() }
            }
            Some(answer) => answer.clone(),
            None => inner.execute(&command),
        };
        inner.answers.insert(command.key, answer.clone());
        answers.push(answer);
    }
    if inner.faults.drop_answers > 0 {
        inner.faults.drop_answers -= 1;
        return StatusCode::BAD_GATEWAY.into_response();
    }
    drop(inner);
    Json(CommandAnswers { answers }).into_response()
}

async fn acks(State(shared): State<Shared>, Json(ack): Json<Ack>) -> StatusCode {
    let mut inner = shared.inner.lock().unwrap();
    if inner.faults.unauthorized.is_none() {
        inner.acks.push(ack.position);
    }
    StatusCode::NO_CONTENT
}

async fn events(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let resume = headers.get("last-event-id").map(|id| id.to_str().unwrap().to_owned()).unwrap_or_default();
    let (refused, reset) = {
        let mut inner = shared.inner.lock().unwrap();
        inner.resumed_from.push(resume.clone());
        (refuse(&inner), inner.judge(&resume.parse().unwrap()))
    };
    if let Some(refused) = refused {
        return refused;
    }
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Event, Infallible>>(16);
    tokio::spawn(stream(shared, resume.parse().unwrap(), reset, sender));
    Sse::new(tokio_stream::wrappers::ReceiverStream::new(receiver)).into_response()
}

type Sender = tokio::sync::mpsc::Sender<Result<Event, Infallible>>;

async fn stream(shared: Shared, from: Position, reset: Option<ResetReason>, sender: Sender) {
    let mut last = from.to_string();
    if let Some(reason) = reset {
        let frame = Event::default().event("reset").id(last).json_data(Reset { reason }).unwrap();
        let _ = sender.send(Ok(frame)).await;
        return;
    }
    let (mut sent, mut frames, mut beats) = (from.seq, 0, 0);
    let mut head = shared.head.clone();
    loop {
        let (entries, faults, beat) = {
            let inner = shared.inner.lock().unwrap();
            if inner.faults.unauthorized.is_some() {
                return;
            }
            let now = store_desktop_core::clock::now();
            beats += 1;
            let canary = Some(Canary { number: beats, written_at: now });
            let beat = Beat {
                head: inner.position(),
                server_time: now,
                canary,
                degraded: false,
                desk: Some(inner.accounts.desk_number),
            };
            let entries: Vec<LogEntry> =
                (sent + 1..=inner.log.len() as i64).map(|seq| inner.entry(seq)).collect();
            (entries, inner.faults.clone(), beat)
        };
        if faults.silent {
            tokio::time::sleep(BEAT).await;
            continue;
        }
        for mut entry in entries {
            if faults.mute {
                break;
            }
            sent = entry.position.seq;
            if faults.skip == Some(sent) {
                continue;
            }
            if faults.spoil == Some(sent) {
                entry.frame.body.push(' ');
            }
            last = entry.position.to_string();
            for _ in 0..=u8::from(faults.duplicate) {
                let frame = Event::default().event("log").id(&last).json_data(&entry.frame).unwrap();
                if sender.send(Ok(frame)).await.is_err() {
                    return;
                }
            }
            frames += 1;
            if faults.cut_after.is_some_and(|limit| frames >= limit) {
                return;
            }
        }
        let frame = Event::default().event("beat").id(&last).json_data(&beat).unwrap();
        if sender.send(Ok(frame)).await.is_err() {
            return;
        }
        let _ = tokio::time::timeout(BEAT, head.changed()).await;
    }
}
