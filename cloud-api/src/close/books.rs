//! What is compared, read at one moment.

use std::collections::BTreeSet;

use anyhow::Context;
use shared::TimeMs;
use shared::id::{AttemptId, DayId, StoreId};
use sqlx::{Executor, PgConnection};
use uuid::Uuid;

use crate::clock::to_utc;
use crate::db::closing::{self, AttemptRow, DayCut, DayRow, OrderRow, Rows};
use crate::db::ledger::{self, Entry};
use crate::db::points::{self, PointsRow};
use crate::db::settlements::{self, Forced};
use crate::db::{Db, in_time};

/// A store's day in our own tables.
#[derive(Debug, Clone)]
pub struct Books {
    pub store_id: StoreId,
    pub day_id: DayId,
    pub day: DayRow,
    /// The last event of the books: the cut's, else the newest.
    pub upto: i64,
    pub cut: Option<DayCut>,
    pub rows: Rows,
    pub orders: Vec<OrderRow>,
    pub attempts: Vec<AttemptRow>,
    pub entries: Vec<Entry>,
    /// What moved of customers' points for these orders.
    pub points: Vec<PointsRow>,
    /// What persons decided about these payments against KakaoPay's word, or without it.
    pub forced: Vec<Forced>,
}

impl Books {
    /// Reads everything in one snapshot; `None` when the store has no such day.
    pub async fn read(db: &Db, store_id: StoreId, day_id: DayId) -> anyhow::Result<Option<Self>> {
        in_time(async {
            let mut tx = db.begin().await?;
            tx.execute("set transaction isolation level repeatable read, read only").await?;
            let books = read(&mut tx, store_id, day_id).await?;
            tx.rollback().await?;
            Ok::<_, anyhow::Error>(books)
        })
        .await
    }

    /// Payments that KakaoPay can be asked about.
    pub fn tids(&self) -> impl Iterator<Item = (AttemptId, &str)> {
        self.attempts
            .iter()
            .filter_map(|attempt| Some((AttemptId(attempt.attempt_id), attempt.tid.as_deref()?)))
    }
}

async fn read(tx: &mut PgConnection, store_id: StoreId, day_id: DayId) -> anyhow::Result<Option<Books>> {
    let Some(day) = closing::read_day(&mut *tx, store_id, day_id).await? else { return Ok(None) };
    let is_closed = day.state == "closed";
    let cut = closing::cut_of(&mut *tx, store_id, day_id).await?;
    let moved = match cut {
        Some(cut) if !is_closed => closing::moved_since(&mut *tx, store_id, cut.upto_seq).await?,
        Some(_) | None => false,
    };
    // A cut after which something happened is none.
    let cut = cut.filter(|_| !moved);
    let end = day.last_of_day.unwrap_or(day.last_seq);
    let upto = cut.map_or(end, |cut| cut.upto_seq);
    let (rows, orders) =
        closing::read_orders(tx, store_id, day_id, (day.first_seq, upto, end.max(upto))).await?;
    let mut ids: Vec<Uuid> = orders.iter().map(|order| order.order_id).collect();
    let from = day.began_at.unwrap_or(to_utc(TimeMs(0)));
    let attempts = closing::payments(tx, (store_id, day_id), &ids, from, day.closed_at).await?;
    let attempt_ids: Vec<Uuid> = attempts.iter().map(|attempt| attempt.attempt_id).collect();
    let forced = settlements::forced(&mut *tx, store_id, &attempt_ids).await?;
    let named = closing::ledger_orders(&mut *tx, store_id, &attempt_ids).await?;
    ids.extend(attempts.iter().map(|attempt| attempt.order_id).chain(named));
    let ids: Vec<Uuid> = ids.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    let entries = ledger::of_orders(&mut *tx, store_id, &ids).await.context("the ledger cannot be read")?;
    let points = points::of_orders(&mut *tx, store_id, &ids).await?;
    Ok(Some(Books { store_id, day_id, day, upto, cut, rows, orders, attempts, entries, points, forced }))
}
