//! I6: what customers are told is what the log says, each thing once. I7: nothing waits to be told.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::findings::{At, Findings, shown};
use crate::fold::{Folded, Orders};
use crate::read::books::{Books, Message};
use crate::read::postgres::{Database, Event};
use crate::read::rows::Notification;
use crate::report::Invariant::{I6, I7};

/// Clocks of one machine.
const CLOCKS_MS: i64 = 5_000;
/// Added when it is sent; it carries a secret and is kept nowhere.
const LINK: &str = "주문주소";

/// What an event makes the customer hear.
struct Due {
    at: i64,
    variables: Vec<(&'static str, String)>,
}

type Key = (Uuid, String, i64);

/// Messages that time makes: an order waits and nobody answers it. The first goes to the customer.
const UNANSWERED: [&str; 3] = ["SO_PARKED", "SO_OWNER_CALL", "SO_OWNER_CALL_2"];
/// Messages about a day, to its owner.
const DAYS: [&str; 2] = ["SO_DAY_FORGOTTEN", "SO_DAY_CLOSED"];
/// To a customer who wanted to hear when KakaoPay works again.
const WISH: &str = "SO_PAY_AGAIN";
/// No order is waited for before this.
const PARKED_AFTER_MS: i64 = 15_000;

fn at(row: &Notification) -> At {
    row.order_id.map_or(At::store(row.store_id), |order| At::order(row.store_id, order))
}

pub fn check(db: &Database, folded: &Orders, books: Option<&Books>, findings: &mut Findings) {
    let mut due = due(db, folded);
    for row in &db.notifications {
        itself(db, row, findings);
        let at = at(row);
        let Some(order) = row.order_id else {
            if row.wish_id.is_none() {
                about_day(db, row, findings);
            }
            continue;
        };
        let key = (order, row.template.clone(), i64::from(row.order_version));
        match due.remove(&key) {
            Some(due) => content(row, &due, at, findings),
            None if UNANSWERED.contains(&row.template.as_str()) => unanswered(folded, row, order, findings),
            None => late(folded, row, order, findings),
        }
        dropped(folded, row, order, findings);
    }
    for (order, template, version) in due.into_keys() {
        let at = db.orders.get(&order).map_or(At::nowhere(), |row| At::order(row.store_id, order));
        findings.add(I6, at, format!("no message {template} about version {version}"));
    }
    if let Some(books) = books {
        sent(db, books, findings);
    }
}

fn due(db: &Database, folded: &Orders) -> BTreeMap<Key, Due> {
    let mut due = BTreeMap::new();
    for event in db.events.values().flatten() {
        let Some((id, order)) = event.row.order_id.and_then(|id| Some((id, folded.get(&id)?))) else {
            continue;
        };
        if let Some((template, variables)) = told(event, order) {
            let key = (id, template.to_owned(), event.number("order_version"));
            due.insert(key, Due { at: event.number("at"), variables });
        }
    }
    due
}

/// The template of an event with the values that the log gives.
fn told(event: &Event, order: &Folded) -> Option<(&'static str, Vec<(&'static str, String)>)> {
    let number = ("주문번호", format!("{}번 ({})", order.number, order.call_name));
    let refund = || ("환불금액", won(event.number("refund")));
    Some(match event.text("kind") {
        "order_placed" => {
            let (total, until) = (won(order.total()), clock(event.number("accept_by")));
            (
                "SO_PLACED",
                vec![number, ("주문내역", summary(order)), ("결제금액", total), ("자동취소시각", until)],
            )
        }
        "order_reserved" => {
            let times = [
                ("예약시각", clock(event.number("pick_up_at"))),
                ("전달시각", clock(event.number("fires_at"))),
            ];
            let order = [number, ("주문내역", summary(order)), ("결제금액", won(order.total()))];
            ("SO_RESERVED", order.into_iter().chain(times).collect())
        }
        "reservation_fired" => {
            let until = ("자동취소시각", clock(event.number("accept_by")));
            let comes = order.reserved.map(|reserved| clock(reserved.pick_up_at)).unwrap_or_default();
            ("SO_RESERVATION_DUE", vec![number, ("예약시각", comes), until])
        }
        "order_accepted" => {
            let minutes = event.number("prep_minutes").to_string();
            ("SO_ACCEPTED", vec![number, ("예상시각", clock(event.number("ready_by"))), ("예상분", minutes)])
        }
        "order_ready" => ("SO_READY", vec![number, ("호출명", order.call_name.clone())]),
        "order_rejected" => ("SO_REJECTED", vec![number, refund()]),
        "order_cancelled" => ("SO_CANCELLED", vec![number, refund()]),
        _ => return None,
    })
}

fn won(amount: i64) -> String {
    let digits = amount.to_string();
    let mut text = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + "원"
}

fn clock(ms: i64) -> String {
    let minutes = ms.div_euclid(60_000) + 9 * 60;
    format!("{:02}:{:02}", minutes.div_euclid(60).rem_euclid(24), minutes.rem_euclid(60))
}

fn summary(order: &Folded) -> String {
    let lines = order.details["lines"].as_array().map_or(&[][..], Vec::as_slice);
    let Some((first, rest)) = lines.split_first() else { return String::new() };
    let name = first["name"].as_str().unwrap_or_default();
    if rest.is_empty() {
        format!("{name} {}개", first["quantity"])
    } else {
        format!("{name} 외 {}건", rest.len())
    }
}

fn itself(db: &Database, row: &Notification, findings: &mut Findings) {
    let at = at(row);
    let id = row.notification_id;
    let mut say = |holds: bool, what: String| {
        findings.demand(holds, I6, at, || format!("message {id} ({}): {what}", row.template))
    };
    if let Some(order) = row.order_id {
        let order = db.orders.get(&order);
        say(order.is_some_and(|order| order.store_id == row.store_id), "its order is not there".to_owned());
        say(
            order.is_none_or(|order| Some(order.customer_id) == row.customer_id),
            format!("it goes to the customer {}", shown(row.customer_id)),
        );
    }
    let to_owner = row.template.starts_with("SO_OWNER") || DAYS.contains(&row.template.as_str());
    let recipient = if to_owner { "owner" } else { "customer" };
    say(
        row.recipient.is_empty() || row.recipient == recipient,
        format!("it goes to the {}, it is for the {recipient}", row.recipient),
    );
    // A message is about one thing.
    let things = [row.order_id, row.day_id, row.wish_id].into_iter().flatten().count();
    say(things == 1, format!("it is about {things} things"));
    say((row.wish_id.is_some()) == (row.template == WISH), "it is about a wish or not".to_owned());
    say(
        row.order_id.is_none() == (row.day_id.is_some() || row.wish_id.is_some()),
        format!("it names the day {}", shown(row.day_id)),
    );
    say(row.fence == i64::from(row.tries), format!("{} tries under fence {}", row.tries, row.fence));
    let over = ["sent", "dropped", "failed", "shed"].contains(&row.state.as_str());
    if over {
        let rests = row.next_try_at.is_none() && row.lease_until.is_none();
        // One that was given up for lack of time may never have been tried.
        say(rests && (row.tries >= 1 || row.state == "shed"), format!("it is {} and not at rest", row.state));
        say(
            (row.state == "sent") == row.result.is_none(),
            format!("it is {} with {:?}", row.state, row.result),
        );
    }
    say(
        over == row.finished_at.is_some(),
        format!("it is {} and finished_at is {:?}", row.state, row.finished_at),
    );
    say(
        row.state != "shed" || SHEDDABLE.contains(&row.template.as_str()),
        "it was given up though it is about money".to_owned(),
    );
    if let Some(finished) = row.finished_at {
        let in_order = finished - row.created_at >= -chrono::TimeDelta::milliseconds(CLOCKS_MS)
            && db.now - finished >= -chrono::TimeDelta::milliseconds(CLOCKS_MS);
        say(in_order, format!("it was made at {} and finished at {finished}", row.created_at));
    }
    say(
        row.state == "sent" || row.request_id.is_none(),
        format!("it is {} and has the receipt {:?}", row.state, row.request_id),
    );
    // Kakao told us its number unless it knew the message from a try before.
    say(
        row.state != "sent" || row.request_id.is_some() || row.tries > 1,
        "it is sent without a receipt".to_owned(),
    );
}

fn content(row: &Notification, due: &Due, at: At, findings: &mut Findings) {
    let id = row.notification_id;
    findings.same(I6, at, &format!("message {id}: its birth"), &due.at, &row.created_at.timestamp_millis());
    for (name, value) in &due.variables {
        let said = row.variables[*name].as_str().unwrap_or("nothing");
        findings.demand(said == value, I6, at, || {
            format!("message {id} says {name} = {said:?}, the log says {value:?}")
        });
    }
}

/// An order waits: it was placed a while before, and is told by its number.
fn unanswered(folded: &Orders, row: &Notification, order: Uuid, findings: &mut Findings) {
    let (at, id) = (at(row), row.notification_id);
    let Some(said) = folded.get(&order) else {
        return findings.add(I6, at, format!("message {id} is about an order that was never placed"));
    };
    let waited = row.created_at.timestamp_millis() - said.placed_at;
    let over = said.accepted_at.or(said.ended.as_ref().map(|ended| ended.at)).unwrap_or(i64::MAX);
    let in_time =
        waited >= PARKED_AFTER_MS - CLOCKS_MS && row.created_at.timestamp_millis() <= over + CLOCKS_MS;
    findings.demand(in_time, I6, at, || format!("message {id} came {waited} ms after the order"));
    let number = format!("{}번 ({})", said.number, said.call_name);
    findings.demand(row.variables["주문번호"] == number, I6, at, || {
        format!("message {id} says {}, the order is {number}", row.variables["주문번호"])
    });
    // Once placed; a reservation was one event more before it fired.
    let placed = if said.reserved.is_some() { 2 } else { 1 };
    findings.demand(row.order_version == placed, I6, at, || {
        format!("message {id} is about version {}", row.order_version)
    });
}

/// A day that was forgotten or closed; what its closing came to is the log's.
fn about_day(db: &Database, row: &Notification, findings: &mut Findings) {
    let (at, id) = (at(row), row.notification_id);
    let known = db.days.iter().any(|day| day.store_id == row.store_id && Some(day.day_id) == row.day_id);
    let right = known && DAYS.contains(&row.template.as_str()) && row.order_version == 0;
    findings.demand(right, I6, at, || {
        format!("message {id} ({}) about the day {}: nothing says so", row.template, shown(row.day_id))
    });
    if row.template != "SO_DAY_CLOSED" {
        return;
    }
    let mut events = db.events_of(row.store_id).iter();
    let closed =
        events.find(|event| event.text("kind") == "day_closed" && Some(event.row.day_id) == row.day_id);
    let Some(closed) = closed else {
        return findings.add(I6, at, format!("message {id} is about a day that did not end"));
    };
    let totals = &closed.body["totals"];
    let number = |name: &str| totals[name].as_i64().unwrap_or(i64::MIN);
    let rows = [
        ("주문수", number("orders").to_string()),
        ("취소수", (number("rejected") + number("cancelled")).to_string()),
        ("매출", won(number("captured") - number("refunded"))),
        ("확인값", closed.text("head_hash").chars().take(16).collect()),
    ];
    for (name, value) in rows {
        let said = row.variables[name].as_str().unwrap_or("nothing");
        findings.demand(said == value, I6, at, || {
            format!("message {id} says {name} = {said:?}, the log says {value:?}")
        });
    }
    let off = row.created_at.timestamp_millis() - closed.number("at");
    findings
        .demand(off.abs() <= CLOCKS_MS, I6, at, || format!("message {id} was made {off} ms after the close"));
}

/// The one message that no event makes: money came for an order that was over before it was placed.
fn late(folded: &Orders, row: &Notification, order: Uuid, findings: &mut Findings) {
    let about_late_money = row.template == "SO_CANCELLED" && !folded.contains_key(&order);
    findings.demand(about_late_money, I6, at(row), || {
        format!(
            "message {} ({}) about version {}: no event says so",
            row.notification_id, row.template, row.order_version
        )
    });
}

/// Templates that may be given up when too many messages are due: none of them is about money.
const SHEDDABLE: [&str; 7] =
    ["SO_READY", "SO_DAY_FORGOTTEN", "SO_ACCEPTED", "SO_RESERVATION_DUE", "SO_PARKED", "SO_DAY_CLOSED", WISH];

/// A message is dropped only when it stopped being true.
fn dropped(folded: &Orders, row: &Notification, order: Uuid, findings: &mut Findings) {
    let moved_on = folded.get(&order).is_some_and(|order| order.version > i64::from(row.order_version));
    findings.demand(row.state != "dropped" || moved_on, I6, at(row), || {
        format!("message {} ({}) was dropped though it is still true", row.notification_id, row.template)
    });
}

fn sent(db: &Database, books: &Books, findings: &mut Findings) {
    let mut received: HashMap<&str, Vec<&Message>> = HashMap::new();
    for message in &books.messages.messages {
        let key = message.idempotency_key.as_deref().unwrap_or_default();
        received.entry(key).or_default().push(message);
    }
    let rooms: HashMap<&str, &str> = books
        .customers
        .customers
        .iter()
        .map(|person| (person.id.as_str(), person.user_key.as_str()))
        .collect();
    for row in &db.notifications {
        let at = at(row);
        let messages = received.remove(row.notification_id.to_string().as_str()).unwrap_or_default();
        let id = row.notification_id;
        findings.demand(messages.len() <= 1, I6, at, || {
            format!("message {id} ({}) reached the customer {} times", row.template, messages.len())
        });
        findings.demand(row.state != "sent" || !messages.is_empty(), I6, at, || {
            format!("message {id} ({}) is sent, and Kakao never got it", row.template)
        });
        // One that is on its way is no contradiction; one that was given up may have arrived by an earlier try.
        findings.demand(row.tries > 0 || messages.is_empty(), I6, at, || {
            format!("message {id} arrived and was never tried")
        });
        for message in messages {
            one(db, row, message, &rooms, at, findings);
        }
    }
    for messages in received.into_values() {
        for message in messages {
            findings.add(
                I6,
                At::nowhere(),
                format!("Kakao got a message {} that nobody wrote down", message.template),
            );
        }
    }
}

fn one(
    db: &Database,
    row: &Notification,
    message: &Message,
    rooms: &HashMap<&str, &str>,
    at: At,
    findings: &mut Findings,
) {
    let id = row.notification_id;
    findings.same(
        I6,
        at,
        &format!("message {id}: the template that arrived"),
        &row.template,
        &message.template,
    );
    let mut arrived: Map<String, Value> = message.variables.as_object().cloned().unwrap_or_default();
    arrived.remove(LINK);
    let arrived = Value::Object(arrived);
    findings.demand(arrived == row.variables, I6, at, || {
        format!("message {id} says {}, what arrived said {arrived}", row.variables)
    });
    if let Some(receipt) = &row.request_id {
        findings.same(I6, at, &format!("message {id}: the receipt"), &message.request_id, receipt);
    }
    let customer = row.customer_id.and_then(|customer| db.customers.get(&customer));
    let key = customer.map(|customer| customer.user_key.as_str());
    let room = message.customer.as_deref().and_then(|room| rooms.get(room).copied());
    // An owner's phone is nobody's room, unless an owner is a customer too.
    let is_owners = row.recipient == "owner";
    findings.demand(is_owners || room.is_none() || room == key, I6, at, || {
        format!("message {id} reached the customer {}", shown(message.customer.as_ref()))
    });
}

/// I7: messages that still have to be sent, or never could be.
pub fn waiting(db: &Database, findings: &mut Findings) {
    for row in
        db.notifications.iter().filter(|row| ["pending", "sending", "failed"].contains(&row.state.as_str()))
    {
        let why = row.result.as_deref().unwrap_or("nothing said why");
        findings.add(I7, at(row), format!("message {} is {}: {why}", row.template, row.state));
    }
}
