//! The sandbox and what a test does with it.

use std::time::Duration;

use kakao_sandbox::{Config, Sandbox};
use serde_json::{Value, json};

pub const SKILL_SECRET: &str = "skill-secret-of-the-tests";
pub const BOT_ID: &str = "66f0a1b2c3d4e5f600000001";
pub const PAY_SECRET: &str = "DEV0000000000000000000000000000000000000";
pub const PAY_CID: &str = "TC0ONETIME";
pub const ALIMTALK_APP_KEY: &str = "app-key-of-the-tests";
pub const ALIMTALK_SECRET: &str = "alimtalk-secret-of-the-tests";

/// A running sandbox.
pub struct Kakao {
    pub sandbox: Sandbox,
    http: reqwest::Client,
}

impl Kakao {
    pub async fn start(http: reqwest::Client) -> Self {
        let config = Config {
            skill_secret: Some(SKILL_SECRET.to_owned()),
            bot_id: BOT_ID.to_owned(),
            block_id: super::BLOCK_ID.to_owned(),
            pay_secret_key: Some(PAY_SECRET.to_owned()),
            pay_cid: PAY_CID.to_owned(),
            alimtalk_app_key: Some(ALIMTALK_APP_KEY.to_owned()),
            alimtalk_secret_key: Some(ALIMTALK_SECRET.to_owned()),
            ..Config::default()
        };
        let sandbox = Sandbox::start(config).await.expect("the sandbox starts");
        let kakao = Self { sandbox, http };
        let templates: Value = serde_json::from_str(include_str!("../../alimtalk-templates.json"))
            .expect("the templates are JSON");
        kakao.post("/control/templates", &templates).await;
        kakao
    }

    pub fn url(&self) -> &str {
        self.sandbox.url()
    }

    /// Adds faults, as `POST /control/faults` takes them.
    pub async fn fault(&self, fault: Value) {
        self.post("/control/faults", &fault).await;
    }

    /// Takes all faults away.
    pub async fn heal(&self) {
        let request = self.http.delete(format!("{}/control/faults", self.url()));
        read(request).await;
    }

    /// What the payer does on KakaoPay's page (`money`, `card`, `cancel`, `fail`); says where the browser goes next.
    pub async fn authenticate(&self, tid: &str, method: &str) -> String {
        let answer = self.post("/control/authenticate", &json!({"tid": tid, "method": method})).await;
        answer["redirect_url"].as_str().expect("the browser is sent somewhere").to_owned()
    }

    /// What was really captured and refunded.
    pub async fn ledger(&self) -> Value {
        self.get("/control/ledger").await
    }

    /// AlimTalk accepted so far.
    pub async fn messages(&self) -> Vec<Value> {
        let answer = self.get("/control/messages").await;
        answer["messages"].as_array().expect("messages are a list").clone()
    }

    /// Moves Kakao's clock alone.
    pub async fn advance(&self, by: Duration) {
        self.post("/control/clock", &json!({"advance_s": by.as_secs()})).await;
    }

    /// `GET` of an address of the sandbox.
    pub async fn get(&self, path: &str) -> Value {
        read(self.http.get(format!("{}{path}", self.url()))).await
    }

    /// `POST` to an address of the sandbox.
    pub async fn post(&self, path: &str, body: &Value) -> Value {
        read(self.http.post(format!("{}{path}", self.url())).json(body)).await
    }
}

async fn read(request: reqwest::RequestBuilder) -> Value {
    let response = request.send().await.expect("the sandbox answers");
    let status = response.status();
    let text = response.text().await.expect("the sandbox's answer ends");
    assert!(status.is_success(), "the sandbox answers {status}: {text}");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("the sandbox answers JSON ({error}): {text}"))
}

/// A customer of the chat page.
#[derive(Clone, Copy)]
pub struct Customer<'a> {
    pub(super) kakao: &'a Kakao,
    pub id: usize,
}

impl Customer<'_> {
    /// Opens the chat for the first time.
    pub async fn start(&self) -> Value {
        self.kakao.post(&format!("/control/chat/c{}/start", self.id), &json!({})).await
    }

    /// Types a text.
    pub async fn say(&self, text: &str) -> Value {
        self.kakao.post(&format!("/control/chat/c{}/send", self.id), &json!({"text": text})).await
    }

    /// Taps the newest button with this label.
    pub async fn tap(&self, label: &str) -> Value {
        self.pick(json!({"label": label})).await
    }

    /// Taps by place, label or block, as `POST /control/chat/{customer}/tap` takes it.
    pub async fn pick(&self, pick: Value) -> Value {
        self.kakao.post(&format!("/control/chat/c{}/tap", self.id), &pick).await
    }

    /// Everything in the room.
    pub async fn transcript(&self) -> Value {
        self.kakao.get(&format!("/control/chat/c{}", self.id)).await
    }
}
