//! Everything in Postgres, as of one moment.

use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;

use anyhow::{Context, Result};
use serde_json::Value;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use uuid::Uuid;

use super::rows::*;

/// A row of the log with its body read as JSON.
#[derive(Debug)]
pub struct Event {
    pub row: EventRow,
    /// Null when it is no JSON.
    pub body: Value,
}

impl Event {
    pub fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }

    /// A number of the body; absent ones are smaller than any that means something.
    pub fn number(&self, name: &str) -> i64 {
        self.body[name].as_i64().unwrap_or(i64::MIN)
    }
}

#[derive(Debug)]
pub struct Database {
    pub now: Time,
    pub stores: BTreeMap<Uuid, Store>,
    pub menus: Vec<MenuDocument>,
    pub stock: Vec<ItemStock>,
    pub days: Vec<Day>,
    pub cursors: BTreeMap<Uuid, Cursor>,
    /// Per store, in the order of `seq`.
    pub events: BTreeMap<Uuid, Vec<Event>>,
    pub customers: HashMap<Uuid, Customer>,
    pub orders: BTreeMap<Uuid, Order>,
    /// Per order, in the order of lines.
    pub items: HashMap<Uuid, Vec<Item>>,
    pub customer_orders: Vec<CustomerOrder>,
    pub pay_links: Vec<PayLink>,
    /// In the order of creation, as refunds are.
    pub attempts: Vec<Attempt>,
    pub refunds: Vec<Refund>,
    pub commands: Vec<Command>,
    pub timers: Vec<Timer>,
    pub notifications: Vec<Notification>,
    pub personal: Vec<PersonalData>,
    pub devices: Vec<Device>,
    pub dead_letters: Vec<DeadLetter>,
    /// In the order of the causes.
    pub entries: Vec<LedgerEntry>,
    pub lines: Vec<LedgerLine>,
    pub points: Vec<PointsEntry>,
    pub points_accounts: Vec<PointsAccount>,
    pub proofs: Vec<PaymentProof>,
    pub cuts: Vec<DayCut>,
    pub closes: Vec<DayClose>,
    pub sold_out: Vec<SoldOut>,
    pub staff: Vec<Staff>,
    /// Whether the database has a ledger at all.
    pub has_ledger: bool,
    /// Whether it knows points.
    pub has_points: bool,
    /// Places in `attempts` by order, and in `refunds` by attempt.
    attempts_of: HashMap<Uuid, Vec<usize>>,
    refunds_of: HashMap<Uuid, Vec<usize>>,
}

impl Database {
    pub fn attempts_of(&self, order: Uuid) -> impl Iterator<Item = &Attempt> {
        let places = self.attempts_of.get(&order).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|place| self.attempts.get(*place))
    }

    /// In the order they were asked for.
    pub fn refunds_of(&self, attempt: Uuid) -> impl Iterator<Item = &Refund> {
        let places = self.refunds_of.get(&attempt).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|place| self.refunds.get(*place))
    }

    pub fn event_count(&self) -> usize {
        self.events.values().map(Vec::len).sum()
    }

    pub fn events_of(&self, store: Uuid) -> &[Event] {
        self.events.get(&store).map_or(&[], Vec::as_slice)
    }

    /// The event with this number, as far as the log is whole.
    pub fn event(&self, store: Uuid, seq: i64) -> Option<&Event> {
        let events = self.events_of(store);
        let index = events.binary_search_by_key(&seq, |event| event.row.seq).ok()?;
        events.get(index)
    }
}

pub async fn connect(url: &str) -> Result<PgConnection> {
    let options = PgConnectOptions::from_str(url).context("the database's address is not one")?;
    PgConnection::connect_with(&options).await.context("the database does not answer")
}

macro_rules! rows {
    ($connection:expr, $query:literal) => {
        sqlx::query_as($query)
            .fetch_all(&mut *$connection)
            .await
            .with_context(|| format!("cannot read: {}", $query))?
    };
}

/// The same of a table that a schema of before does not have.
macro_rules! rows_if {
    ($connection:expr, $table:literal, $query:literal) => {
        if is_there(&mut $connection, $table).await? { rows!($connection, $query) } else { Vec::new() }
    };
}

async fn is_there(connection: &mut PgConnection, table: &str) -> Result<bool> {
    let there = sqlx::query_scalar("select to_regclass($1) is not null").bind(table);
    Ok(there.fetch_one(connection).await?)
}

/// Reads all tables in one repeatable-read transaction.
pub async fn read(connection: &mut PgConnection) -> Result<Database> {
    let mut tx = connection.begin().await?;
    sqlx::query("set transaction isolation level repeatable read read only").execute(&mut *tx).await?;
    let now = sqlx::query("select clock_timestamp()").fetch_one(&mut *tx).await?.try_get(0)?;
    let stores: Vec<Store> = rows!(tx, "select * from store");
    let cursors: Vec<Cursor> = rows!(tx, "select * from store_cursor");
    let customers: Vec<Customer> = rows!(tx, "select * from customer");
    let orders: Vec<Order> = rows!(tx, "select * from orders");
    let items: Vec<Item> = rows!(tx, "select * from order_item order by order_id, line_no");
    let events: Vec<EventRow> = rows!(tx, "select * from store_event order by store_id, seq");
    let attempts: Vec<Attempt> = rows!(tx, "select * from payment_attempt order by created_at, attempt_id");
    let refunds: Vec<Refund> = rows!(tx, "select * from refund order by created_at, refund_id");
    let database = Database {
        attempts_of: places(attempts.iter().map(|attempt| attempt.order_id)),
        refunds_of: places(refunds.iter().map(|refund| refund.attempt_id)),
        now,
        stores: stores.into_iter().map(|row| (row.store_id, row)).collect(),
        menus: rows!(tx, "select * from menu_document order by store_id, menu_version"),
        stock: rows!(tx, "select * from item_stock"),
        days: rows!(tx, "select * from business_day order by store_id, first_seq"),
        cursors: cursors.into_iter().map(|row| (row.store_id, row)).collect(),
        events: by_store(events),
        customers: customers.into_iter().map(|row| (row.customer_id, row)).collect(),
        orders: orders.into_iter().map(|row| (row.order_id, row)).collect(),
        items: by_order(items),
        customer_orders: rows!(tx, "select * from customer_order"),
        pay_links: rows!(tx, "select store_id, order_id, attempt_id from pay_link"),
        attempts,
        refunds,
        commands: commands(&mut tx).await?,
        timers: rows!(tx, "select * from timer"),
        notifications: rows!(tx, "select * from notification order by created_at, notification_id"),
        personal: rows!(tx, "select subject, subject_id, store_id from personal_data"),
        devices: rows!(tx, "select * from device"),
        dead_letters: rows!(tx, "select * from dead_letter"),
        has_ledger: is_there(&mut tx, "ledger_entry").await?,
        entries: rows_if!(
            tx,
            "ledger_entry",
            "select * from ledger_entry order by created_at, source, source_id"
        ),
        lines: rows_if!(tx, "ledger_line", "select * from ledger_line"),
        has_points: is_there(&mut tx, "points_entry").await?,
        points: rows_if!(tx, "points_entry", "select * from points_entry order by created_at, entry_id"),
        points_accounts: rows_if!(tx, "points_account", "select * from points_account"),
        proofs: rows_if!(tx, "payment_proof", "select * from payment_proof"),
        cuts: rows_if!(tx, "day_cut", "select * from day_cut"),
        closes: rows_if!(tx, "day_close", "select * from day_close"),
        sold_out: rows_if!(tx, "sold_out", "select * from sold_out"),
        staff: rows!(tx, "select store_id, staff_id from staff"),
    };
    tx.rollback().await?;
    Ok(database)
}

/// A schema from before journals had incarnations is read too.
async fn commands(tx: &mut PgConnection) -> Result<Vec<Command>> {
    let kept = sqlx::query(
        "select 1 from information_schema.columns
         where table_schema = current_schema() and table_name = 'command' and column_name = 'incarnation'",
    );
    let incarnation =
        if kept.fetch_optional(&mut *tx).await?.is_some() { "incarnation::text" } else { "null::text" };
    let query = format!(
        "select store_id, key, device_id, device_seq, body_hash, kind, order_id, answer, created_at,
                {incarnation} as incarnation
         from command order by created_at, key"
    );
    Ok(sqlx::query_as(AssertSqlSafe(query)).fetch_all(tx).await?)
}

fn by_store(rows: Vec<EventRow>) -> BTreeMap<Uuid, Vec<Event>> {
    let mut events: BTreeMap<Uuid, Vec<Event>> = BTreeMap::new();
    for row in rows {
        let body = serde_json::from_slice(&row.body).unwrap_or(Value::Null);
        events.entry(row.store_id).or_default().push(Event { row, body });
    }
    events
}

fn places(ids: impl Iterator<Item = Uuid>) -> HashMap<Uuid, Vec<usize>> {
    let mut places: HashMap<Uuid, Vec<usize>> = HashMap::new();
    for (place, id) in ids.enumerate() {
        places.entry(id).or_default().push(place);
    }
    places
}

fn by_order(rows: Vec<Item>) -> HashMap<Uuid, Vec<Item>> {
    let mut items: HashMap<Uuid, Vec<Item>> = HashMap::new();
    for row in rows {
        items.entry(row.order_id).or_default().push(row);
    }
    items
}
