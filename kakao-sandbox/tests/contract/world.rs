//! One sandbox and one skill server per test.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use kakao_sandbox::{Block, Config, Sandbox};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub fn chatbot_vectors() -> Value {
    serde_json::from_str(include_str!("../../fixtures/kakao-chatbot.json")).unwrap()
}

pub fn kakaopay_vectors() -> Value {
    serde_json::from_str(include_str!("../../fixtures/kakaopay.json")).unwrap()
}

pub fn list<'v>(vectors: &'v Value, name: &str) -> &'v Vec<Value> {
    vectors[name].as_array().unwrap()
}

pub fn find<'v>(vectors: &'v Value, name: &str, id: &str) -> &'v Value {
    list(vectors, name).iter().find(|vector| vector["id"] == id).unwrap_or_else(|| panic!("no vector {id}"))
}

/// The blocks of the vectors' bot.
pub fn vector_config() -> Config {
    let vectors = chatbot_vectors();
    let mut blocks = Vec::new();
    for (key, block) in vectors["meta"]["knownBlocks"].as_object().unwrap() {
        let text = |name: &str| block[name].as_str().unwrap().to_owned();
        let mut block = Block::new(text("id"), text("name"));
        block.callback = key == "ai";
        block.event = (key == "status_evt").then(|| "order_status_changed".to_owned());
        blocks.push(block);
    }
    Config {
        bot_name: "맛골목주문봇".to_owned(),
        block_id: "66f0a1b2c3d4e5f600000020".to_owned(),
        skill_secret: Some("sandbox-secret".to_owned()),
        blocks,
        ..Config::default()
    }
}

/// What the fake skill does with the next requests.
#[derive(Clone)]
pub struct Script {
    pub status: u16,
    pub delay: Duration,
    pub body: String,
}

impl Script {
    pub fn json(body: &Value) -> Self {
        Self { status: 200, delay: Duration::ZERO, body: body.to_string() }
    }

    pub fn text(text: &str) -> Self {
        Self::json(&json!({"version": "2.0", "template": {"outputs": [{"simpleText": {"text": text}}]}}))
    }
}

#[derive(Clone)]
struct Seen {
    script: Arc<Mutex<Script>>,
    requests: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
}

pub struct World {
    pub sandbox: Sandbox,
    pub client: reqwest::Client,
    seen: Seen,
}

impl World {
    pub async fn start() -> Self {
        Self::with(vector_config()).await
    }

    pub async fn with(config: Config) -> Self {
        let seen = Seen { script: Arc::new(Mutex::new(Script::text("네"))), requests: Arc::default() };
        let app = Router::new().route("/kakao/skill", post(skill)).with_state(seen.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let skill_url = format!("http://{}/kakao/skill", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let sandbox = Sandbox::start(config).await.unwrap();
        sandbox.set_skill_url(&skill_url);
        let redirect = reqwest::redirect::Policy::none();
        let client = reqwest::Client::builder().no_proxy().redirect(redirect).build().unwrap();
        Self { sandbox, client, seen }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.sandbox.url())
    }

    pub fn answer(&self, script: Script) {
        *self.seen.script.lock().unwrap() = script;
    }

    /// Bodies that reached the skill, oldest first.
    pub fn payloads(&self) -> Vec<Value> {
        self.seen.requests.lock().unwrap().iter().map(|(_, body)| body.clone()).collect()
    }

    pub fn last_headers(&self) -> HeaderMap {
        self.seen.requests.lock().unwrap().last().unwrap().0.clone()
    }

    pub async fn post(&self, path: &str, body: &Value) -> Value {
        self.post_with_status(path, body).await.1
    }

    pub async fn post_with_status(&self, path: &str, body: &Value) -> (u16, Value) {
        let response = self.client.post(self.url(path)).json(body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap_or(Value::Null))
    }

    pub async fn get(&self, path: &str) -> Value {
        self.client.get(self.url(path)).send().await.unwrap().json().await.unwrap()
    }

    pub async fn send(&self, customer: &str, text: &str) -> Value {
        self.post(&format!("/control/chat/{customer}/send"), &json!({"text": text})).await
    }

    pub async fn tap(&self, customer: &str, pick: &Value) -> Value {
        self.post(&format!("/control/chat/{customer}/tap"), pick).await
    }

    pub async fn fault(&self, fault: Value) {
        let (status, answer) = self.post_with_status("/control/faults", &fault).await;
        assert_eq!(status, 200, "{answer}");
    }

    pub async fn advance(&self, seconds: i64) {
        self.post("/control/clock", &json!({"advance_s": seconds})).await;
    }

    pub async fn customer(&self, new: &Value) -> String {
        self.post("/control/customers", new).await["customer"].as_str().unwrap().to_owned()
    }
}

async fn skill(
    State(seen): State<Seen>,
    headers: HeaderMap,
    axum::Json(body): axum::Json<Value>,
) -> Response {
    seen.requests.lock().unwrap().push((headers, body));
    let script = seen.script.lock().unwrap().clone();
    tokio::time::sleep(script.delay).await;
    let status = StatusCode::from_u16(script.status).unwrap();
    (status, [("content-type", "application/json")], script.body).into_response()
}
