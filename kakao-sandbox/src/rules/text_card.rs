//! textCard.

use serde_json::{Map, Value};

use super::buttons;
use super::check::{Check, Limit, present, utf16_len};

const TITLE: Limit = Limit::strict("textCard.title.length", 50);
/// Title and description together when the card stands alone.
const TOGETHER: Limit = Limit::strict("textCard.description.length", 400);
const IN_CAROUSEL: Limit = Limit::strict("textCard.carousel.description.length", 128);

pub(super) fn check(check: &mut Check<'_>, card: &Map<String, Value>, path: &str, in_carousel: bool) {
    check.known_keys(card, &["title", "description", "buttons", "buttonLayout", "lock", "forwardable"], path);
    let empty = |key: &str| present(card, key).is_none_or(|text| text == "");
    if empty("title") && empty("description") {
        check.reject(
            "textCard.titleOrDescription",
            path,
            "`title`이나 `description` 가운데 하나는 있어야 해요.",
        );
    }
    let title = check.text(card, "title", path).unwrap_or_default();
    check.length(title, &format!("{path}/title"), &TITLE);
    if let Some(text) = check.text(card, "description", path) {
        let path = format!("{path}/description");
        if in_carousel {
            check.length(text, &path, &IN_CAROUSEL);
        } else {
            check.length_after(text, utf16_len(title), &path, &TOGETHER);
        }
    }
    buttons::check(check, card, path, false);
}
