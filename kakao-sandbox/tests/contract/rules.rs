//! Every `valid` and `invalid` vector of `kakao-chatbot.json`.

use std::collections::{BTreeSet, HashSet};

use kakao_sandbox::rules::{BlockResponseMode, Env, Severity, Violation, truncate, utf16_len, validate_body};
use serde_json::{Value, json};

use super::world::{chatbot_vectors, find, list};

fn env(vectors: &Value, vector: &Value) -> Env {
    let known = vectors["meta"]["knownBlocks"].as_object().unwrap();
    let known: HashSet<String> =
        known.values().map(|block| block["id"].as_str().unwrap().to_owned()).collect();
    let own = &vector["env"];
    let callback = vector["request"].as_str().map(|id| find(vectors, "requests", id));
    let has_callback_url =
        callback.is_some_and(|request| request["body"]["userRequest"]["callbackUrl"].is_string());
    Env {
        response_mode: match own["blockResponseMode"].as_str() {
            Some("value") => BlockResponseMode::Value,
            _ => BlockResponseMode::SkillData,
        },
        has_callback_url,
        known_blocks: Some(known),
    }
}

fn judge(vectors: &Value, vector: &Value) -> Vec<Violation> {
    let body = match vector["rawBody"].as_str() {
        Some(raw) => raw.to_owned(),
        None => vector["response"].to_string(),
    };
    match validate_body(body.as_bytes(), &env(vectors, vector)) {
        Ok((_, violations)) => violations,
        Err(violations) => violations,
    }
}

fn refusing(violations: &[Violation]) -> BTreeSet<(&'static str, &'static str)> {
    let name = |severity| match severity {
        Severity::Reject => "reject",
        Severity::Strict => "strict",
        Severity::Warn => "warn",
    };
    violations
        .iter()
        .filter(|violation| violation.severity != Severity::Warn)
        .map(|violation| (violation.rule, name(violation.severity)))
        .collect()
}

#[test]
fn valid_vectors_break_no_rule() {
    let vectors = chatbot_vectors();
    for vector in list(&vectors, "valid") {
        let found = judge(&vectors, vector);
        assert!(refusing(&found).is_empty(), "{}: {found:?}", vector["id"]);
    }
}

#[test]
fn invalid_vectors_break_exactly_their_rule() {
    let vectors = chatbot_vectors();
    for vector in list(&vectors, "invalid") {
        let found = judge(&vectors, vector);
        let wanted = (vector["rule"].as_str().unwrap(), vector["severity"].as_str().unwrap());
        assert_eq!(refusing(&found), BTreeSet::from([wanted]), "{}: {found:?}", vector["id"]);
    }
}

#[test]
fn a_block_that_does_not_exist_is_refused_wherever_it_is_named() {
    let vectors = chatbot_vectors();
    let to = |id: &str| json!({"label": "담기", "title": "담기", "action": "block", "blockId": id});
    let bad = to("000000000000000000000000");
    let response = json!({"version": "2.0", "template": {
        "outputs": [
            {"textCard": {"title": "a", "buttons": [bad]}},
            {"listCard": {"header": {"title": "h"}, "items": [bad]}},
        ],
        "quickReplies": [bad],
    }});
    let found = judge(&vectors, &json!({"response": response}));
    let unknown: Vec<&str> =
        found.iter().filter(|v| v.rule == "blockId.unknown").map(|v| v.path.as_str()).collect();
    assert_eq!(
        unknown,
        [
            "/template/outputs/0/textCard/buttons/0/blockId",
            "/template/outputs/1/listCard/items/0/blockId",
            "/template/quickReplies/0/blockId",
        ]
    );
}

#[test]
fn lenient_mode_cuts_to_the_limit_and_keeps_characters_whole() {
    // Each of these takes two UTF-16 units; 500 of them are exactly at the limit of 1000.
    let text = "🍙".repeat(501);
    let response = json!({"version": "2.0", "template": {"outputs": [{"simpleText": {"text": text}}]}});
    let (mut value, found) = validate_body(response.to_string().as_bytes(), &Env::default()).unwrap();
    assert_eq!(refusing(&found), BTreeSet::from([("simpleText.text.length", "strict")]));
    truncate(&mut value, &found);
    let cut = value.pointer("/template/outputs/0/simpleText/text").unwrap().as_str().unwrap();
    assert_eq!(utf16_len(cut), 1000);
    assert!(cut.chars().all(|c| c == '🍙'));
}

#[test]
fn absurd_bodies_are_refused_without_a_panic() {
    let bodies =
        ["", "null", "[]", "3", r#"{"version":"2.0","template":[]}"#, r#"{"template":{"outputs":[null,3]}}"#];
    for body in bodies {
        let found = match validate_body(body.as_bytes(), &Env::default()) {
            Ok((_, found)) | Err(found) => found,
        };
        assert!(found.iter().any(|violation| violation.severity == Severity::Reject), "{body}");
    }
}
