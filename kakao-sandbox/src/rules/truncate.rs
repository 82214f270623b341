//! Lenient mode: cut what is too long instead of refusing the answer.

use serde_json::Value;

use super::{Severity, Violation};

/// Cuts every text that a `strict` violation measured, leaving whole characters.
pub fn truncate(response: &mut Value, violations: &[Violation]) {
    for violation in violations.iter().filter(|violation| violation.severity == Severity::Strict) {
        let Some(keep) = violation.keep else { continue };
        if let Some(Value::String(text)) = response.pointer_mut(&violation.path) {
            *text = cut(text, keep);
        }
    }
}

fn cut(text: &str, keep: usize) -> String {
    let mut units = 0;
    text.chars()
        .take_while(|c| {
            units += c.len_utf16();
            units <= keep
        })
        .collect()
}
