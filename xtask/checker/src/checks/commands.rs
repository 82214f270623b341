//! I5: a command has one effect and one answer for ever, and none that a counter was given is lost.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;
use uuid::Uuid;

use crate::chain;
use crate::findings::{At, Findings, shown};
use crate::read::journal::{Given, Journal};
use crate::read::postgres::{Database, Event};
use crate::read::rows::Command;
use crate::report::Invariant::{I5, I7};

/// Between the command's claim and its effect, in one transaction; a stopped process may stretch that.
const LONGEST_MS: i64 = 10 * 60 * 1_000;
/// Clocks of one machine.
const CLOCKS_MS: i64 = 5_000;
/// Refusals that the server does not keep: another try may find another server, or another number.
const NOT_KEPT: [&str; 7] = [
    // A person took it back before it was sent.
    "withdrawn",
    "unknown_command",
    "command_malformed",
    "command_key_reused",
    "device_number_reused",
    "bad_request",
    "body_too_large",
];

/// A place in the log, as an answer names it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Position {
    epoch: i64,
    seq: i64,
    hash8: String,
}

fn position(answer: &Value) -> Option<Position> {
    let mut parts = answer["position"].as_str()?.split('.');
    let (epoch, seq, hash8) = (parts.next()?, parts.next()?, parts.next()?);
    let position = Position { epoch: epoch.parse().ok()?, seq: seq.parse().ok()?, hash8: hash8.to_owned() };
    parts.next().is_none().then_some(position)
}

pub fn check(db: &Database, journals: &[Journal], findings: &mut Findings) {
    numbers(db, findings);
    let mut claimed: HashMap<(Uuid, i64), Vec<&Command>> = HashMap::new();
    for command in &db.commands {
        if let Some(seq) = answered(db, command, findings) {
            claimed.entry((command.store_id, seq)).or_default().push(command);
        }
    }
    effects(db, &claimed, findings);
    let known: HashMap<(Uuid, Uuid), &Command> =
        db.commands.iter().map(|command| ((command.store_id, command.key), command)).collect();
    for journal in journals {
        let Some(store) = journal.store else { continue };
        forgotten(db, store, journal, findings);
        for given in &journal.commands {
            let key = given.key.parse().ok();
            let kept = key.and_then(|key| known.get(&(store, key)).copied());
            Journaled { journal, store, given, kept, findings }.check();
        }
    }
}

/// A device counts its commands: no number twice in one life of its journal.
fn numbers(db: &Database, findings: &mut Findings) {
    let mut used: BTreeMap<(Uuid, Uuid, Option<&str>, i64), Uuid> = BTreeMap::new();
    for command in &db.commands {
        let number =
            (command.store_id, command.device_id, command.incarnation.as_deref(), command.device_seq);
        if let Some(other) = used.insert(number, command.key) {
            let what = format!(
                "device {} gave the commands {other} and {} the same number {}",
                command.device_id, command.key, command.device_seq
            );
            findings.add(I5, At::store(command.store_id), what);
        }
        let device = db
            .devices
            .iter()
            .any(|device| device.store_id == command.store_id && device.device_id == command.device_id);
        findings.demand(device, I5, At::store(command.store_id), || {
            format!("command {} is of the device {}, which is not there", command.key, command.device_id)
        });
    }
}

/// Checks the stored answer by itself; the event that it claims to have made.
fn answered(db: &Database, command: &Command, findings: &mut Findings) -> Option<i64> {
    let (store, key, answer) = (command.store_id, command.key, &command.answer);
    let at = command.order_id.map_or(At::store(store), |order| At::order(store, order));
    let mut say =
        |holds: bool, what: String| findings.demand(holds, I5, at, || format!("command {key}: {what}"));
    say(answer["key"] == key.to_string(), format!("its answer is for {}", answer["key"]));
    say(command.body_hash.len() == 32, "the hash of its body is none".to_owned());
    say(command.device_seq >= 1, format!("its number is {}", command.device_seq));
    let known = ORDERS.contains(&command.kind.as_str()) || is_about_store(&command.kind);
    say(
        known && is_about_store(&command.kind) == command.order_id.is_none(),
        format!("a command {:?} about the order {}", command.kind, shown(command.order_id)),
    );
    say(known, format!("its kind is {:?}", command.kind));
    let named = position(answer);
    match answer["outcome"].as_str() {
        Some("refused") => {
            say(
                answer["code"].is_string() && answer["position"].is_null(),
                format!("it is refused with {answer}"),
            );
            say(command.created_at <= db.now, format!("it came at {}", command.created_at));
            None
        }
        Some("applied") => {
            say(answer["code"].is_null(), format!("it is applied with {answer}"));
            let Some(named) = named else {
                say(false, format!("its answer names no position: {answer}"));
                return None;
            };
            let Some(event) = db.event(store, named.seq) else {
                say(false, format!("its effect is event {}, which is not there", named.seq));
                return None;
            };
            let real = chain::hash8(&event.row.hash);
            say(
                real == named.hash8,
                format!("its effect is {}.{}, the log has {real} there", named.seq, named.hash8),
            );
            let epoch = i64::from(event.row.epoch);
            say(
                epoch == named.epoch,
                format!("its effect is of epoch {}, event {} of {epoch}", named.epoch, named.seq),
            );
            if is_effect(command, event) {
                let before = event.row.created_at.timestamp_millis() - command.created_at.timestamp_millis();
                say(
                    (-CLOCKS_MS..=LONGEST_MS).contains(&before),
                    format!("it came {before} ms before its effect"),
                );
                return Some(named.seq);
            }
            say(
                was_so(db, command, named.seq),
                format!("it is applied, and no event up to {} says so", named.seq),
            );
            say(command.created_at <= db.now, format!("it came at {}", command.created_at));
            None
        }
        other => {
            say(false, format!("its outcome is {other:?}"));
            None
        }
    }
}

/// Commands about an order.
const ORDERS: [&str; 8] =
    ["accept", "reject", "cooking", "ready", "handed_over", "cancel", "settle_conflict", "refund_part"];
/// Events by a counter that no command asked for: the steps of a closing, which need more than a command can say.
const CLOSING: [&str; 3] = ["day_cut", "day_closed", "order_completed"];

/// Events that a command about the store makes last, or that made so what it asks for; the first is its own.
fn store_events(kind: &str) -> &'static [&'static str] {
    match kind {
        "day_prepare" => &["day_prepared"],
        "day_open" => &["day_opened", "break_ended", "closing_resumed"],
        "break_start" => &["break_started"],
        "break_end" => &["break_ended", "day_opened", "closing_resumed"],
        "busy_set" => &["busy_set"],
        "closing_start" => &["closing_started"],
        "closing_resume" => &["closing_resumed", "day_opened"],
        "sold_out" => &["sold_out"],
        "back_on_sale" => &["back_on_sale", "day_prepared", "day_opened"],
        "stock_set" => &["stock_set"],
        "menu_edit" => &["menu_edited"],
        "schedule_set" => &["schedule_set"],
        _ => &[],
    }
}

fn is_about_store(kind: &str) -> bool {
    !store_events(kind).is_empty()
}

/// The event that a kind of command makes last.
fn makes(kind: &str) -> &'static str {
    match kind {
        "settle_conflict" => "conflict_settled",
        "refund_part" => "refund_promised",
        "accept" => "order_accepted",
        "reject" => "order_rejected",
        "cancel" => "order_cancelled",
        "cooking" => "cooking_started",
        "ready" => "order_ready",
        "handed_over" => "order_handed_over",
        _ => "",
    }
}

fn is_kitchen_fact(kind: &str) -> bool {
    ["cooking", "ready", "handed_over"].contains(&kind)
}

fn is_effect(command: &Command, event: &Event) -> bool {
    let kind = event.row.kind.as_str();
    let made = kind == makes(&command.kind)
        || (kind == "conflict_raised" && is_kitchen_fact(&command.kind))
        || store_events(&command.kind).iter().take(2).any(|own| *own == kind);
    let by = &event.body["by"];
    made && event.row.order_id == command.order_id
        && by["who"] == "counter"
        && by["device_id"] == command.device_id.to_string()
}

/// A kitchen fact that was reported before changes nothing; nor does a command about the store that asks for what is so.
fn was_so(db: &Database, command: &Command, seq: i64) -> bool {
    if is_about_store(&command.kind) {
        let mut before = db.events_of(command.store_id).iter().take_while(|event| event.row.seq <= seq);
        return before.any(|event| store_events(&command.kind).contains(&event.row.kind.as_str()));
    }
    const LATER: [&str; 5] =
        ["cooking_started", "order_ready", "order_handed_over", "order_completed", "conflict_raised"];
    let Some(first) = LATER.iter().position(|kind| *kind == makes(&command.kind)) else { return false };
    let before = db.events_of(command.store_id).iter().take_while(|event| event.row.seq <= seq);
    let mut own = before.filter(|event| event.row.order_id == command.order_id);
    own.any(|event| LATER[first..].contains(&event.row.kind.as_str()))
}

/// What counters did in the log was asked for by a command, each deed once.
fn effects(db: &Database, claimed: &HashMap<(Uuid, i64), Vec<&Command>>, findings: &mut Findings) {
    for (store, events) in &db.events {
        for (index, event) in events.iter().enumerate() {
            if event.body["by"]["who"] != "counter" || CLOSING.contains(&event.row.kind.as_str()) {
                continue;
            }
            let same_deed = |next: &&Event| {
                next.row.order_id == event.row.order_id
                    && next.row.created_at == event.row.created_at
                    && next.body["by"] == event.body["by"]
            };
            let last = events.get(index + 1).filter(same_deed).is_none();
            let claims = claimed.get(&(*store, event.row.seq)).map_or(&[][..], Vec::as_slice);
            let at = event.row.order_id.map_or(At::store(*store), |order| At::order(*store, order));
            findings.demand(!last || !claims.is_empty(), I5, at, || {
                format!(
                    "event {} ({}) was made by a counter, and no command asked for it",
                    event.row.seq, event.row.kind
                )
            });
            let decides =
                |command: &&&Command| !is_kitchen_fact(&command.kind) && !is_about_store(&command.kind);
            let deciding = claims.iter().filter(decides).count();
            findings.demand(deciding <= 1, I5, at, || {
                format!("{deciding} commands have the same effect, event {}", event.row.seq)
            });
        }
    }
}

/// A command is journaled before it is sent: whatever the server has from this life of the journal is in it.
fn forgotten(db: &Database, store: Uuid, journal: &Journal, findings: &mut Findings) {
    let (Some(device), Some(life)) = (journal.device, journal.incarnation.as_deref()) else { return };
    let given: HashSet<&str> = journal.commands.iter().map(|given| given.key.as_str()).collect();
    let of_it = |command: &&Command| {
        command.store_id == store
            && command.device_id == device
            && command.incarnation.as_deref() == Some(life)
    };
    for command in db.commands.iter().filter(of_it) {
        let key = command.key.to_string();
        let at = command.order_id.map_or(At::store(store), |order| At::order(store, order));
        findings.demand(given.contains(key.as_str()), I5, at, || {
            format!("the server has the command {key} of {}, which does not know it", journal.name())
        });
    }
}

struct Journaled<'a> {
    journal: &'a Journal,
    store: Uuid,
    given: &'a Given,
    kept: Option<&'a Command>,
    findings: &'a mut Findings,
}

impl Journaled<'_> {
    fn check(&mut self) {
        self.itself();
        let given = self.given;
        match given.state.as_str() {
            "applied" => self.applied(),
            "refused" => self.refused(),
            _ => {
                self.say_if(I7, true, format!("it is {} and has no answer", given.state));
                let blank = given.code.is_none()
                    && given.seq.is_none()
                    && given.epoch.is_none()
                    && given.answered_at.is_none();
                self.say_if(I5, !blank, "it has half an answer".to_owned());
                self.say_if(
                    I5,
                    given.settled,
                    "it counts as settled and has no answer: it is lost".to_owned(),
                );
                if let Some(kept) = self.kept {
                    self.same_words(kept);
                }
            }
        }
    }

    fn say_if(&mut self, invariant: crate::report::Invariant, wrong: bool, what: String) {
        let at = match self.given.order_id.parse() {
            Ok(order) => At::order(self.store, order),
            Err(_) => At::store(self.store),
        };
        let (name, key) = (self.journal.name(), &self.given.key);
        self.findings.demand(!wrong, invariant, at, || format!("command {key} in {name}: {what}"));
    }

    fn itself(&mut self) {
        let given = self.given;
        let json = &given.json;
        self.say_if(I5, json["key"] != given.key.as_str(), format!("its JSON has the key {}", json["key"]));
        self.say_if(
            I5,
            json["order_id"].as_str().unwrap_or_default() != given.order_id.as_str(),
            format!("its JSON is about {}", json["order_id"]),
        );
        self.say_if(
            I5,
            json["made_at"] != given.made_at,
            format!("its JSON was made at {}", json["made_at"]),
        );
        let answered = ["applied", "refused"].contains(&given.state.as_str());
        self.say_if(
            I5,
            answered != given.answered_at.is_some(),
            format!("it is {} and answered at {:?}", given.state, given.answered_at),
        );
        let early = given.answered_at.is_some_and(|at| at < given.made_at - CLOCKS_MS);
        self.say_if(I5, early, "it was answered before it was given".to_owned());
    }

    fn applied(&mut self) {
        let given = self.given;
        self.say_if(I5, given.code.is_some(), format!("it is applied with the code {:?}", given.code));
        let Some(kept) = self.kept else {
            return self.say_if(I5, true, "it was answered and the server does not know it".to_owned());
        };
        self.same_words(kept);
        let told = position(&kept.answer).map(|named| (Some(named.epoch), Some(named.seq)));
        let told = told.unwrap_or_default();
        self.say_if(
            I5,
            kept.answer["outcome"] != "applied" || told != (given.epoch, given.seq),
            format!(
                "it is applied at {:?}.{:?}, the server's answer is {}",
                given.epoch, given.seq, kept.answer
            ),
        );
        let head = self.journal.current().map_or(0, |branch| branch.head());
        let caught_up = given.seq.is_some_and(|seq| seq <= head);
        self.say_if(
            I5,
            caught_up && !given.settled,
            "its effect is in the journal and it still waits".to_owned(),
        );
    }

    fn refused(&mut self) {
        let given = self.given;
        let code = given.code.as_deref().unwrap_or_default();
        self.say_if(
            I5,
            given.seq.is_some() || given.epoch.is_some(),
            "it is refused and has a position".to_owned(),
        );
        match self.kept {
            Some(kept) if code == "command_key_reused" => {
                let same = kept.body_hash == body_hash(&given.json);
                self.say_if(
                    I5,
                    same,
                    "its key counts as used by another command, and it is the same".to_owned(),
                );
            }
            Some(kept) => {
                self.same_words(kept);
                let told = kept.answer["outcome"] == "refused" && kept.answer["code"] == code;
                self.say_if(
                    I5,
                    !told,
                    format!("it is refused with {code:?}, the server's answer is {}", kept.answer),
                );
            }
            None => {
                let lost = !NOT_KEPT.contains(&code);
                self.say_if(
                    I5,
                    lost,
                    format!("it was refused with {code:?} and the server does not know it"),
                );
            }
        }
    }

    /// The command that the server has under this key is the one that was given.
    fn same_words(&mut self, kept: &Command) {
        let json = &self.given.json;
        let other = kept.body_hash != body_hash(json);
        self.say_if(I5, other, "the server has another command under its key".to_owned());
        self.say_if(I5, json["kind"] != kept.kind.as_str(), format!("the server has it as {:?}", kept.kind));
        self.say_if(
            I5,
            kept.order_id.map(|id| id.to_string()).unwrap_or_default() != self.given.order_id,
            format!("the server has it for the order {}", shown(kept.order_id)),
        );
        let numbered = json["device_seq"] == kept.device_seq;
        self.say_if(I5, !numbered, format!("the server has it as number {}", kept.device_seq));
        let life = json["incarnation"].as_i64().unwrap_or(0).to_string();
        // A server that knows no incarnations keeps 0.
        let same_life = kept.incarnation.as_ref().is_none_or(|kept| *kept == life || kept == "0");
        self.say_if(
            I5,
            !same_life,
            format!("the server has it from incarnation {}", shown(kept.incarnation.as_ref())),
        );
        if let Some(device) = self.journal.device {
            self.say_if(
                I5,
                device != kept.device_id,
                format!("the server has it from device {}", kept.device_id),
            );
        }
    }
}

/// SHA-256 of the command's JSON with sorted fields.
fn body_hash(json: &Value) -> Vec<u8> {
    chain::sha256(canonical(json).as_bytes()).to_vec()
}

fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let sorted: BTreeMap<&String, String> =
                fields.iter().map(|(name, value)| (name, canonical(value))).collect();
            let parts: Vec<String> = sorted
                .into_iter()
                .map(|(name, value)| format!("{}:{value}", Value::from(name.as_str())))
                .collect();
            format!("{{{}}}", parts.join(","))
        }
        Value::Array(values) => format!("[{}]", values.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}
