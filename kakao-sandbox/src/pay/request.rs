//! Reading a request body: numbers may come as strings, lengths are characters.

use serde_json::{Map, Value};

use super::refusal::Refusal;

const MAX_PAYLOAD: usize = 200;

pub struct Body(pub Map<String, Value>);

impl Body {
    fn present(&self, key: &str) -> Option<&Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    pub fn text(&self, key: &str, max: usize) -> Result<String, Refusal> {
        self.optional_text(key, max)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| Refusal::invalid(format!("{key} is required")))
    }

    pub fn optional_text(&self, key: &str, max: usize) -> Result<Option<String>, Refusal> {
        let Some(value) = self.present(key) else { return Ok(None) };
        let text = value.as_str().ok_or_else(|| Refusal::invalid(format!("{key} must be a string")))?;
        if text.chars().count() > max {
            return Err(Refusal::invalid(format!("{key} has more than {max} characters")));
        }
        Ok(Some(text.to_owned()))
    }

    pub fn payload(&self) -> Result<Option<String>, Refusal> {
        self.optional_text("payload", MAX_PAYLOAD)
    }

    pub fn won(&self, key: &str) -> Result<i64, Refusal> {
        self.optional_won(key)?.ok_or_else(|| Refusal::invalid(format!("{key} is required")))
    }

    /// A whole number, as a JSON number or as a string of digits.
    pub fn optional_won(&self, key: &str) -> Result<Option<i64>, Refusal> {
        let Some(value) = self.present(key) else { return Ok(None) };
        let number = match value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.parse().ok(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        number.map(Some).ok_or_else(|| Refusal::invalid(format!("{key} must be a whole number")))
    }
}
