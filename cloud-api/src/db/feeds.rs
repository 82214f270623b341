//! Where the logs end and who may follow them: what the relay and the hub look at all the time.

use shared::TimeMs;
use shared::id::{DayId, SessionId, StoreId};
use shared::log::ChainHash;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::clock::to_utc;
use crate::log::append::Cursor;
use crate::log::stream::DayStream;

/// The end of one store's log.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    pub store_id: StoreId,
    pub cursor: Cursor,
    /// The running day's stream; absent between two days.
    pub stream: Option<DayStream>,
    /// The open counter session.
    pub holder: Option<SessionId>,
}

macro_rules! head_from_row {
    ($row:expr, $holder:expr) => {{
        let row = $row;
        let hash = hash(&row.last_hash)?;
        let stream = match (row.day_id, row.first_seq, row.stream_gen) {
            (Some(day), Some(first_seq), Some(generation)) => {
                Some(DayStream { day_id: DayId(day), first_seq, generation })
            }
            _ => None,
        };
        Ok(Head {
            store_id: StoreId(row.store_id),
            cursor: Cursor { epoch: row.epoch, seq: row.last_seq, hash },
            stream,
            holder: $holder,
        })
    }};
}

/// The ends of all logs, in one query.
pub async fn all(db: impl PgExecutor<'_>) -> Result<Vec<Head>, sqlx::Error> {
    let rows = sqlx::query!(
        "select c.store_id as \"store_id!\", c.epoch as \"epoch!\", c.last_seq as \"last_seq!\", c.last_hash as \"last_hash!\", d.day_id as \"day_id?\", d.first_seq as \"first_seq?\",
                d.stream_gen as \"stream_gen?\"
         from store_cursor c left join business_day d on d.store_id = c.store_id and d.state <> 'closed'
         order by c.store_id"
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(|row| head_from_row!(row, None)).collect()
}

/// The ends of these logs with the session that may follow each, in one query.
pub async fn of(db: impl PgExecutor<'_>, stores: &[StoreId], now: TimeMs) -> Result<Vec<Head>, sqlx::Error> {
    let ids: Vec<Uuid> = stores.iter().map(|store| store.0).collect();
    let rows = sqlx::query!(
        "select c.store_id as \"store_id!\", c.epoch as \"epoch!\", c.last_seq as \"last_seq!\", c.last_hash as \"last_hash!\", d.day_id as \"day_id?\", d.first_seq as \"first_seq?\",
                d.stream_gen as \"stream_gen?\", t.session_id as \"session_id?\"
         from store_cursor c
         left join business_day d on d.store_id = c.store_id and d.state <> 'closed'
         left join store_session t on t.store_id = c.store_id and t.kind = 'counter' and t.ended_at is null
              and t.expires_at > $2
              and not exists (select 1 from device x where x.store_id = t.store_id and x.device_id = t.device_id
                  and x.revoked_at is not null)
              and not exists (select 1 from staff y where y.store_id = t.store_id and y.staff_id = t.staff_id
                  and y.disabled_at is not null)
         where c.store_id = any($1)",
        &ids,
        to_utc(now)
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let holder = row.session_id.map(SessionId);
            head_from_row!(row, holder)
        })
        .collect()
}

/// The day whose stream holds an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamedDay {
    pub stream: DayStream,
    /// Its last event, when another day began since.
    pub last: Option<i64>,
    /// The stream was removed for good.
    pub is_archived: bool,
}

/// The day whose stream holds event `seq`.
pub async fn day_of(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    seq: i64,
) -> Result<Option<StreamedDay>, sqlx::Error> {
    let row = sqlx::query!(
        "select day_id, first_seq, stream_gen,
                (select min(n.first_seq) - 1 from business_day n where n.store_id = d.store_id and n.first_seq > d.first_seq)
                    as last_seq,
                exists (select 1 from day_close x where x.store_id = d.store_id and x.day_id = d.day_id and x.archived_at is not null)
                    as \"is_archived!\"
         from business_day d where store_id = $1 and first_seq <= $2 order by first_seq desc limit 1",
        store_id.0,
        seq
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| {
        let stream =
            DayStream { day_id: DayId(row.day_id), first_seq: row.first_seq, generation: row.stream_gen };
        StreamedDay { stream, last: row.last_seq, is_archived: row.is_archived }
    }))
}

/// Starts a new generation of a day's stream, unless another relay did so already.
pub async fn next_generation(
    db: impl PgExecutor<'_>,
    store_id: StoreId,
    forked: DayStream,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update business_day set stream_gen = stream_gen + 1 where store_id = $1 and day_id = $2 and stream_gen = $3",
        store_id.0,
        forked.day_id.0,
        forked.generation
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) fn hash(bytes: &[u8]) -> Result<ChainHash, sqlx::Error> {
    ChainHash::from_slice(bytes)
        .ok_or_else(|| sqlx::Error::Decode("a chain hash in the database has not 32 bytes".into()))
}
