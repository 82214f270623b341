//! `context.values`: what the block hands to the next turns.

use serde_json::{Map, Value};

use super::check::{Check, present};

pub(super) fn check(check: &mut Check<'_>, root: &Map<String, Value>) {
    let Some(value) = present(root, "context") else { return };
    let Some(context) = check.object(value, "/context") else { return };
    let Some(values) = check.array(context, "values", "/context") else { return };
    for (index, value) in values.iter().enumerate() {
        let path = format!("/context/values/{index}");
        if let Some(entry) = check.object(value, &path) {
            one(check, entry, &path);
        }
    }
}

fn one(check: &mut Check<'_>, entry: &Map<String, Value>, path: &str) {
    check.known_keys(entry, &["name", "lifeSpan", "ttl", "params"], path);
    check.required_text(entry, "name", path, "context.name.missing");
    if present(entry, "lifeSpan").is_none() {
        check.reject("context.lifeSpan.missing", path, "`lifeSpan`(대문자 S)이 꼭 있어야 해요.");
    }
    check.integer(entry, "lifeSpan", path);
    check.integer(entry, "ttl", path);
    let Some(params) = present(entry, "params") else { return };
    let path = format!("{path}/params");
    let Some(params) = check.object(params, &path) else { return };
    for (key, value) in params {
        if !value.is_string() {
            check.reject("context.params.type", &format!("{path}/{key}"), "값은 문자열이어야 해요.");
        }
    }
}
