//! Kakao's SkillPayload. Kakao adds fields at any time and leaves optional ones out, so unknown fields are ignored and only what we cannot
//! do without is required: which bot, and who.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

/// Longest bot user key that Kakao documents is 70 characters.
const MAX_USER_KEY: usize = 200;

/// What Kakao posts.
#[derive(Debug, Clone, Deserialize)]
pub struct Payload {
    pub bot: Bot,
    #[serde(rename = "userRequest")]
    pub user_request: UserRequest,
    #[serde(default)]
    pub action: Option<CalledAction>,
}

/// The bot that was spoken to; a development channel's id ends in `!`.
#[derive(Debug, Clone, Deserialize)]
pub struct Bot {
    pub id: String,
}

/// What the person did.
#[derive(Debug, Clone, Deserialize)]
pub struct UserRequest {
    pub user: User,
    /// The typed text, or the words of the tapped button.
    #[serde(default)]
    pub utterance: Option<String>,
}

/// The person, by a key that only this bot knows.
#[derive(Debug, Clone, Deserialize)]
pub struct User {
    pub id: String,
}

/// The skill call.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct CalledAction {
    #[serde(default)]
    params: Option<HashMap<String, Param>>,
    /// The `extra` of the tapped button: seen as an object, `{}`, null and the text `"null"`.
    #[serde(default, rename = "clientExtra")]
    client_extra: Option<Value>,
}

/// A parameter's value: Kakao writes entities as JSON in a text; an object was seen too.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Param {
    Text(String),
    Structured(Value),
}

impl Payload {
    /// Reads a request body; `None` when it is not a SkillPayload.
    pub fn parse(body: &[u8]) -> Option<Self> {
        let payload: Self = serde_json::from_slice(body).ok()?;
        let key = &payload.user_request.user.id;
        let usable = !key.is_empty() && key.len() <= MAX_USER_KEY && !key.chars().any(char::is_control);
        usable.then_some(payload)
    }

    /// The bot's id without the mark of a development channel.
    pub fn bot_id(&self) -> &str {
        self.bot.id.strip_suffix('!').unwrap_or(&self.bot.id)
    }

    /// The person's key.
    pub fn user_key(&self) -> &str {
        &self.user_request.user.id
    }

    /// What a button carried; `None` when nothing was tapped.
    pub fn extra(&self) -> Option<&Value> {
        let extra = self.action.as_ref()?.client_extra.as_ref()?;
        let nothing = match extra {
            Value::Null => true,
            Value::Object(map) => map.is_empty(),
            Value::String(text) => text.is_empty() || text == "null",
            Value::Bool(_) | Value::Number(_) | Value::Array(_) => false,
        };
        (!nothing).then_some(extra)
    }

    /// What was said, without control characters and white space around it.
    pub fn utterance(&self) -> String {
        let text = self.user_request.utterance.as_deref().unwrap_or_default();
        let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        clean.trim().to_owned()
    }

    /// The parameters of the block with their names. A value that equals an entity's name means that nothing was found.
    pub fn params(&self) -> impl Iterator<Item = (&str, &Param)> {
        let params = self.action.as_ref().and_then(|action| action.params.as_ref());
        params.into_iter().flatten().filter(|(_, param)| param.is_found()).map(|(name, p)| (name.as_str(), p))
    }

    /// A parameter of the block. A value that equals an entity's name means that nothing was found.
    pub fn param(&self, name: &str) -> Option<&Param> {
        self.params().find(|(found, _)| *found == name).map(|(_, param)| param)
    }
}

impl Param {
    fn is_found(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty() && !text.starts_with("sys."),
            Self::Structured(_) => true,
        }
    }

    /// The `amount` of a `sys.number`, however it was written.
    pub fn amount(&self) -> Option<u32> {
        let parsed;
        let value = match self {
            Self::Structured(value) => value,
            Self::Text(text) => {
                parsed = serde_json::from_str::<Value>(text).ok()?;
                &parsed
            }
        };
        let amount = value.get("amount").unwrap_or(value).as_u64()?;
        u32::try_from(amount).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixtures() -> Vec<(String, Payload)> {
        let text = include_str!("../../../kakao-sandbox/fixtures/kakao-chatbot.json");
        let all: Value = serde_json::from_str(text).unwrap();
        let requests = all["requests"].as_array().unwrap().iter().map(|request| {
            let id = request["id"].as_str().unwrap().to_owned();
            let body = serde_json::to_vec(&request["body"]).unwrap();
            let payload = Payload::parse(&body).unwrap_or_else(|| panic!("{id} cannot be read"));
            (id, payload)
        });
        requests.collect()
    }

    #[test]
    fn reads_every_recorded_request() {
        let all = fixtures();
        assert_eq!(all.len(), 14);
        for (id, payload) in &all {
            assert_eq!(payload.bot_id(), "66f0a1b2c3d4e5f600000001", "{id}");
            assert!(payload.user_key().len() >= 60, "{id}");
        }
        let with_extra: Vec<&str> =
            all.iter().filter(|(_, p)| p.extra().is_some()).map(|(id, _)| id.as_str()).collect();
        assert_eq!(with_extra, ["REQ-04", "REQ-05", "REQ-16"]);
    }

    #[test]
    fn reads_a_quantity_written_either_way() {
        let all = fixtures();
        let quantity = |id: &str| {
            let payload = &all.iter().find(|(found, _)| found == id).unwrap().1;
            payload.param("quantity").and_then(Param::amount)
        };
        assert_eq!(quantity("REQ-07"), Some(3));
        assert_eq!(Param::Text(r#"{"amount": 2, "unit": null}"#.into()).amount(), Some(2));
        assert_eq!(Param::Text("두 개".into()).amount(), None);
    }

    #[test]
    fn no_extra_has_four_faces() {
        for extra in ["null", "{}", "\"null\"", "\"\""] {
            let body = format!(
                r#"{{"bot":{{"id":"b!"}},"userRequest":{{"user":{{"id":"u"}}}},"action":{{"clientExtra":{extra}}}}}"#
            );
            let payload = Payload::parse(body.as_bytes()).unwrap();
            assert_eq!(payload.extra(), None, "{extra}");
            assert_eq!(payload.bot_id(), "b");
        }
    }

    #[test]
    fn refuses_what_is_no_payload() {
        for body in ["", "[]", "{}", "null", r#"{"bot":{"id":"b"},"userRequest":{"user":{"id":""}}}"#] {
            assert!(Payload::parse(body.as_bytes()).is_none(), "{body}");
        }
    }
}
