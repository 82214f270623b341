//! Small damage to single values.

use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::Value;

/// Every place of a value inside a JSON document, with its path: `payments/3/tid`.
pub fn leaves(document: &Value) -> Vec<String> {
    fn walk(value: &Value, path: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                fields.iter().for_each(|(name, value)| walk(value, &format!("{path}/{name}"), found));
            }
            Value::Array(values) => {
                values
                    .iter()
                    .enumerate()
                    .for_each(|(index, value)| walk(value, &format!("{path}/{index}"), found));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => found.push(path.to_owned()),
        }
    }
    let mut found = Vec::new();
    walk(document, "", &mut found);
    found
}

/// Another value of the same kind.
pub fn other(value: &Value, rng: &mut StdRng) -> Value {
    match value {
        Value::Bool(value) => Value::from(!value),
        Value::Number(number) => Value::from(number.as_i64().unwrap_or(0) + 1),
        Value::String(text) => Value::from(other_text(text, rng)),
        Value::Null | Value::Array(_) | Value::Object(_) => Value::from("x"),
    }
}

/// The text with one character changed for another of its kind.
pub fn other_text(text: &str, rng: &mut StdRng) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    if characters.is_empty() {
        return "x".to_owned();
    }
    let index = rng.random_range(0..characters.len());
    characters[index] = match characters[index] {
        '9' => '0',
        digit if digit.is_ascii_digit() => char::from(digit as u8 + 1),
        'a' => 'b',
        _ => 'a',
    };
    characters.into_iter().collect()
}

/// One bit of it flipped.
pub fn flip(bytes: &mut [u8], rng: &mut StdRng) {
    if !bytes.is_empty() {
        let index = rng.random_range(0..bytes.len());
        bytes[index] ^= 1 << rng.random_range(0..8);
    }
}
