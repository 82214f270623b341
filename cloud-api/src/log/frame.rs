//! Frames of the event stream. Every frame has an `id:`, because a client that reconnects after one without forgets its place.

use std::collections::HashMap;

use bytes::Bytes;
use serde::Serialize;
use shared::id::{OrderId, StoreId};
use shared::log::{ChainHash, LogBody, Position, Subject};
use shared::order::OrderEvent;
use shared::wire::{Beat, Bye, LogFrame, Private, Reset};

use super::together;
use crate::app::App;
use crate::db::events::StoredEvent;
use crate::db::personal::OrderPrivate;

/// Digits of a phone number that staff may see.
const PHONE_DIGITS_SHOWN: usize = 4;

/// An event as it goes out, made once and shared by every connection that sends it.
#[derive(Debug)]
pub(super) struct Frame {
    pub epoch: i32,
    pub seq: i64,
    pub hash: ChainHash,
    /// The hash that it continues.
    pub previous: ChainHash,
    pub bytes: Bytes,
}

/// `event: log`.
pub(super) fn log(epoch: i32, previous: ChainHash, event: &StoredEvent, private: Option<Private>) -> Frame {
    let body = String::from_utf8_lossy(&event.body).into_owned();
    let position = Position::new(epoch, event.seq, &event.hash);
    let bytes = frame(&position, "log", &LogFrame { body, private });
    Frame { epoch, seq: event.seq, hash: event.hash, previous, bytes }
}

/// `event: beat`.
pub(super) fn beat(at: &Position, beat: &Beat) -> Bytes {
    frame(at, "beat", beat)
}

/// `event: reset`.
pub(super) fn reset(at: &Position, reset: &Reset) -> Bytes {
    frame(at, "reset", reset)
}

/// `event: bye`.
pub(super) fn bye(at: &Position, bye: &Bye) -> Bytes {
    frame(at, "bye", bye)
}

fn frame(id: &Position, event: &str, data: &impl Serialize) -> Bytes {
    let data = serde_json::to_string(data).expect("frames hold only strings and numbers, which JSON can say");
    Bytes::from(format!("id: {id}\nevent: {event}\ndata: {data}\n\n"))
}

/// The personal data that belongs beside these events: that of orders being placed.
pub async fn private(
    app: &App,
    store_id: StoreId,
    events: &[StoredEvent],
) -> Result<HashMap<i64, Private>, sqlx::Error> {
    let placed: Vec<(i64, OrderId)> =
        events.iter().filter_map(|event| Some((event.seq, placed_order(&event.body)?))).collect();
    if placed.is_empty() {
        return Ok(HashMap::new());
    }
    let orders = placed.iter().map(|(_, id)| *id).collect();
    let data = together::ask(app, together::Private { store_id, orders }).await?;
    Ok(placed.into_iter().filter_map(|(seq, id)| Some((seq, data.get(&id)?.into()))).collect())
}

fn placed_order(body: &[u8]) -> Option<OrderId> {
    match LogBody::parse(body).ok()?.subject {
        Subject::Order {
            order_id,
            event: OrderEvent::OrderPlaced { .. } | OrderEvent::OrderReserved { .. },
            ..
        } => Some(order_id),
        Subject::Order { .. } | Subject::Day(_) | Subject::Store(_) => None,
    }
}

impl From<&OrderPrivate> for Private {
    fn from(data: &OrderPrivate) -> Self {
        let last4 = |phone: &String| {
            let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
            digits[digits.len().saturating_sub(PHONE_DIGITS_SHOWN)..].iter().collect()
        };
        Self { request: data.request.clone(), phone_last4: data.phone.as_ref().map(last4) }
    }
}

#[cfg(test)]
mod tests {
    use shared::log::GENESIS;

    use super::*;

    #[test]
    fn a_frame_is_one_line_of_data_with_an_id() {
        let event = StoredEvent { seq: 7, body: "{\"a\":\"줄\\n바꿈\"}".into(), hash: GENESIS };
        let request = Some("첫 줄\n둘째 줄".to_owned());
        let text = log(3, GENESIS, &event, Some(Private { request, phone_last4: Some("0000".into()) })).bytes;
        let text = std::str::from_utf8(&text).unwrap();
        let lines: Vec<&str> = text.split('\n').collect();
        assert_eq!(lines.len(), 5, "{text}");
        assert_eq!(lines[0], "id: 3.7.0000000000000000");
        assert_eq!(lines[1], "event: log");
        let data: LogFrame = serde_json::from_str(lines[2].strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(data.body.as_bytes(), event.body);
    }

    #[test]
    fn shows_the_end_of_a_phone_number_only() {
        let data = OrderPrivate { request: None, phone: Some("010-0000-1234".into()) };
        assert_eq!(Private::from(&data).phone_last4.as_deref(), Some("1234"));
    }
}
