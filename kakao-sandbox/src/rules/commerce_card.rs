//! commerceCard.

use serde_json::{Map, Value};

use super::check::{Check, Limit, present};
use super::{buttons, images};

const TITLE: Limit = Limit::strict("commerceCard.title.length", 30);
const DESCRIPTION: Limit = Limit::strict("commerceCard.description.length", 40);

pub(super) fn check(check: &mut Check<'_>, card: &Map<String, Value>, path: &str) {
    check.known_keys(
        card,
        &[
            "title",
            "description",
            "price",
            "currency",
            "discount",
            "discountRate",
            "discountedPrice",
            "thumbnails",
            "profile",
            "buttons",
            "buttonLayout",
            "forwardable",
        ],
        path,
    );
    prices(check, card, path);
    thumbnails(check, card, path);
    for (key, limit) in [("title", &TITLE), ("description", &DESCRIPTION)] {
        if let Some(text) = check.text(card, key, path) {
            check.length(text, &format!("{path}/{key}"), limit);
        }
    }
    if let Some(currency) = check.text(card, "currency", path).filter(|currency| *currency != "won") {
        check.reject(
            "commerceCard.currency",
            &format!("{path}/currency"),
            format!("\"{currency}\"는 쓸 수 없어요. won만 돼요."),
        );
    }
    images::profile(check, card, path);
    buttons::check(check, card, path, fixed_ratio(card));
}

fn prices(check: &mut Check<'_>, card: &Map<String, Value>, path: &str) {
    if present(card, "price").is_none() {
        check.reject("commerceCard.price.missing", path, "`price`가 꼭 있어야 해요.");
    }
    for key in ["price", "discount", "discountRate", "discountedPrice"] {
        check.integer(card, key, path);
    }
    if present(card, "discountRate").is_some() && present(card, "discountedPrice").is_none() {
        check.reject(
            "commerceCard.discountRate.orphan",
            &format!("{path}/discountRate"),
            "`discountRate`를 쓰려면 `discountedPrice`도 있어야 해요.",
        );
    }
}

fn thumbnails(check: &mut Check<'_>, card: &Map<String, Value>, path: &str) {
    if present(card, "thumbnails").is_none() {
        check.reject("commerceCard.thumbnails.missing", path, "`thumbnails`(배열)가 꼭 있어야 해요.");
    }
    let Some(list) = check.array(card, "thumbnails", path) else { return };
    let path = format!("{path}/thumbnails");
    if list.len() != 1 {
        check.reject(
            "commerceCard.thumbnails.count",
            &path,
            format!("{}개예요. 꼭 1개여야 해요.", list.len()),
        );
    }
    for (index, value) in list.iter().enumerate() {
        images::thumbnail(check, value, &format!("{path}/{index}"));
    }
}

pub(super) fn fixed_ratio(card: &Map<String, Value>) -> bool {
    card.get("thumbnails")
        .and_then(|list| list.get(0))
        .and_then(|first| first.get("fixedRatio"))
        .and_then(Value::as_bool)
        == Some(true)
}
