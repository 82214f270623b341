//! A fold of our own: what the JSON of a store's log makes of its orders, and whether such a life is possible.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::read::postgres::Event;

/// An order as the log tells it.
#[derive(Debug, Clone)]
pub struct Folded {
    pub version: i64,
    /// The phase with its data, as the orders' table keeps it.
    pub state: Map<String, Value>,
    pub number: i64,
    pub call_name: String,
    pub placed_at: i64,
    pub accept_by: i64,
    /// Paid for a later time: when it was, when the customer comes, when it has to begin, and when it did.
    pub reserved: Option<Reserved>,
    pub details: Value,
    pub has_request: bool,
    pub refunded: i64,
    /// Parts that the store gave back while the order went on, in won; with the version and the time of each promise.
    pub promised: i64,
    pub promises: Vec<Promise>,
    pub conflict: Option<String>,
    pub day: Uuid,
    /// When its last event was decided.
    pub changed_at: i64,
    /// What the customer is due when it ended early: the won that its end promised, and by which event.
    pub ended: Option<Ended>,
    pub handed_over_at: Option<i64>,
    pub completed_at: Option<i64>,
    pub accepted_at: Option<i64>,
    /// Refunds that the log reports, in won.
    pub refunds: Vec<i64>,
}

/// How an order was reserved.
#[derive(Debug, Clone, Copy)]
pub struct Reserved {
    pub at: i64,
    pub pick_up_at: i64,
    pub fires_at: i64,
    pub fired_at: Option<i64>,
}

/// A part that the store gives back.
#[derive(Debug, Clone, Copy)]
pub struct Promise {
    pub version: i64,
    pub at: i64,
    pub amount: i64,
}

/// How an order ended early.
#[derive(Debug, Clone)]
pub struct Ended {
    pub at: i64,
    pub kind: String,
    pub reason: String,
    pub refund: i64,
}

impl Folded {
    pub fn phase(&self) -> &str {
        self.state.get("state").and_then(Value::as_str).unwrap_or_default()
    }

    pub fn total(&self) -> i64 {
        self.details["total"].as_i64().unwrap_or(i64::MIN)
    }

    /// The order as a snapshot or a checkpoint writes it.
    pub fn as_order(&self, id: Uuid) -> Value {
        let mut order = json!({
            "id": id.to_string(), "version": self.version, "details": self.details,
            "ticket": {"number": self.number, "call_name": self.call_name, "placed_at": self.placed_at},
            "has_request": self.has_request, "refunded": self.refunded, "conflict": self.conflict,
        });
        if let Some(fields) = order.as_object_mut() {
            if let Some(reserved) = self.reserved {
                fields.insert("pick_up_at".to_owned(), json!(reserved.pick_up_at));
            }
            if self.promised > 0 {
                fields.insert("refund_promised".to_owned(), json!(self.promised));
            }
            fields.extend(self.state.clone());
        }
        order
    }
}

pub type Orders = BTreeMap<Uuid, Folded>;

/// From which phases an event leads on.
fn allowed_after(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "reservation_fired" => &["reserved"],
        "order_accepted" => &["placed"],
        "cooking_started" => &["accepted"],
        "order_ready" => &["cooking"],
        "order_handed_over" => &["ready"],
        "order_completed" => &["handed_over"],
        "order_rejected" => &["placed"],
        "order_cancelled" => &["reserved", "placed", "accepted", "cooking", "ready", "handed_over"],
        "conflict_raised" | "conflict_settled" => &["rejected", "cancelled"],
        "refund_promised" => {
            &["reserved", "placed", "accepted", "cooking", "ready", "handed_over", "completed"]
        }
        "refund_completed" => &[
            "reserved",
            "placed",
            "accepted",
            "cooking",
            "ready",
            "handed_over",
            "completed",
            "rejected",
            "cancelled",
        ],
        _ => return None,
    })
}

/// The newest body version whose kinds are all known here.
const KNOWN_VERSION: i16 = 1;

/// Applies one event. `Err` says in words why such an event cannot be.
pub fn apply(orders: &mut Orders, event: &Event) -> Result<(), String> {
    let Some(id) = event.row.order_id else { return store_event(event) };
    let kind = event.text("kind");
    let version = event.number("order_version");
    if ["order_placed", "order_reserved"].contains(&kind) {
        let placed = placed(event)?;
        return match orders.insert(id, placed) {
            None if version == 1 => Ok(()),
            None => Err(format!("it is placed as version {version}")),
            Some(_) => Err("it is placed a second time".to_owned()),
        };
    }
    let Some(order) = orders.get_mut(&id) else {
        return Err(format!("{kind} comes before it was placed"));
    };
    let Some(allowed) = allowed_after(kind) else {
        // A newer server may say things that nobody here understands; the order's version counts them.
        order.version = version;
        return if event.row.v > KNOWN_VERSION { Ok(()) } else { Err(format!("there is no event {kind}")) };
    };
    let before = (order.phase().to_owned(), order.version);
    change(order, kind, event);
    order.version = version;
    order.changed_at = event.number("at");
    if version != before.1 + 1 {
        return Err(format!("{kind} makes version {version} of version {}", before.1));
    }
    if !allowed.contains(&before.0.as_str()) {
        return Err(format!("{kind} of an order that is {}", before.0));
    }
    if order.promised > order.total() {
        return Err(format!("{} won are promised of {}", order.promised, order.total()));
    }
    if order.refunded > order.total() {
        return Err(format!("{} won are given back of {}", order.refunded, order.total()));
    }
    Ok(())
}

fn store_event(event: &Event) -> Result<(), String> {
    match event.text("kind") {
        "menu_changed" | "menu_edited" | "sold_out" | "back_on_sale" | "stock_set" | "schedule_set" => Ok(()),
        kind if crate::days::KINDS.contains(&kind) => Ok(()),
        _ if event.row.v > KNOWN_VERSION => Ok(()),
        other => Err(format!("there is no event {other:?} of a store")),
    }
}

fn placed(event: &Event) -> Result<Folded, String> {
    let details = event.body["details"].clone();
    let lines = details["lines"].as_array().ok_or("it is placed without lines")?;
    let sum: i64 = lines.iter().filter_map(|line| line["amount"].as_i64()).sum();
    let later = event.text("kind") == "order_reserved";
    let field = |name: &str| (name.to_owned(), event.body[name].clone());
    let state: Map<String, Value> = if later {
        [("state".to_owned(), json!("reserved")), field("fires_at")].into_iter().collect()
    } else {
        [("state".to_owned(), json!("placed")), field("accept_by")].into_iter().collect()
    };
    let placed_at = event.number(if later { "reserved_at" } else { "placed_at" });
    let reserved = later.then(|| Reserved {
        at: placed_at,
        pick_up_at: event.number("pick_up_at"),
        fires_at: event.number("fires_at"),
        fired_at: None,
    });
    let folded = Folded {
        version: 1,
        state,
        reserved,
        number: event.number("number"),
        call_name: event.text("call_name").to_owned(),
        placed_at,
        accept_by: event.number("accept_by"),
        has_request: event.body["has_request"] == true,
        details,
        refunded: 0,
        promised: 0,
        promises: Vec::new(),
        conflict: None,
        day: event.row.day_id,
        changed_at: event.number("at"),
        ended: None,
        handed_over_at: None,
        completed_at: None,
        accepted_at: None,
        refunds: Vec::new(),
    };
    // Absent where points pay nothing.
    let points = folded.details["points"].as_i64().unwrap_or(0);
    if sum != folded.total().saturating_add(points) {
        Err(format!("its lines cost {sum} won, its total is {} and {points} points", folded.total()))
    } else {
        Ok(folded)
    }
}

fn change(order: &mut Folded, kind: &str, event: &Event) {
    let field = |name: &str| event.body[name].clone();
    let mut become_ = |name: &str, fields: &[(&str, Value)]| {
        order.state = Map::from_iter([("state".to_owned(), json!(name))]);
        order.state.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    };
    match kind {
        "reservation_fired" => {
            become_("placed", &[("accept_by", field("accept_by"))]);
            // From here on it is as old as any other order.
            order.placed_at = event.number("fired_at");
            order.accept_by = event.number("accept_by");
            if let Some(reserved) = &mut order.reserved {
                reserved.fired_at = Some(event.number("fired_at"));
            }
        }
        "order_accepted" => {
            become_("accepted", &[("prep_minutes", field("prep_minutes")), ("ready_by", field("ready_by"))]);
            order.accepted_at = Some(event.number("at"));
        }
        "cooking_started" => {
            become_("cooking", &[("ready_by", field("ready_by")), ("since", field("started_at"))]);
        }
        "order_ready" => become_("ready", &[("since", field("ready_at"))]),
        "order_handed_over" => {
            become_("handed_over", &[("at", field("handed_over_at"))]);
            order.handed_over_at = Some(event.number("handed_over_at"));
        }
        "order_completed" => {
            become_("completed", &[("at", field("completed_at"))]);
            order.completed_at = Some(event.number("completed_at"));
        }
        "order_rejected" | "order_cancelled" => {
            let name = kind.trim_start_matches("order_");
            become_(name, &[("at", field(&format!("{name}_at"))), ("reason", field("reason"))]);
            order.ended = Some(Ended {
                at: event.number("at"),
                kind: kind.to_owned(),
                reason: event.text("reason").to_owned(),
                refund: event.number("refund"),
            });
        }
        "refund_completed" => {
            order.refunded = order.refunded.saturating_add(event.number("amount"));
            order.refunds.push(event.number("amount"));
        }
        "refund_promised" => {
            let amount = event.number("amount");
            order.promised = order.promised.saturating_add(amount);
            let (version, at) = (event.number("order_version"), event.number("at"));
            order.promises.push(Promise { version, at, amount });
        }
        "conflict_settled" => order.conflict = None,
        "conflict_raised" => order.conflict = event.body["conflict"].as_str().map(str::to_owned),
        _ => {}
    }
}
