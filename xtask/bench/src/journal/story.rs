//! A store's log as busy days write it: 300 orders a day from placement to completion, properly chained.

use anyhow::{Result, ensure};
use shared::availability::Availability;
use shared::day::{Day, DayEvent, TransitionCause};
use shared::id::{DayId, ItemKey, OrderId, StoreId};
use shared::log::{BODY_VERSION, ChainHash, GENESIS, LogBody, Position, Subject, chain};
use shared::menu::{PricedLine, PricedOption};
use shared::order::{Actor, OrderDetails, OrderEvent, OrderMode, call_name};
use shared::wire::{LogEntry, LogFrame, Private, Snapshot, StoreCard};
use shared::{TimeMs, Won};
use sqlx::postgres::PgPool;
use store_desktop_core::clock;
use uuid::Uuid;

const EPOCH: i32 = 1;
/// Events of one order.
const CHAPTERS: i64 = 6;
/// Events of one business day: that it began, and 300 orders.
const DAY: i64 = 1 + 300 * CHAPTERS;

/// Where the log ends so far.
pub struct Story {
    day: DayId,
    order: OrderId,
    seq: i64,
    hash: ChainHash,
}

impl Story {
    pub fn begin() -> Self {
        Self::of_day(Uuid::now_v7())
    }

    /// The log of a store that nothing has happened to; copied stores' days have their store's number.
    pub fn of_day(day: Uuid) -> Self {
        Self { day: DayId(day), order: OrderId::fresh(), seq: 0, hash: GENESIS }
    }

    pub fn position(&self) -> Position {
        Position::new(EPOCH, self.seq, &self.hash)
    }

    /// What a counter begins with.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            position: self.position(),
            head_hash: self.hash.hex(),
            server_time: clock::now(),
            store: StoreCard {
                store_id: StoreId::fresh(),
                name: "측정 분식".to_owned(),
                branch: "본점".to_owned(),
                prep_minutes_default: 15,
                business: None,
            },
            day: Day::fold(None, self.day, &opened(clock::now())),
            availability: Availability::default(),
            menu_version: 1,
            schedule_version: 1,
            orders: Vec::new(),
        }
    }

    pub fn next_entry(&mut self) -> LogEntry {
        let body = self.next_body();
        let private = Private { request: None, phone_last4: Some("5678".to_owned()) };
        let private = (self.chapter() == Some(0)).then_some(private);
        LogEntry { position: self.position(), frame: LogFrame { body, private } }
    }

    /// Continues the log of a copied store in the database.
    pub async fn write_to(&mut self, db: &PgPool, store: Uuid, count: usize) -> Result<()> {
        let (mut seqs, mut bodies, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..count {
            bodies.push(self.next_body().into_bytes());
            seqs.push(self.seq);
            hashes.push(self.hash.0.to_vec());
        }
        let mut tx = db.begin().await?;
        sqlx::query(
            "insert into store_event (store_id, seq, epoch, day_id, kind, v, body, hash, created_at)
             select $1, seq, $2, $3, 'bench', 1, body, hash, now()
             from unnest($4::bigint[], $5::bytea[], $6::bytea[]) as written (seq, body, hash)",
        )
        .bind(store)
        .bind(EPOCH)
        .bind(self.day.0)
        .bind(seqs)
        .bind(bodies)
        .bind(hashes)
        .execute(&mut *tx)
        .await?;
        let moved = sqlx::query("update store_cursor set last_seq = $2, last_hash = $3 where store_id = $1")
            .bind(store)
            .bind(self.seq)
            .bind(self.hash.0.to_vec())
            .execute(&mut *tx)
            .await?;
        ensure!(moved.rows_affected() == 1, "store {store} has no log");
        tx.commit().await?;
        Ok(())
    }

    /// Of the order that the last event is about; `None` when a day began.
    fn chapter(&self) -> Option<i64> {
        let of_day = (self.seq - 1) % DAY;
        (of_day > 0).then(|| (of_day - 1) % CHAPTERS)
    }

    fn next_body(&mut self) -> String {
        self.seq += 1;
        let at = clock::now();
        let subject = match self.chapter() {
            Some(chapter) => self.of_order(chapter, at),
            None => self.new_day(at),
        };
        let body = LogBody { v: BODY_VERSION, at, day_id: self.day, by: Actor::Payment, subject };
        let bytes = body.to_bytes();
        self.hash = chain(self.hash, self.seq, &bytes);
        String::from_utf8(bytes).expect("a body is JSON")
    }

    fn new_day(&mut self, at: TimeMs) -> Subject {
        if self.seq > 1 {
            self.day = DayId::fresh();
        }
        Subject::Day(opened(at))
    }

    fn of_order(&mut self, chapter: i64, at: TimeMs) -> Subject {
        if chapter == 0 {
            self.order = OrderId::fresh();
        }
        let number = 1 + (self.seq - 1) % DAY / CHAPTERS;
        let event = match chapter {
            0 => placed(u32::try_from(number).expect("numbers are small"), at, details()),
            1 => OrderEvent::OrderAccepted { prep_minutes: 15, ready_by: at.plus_minutes(15) },
            2 => OrderEvent::CookingStarted { ready_by: at.plus_minutes(15), at },
            3 => OrderEvent::OrderReady { at },
            4 => OrderEvent::OrderHandedOver { at },
            _ => OrderEvent::OrderCompleted { at },
        };
        let version = u32::try_from(chapter + 1).expect("an order has few chapters");
        Subject::Order { order_id: self.order, order_version: version, event }
    }
}

/// An order that came in.
pub(crate) fn placed(number: u32, at: TimeMs, details: OrderDetails) -> OrderEvent {
    OrderEvent::OrderPlaced {
        number,
        call_name: call_name(number),
        placed_at: at,
        accept_by: at.plus_minutes(5),
        details,
        has_request: false,
    }
}

fn details() -> OrderDetails {
    let won = |amount| Won::new(amount).expect("a price is not negative");
    let line = |item: &str, name: &str, price| PricedLine {
        item: ItemKey(item.to_owned()),
        name: name.to_owned(),
        quantity: 1,
        options: Vec::<PricedOption>::new(),
        unit_price: won(price),
        amount: won(price),
        tax_free: false,
    };
    let total = won(12_800);
    let lines =
        vec![line("tteokbokki", "국물떡볶이 매운맛", 7_800), line("fritters", "모둠튀김 새우", 5_000)];
    OrderDetails {
        mode: OrderMode::Takeout,
        lines,
        total,
        tax_free: Won::ZERO,
        vat: total.vat_included(),
        points: Won::ZERO,
    }
}

fn opened(at: TimeMs) -> DayEvent {
    DayEvent::DayOpened { opened_at: at, cause: TransitionCause::ByHand, made_at: None }
}
