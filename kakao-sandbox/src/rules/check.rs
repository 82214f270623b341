//! Collects violations; the small vocabulary in which the rules are written.

use serde_json::{Map, Value};

use super::{Env, Severity, Violation};

/// A card with thousands of faults is not worth a longer list.
const MAX_VIOLATIONS: usize = 100;

/// Length as Kakao's JVM counts it.
pub fn utf16_len(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A documented length.
pub(super) struct Limit {
    pub rule: &'static str,
    pub max: usize,
    pub severity: Severity,
}

impl Limit {
    pub(super) const fn strict(rule: &'static str, max: usize) -> Self {
        Self { rule, max, severity: Severity::Strict }
    }

    pub(super) const fn warn(rule: &'static str, max: usize) -> Self {
        Self { rule, max, severity: Severity::Warn }
    }
}

pub(super) struct Check<'a> {
    pub env: &'a Env,
    found: Vec<Violation>,
}

impl<'a> Check<'a> {
    pub(super) fn new(env: &'a Env) -> Self {
        Self { env, found: Vec::new() }
    }

    pub(super) fn into_found(self) -> Vec<Violation> {
        self.found
    }

    pub(super) fn add(&mut self, rule: &'static str, severity: Severity, path: &str, message: String) {
        self.push(Violation { rule, severity, path: path.to_owned(), message, keep: None });
    }

    pub(super) fn reject(&mut self, rule: &'static str, path: &str, message: impl Into<String>) {
        self.add(rule, Severity::Reject, path, message.into());
    }

    fn push(&mut self, violation: Violation) {
        if self.found.len() < MAX_VIOLATIONS {
            self.found.push(violation);
        }
    }

    /// The value as an object, or a `field.type` violation.
    pub(super) fn object<'v>(&mut self, value: &'v Value, path: &str) -> Option<&'v Map<String, Value>> {
        let object = value.as_object();
        if object.is_none() {
            self.wrong_type(path, "객체");
        }
        object
    }

    /// An optional array member.
    pub(super) fn array<'v>(
        &mut self,
        object: &'v Map<String, Value>,
        key: &str,
        path: &str,
    ) -> Option<&'v Vec<Value>> {
        let value = present(object, key)?;
        let array = value.as_array();
        if array.is_none() {
            self.wrong_type(&format!("{path}/{key}"), "배열");
        }
        array
    }

    /// An optional text member; `""` counts as present.
    pub(super) fn text<'v>(
        &mut self,
        object: &'v Map<String, Value>,
        key: &str,
        path: &str,
    ) -> Option<&'v str> {
        let value = present(object, key)?;
        let text = value.as_str();
        if text.is_none() {
            self.wrong_type(&format!("{path}/{key}"), "문자열");
        }
        text
    }

    /// A text member that must be there and hold more than white space.
    pub(super) fn required_text<'v>(
        &mut self,
        object: &'v Map<String, Value>,
        key: &str,
        path: &str,
        rule: &'static str,
    ) -> Option<&'v str> {
        match present(object, key) {
            None => {
                self.reject(rule, path, format!("`{key}`가 꼭 있어야 해요."));
                None
            }
            Some(Value::String(text)) if text.trim().is_empty() => {
                self.reject(rule, &format!("{path}/{key}"), format!("`{key}`가 비어 있어요."));
                None
            }
            Some(Value::String(text)) => Some(text),
            Some(_) => {
                self.wrong_type(&format!("{path}/{key}"), "문자열");
                None
            }
        }
    }

    /// An optional member that must be a JSON integer.
    pub(super) fn integer(&mut self, object: &Map<String, Value>, key: &str, path: &str) -> Option<i64> {
        let value = present(object, key)?;
        let number = value.as_i64();
        if number.is_none() {
            self.wrong_type(&format!("{path}/{key}"), "정수");
        }
        number
    }

    pub(super) fn boolean(&mut self, object: &Map<String, Value>, key: &str, path: &str) -> Option<bool> {
        let value = present(object, key)?;
        let flag = value.as_bool();
        if flag.is_none() {
            self.wrong_type(&format!("{path}/{key}"), "true 또는 false");
        }
        flag
    }

    /// Measures a text at `path`.
    pub(super) fn length(&mut self, text: &str, path: &str, limit: &Limit) {
        self.length_after(text, 0, path, limit);
    }

    /// Measures a text that shares its limit with `used` units written elsewhere.
    pub(super) fn length_after(&mut self, text: &str, used: usize, path: &str, limit: &Limit) {
        let length = utf16_len(text) + used;
        if length > limit.max {
            self.push(Violation {
                rule: limit.rule,
                severity: limit.severity,
                path: path.to_owned(),
                message: format!("{length}자예요. {}자까지예요.", limit.max),
                keep: Some(limit.max.saturating_sub(used)),
            });
        }
    }

    /// Members that Kakao does not know are ignored by Kakao: usually a misspelling.
    pub(super) fn known_keys(&mut self, object: &Map<String, Value>, known: &[&str], path: &str) {
        for key in object.keys().filter(|key| !known.contains(&key.as_str())) {
            self.add(
                "field.unknown",
                Severity::Warn,
                &format!("{path}/{key}"),
                format!("`{key}`는 카카오가 모르는 이름이라 무시돼요."),
            );
        }
    }

    fn wrong_type(&mut self, path: &str, wanted: &str) {
        self.reject("field.type", path, format!("{wanted}이어야 해요."));
    }
}

/// A member that is there and not `null`.
pub(super) fn present<'v>(object: &'v Map<String, Value>, key: &str) -> Option<&'v Value> {
    object.get(key).filter(|value| !value.is_null())
}

/// The lists whose length Kakao bounds.
pub(super) fn count_outside(check: &mut Check<'_>, rule: &'static str, path: &str, count: usize, max: usize) {
    if count == 0 || count > max {
        check.reject(rule, path, format!("{count}개예요. 1개에서 {max}개까지예요."));
    }
}
