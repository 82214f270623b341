//! The server.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use shared::id::{CommandKey, DayId, OrderId, SessionId, StaffId, StoreId};
use shared::log::{ChainHash, GENESIS, LogBody, Position, Subject, chain};
use shared::order::{Actor, Context, Order, decide};
use shared::wire::*;
use shared::{Code, TimeMs};
use store_desktop_core::cloud::problem_of;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::orders::{body, placed};

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

pub struct Inner {
    pub store_id: StoreId,
    pub day_id: DayId,
    pub epoch: i32,
    /// Body bytes and the hash after each.
    pub log: Vec<(String, Option<Private>, ChainHash)>,
    pub orders: BTreeMap<OrderId, Order>,
    pub private: HashMap<OrderId, Private>,
    pub answers: HashMap<CommandKey, CommandAnswer>,
    /// Every command that arrived, with repetitions.
    pub received: Vec<Command>,
    pub acks: Vec<Position>,
    pub resumed_from: Vec<String>,
    pub faults: Faults,
    pub signed_in: u32,
    pub signed_out: u32,
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
        let inner = Inner {
            store_id: StoreId::fresh(),
            day_id: DayId::fresh(),
            epoch: 1,
            log: Vec::new(),
            orders: BTreeMap::new(),
            private: HashMap::new(),
            answers: HashMap::new(),
            received: Vec::new(),
            acks: Vec::new(),
            resumed_from: Vec::new(),
            faults: Faults::default(),
            signed_in: 0,
            signed_out: 0,
        };
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
            .route("/v1/store/log", get(log))
            .route("/v1/store/events", get(events))
            .route("/v1/store/commands", post(commands))
            .route("/v1/store/acks", post(acks))
            .with_state(shared);
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

    pub fn head(&self) -> Position {
        self.with(|inner| inner.position())
    }
}

impl Inner {
    pub fn position(&self) -> Position {
        let hash = self.log.last().map_or(GENESIS, |(_, _, hash)| *hash);
        Position::new(self.epoch, self.log.len() as i64, &hash)
    }

    fn push(&mut self, text: String, private: Option<Private>) -> i64 {
        let seq = self.log.len() as i64 + 1;
        let before = self.log.last().map_or(GENESIS, |(_, _, hash)| *hash);
        let hash = chain(before, seq, text.as_bytes());
        self.log.push((text, private, hash));
        seq
    }

    fn append(&mut self, text: String, body: &LogBody, private: Option<Private>) -> i64 {
        if let Subject::Order { order_id, order_version, event } = &body.subject {
            let before = self.orders.remove(order_id);
            if let Some(order) = Order::fold(before, *order_id, *order_version, event) {
                self.orders.insert(*order_id, order);
            }
            if let Some(private) = &private {
                self.private.insert(*order_id, private.clone());
            }
        }
        self.push(text, private)
    }

    fn decide(
        &self,
        id: OrderId,
        command: &shared::order::OrderCommand,
        by: Actor,
    ) -> Result<Vec<LogBody>, Code> {
        let mut order = self.orders.get(&id).ok_or(Code::OrderNotFound)?.clone();
        let context = Context { now: store_desktop_core::clock::now(), by, default_prep_minutes: 15 };
        let events = decide(&order, command, &context).map_err(|refusal| refusal.code())?;
        let bodies = events.into_iter().map(|event| {
            order.evolve(&event);
            body(self.day_id, id, order.version, by, event)
        });
        Ok(bodies.collect())
    }

    /// The log as a counter would have it that went another way.
    pub fn restore_to(&mut self, seq: usize, epoch: i32) {
        self.log.truncate(seq);
        self.epoch = epoch;
        self.orders.clear();
        let kept: Vec<String> = self.log.iter().map(|(text, _, _)| text.clone()).collect();
        for text in kept {
            let body = LogBody::parse(text.as_bytes()).unwrap();
            if let Subject::Order { order_id, order_version, event } = &body.subject {
                let before = self.orders.remove(order_id);
                if let Some(order) = Order::fold(before, *order_id, *order_version, event) {
                    self.orders.insert(*order_id, order);
                }
            }
        }
    }

    fn entry(&self, seq: i64) -> LogEntry {
        let (text, private, hash) = &self.log[seq as usize - 1];
        let frame = LogFrame { body: text.clone(), private: private.clone() };
        LogEntry { position: Position::new(self.epoch, seq, hash), frame }
    }
}

fn refuse(inner: &Inner) -> Option<Response> {
    inner.faults.unauthorized.map(|code| problem(code, 401))
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
    inner.signed_in += 1;
    let signed_in = SignedIn {
        token: format!("token-{}", inner.signed_in),
        session_id: SessionId::fresh(),
        store_id: inner.store_id,
        store_name: "시험 분식".to_owned(),
        staff_id: StaffId::fresh(),
        login_id: request.login_id,
        fence: i64::from(inner.signed_in),
    };
    Json(signed_in).into_response()
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
        },
        day: DayCard { day_id: inner.day_id, opened_at: now },
        orders: orders.collect(),
    };
    Json(snapshot).into_response()
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
    Json(CommandAnswers { answers }).into_response()
}

impl Inner {
    fn execute(&mut self, command: &Command) -> CommandAnswer {
        let by = Actor::Counter {
            device_id: shared::id::DeviceId(command.key.0),
            staff_id: StaffId(command.key.0),
        };
        match self.decide(command.order_id, &command.action.order_command(), by) {
            Ok(bodies) => {
                for body in bodies {
                    let text = String::from_utf8(body.to_bytes()).unwrap();
                    self.append(text, &body, None);
                }
                CommandAnswer {
                    key: Some(command.key),
                    outcome: Outcome::Applied,
                    code: None,
                    position: Some(self.position()),
                }
            }
            Err(code) => CommandAnswer {
                key: Some(command.key),
                outcome: Outcome::Refused,
                code: Some(code),
                position: None,
            },
        }
    }
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

impl Inner {
    fn judge(&self, at: &Position) -> Option<ResetReason> {
        if at.epoch != self.epoch {
            return Some(ResetReason::Epoch);
        }
        if at.seq > self.log.len() as i64 {
            return Some(ResetReason::Rewound);
        }
        let hash = if at.seq == 0 { GENESIS } else { self.log[at.seq as usize - 1].2 };
        (hash.hash8() != at.hash8).then_some(ResetReason::Fork)
    }
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
            let beat = Beat { head: inner.position(), server_time: now, canary, degraded: false };
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
