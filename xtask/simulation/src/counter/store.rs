//! What the server's database holds of the one store: log, orders, commands. A clone is a copy to restore.

use std::collections::BTreeMap;

use shared::availability::Availability;
use shared::day::{self, Day, DayCommand, DayContext, DayEvent, DayPhase, TransitionCause};
use shared::id::{CommandKey, DayId, DeviceId, OrderId, StaffId, StoreId};
use shared::log::{BODY_VERSION, ChainHash, GENESIS, LogBody, Position, StoreEvent, Subject, chain};
use shared::menu::Menu;
use shared::order::{
    Actor, Context, Order, OrderCommand, OrderDetails, OrderEvent, OrderMode, call_name, decide,
};
use shared::wire::{
    Command, CommandAction, CommandAnswer, LogEntry, LogFrame, LogPage, MAX_LOG_PAGE, Outcome, ResetReason,
    Snapshot, SnapshotOrder, StoreCard, StoreMenu, Target,
};
use shared::{Code, TimeMs, Won};

/// Minutes promised when nobody chose.
const PREP_MINUTES: u32 = 15;

/// The store.
#[derive(Debug, Clone)]
pub struct Store {
    pub store_id: StoreId,
    pub day: Day,
    pub availability: Availability,
    pub menu_version: i64,
    pub device_id: DeviceId,
    pub staff_id: StaffId,
    pub epoch: i32,
    pub events: Vec<Event>,
    pub orders: BTreeMap<OrderId, Order>,
    pub commands: BTreeMap<CommandKey, CommandAnswer>,
    /// What the counter said is on its disk.
    pub acknowledged: Option<Position>,
}

/// An event of the log.
#[derive(Debug, Clone)]
pub struct Event {
    pub body: String,
    pub hash: ChainHash,
}

/// A day that takes orders.
pub fn open_day(id: DayId, since: TimeMs) -> Day {
    let mut day = Day::preparing(id, since);
    (day.phase, day.opened_at) = (DayPhase::Open { since }, Some(since));
    day
}

impl Store {
    /// Where the log ends.
    pub fn head(&self) -> Position {
        Position::new(self.epoch, self.last_seq(), &self.last_hash())
    }

    pub fn last_seq(&self) -> i64 {
        i64::try_from(self.events.len()).unwrap_or(i64::MAX)
    }

    fn last_hash(&self) -> ChainHash {
        self.events.last().map_or(GENESIS, |event| event.hash)
    }

    /// The hash at event `seq`.
    pub fn hash_at(&self, seq: i64) -> Option<ChainHash> {
        if seq == 0 {
            return Some(GENESIS);
        }
        let index = usize::try_from(seq - 1).ok()?;
        self.events.get(index).map(|event| event.hash)
    }

    /// One event as it travels.
    pub fn entry(&self, seq: i64) -> Option<LogEntry> {
        let event = self.events.get(usize::try_from(seq - 1).ok()?)?;
        let position = Position::new(self.epoch, seq, &event.hash);
        Some(LogEntry { position, frame: LogFrame { body: event.body.clone(), private: None } })
    }

    fn append(&mut self, order: &Order, event: OrderEvent, by: Actor, now: TimeMs) {
        let subject = Subject::Order { order_id: order.id, order_version: order.version, event };
        self.write(self.day.id, subject, by, now);
    }

    fn write(&mut self, day_id: DayId, subject: Subject, by: Actor, now: TimeMs) {
        let body = LogBody { v: BODY_VERSION, at: now, day_id, by, subject }.to_bytes();
        let hash = chain(self.last_hash(), self.last_seq() + 1, &body);
        let body = String::from_utf8(body).expect("JSON is UTF-8");
        self.events.push(Event { body, hash });
    }

    /// A paid order.
    pub fn place(&mut self, id: OrderId, total: Won, now: TimeMs) {
        let (vat, lines) = (total.vat_included(), Vec::new());
        let details = OrderDetails {
            mode: OrderMode::Takeout,
            lines,
            total,
            tax_free: Won::ZERO,
            vat,
            points: Won::ZERO,
        };
        self.orders.insert(id, Order::pending(id, details, false));
        let number = u32::try_from(self.orders.len()).unwrap_or(u32::MAX);
        let accept_by = now.plus_minutes(10);
        let place = OrderCommand::Place { number, call_name: call_name(number), accept_by };
        let placed = self.change(id, &place, Actor::Payment, now);
        debug_assert!(placed.is_ok());
    }

    /// Lets the domain decide, and writes what follows.
    pub fn change(
        &mut self,
        id: OrderId,
        command: &OrderCommand,
        by: Actor,
        now: TimeMs,
    ) -> Result<(), Code> {
        let mut order = self.orders.get(&id).cloned().ok_or(Code::OrderNotFound)?;
        let context = Context { now, by, default_prep_minutes: PREP_MINUTES };
        for event in decide(&order, command, &context).map_err(|refusal| refusal.code())? {
            order.evolve(&event);
            self.append(&order, event, by, now);
        }
        self.orders.insert(id, order);
        Ok(())
    }

    /// `POST commands`, one of them: the effect and its answer together, once. Says whether it had one now.
    pub fn command(&mut self, command: &Command, now: TimeMs) -> (CommandAnswer, bool) {
        if let Some(before) = self.commands.get(&command.key) {
            let outcome = match before.outcome {
                Outcome::Applied | Outcome::AlreadyApplied => Outcome::AlreadyApplied,
                Outcome::Refused => Outcome::Refused,
            };
            return (CommandAnswer { outcome, ..before.clone() }, false);
        }
        let by = Actor::Counter { device_id: self.device_id, staff_id: self.staff_id };
        let changed = match (command.action.target(), command.order_id) {
            (Target::Order(asked), Some(id)) => self.change_if(command, id, &asked, by, now),
            (Target::Day(asked), None) => self.change_day(command, &asked, by, now),
            (Target::Store, None) => self.change_store(&command.action, by, now),
            (Target::Order(_), None) | (Target::Day(_) | Target::Store, Some(_)) => {
                Err(Code::CommandMalformed)
            }
        };
        let key = Some(command.key);
        let answer = match changed {
            Ok(()) => {
                CommandAnswer { key, outcome: Outcome::Applied, code: None, position: Some(self.head()) }
            }
            Err(code) => CommandAnswer { key, outcome: Outcome::Refused, code: Some(code), position: None },
        };
        self.commands.insert(command.key, answer.clone());
        (answer, true)
    }

    fn change_if(
        &mut self,
        command: &Command,
        id: OrderId,
        asked: &OrderCommand,
        by: Actor,
        now: TimeMs,
    ) -> Result<(), Code> {
        let expected = command.expected_version.filter(|_| !command.action.is_kitchen_fact());
        let version = self.orders.get(&id).map(|order| order.version);
        match (expected, version) {
            (Some(expected), Some(version)) if expected != version => Err(Code::OrderChanged),
            _ => self.change(id, asked, by, now),
        }
    }

    fn change_day(
        &mut self,
        command: &Command,
        asked: &DayCommand,
        by: Actor,
        now: TimeMs,
    ) -> Result<(), Code> {
        let context = DayContext { now, made_at: Some(command.made_at), cause: TransitionCause::ByHand };
        let events = day::decide(Some(&self.day), asked, &context).map_err(|refusal| refusal.code())?;
        for event in events {
            let begins = matches!(event, DayEvent::DayPrepared { .. });
            let id = if begins { command.day_id() } else { self.day.id };
            self.day = Day::fold(Some(self.day.clone()), id, &event);
            self.write(id, Subject::Day(event), by, now);
        }
        Ok(())
    }

    fn change_store(&mut self, action: &CommandAction, by: Actor, now: TimeMs) -> Result<(), Code> {
        let event = if let CommandAction::SoldOut { what, until } = action {
            self.availability.sold_out(what, *until, now);
            StoreEvent::SoldOut { what: what.clone(), until: *until, sold_out_at: now }
        } else if let CommandAction::BackOnSale { what } = action {
            self.availability.back_on_sale(what);
            StoreEvent::BackOnSale { what: what.clone() }
        } else if let CommandAction::StockSet { item, pieces } = action {
            self.availability.set_stock(item, *pieces);
            StoreEvent::StockSet { item: item.clone(), pieces: *pieces }
        } else {
            return Err(Code::CommandMalformed);
        };
        self.write(self.day.id, Subject::Store(event), by, now);
        Ok(())
    }

    /// `GET menu`.
    pub fn menu(&self) -> StoreMenu {
        let menu = Menu { option_groups: Vec::new(), categories: Vec::new() };
        StoreMenu { menu_version: self.menu_version, menu, availability: self.availability.clone() }
    }

    /// `GET snapshot`.
    pub fn snapshot(&self, now: TimeMs) -> Snapshot {
        let card = |order: &Order| SnapshotOrder { order: order.clone(), private: None };
        Snapshot {
            position: self.head(),
            head_hash: self.last_hash().hex(),
            server_time: now,
            store: StoreCard {
                store_id: self.store_id,
                name: "골목커피".to_owned(),
                branch: "홍대점".to_owned(),
                prep_minutes_default: PREP_MINUTES,
                business: None,
            },
            day: self.day.clone(),
            availability: self.availability.clone(),
            menu_version: self.menu_version,
            schedule_version: 0,
            orders: self.orders.values().map(card).collect(),
        }
    }

    /// `GET log`.
    pub fn page(&self, after: i64, limit: i64) -> LogPage {
        let last = self.last_seq().min(after + limit.min(MAX_LOG_PAGE));
        let events = (after + 1..=last).filter_map(|seq| self.entry(seq)).collect();
        LogPage { events, head: self.head() }
    }

    /// `POST acks`.
    pub fn acknowledge(&mut self, position: Position) -> Result<(), Code> {
        let known = position.epoch == self.epoch
            && self.hash_at(position.seq).is_some_and(|hash| hash.hash8() == position.hash8);
        if !known {
            return Err(Code::PositionUnknown);
        }
        let before = self.acknowledged.as_ref();
        if before.is_none_or(|before| (before.epoch, before.seq) <= (position.epoch, position.seq)) {
            self.acknowledged = Some(position);
        }
        Ok(())
    }

    /// Whether the stream can go on after `asked`, by the same comparisons as the server's.
    pub fn resume(&self, asked: &Position) -> Result<(), ResetReason> {
        if asked.epoch != self.epoch {
            return Err(ResetReason::Epoch);
        }
        if asked.seq > self.last_seq() {
            return Err(ResetReason::Rewound);
        }
        match self.hash_at(asked.seq) {
            None => return Err(ResetReason::TooOld),
            Some(hash) if hash.hash8() != asked.hash8 => return Err(ResetReason::Fork),
            Some(_) => {}
        }
        let acknowledged = self.acknowledged.as_ref();
        if acknowledged
            .is_some_and(|acknowledged| acknowledged.epoch == self.epoch && asked.seq < acknowledged.seq)
        {
            return Err(ResetReason::Rewound);
        }
        Ok(())
    }
}
