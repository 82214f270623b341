//! One customer in the chat, as Kakao's server posts what they do.

use anyhow::{Context, Result, ensure};
use e2e::http;
use e2e::keys::{BLOCK_ID, BOT_ID};
use serde_json::{Value, json};

/// What the customer does next; a tap is a button of the last answer whose label begins like this.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    Say(&'static str),
    Tap(&'static str),
    /// Taps, and types the phone number if it is asked for.
    TapWithPhone(&'static str),
}

/// How the bot says that something does not work now.
const APOLOGIES: [&str; 2] = ["지금은 답을 드리기 어려워요", "카카오페이가 잠시 응답하지 않아요"];

/// An order from the first hello to the button to pay, and a look at it.
pub const CONVERSATION: [Step; 17] = [
    Step::Say("처음으로"),
    Step::Say("망원분식 본점"),
    Step::Tap("망원분식 본점"),
    Step::Tap("국물떡볶이"),
    Step::Tap("1인분"),
    Step::Tap("매운맛"),
    Step::Tap("삶은 계란"),
    Step::Tap("모짜렐라"),
    Step::Tap("다음"),
    Step::Tap("더 담기"),
    Step::Tap("모둠튀김"),
    Step::Tap("오징어"),
    Step::Tap("새우"),
    Step::Tap("다음"),
    Step::TapWithPhone("주문하기"),
    Step::Say("주문서"),
    Step::Say("주문 상태"),
];

pub struct Bot {
    url: String,
    secret: String,
    user: String,
    phone: String,
    at: usize,
    last: Value,
}

impl Bot {
    pub fn new(api: &str, secret: &str, number: usize) -> Self {
        Self {
            url: format!("{api}/kakao/skill"),
            secret: secret.to_owned(),
            user: format!("{number:066x}"),
            phone: format!("010{number:08}"),
            at: 0,
            last: Value::Null,
        }
    }

    /// The next step; an error when the conversation does not go as it should.
    pub async fn step(&mut self) -> Result<()> {
        let step = CONVERSATION[self.at];
        let result = self.perform(step).await.with_context(|| format!("at {step:?}"));
        // After a failure the conversation begins anew.
        self.at = if result.is_ok() { (self.at + 1) % CONVERSATION.len() } else { 0 };
        result
    }

    /// The next step, or the first when it cannot be done; an error only when there is no answer that Kakao would show.
    pub async fn any_answer(&mut self) -> Result<()> {
        let step = CONVERSATION[self.at];
        self.at = (self.at + 1) % CONVERSATION.len();
        let tapped = match step {
            Step::Say(_) => None,
            Step::Tap(label) | Step::TapWithPhone(label) => find(&self.last, label),
        };
        match (step, tapped) {
            (Step::Say(text), _) => self.post(text, json!({})).await,
            (Step::Tap(label) | Step::TapWithPhone(label), Some(extra)) => {
                let extra = extra.clone();
                self.post(label, extra).await
            }
            (Step::Tap(_) | Step::TapWithPhone(_), None) => self.post("처음으로", json!({})).await,
        }
    }

    /// Says something; the whole answer.
    pub async fn ask(&mut self, text: &str) -> Result<String> {
        self.post(text, json!({})).await?;
        Ok(self.last.to_string())
    }

    /// Whether the last answer was an apology.
    pub fn was_refused(&self) -> bool {
        let text = self.last.to_string();
        APOLOGIES.iter().any(|words| text.contains(words))
    }

    /// The address behind the last answer's button to pay.
    pub fn pay_link(&self) -> Option<String> {
        let text = self.last.to_string();
        let link = text.split('"').find(|part| part.starts_with("http") && part.contains("/pay/"))?;
        Some(link.to_owned())
    }

    async fn perform(&mut self, step: Step) -> Result<()> {
        match step {
            Step::Say(text) => self.post(text, json!({})).await?,
            Step::Tap(label) => self.tap(label).await?,
            Step::TapWithPhone(label) => {
                self.tap(label).await?;
                if !self.last.to_string().contains("/pay/") {
                    let phone = self.phone.clone();
                    self.post(&phone, json!({})).await?;
                }
                ensure!(self.last.to_string().contains("/pay/"), "no button to pay: {}", self.last);
            }
        }
        Ok(())
    }

    async fn tap(&mut self, label: &str) -> Result<()> {
        let extra =
            find(&self.last, label).with_context(|| format!("no such button in {}", self.last))?.clone();
        self.post(label, extra).await
    }

    async fn post(&mut self, text: &str, extra: Value) -> Result<()> {
        let body = json!({
            "bot": {"id": BOT_ID, "name": "간편주문"},
            "intent": {"id": BLOCK_ID, "name": "주문"},
            "action": {"id": "skill", "name": "order-skill", "params": {}, "detailParams": {}, "clientExtra": extra},
            "userRequest": {
                "block": {"id": BLOCK_ID, "name": "주문"},
                "user": {"id": self.user, "type": "botUserKey", "properties": {"botUserKey": self.user}},
                "utterance": text, "params": {"surface": "Kakaotalk.plusfriend"}, "lang": "ko", "timezone": "Asia/Seoul"
            },
            "contexts": []
        });
        let request = http::client().post(&self.url).header("x-skill-secret", &self.secret).json(&body);
        self.last = http::json(request).await?;
        ensure!(self.last["version"] == "2.0", "no answer that Kakao would show: {}", self.last);
        Ok(())
    }
}

/// The `extra` of the button whose label begins like this.
fn find<'a>(value: &'a Value, label: &str) -> Option<&'a Value> {
    match value {
        Value::Object(map) => {
            let own = map.get("label").or_else(|| map.get("title")).and_then(Value::as_str);
            match (map.get("extra"), own) {
                (Some(extra), Some(own)) if own.starts_with(label) => Some(extra),
                _ => map.iter().filter(|(key, _)| *key != "extra").find_map(|(_, value)| find(value, label)),
            }
        }
        Value::Array(all) => all.iter().find_map(|value| find(value, label)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}
