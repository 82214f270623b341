//! How many messages are due, and giving some of them up.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::clock::to_utc;
use crate::notify::{Due, patience_ms};
use crate::orders::Importance;
use shared::TimeMs;

/// Due messages that are counted at most; far beyond what is too many.
const MOST_COUNTED: i64 = 50_000;
/// Only one process at a time gives messages up, so that none is given up for another's count.
const SHEDDING_LOCK: i64 = 0x6d65_7373_6167_6573;

/// Whether this transaction is the one that may give messages up.
pub async fn may_give_up(tx: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!("select pg_try_advisory_xact_lock($1) as \"mine!\"", SHEDDING_LOCK)
        .fetch_one(tx)
        .await
}

/// The messages whose time has come and that nobody is sending.
pub async fn due(tx: &mut PgConnection, now: TimeMs) -> Result<Vec<Due>, sqlx::Error> {
    let mut numbers = Vec::new();
    let mut late_from: Vec<Option<DateTime<Utc>>> = Vec::new();
    for importance in Importance::ALL {
        numbers.push(importance.number());
        late_from.push(patience_ms(importance).map(|patience| to_utc(now.plus_ms(-patience))));
    }
    let rows = sqlx::query!(
        "select n.importance as \"importance!\", count(*) as \"count!\",
                count(*) filter (where n.next_try_at < bound.late_from) as \"too_late!\"
         from (select importance, next_try_at from notification
               where next_try_at <= $1 and state = 'pending' order by next_try_at limit $2) n
         join unnest($3::smallint[], $4::timestamptz[]) bound (importance, late_from) on bound.importance = n.importance
         group by n.importance",
        to_utc(now),
        MOST_COUNTED,
        &numbers,
        late_from as Vec<Option<DateTime<Utc>>>
    )
    .fetch_all(tx)
    .await?;
    let due = rows.into_iter().filter_map(|row| {
        let importance = Importance::ALL.into_iter().find(|one| one.number() == row.importance)?;
        let number = |count: i64| u64::try_from(count).unwrap_or(0);
        Some(Due { importance, count: number(row.count), too_late: number(row.too_late) })
    });
    Ok(due.collect())
}

/// Gives up the oldest due messages of one importance; their templates.
pub async fn give_up(
    tx: &mut PgConnection,
    importance: Importance,
    count: u64,
    why: &str,
    now: TimeMs,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "update notification n set state = 'shed', next_try_at = null, lease_until = null, finished_at = $1,
                result = $4 || coalesce('; before: ' || n.result, '')
         from (select store_id, notification_id from notification
               where next_try_at <= $1 and state = 'pending' and importance = $2
               order by next_try_at limit $3 for update skip locked) least
         where n.store_id = least.store_id and n.notification_id = least.notification_id
         returning n.template",
        to_utc(now),
        importance.number(),
        i64::try_from(count).unwrap_or(i64::MAX),
        why
    )
    .fetch_all(tx)
    .await
}
