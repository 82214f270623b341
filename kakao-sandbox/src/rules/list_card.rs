//! listCard.

use serde_json::{Map, Value};

use super::check::{Check, Limit, count_outside, present};
use super::{Severity, buttons, images};

const MAX_ITEMS: usize = 5;
const MAX_ITEMS_IN_CAROUSEL: usize = 4;
/// Older guides say that a list card takes two buttons.
const BUTTONS_EVERYWHERE: usize = 2;
const ITEM_TITLE: Limit = Limit::warn("listItem.title.length", 50);

pub(super) fn check(check: &mut Check<'_>, card: &Map<String, Value>, path: &str, in_carousel: bool) {
    check.known_keys(card, &["header", "items", "buttons", "buttonLayout", "forwardable"], path);
    header(check, card, path);
    if present(card, "items").is_none() {
        check.reject("listCard.items.missing", path, "`items`가 꼭 있어야 해요.");
    }
    if let Some(items) = check.array(card, "items", path) {
        let path = format!("{path}/items");
        let max = if in_carousel { MAX_ITEMS_IN_CAROUSEL } else { MAX_ITEMS };
        count_outside(check, "listCard.items.count", &path, items.len(), max);
        for (index, value) in items.iter().enumerate() {
            let path = format!("{path}/{index}");
            if let Some(body) = check.object(value, &path) {
                item(check, body, &path);
            }
        }
    }
    let buttons = card.get("buttons").and_then(Value::as_array).map_or(0, Vec::len);
    if buttons > BUTTONS_EVERYWHERE && card.get("buttonLayout").is_none() {
        check.add(
            "listCard.buttons.count",
            Severity::Warn,
            &format!("{path}/buttons"),
            "옛 카카오톡에서는 리스트 카드의 버튼이 2개까지만 보여요.".to_owned(),
        );
    }
    buttons::check(check, card, path, false);
}

fn header(check: &mut Check<'_>, card: &Map<String, Value>, path: &str) {
    let Some(value) = present(card, "header") else {
        check.reject("listCard.header.missing", path, "`header`가 꼭 있어야 해요.");
        return;
    };
    let path = format!("{path}/header");
    if let Some(header) = check.object(value, &path) {
        check.required_text(header, "title", &path, "listCard.header.title.missing");
    }
}

fn item(check: &mut Check<'_>, item: &Map<String, Value>, path: &str) {
    check.known_keys(
        item,
        &["title", "description", "imageUrl", "link", "action", "blockId", "messageText", "extra"],
        path,
    );
    if let Some(title) = check.required_text(item, "title", path, "listItem.title.missing") {
        check.length(title, &format!("{path}/title"), &ITEM_TITLE);
    }
    check.text(item, "description", path);
    if let Some(url) = check.text(item, "imageUrl", path) {
        images::url(check, url, &format!("{path}/imageUrl"));
    }
    images::link(check, item, path);
    buttons::extra(check, item, path);
    match check.text(item, "action", path) {
        Some("block") => buttons::block_id(check, item, path, "listItem.blockId.missing"),
        Some("message") => {
            check.required_text(item, "messageText", path, "listItem.messageText.missing");
        }
        Some(other) => check.reject(
            "listItem.action.invalid",
            &format!("{path}/action"),
            format!("\"{other}\"는 없어요. 리스트 항목은 block과 message만 돼요."),
        ),
        None => {}
    }
}
