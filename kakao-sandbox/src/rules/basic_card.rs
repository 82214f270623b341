//! basicCard.

use serde_json::{Map, Value};

use super::check::{Check, Limit, present};
use super::{buttons, images};

const TITLE: Limit = Limit::strict("basicCard.title.length", 50);
const DESCRIPTION: Limit = Limit::strict("basicCard.description.length", 230);

pub(super) fn check(check: &mut Check<'_>, card: &Map<String, Value>, path: &str, in_carousel: bool) {
    check.known_keys(
        card,
        &["title", "description", "thumbnail", "buttons", "buttonLayout", "forwardable"],
        path,
    );
    match present(card, "thumbnail") {
        Some(thumbnail) => images::thumbnail(check, thumbnail, &format!("{path}/thumbnail")),
        None => check.reject(
            "basicCard.thumbnail.missing",
            path,
            "`thumbnail`이 꼭 있어야 해요. 그림이 없으면 textCard를 쓰세요.",
        ),
    }
    for (key, limit) in [("title", &TITLE), ("description", &DESCRIPTION)] {
        if let Some(text) = check.text(card, key, path) {
            check.length(text, &format!("{path}/{key}"), limit);
        }
    }
    forwardable(check, card, path, in_carousel);
    buttons::check(check, card, path, fixed_ratio(card));
}

/// The forward icon appears only on a single card without buttons.
fn forwardable(check: &mut Check<'_>, card: &Map<String, Value>, path: &str, in_carousel: bool) {
    let wanted = check.boolean(card, "forwardable", path).unwrap_or(false);
    let has_buttons = card.get("buttons").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    if wanted && (in_carousel || has_buttons) {
        check.add(
            "forwardable.hidden",
            super::Severity::Warn,
            &format!("{path}/forwardable"),
            "버튼이 있거나 캐러셀 안이면 전달 아이콘이 나오지 않아요.".to_owned(),
        );
    }
}

pub(super) fn fixed_ratio(card: &Map<String, Value>) -> bool {
    card.get("thumbnail").and_then(|thumbnail| thumbnail.get("fixedRatio")).and_then(Value::as_bool)
        == Some(true)
}
