//! simpleText and simpleImage.

use serde_json::{Map, Value};

use super::check::{Check, Limit};
use super::images;

const TEXT: Limit = Limit::strict("simpleText.text.length", 1000);
const ALT_TEXT: Limit = Limit::strict("simpleImage.altText.length", 50);

pub(super) fn text(check: &mut Check<'_>, body: &Map<String, Value>, path: &str) {
    check.known_keys(body, &["text", "extra"], path);
    if let Some(text) = check.required_text(body, "text", path, "simpleText.text.missing") {
        check.length(text, &format!("{path}/text"), &TEXT);
    }
}

pub(super) fn image(check: &mut Check<'_>, body: &Map<String, Value>, path: &str) {
    check.known_keys(body, &["imageUrl", "altText"], path);
    if let Some(url) = check.required_text(body, "imageUrl", path, "simpleImage.imageUrl.missing") {
        images::url(check, url, &format!("{path}/imageUrl"));
    }
    if let Some(alt) = check.text(body, "altText", path) {
        check.length(alt, &format!("{path}/altText"), &ALT_TEXT);
    }
}
