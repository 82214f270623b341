//! itemCard: rows of a receipt.

use serde_json::{Map, Value};

use super::check::{Check, Limit, count_outside, present, utf16_len};
use super::{buttons, images};

const MAX_ROWS: usize = 10;
const MAX_ROWS_IN_CAROUSEL: usize = 5;
const ROW_TITLE: Limit = Limit::warn("itemCard.itemList.title.length", 6);
const SUMMARY_TITLE: Limit = Limit::strict("itemCard.itemListSummary.title.length", 6);
const SUMMARY_LENGTH: Limit = Limit::strict("itemCard.itemListSummary.description", 14);
const PROFILE_TITLE: Limit = Limit::strict("itemCard.profile.title.length", 15);
const TOGETHER: Limit = Limit::strict("itemCard.description.length", 200);
const TOGETHER_IN_CAROUSEL: Limit = Limit::strict("itemCard.carousel.description.length", 100);

pub(super) fn check(check: &mut Check<'_>, card: &Map<String, Value>, path: &str, in_carousel: bool) {
    check.known_keys(
        card,
        &[
            "thumbnail",
            "head",
            "profile",
            "imageTitle",
            "itemList",
            "itemListAlignment",
            "itemListSummary",
            "title",
            "description",
            "buttons",
            "buttonLayout",
            "forwardable",
        ],
        path,
    );
    rows(check, card, path, in_carousel);
    summary(check, card, path);
    tops(check, card, path);
    words(check, card, path, in_carousel);
    let fixed = card.get("thumbnail").and_then(|thumb| thumb.get("fixedRatio")).and_then(Value::as_bool);
    buttons::check(check, card, path, fixed == Some(true));
}

fn rows(check: &mut Check<'_>, card: &Map<String, Value>, path: &str, in_carousel: bool) {
    if present(card, "itemList").is_none() {
        check.reject("itemCard.itemList.missing", path, "`itemList`가 꼭 있어야 해요.");
    }
    if let Some(alignment) = check.text(card, "itemListAlignment", path)
        && !matches!(alignment, "left" | "right")
    {
        check.reject(
            "itemCard.itemListAlignment",
            &format!("{path}/itemListAlignment"),
            "left 또는 right예요.",
        );
    }
    let Some(list) = check.array(card, "itemList", path) else { return };
    let path = format!("{path}/itemList");
    let max = if in_carousel { MAX_ROWS_IN_CAROUSEL } else { MAX_ROWS };
    count_outside(check, "itemCard.itemList.count", &path, list.len(), max);
    for (index, value) in list.iter().enumerate() {
        let path = format!("{path}/{index}");
        let Some(row) = check.object(value, &path) else { continue };
        if let Some(title) = check.required_text(row, "title", &path, "itemCard.itemList.title.missing") {
            check.length(title, &format!("{path}/title"), &ROW_TITLE);
        }
        check.required_text(row, "description", &path, "itemCard.itemList.description.missing");
    }
}

fn summary(check: &mut Check<'_>, card: &Map<String, Value>, path: &str) {
    let Some(value) = present(card, "itemListSummary") else { return };
    let path = format!("{path}/itemListSummary");
    let Some(summary) = check.object(value, &path) else { return };
    if let Some(title) =
        check.required_text(summary, "title", &path, "itemCard.itemListSummary.title.missing")
    {
        check.length(title, &format!("{path}/title"), &SUMMARY_TITLE);
    }
    let missing = "itemCard.itemListSummary.description.missing";
    if let Some(text) = check.required_text(summary, "description", &path, missing) {
        let path = format!("{path}/description");
        if is_amount(text) {
            check.length(text, &path, &SUMMARY_LENGTH);
        } else {
            let message = "금액만 쓸 수 있어요: 통화 기호나 단위, 숫자, 쉼표, 점, 빈칸.".to_owned();
            check.add(SUMMARY_LENGTH.rule, SUMMARY_LENGTH.severity, &path, message);
        }
    }
}

/// Currency sign or word, digits, comma, point with at most two decimals, space.
fn is_amount(text: &str) -> bool {
    let without_unit = ["원", "달러", "won", "KRW", "USD", "₩", "$", "€", "¥", "￦"]
        .iter()
        .fold(text.to_owned(), |text, unit| text.replacen(unit, "", 1));
    let decimals = without_unit.trim().rsplit_once('.').map_or(0, |(_, after)| after.len());
    decimals <= 2
        && without_unit.chars().any(|c| c.is_ascii_digit())
        && without_unit.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | '.' | ' ' | '-'))
}

fn tops(check: &mut Check<'_>, card: &Map<String, Value>, path: &str) {
    if present(card, "head").is_some() && present(card, "profile").is_some() {
        check.reject("itemCard.head.profile", path, "`head`와 `profile`은 함께 쓸 수 없어요.");
    }
    if let Some(thumbnail) = present(card, "thumbnail") {
        images::thumbnail(check, thumbnail, &format!("{path}/thumbnail"));
    }
    for (key, missing) in [
        ("head", "itemCard.head.title.missing"),
        ("imageTitle", "itemCard.imageTitle.title.missing"),
        ("profile", "itemCard.profile.title.missing"),
    ] {
        let Some(value) = present(card, key) else { continue };
        let path = format!("{path}/{key}");
        let Some(object) = check.object(value, &path) else { continue };
        let title = check.required_text(object, "title", &path, missing);
        if let Some(title) = title.filter(|_| key == "profile") {
            check.length(title, &format!("{path}/title"), &PROFILE_TITLE);
        }
        if let Some(url) = check.text(object, "imageUrl", &path) {
            images::url(check, url, &format!("{path}/imageUrl"));
        }
    }
}

fn words(check: &mut Check<'_>, card: &Map<String, Value>, path: &str, in_carousel: bool) {
    let title = check.text(card, "title", path);
    let Some(description) = check.text(card, "description", path) else { return };
    // Kakao's own sample carries two empty strings, so an empty description asks for nothing.
    if title.is_none() && !description.is_empty() {
        check.reject(
            "itemCard.description.withoutTitle",
            path,
            "`description`을 쓰려면 `title`도 있어야 해요.",
        );
    }
    let limit = if in_carousel { &TOGETHER_IN_CAROUSEL } else { &TOGETHER };
    let used = utf16_len(title.unwrap_or_default());
    check.length_after(description, used, &format!("{path}/description"), limit);
}
