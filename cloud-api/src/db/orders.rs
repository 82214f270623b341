//! Order rows: the current state of each order, which the log can always rebuild.

use chrono::{DateTime, Utc};
use shared::day::Busy;
use shared::id::{CustomerId, DayId, OrderId, StoreId};
use shared::menu::PricedLine;
use shared::order::{Conflict, Order, OrderDetails, OrderMode, Phase, Ticket};
use shared::reservation::fires_at;
use shared::session::SessionVersion;
use shared::{TimeMs, Won};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::points::{NewPoints, PointsKind};
use crate::clock::{to_ms, to_utc};
use crate::orders::OrderContext;

/// An order whose row the transaction holds.
#[derive(Debug, Clone)]
pub struct LockedOrder {
    pub order: Order,
    pub context: OrderContext,
    pub session_version: String,
    pub menu_version: i64,
    pub created_at: TimeMs,
    /// Minutes that the store promises when nobody chose, while it is not busy.
    pub prep_minutes_default: u32,
    /// Busy mode of the running day.
    pub busy: Option<Busy>,
    /// Minutes that the store has to answer.
    pub accept_deadline_minutes: u32,
}

impl LockedOrder {
    /// Minutes that the store promises at `now` when nobody chose.
    pub fn promised_minutes(&self, now: TimeMs) -> u32 {
        let busy = self.busy.filter(|busy| busy.until.is_none_or(|until| now < until));
        self.prep_minutes_default + busy.map_or(0, |busy| busy.extra_minutes)
    }

    /// When a reservation has to be begun: the store's usual prep time before the customer comes. Nothing for an order of now.
    pub fn fires_at(&self) -> Option<TimeMs> {
        self.order.pick_up_at.map(|at| fires_at(at, self.prep_minutes_default))
    }

    /// Whether it is this one.
    pub fn is(&self, store_id: StoreId, order_id: OrderId) -> bool {
        self.context.store_id == store_id && self.order.id == order_id
    }
}

/// An order about to be written.
#[derive(Debug)]
pub struct NewOrder<'a> {
    pub store_id: StoreId,
    pub customer_id: CustomerId,
    pub order: &'a Order,
    pub session_version: SessionVersion,
    pub menu_version: i64,
}

/// Writes an unpaid order with its items, and sets the points aside that pay a part of it.
pub async fn insert(tx: &mut PgConnection, new: &NewOrder<'_>, now: TimeMs) -> Result<(), sqlx::Error> {
    let order = new.order;
    sqlx::query!(
        "insert into orders (store_id, order_id, customer_id, version, phase, state, mode, total, tax_free, vat, points, has_request,
                             session_version, menu_version, created_at, updated_at, pick_up_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, $16)",
        new.store_id.0,
        order.id.0,
        new.customer_id.0,
        to_i32(order.version),
        order.phase.name().as_str(),
        json(&order.phase)?,
        order.details.mode.as_str(),
        order.details.total.get(),
        order.details.tax_free.get(),
        order.details.vat.get(),
        order.details.points.get(),
        order.has_request,
        new.session_version.to_string(),
        new.menu_version,
        to_utc(now),
        order.pick_up_at.map(to_utc)
    )
    .execute(&mut *tx)
    .await?;
    for (index, line) in order.details.lines.iter().enumerate() {
        insert_line(tx, new.store_id, order.id, index, line).await?;
    }
    if !order.details.points.is_zero() {
        let held = NewPoints {
            store_id: new.store_id,
            order_id: order.id,
            customer_id: new.customer_id,
            kind: PointsKind::Held,
            order_version: order.version,
            amount: order.details.points.get(),
            permille: None,
        };
        super::points::write(tx, &held, now).await?;
    }
    sqlx::query!(
        "insert into customer_order (customer_id, order_id, store_id, created_at) values ($1, $2, $3, $4)",
        new.customer_id.0,
        order.id.0,
        new.store_id.0,
        to_utc(now)
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn insert_line(
    tx: &mut PgConnection,
    store_id: StoreId,
    order_id: OrderId,
    index: usize,
    line: &PricedLine,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into order_item (store_id, order_id, line_no, item_key, name, quantity, unit_price, amount, tax_free, options)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        store_id.0,
        order_id.0,
        i32::try_from(index).expect("an order session has few lines"),
        line.item.0,
        line.name,
        to_i32(line.quantity),
        line.unit_price.get(),
        line.amount.get(),
        line.tax_free,
        json(&line.options)?
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The columns of [`Row`] with the order's lines, in one statement: one round trip under the lock.
macro_rules! one_order {
    ($end:literal, $store_id:expr, $order_id:expr) => {
        sqlx::query_as!(
            Row,
            "select o.customer_id, o.day_id, o.version, o.state as \"state: Json<Phase>\", o.number, o.call_name, o.mode, o.total,
                    o.tax_free, o.vat, o.points, o.refunded, o.refund_promised, o.conflict, o.has_request, o.session_version, o.menu_version, o.created_at,
                    o.placed_at, o.pick_up_at, s.name, s.branch, s.prep_minutes_default, s.accept_deadline_minutes,
                    (select d.day -> 'busy' from business_day d where d.store_id = o.store_id and d.state <> 'closed')
                        as \"busy: Json<Busy>\",
                    coalesce((select json_agg(json_build_object('item', i.item_key, 'name', i.name, 'quantity', i.quantity,
                            'unit_price', i.unit_price, 'amount', i.amount, 'tax_free', i.tax_free, 'options', i.options)
                            order by i.line_no)
                        from order_item i where i.store_id = o.store_id and i.order_id = o.order_id), '[]')
                        as \"lines!: Json<Vec<PricedLine>>\"
             from orders o join store s on s.store_id = o.store_id where o.store_id = $1 and o.order_id = $2 " + $end,
            $store_id.0,
            $order_id.0
        )
    };
}

struct Row {
    customer_id: Uuid,
    day_id: Option<Uuid>,
    version: i32,
    state: Json<Phase>,
    number: Option<i32>,
    call_name: Option<String>,
    mode: String,
    total: i64,
    tax_free: i64,
    vat: i64,
    points: i64,
    refunded: i64,
    refund_promised: i64,
    conflict: Option<String>,
    has_request: bool,
    session_version: String,
    menu_version: i64,
    created_at: DateTime<Utc>,
    placed_at: Option<DateTime<Utc>>,
    pick_up_at: Option<DateTime<Utc>>,
    name: String,
    branch: String,
    prep_minutes_default: i32,
    accept_deadline_minutes: i32,
    busy: Option<Json<Busy>>,
    lines: Json<Vec<PricedLine>>,
}

/// Takes an order's row for the rest of the transaction. Whoever waited for it gets what the one before left.
pub async fn lock(
    tx: &mut PgConnection,
    store_id: StoreId,
    order_id: OrderId,
) -> Result<Option<LockedOrder>, sqlx::Error> {
    let row = one_order!("for update of o", store_id, order_id).fetch_optional(tx).await?;
    row.map(|row| row.into_order(store_id, order_id)).transpose()
}

/// Reads an order without taking it.
pub async fn read(
    tx: &mut PgConnection,
    store_id: StoreId,
    order_id: OrderId,
) -> Result<Option<LockedOrder>, sqlx::Error> {
    let row = one_order!("", store_id, order_id).fetch_optional(tx).await?;
    row.map(|row| row.into_order(store_id, order_id)).transpose()
}

impl Row {
    fn into_order(self, store_id: StoreId, order_id: OrderId) -> Result<LockedOrder, sqlx::Error> {
        let ticket = match (self.number, self.call_name, self.placed_at) {
            (Some(number), Some(call_name), Some(placed_at)) => {
                Some(Ticket { number: number.unsigned_abs(), call_name, placed_at: to_ms(placed_at) })
            }
            _ => None,
        };
        let details = OrderDetails {
            mode: mode_from_name(&self.mode)?,
            lines: self.lines.0,
            total: won(self.total)?,
            tax_free: won(self.tax_free)?,
            vat: won(self.vat)?,
            points: won(self.points)?,
        };
        let order = Order {
            id: order_id,
            version: self.version.unsigned_abs(),
            details,
            ticket,
            pick_up_at: self.pick_up_at.map(to_ms),
            phase: self.state.0,
            has_request: self.has_request,
            refunded: won(self.refunded)?,
            refund_promised: won(self.refund_promised)?,
            conflict: self.conflict.map(|text| from_json::<Conflict>(text.into())).transpose()?,
        };
        Ok(LockedOrder {
            order,
            context: OrderContext {
                store_id,
                store_name: format!("{} {}", self.name, self.branch),
                customer_id: CustomerId(self.customer_id),
                day_id: self.day_id.map(DayId),
            },
            session_version: self.session_version,
            menu_version: self.menu_version,
            created_at: to_ms(self.created_at),
            prep_minutes_default: self.prep_minutes_default.unsigned_abs(),
            busy: self.busy.map(|busy| busy.0),
            accept_deadline_minutes: self.accept_deadline_minutes.unsigned_abs(),
        })
    }
}

/// Writes what an order has become. `day_id` is taken over when it is placed.
pub async fn update(
    tx: &mut PgConnection,
    store_id: StoreId,
    order: &Order,
    day_id: Option<DayId>,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    let ticket = order.ticket.as_ref();
    let conflict = order.conflict.map(|conflict| json(&conflict)).transpose()?;
    sqlx::query!(
        "update orders set version = $3, phase = $4, state = $5, number = $6, call_name = $7, placed_at = $8, refunded = $9,
                conflict = $10, updated_at = $11, day_id = case when $6::integer is null then day_id else coalesce(day_id, $12) end,
                refund_promised = $13
         where store_id = $1 and order_id = $2",
        store_id.0,
        order.id.0,
        to_i32(order.version),
        order.phase.name().as_str(),
        json(&order.phase)?,
        ticket.map(|ticket| to_i32(ticket.number)),
        ticket.map(|ticket| ticket.call_name.as_str()),
        ticket.map(|ticket| to_utc(ticket.placed_at)),
        order.refunded.get(),
        conflict.as_ref().and_then(|value| value.as_str()),
        to_utc(now),
        day_id.map(|day| day.0),
        order.refund_promised.get()
    )
    .execute(tx)
    .await?;
    Ok(())
}

fn json<T: serde::Serialize>(value: &T) -> Result<serde_json::Value, sqlx::Error> {
    serde_json::to_value(value).map_err(|error| sqlx::Error::Encode(error.into()))
}

pub(super) fn from_json<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> Result<T, sqlx::Error> {
    serde_json::from_value(value).map_err(|error| sqlx::Error::Decode(error.into()))
}

pub(super) fn won(amount: i64) -> Result<Won, sqlx::Error> {
    Won::new(amount).map_err(|error| sqlx::Error::Decode(error.into()))
}

fn to_i32(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

pub(super) fn mode_from_name(name: &str) -> Result<OrderMode, sqlx::Error> {
    from_json(name.into())
}
