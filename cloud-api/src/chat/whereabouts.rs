//! Places inside of what Kakao sends. How a shared location reaches a skill is not documented: `sys.location` is a text, a location plugin
//! may send coordinates or an address to fetch them from. So whatever looks like a place is taken, and anything else is left alone.

use serde_json::Value;
use shared::search::Spot;

use super::payload::{Param, Payload};

/// How deep a structured parameter is looked through.
const MAX_DEPTH: usize = 4;
/// Digits after the point from which on a number is a coordinate rather than a price or a count.
const MIN_DECIMALS: usize = 3;

/// What was said about a place.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    At(Spot),
    Named(String),
}

/// The place that a parameter of the block holds.
pub fn shared(payload: &Payload) -> Option<Said> {
    let about_places = |name: &str| {
        let name = name.to_ascii_lowercase();
        ["location", "위치", "장소", "지역"].iter().any(|part| name.contains(part))
    };
    let params = payload.params().filter(|(name, _)| about_places(name));
    let mut said: Vec<Said> = params.filter_map(|(_, param)| read(param)).collect();
    let exact = said.iter().position(|said| matches!(said, Said::At(_))).unwrap_or(0);
    (exact < said.len()).then(|| said.swap_remove(exact))
}

fn read(param: &Param) -> Option<Said> {
    let value = match param {
        Param::Structured(value) => value.clone(),
        Param::Text(text) => match serde_json::from_str(text) {
            Ok(value @ (Value::Object(_) | Value::Array(_))) => value,
            Ok(_) | Err(_) => Value::String(text.clone()),
        },
    };
    in_value(&value, MAX_DEPTH).map(Said::At).or_else(|| named(&value).map(Said::Named))
}

fn in_value(value: &Value, depth: usize) -> Option<Spot> {
    let deeper = depth.checked_sub(1)?;
    match value {
        Value::Object(map) => {
            let number = |names: &[&str]| names.iter().find_map(|name| number(map.get(*name)?));
            let lat = number(&["latitude", "lat", "y"]);
            let lon = number(&["longitude", "lng", "lon", "long", "x"]);
            let here = lat.zip(lon).and_then(|(lat, lon)| Spot::in_korea(lat, lon));
            here.or_else(|| map.values().find_map(|value| in_value(value, deeper)))
        }
        Value::Array(all) => all.iter().find_map(|value| in_value(value, deeper)),
        Value::String(text) => in_text(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// A name or an address; an address of the web is none.
fn named(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.as_str(),
        Value::Object(map) => ["address", "road_address", "name", "value", "origin"]
            .iter()
            .find_map(|key| map.get(*key)?.as_str())?,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => return None,
    };
    (!text.trim().is_empty() && !text.contains("://")).then(|| text.trim().to_owned())
}

/// Coordinates in a text, such as a link that a map app shares: two neighbours among its numbers that lie in Korea, either way round.
pub fn in_text(text: &str) -> Option<Spot> {
    let numbers: Vec<Option<f64>> = text
        .split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (_, decimals) = part.split_once('.')?;
            (decimals.len() >= MIN_DECIMALS).then(|| part.parse().ok()).flatten()
        })
        .collect();
    numbers.windows(2).find_map(|pair| match pair {
        [Some(a), Some(b)] => Spot::in_korea(*a, *b).or_else(|| Spot::in_korea(*b, *a)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn payload(params: &Value) -> Payload {
        let body = json!({
            "bot": {"id": "b"}, "userRequest": {"user": {"id": "u"}, "utterance": "여기"}, "action": {"params": params}
        });
        Payload::parse(body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn takes_a_place_in_whatever_form() {
        let at = |lat, lon| Some(Said::At(Spot { lat, lon }));
        for (params, expected) in [
            (json!({"sys_location": "강남"}), Some(Said::Named("강남".to_owned()))),
            (json!({"location": r#"{"latitude": 37.5, "longitude": "127.02"}"#}), at(37.5, 127.02)),
            (json!({"location": {"coordinate": {"y": 37.5, "x": 127.02}}}), at(37.5, 127.02)),
            (
                json!({"위치": r#"{"address": "서울 마포구 와우산로21길"}"#}),
                Some(Said::Named("서울 마포구 와우산로21길".to_owned())),
            ),
            (json!({"location": "강남", "location2": {"lat": 37.5, "lng": 127.02}}), at(37.5, 127.02)),
            (json!({"location": "sys.location"}), None),
            (json!({"location": r#"{"otp": "https://talk-plugin.kakao.com/otp/abc/location"}"#}), None),
            (json!({"location": "https://talk-plugin.kakao.com/otp/abc/location"}), None),
            (json!({"location": {"lat": 52.5, "lng": 13.4}}), None),
            (json!({"quantity": "{\"amount\": 2}"}), None),
        ] {
            assert_eq!(shared(&payload(&params)), expected, "{params}");
        }
    }

    #[test]
    fn reads_links_of_map_apps_and_no_prices() {
        let here = Some(Spot { lat: 37.5563, lon: 126.9236 });
        for text in [
            "37.5563, 126.9236",
            "https://map.kakao.com/link/map/홍대,37.5563,126.9236",
            "https://maps.google.com/?q=37.5563,126.9236&z=3",
            "126.9236 37.5563",
        ] {
            assert_eq!(in_text(text), here, "{text}");
        }
        for text in ["3.5 127.1", "010-0000-0001", "37.5563", "아메리카노 2잔", "1.2.3.4", "37.5563 13.4050"]
        {
            assert_eq!(in_text(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,300}") {
            let _ = in_text(&text);
            let _ = shared(&payload(&json!({"location": text})));
        }
    }
}
