//! What the fake server knows of its one store, decided by the same functions as the real one's: unknown commands and commands that leave out
//! what they need are refused.

use std::collections::{BTreeMap, HashMap};

use shared::availability::Availability;
use shared::day::{self, Day, DayCommand, DayContext, DayEvent, DayPhase, TransitionCause};
use shared::id::{CommandKey, DayId, DeviceId, OrderId, StaffId, StoreId};
use shared::log::{BODY_VERSION, ChainHash, GENESIS, LogBody, Position, StoreEvent, Subject, chain};
use shared::menu::Menu;
use shared::order::{Actor, Context, Order, OrderCommand, decide};
use shared::reservation::ReservationRules;
use shared::schedule::{KstDate, StoreSchedule};
use shared::wire::*;
use shared::{Code, TimeMs};
use store_desktop_core::clock;

use super::accounts::Accounts;
use super::orders::body;
use super::server::Faults;

pub struct Inner {
    pub store_id: StoreId,
    /// The day that new events belong to.
    pub day_id: DayId,
    pub day: Day,
    pub availability: Availability,
    pub menu: Menu,
    pub menu_version: i64,
    pub schedule: StoreSchedule,
    pub schedule_version: i64,
    pub reservations: ReservationRules,
    pub epoch: i32,
    /// Body bytes and the hash after each.
    pub log: Vec<(String, Option<Private>, ChainHash)>,
    pub orders: BTreeMap<OrderId, Order>,
    pub private: HashMap<OrderId, Private>,
    pub answers: HashMap<CommandKey, CommandAnswer>,
    /// Every command that arrived, with repetitions.
    pub received: Vec<Command>,
    pub acks: Vec<Position>,
    pub resumed_from: Vec<String>,
    pub faults: Faults,
    pub signed_in: u32,
    pub signed_out: u32,
    /// The device that signed in last: commands are its own.
    pub device_id: DeviceId,
    pub accounts: Accounts,
}

/// A menu of two dishes, one of them with a size.
pub fn menu() -> Menu {
    serde_json::from_value(serde_json::json!({
        "option_groups": [{ "key": "size", "name": "크기", "min": 1, "max": 1, "options": [
            { "key": "small", "name": "보통", "price": 0 }, { "key": "large", "name": "곱빼기", "price": 1000 },
        ] }],
        "categories": [{ "key": "meals", "name": "식사", "items": [
            { "key": "bibimbap", "name": "비빔밥", "price": 9000, "option_groups": ["size"] },
            { "key": "eel", "name": "장어덮밥", "price": 21000 },
        ] }],
    }))
    .unwrap()
}

fn schedule() -> StoreSchedule {
    let hours = serde_json::json!({ "open": "00:00", "close": "24:00" });
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let week: serde_json::Map<_, _> = days.into_iter().map(|day| (day.to_owned(), hours.clone())).collect();
    serde_json::from_value(serde_json::json!({ "week": week })).unwrap()
}

impl Inner {
    pub fn new() -> Self {
        let (day_id, now) = (DayId::fresh(), clock::now());
        let mut day = Day::preparing(day_id, now);
        (day.phase, day.opened_at) = (DayPhase::Open { since: now }, Some(now));
        Self {
            store_id: StoreId::fresh(),
            day_id,
            day,
            availability: Availability::default(),
            menu: menu(),
            menu_version: 1,
            schedule: schedule(),
            schedule_version: 1,
            reservations: ReservationRules::default(),
            epoch: 1,
            log: Vec::new(),
            orders: BTreeMap::new(),
            private: HashMap::new(),
            answers: HashMap::new(),
            received: Vec::new(),
            acks: Vec::new(),
            resumed_from: Vec::new(),
            faults: Faults::default(),
            signed_in: 0,
            signed_out: 0,
            device_id: DeviceId::fresh(),
            accounts: Accounts::default(),
        }
    }

    pub fn position(&self) -> Position {
        let hash = self.log.last().map_or(GENESIS, |(_, _, hash)| *hash);
        Position::new(self.epoch, self.log.len() as i64, &hash)
    }

    pub fn push(&mut self, text: String, private: Option<Private>) -> i64 {
        let seq = self.log.len() as i64 + 1;
        let before = self.log.last().map_or(GENESIS, |(_, _, hash)| *hash);
        let hash = chain(before, seq, text.as_bytes());
        self.log.push((text, private, hash));
        seq
    }

    pub fn append(&mut self, text: String, body: &LogBody, private: Option<Private>) -> i64 {
        self.note(body);
        if let (Some(order_id), Some(private)) = (body.order_id(), &private) {
            self.private.insert(order_id, private.clone());
        }
        self.push(text, private)
    }

    fn note(&mut self, body: &LogBody) {
        match &body.subject {
            Subject::Order { order_id, order_version, event } => {
                let before = self.orders.remove(order_id);
                if let Some(order) = Order::fold(before.clone(), *order_id, *order_version, event) {
                    self.availability.order_changed(before.as_ref(), &order);
                    self.orders.insert(*order_id, order);
                }
            }
            Subject::Day(event) => {
                self.day = Day::fold(Some(self.day.clone()), body.day_id, event);
                self.day_id = body.day_id;
                if matches!(event, DayEvent::DayClosed { .. }) {
                    self.availability.day_ended();
                }
            }
            Subject::Store(event) => self.note_store(event),
        }
    }

    fn note_store(&mut self, event: &StoreEvent) {
        match event {
            StoreEvent::MenuChanged { menu_version } => self.menu_version = *menu_version,
            StoreEvent::MenuEdited { menu_version, edit } => {
                self.menu = self.menu.edited(edit).unwrap();
                self.menu_version = *menu_version;
            }
            StoreEvent::SoldOut { .. } | StoreEvent::BackOnSale { .. } | StoreEvent::StockSet { .. } => {
                self.availability.store_changed(event);
            }
            StoreEvent::ScheduleSet { schedule_version } => self.schedule_version = *schedule_version,
        }
    }

    pub fn decide(&self, id: OrderId, command: &OrderCommand, by: Actor) -> Result<Vec<LogBody>, Code> {
        let mut order = self.orders.get(&id).ok_or(Code::OrderNotFound)?.clone();
        let context = Context { now: clock::now(), by, default_prep_minutes: 15 };
        let events = decide(&order, command, &context).map_err(|refusal| refusal.code())?;
        let bodies = events.into_iter().map(|event| {
            order.evolve(&event);
            body(self.day_id, id, order.version, by, event)
        });
        Ok(bodies.collect())
    }

    fn decide_day(&self, command: &Command, asked: &DayCommand, by: Actor) -> Result<Vec<LogBody>, Code> {
        let (now, made_at) = (clock::now(), Some(command.made_at));
        let context = DayContext { now, made_at, cause: TransitionCause::ByHand };
        let events = day::decide(Some(&self.day), asked, &context).map_err(|refusal| refusal.code())?;
        let mut day_id = self.day.id;
        let bodies = events.into_iter().map(|event| {
            if matches!(event, DayEvent::DayPrepared { .. }) {
                day_id = command.day_id();
            }
            LogBody { v: BODY_VERSION, at: now, day_id, by, subject: Subject::Day(event) }
        });
        Ok(bodies.collect())
    }

    /// Events about the store itself; what is so already has none.
    fn decide_store(&mut self, action: &CommandAction, by: Actor) -> Result<Vec<LogBody>, Code> {
        let now = clock::now();
        let event = if let CommandAction::SoldOut { what, until } = action {
            StoreEvent::SoldOut { what: what.clone(), until: *until, sold_out_at: now }
        } else if let CommandAction::BackOnSale { what } = action {
            if !self.availability.is_sold_out(what, now) {
                return Ok(Vec::new());
            }
            StoreEvent::BackOnSale { what: what.clone() }
        } else if let CommandAction::StockSet { item, pieces } = action {
            StoreEvent::StockSet { item: item.clone(), pieces: *pieces }
        } else if let CommandAction::MenuEdit { edit } = action {
            self.menu.edited(edit).map_err(|refusal| refusal.code())?;
            StoreEvent::MenuEdited { menu_version: self.menu_version + 1, edit: edit.clone() }
        } else if let CommandAction::ScheduleSet { schedule, holidays, policy, reservations } = action {
            self.reservations = reservations.unwrap_or(self.reservations);
            self.schedule = StoreSchedule {
                week: schedule.clone(),
                holidays: KstDate::all(holidays).map_err(|_| Code::ScheduleSenseless)?,
                policy: policy.unwrap_or(self.schedule.policy),
            };
            StoreEvent::ScheduleSet { schedule_version: self.schedule_version + 1 }
        } else {
            return Err(Code::CommandMalformed);
        };
        let subject = Subject::Store(event);
        Ok(vec![LogBody { v: BODY_VERSION, at: now, day_id: self.day_id, by, subject }])
    }

    /// One command: its effect and its answer.
    pub fn execute(&mut self, command: &Command) -> CommandAnswer {
        let by = Actor::Counter { device_id: self.device_id, staff_id: StaffId(command.key.0) };
        let decided = match (command.action.target(), command.order_id) {
            (Target::Order(asked), Some(id)) => self.decide(id, &asked, by),
            (Target::Day(asked), None) => self.decide_day(command, &asked, by),
            (Target::Store, None) => self.decide_store(&command.action, by),
            (Target::Order(_), None) | (Target::Day(_) | Target::Store, Some(_)) => {
                Err(Code::CommandMalformed)
            }
        };
        let key = Some(command.key);
        match decided {
            Ok(bodies) => {
                for body in bodies {
                    let text = String::from_utf8(body.to_bytes()).unwrap();
                    self.append(text, &body, None);
                }
                let position = Some(self.position());
                CommandAnswer { key, outcome: Outcome::Applied, code: None, position }
            }
            Err(code) => CommandAnswer { key, outcome: Outcome::Refused, code: Some(code), position: None },
        }
    }

    /// The log as a counter would have it that went another way.
    pub fn restore_to(&mut self, seq: usize, epoch: i32) {
        self.log.truncate(seq);
        self.epoch = epoch;
        self.orders.clear();
        let kept: Vec<String> = self.log.iter().map(|(text, _, _)| text.clone()).collect();
        for text in kept {
            let body = LogBody::parse(text.as_bytes()).unwrap();
            self.note(&body);
        }
    }

    pub fn entry(&self, seq: i64) -> LogEntry {
        let (text, private, hash) = &self.log[seq as usize - 1];
        let frame = LogFrame { body: text.clone(), private: private.clone() };
        LogEntry { position: Position::new(self.epoch, seq, hash), frame }
    }

    /// Whether a counter at this position can go on.
    pub fn judge(&self, at: &Position) -> Option<ResetReason> {
        if at.epoch != self.epoch {
            return Some(ResetReason::Epoch);
        }
        if at.seq > self.log.len() as i64 {
            return Some(ResetReason::Rewound);
        }
        let hash = if at.seq == 0 { GENESIS } else { self.log[at.seq as usize - 1].2 };
        (hash.hash8() != at.hash8).then_some(ResetReason::Fork)
    }

    /// The latest moment of the day's log, for a test that compares times.
    pub fn last_at(&self) -> Option<TimeMs> {
        let (text, ..) = self.log.last()?;
        LogBody::parse(text.as_bytes()).ok().map(|body| body.at)
    }
}
