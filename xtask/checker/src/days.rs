//! A fold of business days of our own: what the JSON of a store's log makes of a day, as its row keeps it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::read::postgres::Event;

/// Every event of a day.
pub const KINDS: [&str; 9] = [
    "day_prepared",
    "day_opened",
    "break_started",
    "break_ended",
    "busy_set",
    "closing_started",
    "closing_resumed",
    "day_cut",
    "day_closed",
];

/// A day as the log tells it.
#[derive(Debug, Clone)]
pub struct FoldedDay {
    pub first_seq: i64,
    pub prepared_at: i64,
    pub opened_at: Option<i64>,
    busy: Option<Value>,
    /// The phase with its data.
    phase: Map<String, Value>,
    /// The newest cut: its event, the event it names and its time.
    pub cut: Option<Cut>,
    /// What the end says.
    pub closed: Option<Value>,
}

#[derive(Debug, Clone, Copy)]
pub struct Cut {
    pub seq: i64,
    pub upto_seq: i64,
    pub at: i64,
}

pub type Days = BTreeMap<Uuid, FoldedDay>;

impl FoldedDay {
    pub fn state(&self) -> &str {
        self.phase.get("state").and_then(Value::as_str).unwrap_or_default()
    }

    /// When its row says that it was opened: when it began, until it first took orders.
    pub fn row_opened_at(&self) -> i64 {
        self.opened_at.unwrap_or(self.prepared_at)
    }

    pub fn closed_at(&self) -> Option<i64> {
        self.closed.as_ref().and_then(|closed| closed["closed_at"].as_i64())
    }

    /// As its row and a snapshot write it.
    pub fn as_day(&self, id: Uuid) -> Value {
        let mut day = json!({"day_id": id.to_string(), "prepared_at": self.prepared_at});
        if let Some(fields) = day.as_object_mut() {
            fields.extend(self.phase.clone());
            if let Some(opened) = self.opened_at {
                fields.insert("opened_at".to_owned(), json!(opened));
            }
            if let Some(busy) = &self.busy {
                fields.insert("busy".to_owned(), busy.clone());
            }
        }
        day
    }
}

/// Folds the days of one store up to an event.
pub fn fold(events: &[Event], upto: i64) -> Days {
    let mut days = Days::new();
    for event in events.iter().take_while(|event| event.row.seq <= upto) {
        if KINDS.contains(&event.text("kind")) {
            apply(&mut days, event);
        }
    }
    days
}

fn apply(days: &mut Days, event: &Event) {
    let kind = event.text("kind");
    let time = |name: &str| event.body[name].as_i64();
    let began = ["prepared_at", "opened_at", "started_at", "ended_at", "set_at", "closing_at", "resumed_at"];
    let at = began.iter().find_map(|name| time(name)).unwrap_or_else(|| event.number("at"));
    let day = days.entry(event.row.day_id).or_insert_with(|| FoldedDay {
        first_seq: event.row.seq,
        prepared_at: at,
        opened_at: None,
        busy: None,
        phase: phase("preparing", &[]),
        cut: None,
        closed: None,
    });
    let field = |name: &str| event.body.get(name).cloned();
    match kind {
        "day_prepared" => {
            day.prepared_at = at;
            day.phase = phase("preparing", &[]);
        }
        "day_opened" => {
            day.opened_at = Some(at);
            day.phase = phase("open", &[("since", Some(json!(at)))]);
        }
        "break_started" => {
            let fields = [("since", Some(json!(at))), ("until", field("until")), ("cause", field("cause"))];
            day.phase = phase("on_break", &fields);
        }
        "break_ended" | "closing_resumed" => day.phase = phase("open", &[("since", Some(json!(at)))]),
        "busy_set" => {
            let minutes = field("extra_minutes").filter(|minutes| *minutes != 0);
            day.busy = minutes.map(|minutes| {
                let busy = [("extra_minutes", Some(minutes)), ("until", field("until"))];
                Value::Object(present(&busy))
            });
        }
        "closing_started" => day.phase = phase("closing", &[("since", Some(json!(at)))]),
        "day_cut" => {
            let since = day.phase.get("since").cloned();
            day.phase = phase("closing", &[("since", since), ("cut", field("upto_seq"))]);
            let (upto_seq, at) = (event.number("upto_seq"), event.number("cut_at"));
            day.cut = Some(Cut { seq: event.row.seq, upto_seq, at });
        }
        "day_closed" => {
            day.phase = phase("closed", &[("at", field("closed_at"))]);
            day.closed = Some(event.body.clone());
        }
        _ => {}
    }
}

fn phase(name: &str, fields: &[(&str, Option<Value>)]) -> Map<String, Value> {
    let mut phase = Map::from_iter([("state".to_owned(), json!(name))]);
    phase.extend(present(fields));
    phase
}

fn present(fields: &[(&str, Option<Value>)]) -> Map<String, Value> {
    let there = fields.iter().filter_map(|(name, value)| Some(((*name).to_owned(), value.clone()?)));
    there.collect()
}
