//! Buttons of every card, and their layout.

use serde_json::{Map, Value};

use super::check::{Check, Limit, present};
use super::images::is_web;

const HORIZONTAL_MAX: usize = 2;
const VERTICAL_MAX: usize = 3;
const LABEL: Limit = Limit::warn("button.label.length", 14);
/// Two buttons side by side leave room for eight characters each.
const LABEL_SIDE_BY_SIDE: Limit = Limit::warn("button.label.length", 8);

/// `fixed_ratio` is the thumbnail's flag: it chooses the layout when `buttonLayout` does not.
pub(super) fn check(check: &mut Check<'_>, card: &Map<String, Value>, path: &str, fixed_ratio: bool) {
    let horizontal = match check.text(card, "buttonLayout", path) {
        Some("horizontal") => true,
        Some("vertical") => false,
        Some(other) => {
            check.reject(
                "buttonLayout.invalid",
                &format!("{path}/buttonLayout"),
                format!("\"{other}\"는 없어요. vertical 또는 horizontal이에요."),
            );
            false
        }
        None => fixed_ratio,
    };
    let Some(buttons) = check.array(card, "buttons", path) else { return };
    let path = format!("{path}/buttons");
    let max = if horizontal { HORIZONTAL_MAX } else { VERTICAL_MAX };
    if buttons.len() > max {
        let layout = if horizontal { "가로" } else { "세로" };
        check.reject(
            "buttons.tooMany",
            &path,
            format!("버튼이 {}개예요. {layout} 배치에서는 {max}개까지예요.", buttons.len()),
        );
    }
    let label = if horizontal && buttons.len() == HORIZONTAL_MAX { &LABEL_SIDE_BY_SIDE } else { &LABEL };
    for (index, value) in buttons.iter().enumerate() {
        let path = format!("{path}/{index}");
        if let Some(body) = check.object(value, &path) {
            button(check, body, &path, label);
        }
    }
}

fn button(check: &mut Check<'_>, body: &Map<String, Value>, path: &str, limit: &Limit) {
    check.known_keys(
        body,
        &["label", "action", "webLinkUrl", "messageText", "phoneNumber", "blockId", "extra"],
        path,
    );
    if let Some(label) = check.required_text(body, "label", path, "button.label.missing") {
        check.length(label, &format!("{path}/label"), limit);
    }
    extra(check, body, path);
    match body.get("action").and_then(Value::as_str) {
        Some("webLink") => web_link(check, body, path),
        Some("message") => {
            check.required_text(body, "messageText", path, "button.messageText.missing");
        }
        Some("phone") => {
            check.required_text(body, "phoneNumber", path, "button.phoneNumber.missing");
        }
        Some("block") => block_id(check, body, path, "button.blockId.missing"),
        Some("share" | "operator") => {}
        Some(other) => check.reject(
            "button.action.invalid",
            &format!("{path}/action"),
            format!("\"{other}\"는 없어요. webLink, message, phone, block, share, operator 가운데 하나예요."),
        ),
        None => check.reject("button.action.missing", path, "`action`이 꼭 있어야 해요."),
    }
}

fn web_link(check: &mut Check<'_>, body: &Map<String, Value>, path: &str) {
    let url = check.required_text(body, "webLinkUrl", path, "button.webLinkUrl.missing");
    if url.is_some_and(|url| !is_web(url)) {
        check.reject(
            "button.webLinkUrl.invalid",
            &format!("{path}/webLinkUrl"),
            "http:// 또는 https://로 시작하는 주소만 열 수 있어요.",
        );
    }
}

/// A block must exist in the bot before something can point at it.
pub(super) fn block_id(check: &mut Check<'_>, body: &Map<String, Value>, path: &str, missing: &'static str) {
    let Some(id) = check.required_text(body, "blockId", path, missing) else { return };
    let unknown = check.env.known_blocks.as_ref().is_some_and(|known| !known.contains(id));
    if unknown {
        check.reject(
            "blockId.unknown",
            &format!("{path}/blockId"),
            format!("블록 \"{id}\"가 이 봇에 없어요. 관리자센터의 블록 ID인지 확인해 주세요."),
        );
    }
}

pub(super) fn extra(check: &mut Check<'_>, body: &Map<String, Value>, path: &str) {
    if let Some(extra) = present(body, "extra") {
        check.object(extra, &format!("{path}/extra"));
    }
}
