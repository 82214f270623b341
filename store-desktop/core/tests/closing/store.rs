//! A store's server as far as closing a day needs it: a real log with a real chain, decided by `shared`, and the addresses of the close.

#![allow(dead_code, reason = "the tests of two programs use a part each")]

use std::collections::{BTreeMap, HashMap};

use serde_json::json;
use shared::certificate::{CERTIFICATE_VERSION, Certificate, SignedCertificate, SigningKey};
use shared::day::{Day, DayCommand, DayContext, DayPhase, DayState, DayTotals, TransitionCause};
use shared::id::{CommandKey, DayId, DeviceId, OrderId, StaffId, StoreId};
use shared::log::{BODY_VERSION, ChainHash, GENESIS, LogBody, Position, Subject, chain};
use shared::menu::PricedLine;
use shared::order::{
    Actor, CancelReason, Context, Order, OrderCommand, OrderDetails, OrderEvent, OrderMode, call_name, decide,
};
use shared::wire::*;
use shared::{Code, TimeMs, Won};

/// What goes wrong.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// What stands in the way beside open orders.
    pub blockers: Vec<Blocker>,
    /// What the check finds beside the journal.
    pub differences: Vec<Difference>,
    /// One digit of the certificate changes on its way.
    pub change_certificate: bool,
    /// The certificate says more won than there were.
    pub wrong_totals: bool,
    /// Commands are executed and this many answers are lost.
    pub lose_answers: u32,
}

/// The server's side of one store.
pub struct Store {
    pub store_id: StoreId,
    pub day: Day,
    pub epoch: i32,
    pub log: Vec<(String, ChainHash)>,
    /// The day's first event.
    pub first_seq: i64,
    pub orders: BTreeMap<OrderId, Order>,
    pub answers: HashMap<CommandKey, CommandAnswer>,
    pub cut: Option<Cut>,
    pub certificate: Option<SignedCertificate>,
    pub key: SigningKey,
    pub faults: Faults,
    pub acked: i64,
    /// How often the day was closed for real.
    pub closed: u32,
    pub repaired: u32,
}

pub fn now() -> TimeMs {
    store_desktop_core::clock::now()
}

impl Store {
    /// An open day.
    pub fn new() -> Self {
        let day = Day::preparing(DayId::fresh(), now());
        let mut store = Self {
            store_id: StoreId::fresh(),
            day,
            epoch: 1,
            log: Vec::new(),
            first_seq: 1,
            orders: BTreeMap::new(),
            answers: HashMap::new(),
            cut: None,
            certificate: None,
            key: SigningKey::from_seed(&[7; 32]),
            faults: Faults::default(),
            acked: 0,
            closed: 0,
            repaired: 0,
        };
        store.day_command(&DayCommand::Open, Actor::Operator, DayId::fresh()).unwrap();
        store
    }

    pub fn head(&self) -> Position {
        Position::new(self.epoch, self.log.len() as i64, &self.hash())
    }

    pub fn hash(&self) -> ChainHash {
        self.log.last().map_or(GENESIS, |(_, hash)| *hash)
    }

    pub fn push(&mut self, body: &LogBody) -> i64 {
        let text = String::from_utf8(body.to_bytes()).unwrap();
        let seq = self.log.len() as i64 + 1;
        let hash = chain(self.hash(), seq, text.as_bytes());
        self.log.push((text, hash));
        seq
    }

    fn body(&self, by: Actor, subject: Subject) -> LogBody {
        LogBody { v: BODY_VERSION, at: now(), day_id: self.day.id, by, subject }
    }

    pub fn day_command(&mut self, command: &DayCommand, by: Actor, new_day: DayId) -> Result<(), Code> {
        let context = DayContext { now: now(), made_at: None, cause: TransitionCause::ByHand };
        let known = !self.log.is_empty();
        let events = shared::day::decide(known.then_some(&self.day), command, &context)
            .map_err(|refusal| refusal.code())?;
        let id = if !known || self.day.state().is_running() { self.day.id } else { new_day };
        for event in events {
            if id != self.day.id {
                self.first_seq = self.log.len() as i64 + 1;
                (self.cut, self.certificate) = (None, None);
                self.orders.clear();
            }
            let before = Some(self.day.clone()).filter(|_| !self.log.is_empty());
            self.day = Day::fold(before, id, &event);
            let body = self.body(by, Subject::Day(event));
            self.push(&body);
        }
        Ok(())
    }

    /// A paid order.
    pub fn place(&mut self) -> OrderId {
        self.place_of(9_000)
    }

    pub fn place_of(&mut self, won: i64) -> OrderId {
        let id = OrderId::fresh();
        let number = self.orders.len() as u32 + 1;
        let total = Won::new(won).unwrap();
        let details = OrderDetails {
            mode: OrderMode::Takeout,
            lines: Vec::<PricedLine>::new(),
            total,
            tax_free: Won::ZERO,
            vat: total.vat_included(),
            points: Won::ZERO,
        };
        let event = OrderEvent::OrderPlaced {
            number,
            call_name: call_name(number),
            placed_at: now(),
            accept_by: now().plus_minutes(5),
            details: details.clone(),
            has_request: false,
        };
        self.put(id, 1, Actor::Payment, event);
        id
    }

    fn put(&mut self, id: OrderId, version: u32, by: Actor, event: OrderEvent) {
        let before = self.orders.remove(&id);
        let order = Order::fold(before, id, version, &event).unwrap();
        self.orders.insert(id, order);
        let body = self.body(by, Subject::Order { order_id: id, order_version: version, event });
        self.push(&body);
    }

    /// What somebody does with an order.
    pub fn act(&mut self, id: OrderId, command: &OrderCommand, by: Actor) -> Result<(), Code> {
        let mut order = self.orders.get(&id).ok_or(Code::OrderNotFound)?.clone();
        let context = Context { now: now(), by, default_prep_minutes: 15 };
        let events = decide(&order, command, &context).map_err(|refusal| refusal.code())?;
        for event in events {
            order.evolve(&event);
            self.put(id, order.version, by, event);
        }
        Ok(())
    }

    /// From the kitchen to the customer.
    pub fn finish(&mut self, id: OrderId) {
        let by = counter();
        for command in [
            OrderCommand::Accept { prep_minutes: 10 },
            OrderCommand::StartCooking,
            OrderCommand::MarkReady,
            OrderCommand::HandOver,
            OrderCommand::Complete,
        ] {
            self.act(id, &command, by).unwrap();
        }
    }

    /// The store cancels, and the money goes back.
    pub fn cancel(&mut self, id: OrderId) {
        self.act(id, &OrderCommand::Cancel { reason: CancelReason::SoldOut }, counter()).unwrap();
        let amount = self.orders[&id].details.total;
        self.act(id, &OrderCommand::RecordRefund { amount }, Actor::Payment).unwrap();
    }

    /// A day with so many finished orders; every tenth was cancelled.
    pub fn busy(orders: usize) -> Self {
        let mut store = Self::new();
        for turn in 0..orders {
            let id = store.place_of(5_000 + turn as i64 * 100);
            if turn % 10 == 9 { store.cancel(id) } else { store.finish(id) }
        }
        store
    }

    pub fn execute(&mut self, command: &Command) -> CommandAnswer {
        if let Some(answer) = self.answers.get(&command.key) {
            return answer.clone();
        }
        let done = match command.action.target() {
            Target::Order(asked) => self.act(command.order_id.unwrap(), &asked, counter()),
            Target::Day(asked) => self.day_command(&asked, counter(), command.day_id()),
            Target::Store => Err(Code::UnknownCommand),
        };
        let (outcome, code, position) = match done {
            Ok(()) => (Outcome::Applied, None, Some(self.head())),
            Err(code) => (Outcome::Refused, Some(code), None),
        };
        let answer = CommandAnswer { key: Some(command.key), outcome, code, position };
        self.answers.insert(command.key, answer.clone());
        answer
    }

    pub fn snapshot(&self) -> serde_json::Value {
        json!({
            "position": self.head(), "head_hash": self.hash().hex(), "server_time": now(),
            "store": {"store_id": self.store_id, "name": "시험 분식", "branch": "본점", "prep_minutes_default": 15},
            "day": self.day,
            "orders": self.orders.values()
                .map(|order| json!({"order": order, "private": null})).collect::<Vec<_>>(),
        })
    }

    /// Before the first event, with nothing in it: what the journal of a counter begins with that saw the whole day.
    pub fn empty_snapshot(&self) -> Snapshot {
        let mut snapshot = self.snapshot();
        snapshot["position"] = json!(Position::start(self.epoch));
        snapshot["head_hash"] = json!(GENESIS.hex());
        snapshot["orders"] = json!([]);
        snapshot["day"] = json!(Day::preparing(self.day.id, self.day.prepared_at));
        serde_json::from_value(snapshot).unwrap()
    }

    pub fn entry(&self, seq: i64) -> LogEntry {
        let (text, hash) = &self.log[seq as usize - 1];
        let frame = LogFrame { body: text.clone(), private: None };
        LogEntry { position: Position::new(self.epoch, seq, hash), frame }
    }

    pub fn entries(&self) -> Vec<LogEntry> {
        (1..=self.log.len() as i64).map(|seq| self.entry(seq)).collect()
    }

    pub fn page(&self, after: i64, limit: i64) -> LogPage {
        let last = (after + limit).min(self.log.len() as i64);
        LogPage { events: (after + 1..=last).map(|seq| self.entry(seq)).collect(), head: self.head() }
    }

    fn blockers(&self) -> Vec<Blocker> {
        let DayPhase::Closing { .. } = self.day.phase else {
            return vec![blocker(BlockerCode::NotClosing, &[])];
        };
        let open: Vec<OrderId> = self
            .orders
            .values()
            .filter(|order| !order.phase.name().is_final())
            .map(|order| order.id)
            .collect();
        let mut blockers = self.faults.blockers.clone();
        if !open.is_empty() {
            blockers.push(blocker(BlockerCode::OpenOrder, &open));
        }
        blockers
    }

    fn standing(&self) -> Option<Cut> {
        let known = match self.day.phase {
            DayPhase::Closing { cut, .. } => cut,
            DayPhase::Closed { .. } => return self.cut.clone(),
            DayPhase::Preparing | DayPhase::Open { .. } | DayPhase::OnBreak { .. } => None,
        };
        self.cut
            .clone()
            .filter(|cut| known == Some(cut.upto.seq) && self.log.len() as i64 == cut.upto.seq + 1)
    }

    pub fn close_status(&self) -> CloseStatus {
        let closed_at = if let DayPhase::Closed { at } = self.day.phase { Some(at) } else { None };
        let closing_since =
            if let DayPhase::Closing { since, .. } = self.day.phase { Some(since) } else { None };
        let cut = if closed_at.is_some() { None } else { self.standing() };
        let blockers = if cut.is_some() || closed_at.is_some() { Vec::new() } else { self.blockers() };
        CloseStatus { day_id: self.day.id, server_time: now(), closing_since, closed_at, blockers, cut }
    }

    pub fn make_cut(&mut self) -> CutAnswer {
        if let Some(cut) = self.standing() {
            return CutAnswer { cut: Some(cut), blockers: Vec::new() };
        }
        if self.day.state() == DayState::Closing {
            let handed: Vec<OrderId> = self
                .orders
                .values()
                .filter(|order| order.phase.name() == shared::order::PhaseName::HandedOver)
                .map(|order| order.id)
                .collect();
            for id in handed {
                self.act(id, &OrderCommand::Complete, Actor::Timer).unwrap();
            }
        }
        let blockers = self.blockers();
        if !blockers.is_empty() {
            return CutAnswer { cut: None, blockers };
        }
        let cut =
            Cut { first_seq: self.first_seq, upto: self.head(), head_hash: self.hash().hex(), cut_at: now() };
        self.cut = Some(cut.clone());
        let command = DayCommand::Cut { upto_seq: cut.upto.seq };
        self.day_command(&command, counter(), DayId::fresh()).unwrap();
        CutAnswer { cut: Some(cut), blockers: Vec::new() }
    }

    pub fn hashes(&self, request: &HashesRequest) -> HashesAnswer {
        assert!(request.seqs.len() <= MAX_HASHES, "{request:?}");
        let known = |seq: &&i64| **seq >= 1 && **seq <= self.log.len() as i64;
        let hash = |seq: &i64| HashAt { seq: *seq, hash: self.log[*seq as usize - 1].1.hex() };
        HashesAnswer { hashes: request.seqs.iter().filter(known).map(hash).collect() }
    }

    pub fn check(&self, request: &CheckRequest) -> CheckReport {
        let cut = self.standing();
        let journal = match (&request.journal, &cut) {
            (Some(proof), Some(cut)) => {
                let same = proof.position == cut.upto
                    && proof.head_hash == cut.head_hash
                    && proof.count == cut.upto.seq - cut.first_seq + 1;
                if same { Verdict::Equal } else { Verdict::Different }
            }
            _ => Verdict::NotKnown,
        };
        let of = |equality: Equality| {
            let mut own = self.faults.differences.iter().filter(|one| one.equality == equality).peekable();
            match own.peek() {
                None => Verdict::Equal,
                Some(one) if one.repair == Repair::CheckAgain => Verdict::NotKnown,
                Some(_) => Verdict::Different,
            }
        };
        CheckReport {
            day_id: self.day.id,
            checked_at: now(),
            journal,
            orders: of(Equality::Orders),
            stream: of(Equality::Stream),
            money: of(Equality::Money),
            differences: self.faults.differences.clone(),
            more: 0,
            order_count: self.orders.len() as u32,
            event_count: self.log.len() as u32,
            payment_count: self.orders.len() as u32,
        }
    }

    pub fn repair(&mut self) -> Repaired {
        self.repaired += 1;
        self.faults.differences.retain(|one| one.repair != Repair::RebuildStream);
        Repaired { events: self.log.len() as u32, generation: 2 }
    }

    pub fn close(&mut self, request: &CloseRequest) -> CloseAnswer {
        if let Some(certificate) = self.sent() {
            return CloseAnswer::Closed { certificate };
        }
        let mut blockers = self.blockers();
        let Some(cut) = self.standing().filter(|_| blockers.is_empty()) else {
            blockers.push(blocker(BlockerCode::NotCut, &[]));
            return CloseAnswer::NotYet { blockers };
        };
        let report = self.check(&CheckRequest { journal: Some(request.journal.clone()) });
        if !report.holds() {
            return CloseAnswer::Different { report };
        }
        let totals = self.totals();
        let command = DayCommand::Close { upto_seq: cut.upto.seq, head_hash: cut.head_hash.clone(), totals };
        self.day_command(&command, counter(), DayId::fresh()).unwrap();
        self.closed += 1;
        let DayPhase::Closed { at } = self.day.phase else { panic!("{:?}", self.day) };
        let certificate = Certificate {
            v: CERTIFICATE_VERSION,
            store_id: self.store_id,
            store_name: "시험 분식 본점".to_owned(),
            day_id: self.day.id,
            prepared_at: self.day.prepared_at,
            closed_at: at,
            epoch: self.epoch,
            first_seq: cut.first_seq,
            upto_seq: cut.upto.seq,
            head_hash: cut.head_hash,
            device_id: Some(DeviceId::fresh()),
            totals,
            lost: 0,
            doubled: 0,
            payment_difference: 0,
        };
        self.certificate = Some(self.key.sign(&certificate));
        CloseAnswer::Closed { certificate: self.sent().unwrap() }
    }

    /// The certificate, as it arrives.
    pub fn sent(&self) -> Option<SignedCertificate> {
        let mut signed = self.certificate.clone()?;
        if self.faults.change_certificate {
            signed.text = signed.text.replace("\"orders\":", "\"orders\":1");
        }
        Some(signed)
    }

    pub fn totals(&self) -> DayTotals {
        let orders = || self.orders.values();
        let of = |name: shared::order::PhaseName| {
            orders().filter(|order| order.phase.name() == name).count() as u32
        };
        let sum = |amounts: i64| Won::new(amounts).unwrap();
        let extra = if self.faults.wrong_totals { 1_000 } else { 0 };
        DayTotals {
            orders: self.orders.len() as u32,
            completed: of(shared::order::PhaseName::Completed),
            rejected: of(shared::order::PhaseName::Rejected),
            cancelled: of(shared::order::PhaseName::Cancelled),
            captured: sum(orders().map(|order| order.details.total.get()).sum::<i64>() + extra),
            refunded: sum(orders().map(|order| order.refunded.get()).sum()),
        }
    }
}

pub fn counter() -> Actor {
    Actor::Counter { device_id: DeviceId::fresh(), staff_id: StaffId::fresh() }
}

pub fn blocker(code: BlockerCode, orders: &[OrderId]) -> Blocker {
    Blocker { code, action: code.action(), count: orders.len() as u32, orders: orders.to_vec(), until: None }
}

pub fn difference(equality: Equality, blamed: Blamed, repair: Repair) -> Difference {
    Difference {
        equality,
        blamed,
        repair,
        seq: Some(3),
        order_id: None,
        attempt_id: None,
        field: "body".to_owned(),
        expected: "1".to_owned(),
        found: "2".to_owned(),
    }
}
