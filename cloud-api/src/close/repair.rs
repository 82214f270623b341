//! Building a day's stream anew from Postgres. The stream is a copy, so it may be thrown away at any time; Postgres is never touched.

use anyhow::bail;
use shared::id::{DayId, StoreId};
use shared::log::GENESIS;
use shared::wire::Repaired;

use super::NotDone;
use crate::app::App;
use crate::db;
use crate::db::closing;
use crate::failpoint;
use crate::log::relay::Streams;
use crate::log::stream::{self, Appended, DayStream};

/// Events of one call to Redis.
const PAGE: i64 = 500;

/// Begins a new generation, fills it up to the head of the day, and lets the old one expire.
pub async fn repair(app: &App, store_id: StoreId, day_id: DayId) -> Result<Repaired, NotDone> {
    let day = closing::read_day(&app.db, store_id, day_id).await?.ok_or(NotDone::NoSuchDay)?;
    if day.is_archived {
        return Ok(Repaired { events: 0, generation: day.stream_gen });
    }
    let old = DayStream { day_id, first_seq: day.first_seq, generation: day.stream_gen };
    failpoint::reach("close.before_repair").await?;
    db::feeds::next_generation(&app.db, store_id, old).await?;
    let renewed = closing::read_day(&app.db, store_id, day_id).await?.ok_or(NotDone::NoSuchDay)?;
    let new = DayStream { generation: renewed.stream_gen, ..old };
    let upto = renewed.last_of_day.unwrap_or(renewed.last_seq);
    let events = fill(app, store_id, &new, renewed.epoch, upto).await?;
    if let Err(error) = app.retire(store_id, &old).await {
        tracing::warn!(%store_id, %error, "the old stream does not expire by itself");
    }
    failpoint::reach("close.after_repair").await?;
    // The relay finds the new generation and tells the hubs.
    app.wake.relay.notify_one();
    metrics::counter!("streams_repaired").increment(1);
    tracing::warn!(%store_id, %day_id, generation = new.generation, events, "the day's stream was built anew");
    Ok(Repaired { events: u32::try_from(events).unwrap_or(u32::MAX), generation: new.generation })
}

async fn fill(
    app: &App,
    store_id: StoreId,
    stream: &DayStream,
    epoch: i32,
    upto: i64,
) -> anyhow::Result<i64> {
    let (mut next, mut previous) = (stream.first_seq, GENESIS);
    if next > 1 {
        let before = db::events::hash_at(&app.db, store_id, next - 1).await?;
        let Some(hash) = before else { bail!("event {} is missing in Postgres", next - 1) };
        previous = hash;
    }
    while next <= upto {
        let page = db::events::range(&app.db, store_id, next - 1, PAGE.min(upto - next + 1)).await?;
        let Some(last) = page.last() else { bail!("event {next} is missing in Postgres") };
        let (last_seq, last_hash) = (last.seq, last.hash);
        match stream::append(&app.redis, store_id, stream, epoch, previous, &page).await? {
            Appended::Added | Appended::Duplicate => {}
            Appended::Closed => bail!("the day's stream was removed for good"),
            Appended::Gap { last } => bail!("Redis says that the new stream ends at {last}"),
            Appended::Fork => bail!("the new stream is another log already"),
        }
        (next, previous) = (last_seq + 1, last_hash);
    }
    Ok(next - stream.first_seq)
}
