//! Somebody who talks to the bot: posts what Kakao would post, and refuses any answer that Kakao would not show.

use std::time::{Duration, Instant};

use kakao_sandbox::rules::{Env, validate_body};
use serde_json::{Value, json};

use crate::world::{BLOCK_ID, World};

pub const SECRET: &str = "skill-secret-of-the-tests";
pub const BOT_ID: &str = "66f0a1b2c3d4e5f600000001";
/// Kakao gives up at five seconds.
const LONGEST_ANSWER: Duration = Duration::from_secs(4);
const MAX_UNITS: usize = 1_000;

/// A person with a chat.
pub struct Bot<'a> {
    world: &'a World,
    pub user: String,
}

/// What the bot said.
#[derive(Debug, Clone)]
pub struct Said {
    pub json: Value,
    pub took: Duration,
}

/// Something that can be tapped.
#[derive(Debug, Clone, PartialEq)]
pub struct Tap {
    pub label: String,
    pub extra: Value,
}

impl<'a> Bot<'a> {
    /// A person nobody knows yet.
    pub fn new(world: &'a World) -> Self {
        Self { world, user: uuid::Uuid::new_v4().simple().to_string() }
    }

    /// The same person on another phone.
    pub fn again(&self) -> Self {
        Self { world: self.world, user: self.user.clone() }
    }

    /// Types a text.
    pub async fn say(&self, text: &str) -> Said {
        self.post(text, json!({})).await
    }

    /// Searches until a store that was imported a moment ago is found.
    pub async fn searched(&self, typed: &str, store: &str) -> Said {
        self.world.until("the store is found", async || self.say(typed).await.offers(store)).await;
        self.say(typed).await
    }

    /// Taps a button.
    pub async fn tap(&self, tap: &Tap) -> Said {
        self.post(&tap.label, tap.extra.clone()).await
    }

    /// Taps the button of an answer whose label begins like this.
    pub async fn pick(&self, said: &Said, label: &str) -> Said {
        self.tap(&said.find(label)).await
    }

    /// Sends an `extra` as it is.
    pub async fn post(&self, text: &str, extra: Value) -> Said {
        let started = Instant::now();
        let response = send(self.world, SECRET, payload(BOT_ID, &self.user, text, extra).to_string()).await;
        let took = started.elapsed();
        assert_eq!(response.status().as_u16(), 200);
        let body = response.bytes().await.unwrap();
        let env = Env { known_blocks: Some([BLOCK_ID.to_owned()].into()), ..Env::default() };
        let (json, broken) =
            validate_body(&body, &env).unwrap_or_else(|found| panic!("{text:?} got no JSON: {found:?}"));
        assert!(broken.is_empty(), "{text:?} got an answer that breaks Kakao's rules: {broken:#?}\n{json:#}");
        let said = Said { json, took };
        assert!(!said.taps().is_empty(), "{text:?} leads nowhere: {:#}", said.json);
        assert!(took < LONGEST_ANSWER, "{text:?} took {took:?}");
        said
    }
}

/// The body that Kakao would post.
pub fn payload(bot: &str, user: &str, text: &str, extra: Value) -> Value {
    let units: Vec<u16> = text.encode_utf16().take(MAX_UNITS).collect();
    json!({
        "bot": {"id": bot, "name": "간편주문"},
        "intent": {"id": BLOCK_ID, "name": "주문"},
        "action": {"id": "skill", "name": "order-skill", "params": {}, "detailParams": {}, "clientExtra": extra},
        "userRequest": {
            "block": {"id": BLOCK_ID, "name": "주문"},
            "user": {"id": user, "type": "botUserKey", "properties": {"botUserKey": user}},
            "utterance": String::from_utf16_lossy(&units),
            "params": {"surface": "Kakaotalk.plusfriend"}, "lang": "ko", "timezone": "Asia/Seoul"
        },
        "contexts": []
    })
}

/// Posts a body to the skill.
pub async fn send(world: &World, secret: &str, body: String) -> reqwest::Response {
    let request = world.http.post(world.url("/kakao/skill")).header("x-skill-secret", secret);
    request.header("content-type", "application/json").body(body).send().await.unwrap()
}

impl Said {
    /// Every control that comes back to the skill.
    pub fn taps(&self) -> Vec<Tap> {
        let mut taps = Vec::new();
        collect(&self.json, &mut taps);
        taps
    }

    /// The control whose label begins like this.
    pub fn find(&self, label: &str) -> Tap {
        let found = self.taps().into_iter().find(|tap| tap.label.starts_with(label));
        found.unwrap_or_else(|| panic!("there is no {label:?} in {:#}", self.json))
    }

    pub fn offers(&self, label: &str) -> bool {
        self.taps().iter().any(|tap| tap.label.starts_with(label))
    }

    /// Everything that can be read.
    pub fn text(&self) -> String {
        let mut lines = Vec::new();
        read(&self.json["template"]["outputs"], &mut lines);
        lines.join("\n")
    }

    pub fn says(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    /// The address of the button to pay.
    pub fn pay_url(&self) -> Option<String> {
        let text = self.json.to_string();
        let url = text.split("\"webLinkUrl\":\"").skip(1).find(|rest| rest.contains("/pay/"))?;
        url.split('"').next().filter(|url| url.contains("/pay/")).map(str::to_owned)
    }
}

fn collect(value: &Value, taps: &mut Vec<Tap>) {
    match value {
        Value::Object(map) => {
            if let Some(extra) = map.get("extra") {
                let label = map.get("label").or_else(|| map.get("title")).and_then(Value::as_str);
                taps.push(Tap { label: label.unwrap_or_default().to_owned(), extra: extra.clone() });
            }
            map.iter().filter(|(key, _)| *key != "extra").for_each(|(_, value)| collect(value, taps));
        }
        Value::Array(all) => all.iter().for_each(|value| collect(value, taps)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn read(value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter().filter(|(key, _)| *key != "extra") {
                match value.as_str() {
                    Some(text) if ["text", "title", "description"].contains(&key.as_str()) => {
                        lines.push(text.to_owned());
                    }
                    Some(_) => {}
                    None => read(value, lines),
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|value| read(value, lines)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
