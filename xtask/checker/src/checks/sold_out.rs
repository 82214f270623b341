//! I4: what is sold out is what the log says, as long as it lasts.

use std::collections::BTreeMap;

use chrono::Duration;
use serde_json::Value;
use uuid::Uuid;

use crate::findings::{At, Findings};
use crate::read::postgres::Database;
use crate::report::Invariant::I4;

/// Clocks of one machine, and the look that takes a mark away.
const CLOCKS: Duration = Duration::seconds(5);

/// Group and key; an item has no group.
type Key = (String, String);
/// A mark as its row has it: how it ends, until when, since when.
type Mark = (String, Option<i64>, i64);

pub fn check(db: &Database, findings: &mut Findings) {
    for store in db.stores.keys() {
        let (marks, named) = fold(db, *store);
        let at = At::store(*store);
        let rows = || db.sold_out.iter().filter(|row| row.store_id == *store);
        for row in rows() {
            let key = (row.group_key.clone(), row.key.clone());
            let found: Mark = (
                row.ends.clone(),
                row.until_at.map(|at| at.timestamp_millis()),
                row.since.timestamp_millis(),
            );
            match marks.get(&key) {
                Some(mark) => findings.demand(*mark == found, I4, at, || {
                    format!("{key:?} is sold out as {found:?}, the log says {mark:?}")
                }),
                // A menu that was imported may have brought it; once the log names it, the log says how it is.
                None => {
                    let ended = row.until_at.is_some_and(|until| until <= db.now + CLOCKS);
                    findings.demand(ended || (row.ends == "manual" && !named.contains(&key)), I4, at, || {
                        format!("{key:?} is sold out, the log does not say so")
                    });
                }
            }
        }
        for (key, (ends, until, _)) in &marks {
            let over = until.is_some_and(|until| until <= db.now.timestamp_millis());
            let there = rows().any(|row| (&row.group_key, &row.key) == (&key.0, &key.1));
            findings.demand(there || over, I4, at, || format!("{key:?} is sold out ({ends}) and has no row"));
        }
    }
}

/// The marks that stand, and everything that was ever named.
fn fold(db: &Database, store: Uuid) -> (BTreeMap<Key, Mark>, Vec<Key>) {
    let mut marks = BTreeMap::new();
    let mut named = Vec::new();
    for event in db.events_of(store) {
        match event.text("kind") {
            "sold_out" => {
                let key = key_of(&event.body["what"]);
                let (ends, until) = until_of(&event.body["until"]);
                marks.insert(key.clone(), (ends, until, event.number("sold_out_at")));
                named.push(key);
            }
            "back_on_sale" => {
                let key = key_of(&event.body["what"]);
                marks.remove(&key);
                named.push(key);
            }
            "day_closed" => marks.retain(|_, (ends, until, _): &mut Mark| {
                ends != "end_of_day" && until.is_none_or(|until| until > event.number("closed_at"))
            }),
            _ => {}
        }
    }
    (marks, named)
}

fn key_of(what: &Value) -> Key {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match what.get("item") {
        Some(item) => (String::new(), text(item)),
        None => (text(&what["option"]["group"]), text(&what["option"]["option"])),
    }
}

fn until_of(until: &Value) -> (String, Option<i64>) {
    match until.as_str() {
        Some(name) => (name.to_owned(), None),
        None => ("at".to_owned(), until["at"].as_i64()),
    }
}
