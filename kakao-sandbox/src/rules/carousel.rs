//! carousel: one kind of card, many times.

use serde_json::{Map, Value};

use super::check::{Check, count_outside, present};
use super::{basic_card, commerce_card, images, response};

const CARDS: &[&str] = &["textCard", "basicCard", "commerceCard", "listCard", "itemCard"];
const MAX_CARDS: usize = 10;
const MAX_LIST_CARDS: usize = 5;

pub(super) fn check(check: &mut Check<'_>, carousel: &Map<String, Value>, path: &str) {
    check.known_keys(carousel, &["type", "items", "header"], path);
    let kind = match present(carousel, "type").map(Value::as_str) {
        None => return check.reject("carousel.type.missing", path, "`type`이 꼭 있어야 해요."),
        Some(Some(kind)) if CARDS.contains(&kind) => kind,
        Some(Some("carousel")) => {
            return check.reject(
                "carousel.nested",
                &format!("{path}/type"),
                "캐러셀 안에 캐러셀을 넣을 수 없어요.",
            );
        }
        Some(_) => {
            return check.reject(
                "carousel.type.invalid",
                &format!("{path}/type"),
                "textCard, basicCard, commerceCard, listCard, itemCard 가운데 하나예요.",
            );
        }
    };
    header(check, carousel, kind, path);
    if present(carousel, "items").is_none() {
        check.reject("carousel.items.missing", path, "`items`가 꼭 있어야 해요.");
    }
    let Some(items) = check.array(carousel, "items", path) else { return };
    let path = format!("{path}/items");
    let max = if kind == "listCard" { MAX_LIST_CARDS } else { MAX_CARDS };
    count_outside(check, "carousel.items.count", &path, items.len(), max);
    for (index, value) in items.iter().enumerate() {
        let path = format!("{path}/{index}");
        if let Some(body) = check.object(value, &path) {
            response::card(check, kind, body, &path, true);
        }
    }
    let cards: Vec<&Map<String, Value>> = items.iter().filter_map(Value::as_object).collect();
    same_ratio(check, kind, &cards, &path);
    if kind == "itemCard" {
        same_tops(check, &cards, &path);
    }
}

fn header(check: &mut Check<'_>, carousel: &Map<String, Value>, kind: &str, path: &str) {
    let Some(value) = present(carousel, "header") else { return };
    let path = format!("{path}/header");
    if matches!(kind, "textCard" | "listCard") {
        return check.reject(
            "carousel.header.notAllowed",
            &path,
            format!("{kind} 캐러셀에는 `header`가 없어요."),
        );
    }
    let Some(header) = check.object(value, &path) else { return };
    let complete = ["title", "description", "thumbnail"].iter().all(|key| present(header, key).is_some());
    if !complete {
        check.reject(
            "carousel.header.incomplete",
            &path,
            "`title`, `description`, `thumbnail`이 모두 있어야 해요.",
        );
    }
    if let Some(thumbnail) = present(header, "thumbnail") {
        images::thumbnail(check, thumbnail, &format!("{path}/thumbnail"));
    }
}

fn same_ratio(check: &mut Check<'_>, kind: &str, cards: &[&Map<String, Value>], path: &str) {
    let square = |card: &&Map<String, Value>| match kind {
        "commerceCard" => commerce_card::fixed_ratio(card),
        _ => basic_card::fixed_ratio(card),
    };
    let with_image =
        cards.iter().filter(|card| present(card, "thumbnail").is_some() || kind == "commerceCard");
    let mut ratios = with_image.map(square);
    let first = ratios.next();
    if ratios.any(|ratio| Some(ratio) != first) {
        check.reject(
            "carousel.imageRatio.mixed",
            path,
            "캐러셀의 그림은 모두 1:1이거나 모두 2:1이어야 해요.",
        );
    }
}

/// Every card of an itemCard carousel opens the same way.
fn same_tops(check: &mut Check<'_>, cards: &[&Map<String, Value>], path: &str) {
    for key in ["thumbnail", "head", "profile", "imageTitle"] {
        let with = cards.iter().filter(|card| present(card, key).is_some()).count();
        if with != 0 && with != cards.len() {
            check.reject(
                "carousel.itemCard.mixed",
                path,
                format!("`{key}`는 모든 카드에 있거나 모든 카드에 없어야 해요."),
            );
        }
    }
}
