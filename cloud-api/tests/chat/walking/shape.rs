//! What makes two buttons the same for a walk: all but what is different at each look (the bubble, the session's version, a moment), and
//! of half-chosen options only how far they are, so that twelve hundred items with equal options are not twelve hundred equal walks.

use serde_json::{Value, json};

use crate::chat::bot::Tap;

/// A button without what is different at each look.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Shape(String);

impl Shape {
    pub fn of(tap: &Tap) -> Self {
        let mut extra = tap.extra.clone();
        if let Some(map) = extra.as_object_mut() {
            for passing in ["n", "v", "l", "t"] {
                map.remove(passing);
            }
            if let Some(draft) = map.remove("d") {
                map.insert("d".to_owned(), progress(&draft));
            }
            // A time that can be had is like another.
            if map.get("a").is_some_and(|kind| kind == "pick_up") {
                map.remove("at");
            }
        }
        Self(extra.to_string())
    }
}

/// Which options there are, and of how many groups something is chosen.
fn progress(draft: &Value) -> Value {
    let chosen = draft["c"].as_array().into_iter().flatten().filter(|group| *group != "");
    json!({"f": draft["f"], "chosen": chosen.count()})
}

/// What a button does.
pub fn kind(tap: &Tap) -> String {
    tap.extra["a"].as_str().unwrap_or_default().to_owned()
}

/// Whether it holds only as long as the order session stays as it is.
pub fn is_fleeting(tap: &Tap) -> bool {
    tap.extra.get("v").is_some()
}

/// How often one shape is worth tapping: what it leads to depends on the session beside it.
pub fn visits(tap: &Tap) -> usize {
    match kind(tap).as_str() {
        "line" => 12,
        "reserve" | "place" | "ask_request" => 6,
        _ if is_fleeting(tap) => 3,
        _ => 1,
    }
}

/// Buttons of one kind that are tapped at most: combinations of options have no end worth reaching.
pub fn most_of(kind: &str) -> usize {
    match kind {
        "choose" | "next" | "rechoose" | "options" | "add" => 90,
        "quantity" | "place" | "place_with_points" | "pick_up" | "order" | "repeat" => 40,
        "ask_cancel" | "cancel" | "receipt" | "received" => 20,
        _ => 1_500,
    }
}

/// What a customer types when a button asked for it; nonsense the first times, then an answer.
pub fn typed_after(tap: &Tap, visit: usize) -> &'static [&'static str] {
    match (kind(tap).as_str(), visit) {
        ("ask_phone" | "place" | "place_with_points", 1) => &["공일공", "😀😀😀", "010-0000-0001"],
        ("ask_request", 1) => &["덜 맵게 해 주세요 🌶️"],
        ("ask_request", 2) => &[NOISE, "주문서"],
        ("reserve", 2) => &["언젠가", "😀", "23:59", "30분 뒤"],
        ("ask_place", 1) => &["😀", "서울 어딘가", "홍대입구역"],
        ("line", 3) => &["0개", "100", "세 개쯤?", "2개"],
        _ => &[],
    }
}

/// Longer than any request may be.
const NOISE: &str = "문앞에두고벨은누르지마세요그리고젓가락은열개가필요해요왜냐하면열명이기때문이에요문앞에두고벨은누르지마세요그리고젓가락은열개가필요해요왜냐하면열명이기때문이에요\
    문앞에두고벨은누르지마세요그리고젓가락은열개가필요해요왜냐하면열명이기때문이에요문앞에두고벨은누르지마세요그리고젓가락은열개가필요해요왜냐하면열명이기때문이에요\
    문앞에두고벨은누르지마세요그리고젓가락은열개가필요해요왜냐하면열명이기때문이에요문앞에두고벨은누르지마세요그리고젓가락은열개가필요해요왜냐하면열명이기때문이에요";
