//! Quick replies: the row under the last answer.

use serde_json::{Map, Value};

use super::buttons::{block_id, extra};
use super::check::{Check, Limit};

const MAX_QUICK_REPLIES: usize = 10;
const LABEL: Limit = Limit::warn("quickReply.label.length", 14);

pub(super) fn check(check: &mut Check<'_>, template: &Map<String, Value>) {
    let Some(list) = check.array(template, "quickReplies", "/template") else { return };
    let path = "/template/quickReplies";
    if list.len() > MAX_QUICK_REPLIES {
        check.reject(
            "quickReplies.tooMany",
            path,
            format!("바로가기가 {}개예요. {MAX_QUICK_REPLIES}개까지예요.", list.len()),
        );
    }
    for (index, value) in list.iter().enumerate() {
        let path = format!("{path}/{index}");
        if let Some(body) = check.object(value, &path) {
            quick_reply(check, body, &path);
        }
    }
}

fn quick_reply(check: &mut Check<'_>, body: &Map<String, Value>, path: &str) {
    check.known_keys(body, &["label", "action", "messageText", "blockId", "extra"], path);
    if let Some(label) = check.required_text(body, "label", path, "quickReply.label.missing") {
        check.length(label, &format!("{path}/label"), &LABEL);
    }
    extra(check, body, path);
    match body.get("action").and_then(Value::as_str) {
        Some("message") => {
            check.text(body, "messageText", path);
        }
        Some("block") => block_id(check, body, path, "quickReply.blockId.missing"),
        Some(other) => check.reject(
            "quickReply.action.invalid",
            &format!("{path}/action"),
            format!("\"{other}\"는 없어요. 바로가기는 message와 block만 돼요."),
        ),
        None => check.reject("quickReply.action.missing", path, "`action`이 꼭 있어야 해요."),
    }
}
