//! Brings the read models up to the end of each store's log.

use std::time::Duration;

use shared::id::StoreId;
use shared::log::LogBody;
use sqlx::PgConnection;
use tokio::time::sleep;

use super::project::{Projection, orders_of};
use crate::app::App;
use crate::db;

/// Time between two rounds. What happened meanwhile is taken in together.
const ROUND: Duration = Duration::from_secs(1);
/// Stores of one round; the others follow in the next.
const MAX_STORES: i64 = 200;
/// Events of one transaction.
pub(super) const PAGE: i64 = 500;

/// Runs until shutdown.
pub(super) async fn work(app: App) {
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = sleep(ROUND) => {}
        }
        if let Err(error) = run_once(&app).await {
            tracing::warn!(error = format!("{error:#}"), "the read models could not be brought up to date");
        }
    }
}

/// One round: a page of every store's log that moved. How many events were taken in.
pub async fn run_once(app: &App) -> anyhow::Result<usize> {
    let mut events = 0;
    for store_id in db::read_models::behind(&app.db, MAX_STORES).await? {
        if app.shutdown.is_cancelled() {
            break;
        }
        events += db::in_time(one_page(app, store_id)).await?;
    }
    Ok(events)
}

async fn one_page(app: &App, store_id: StoreId) -> Result<usize, sqlx::Error> {
    let mut tx = app.db.begin().await?;
    // Somebody else is at it: another instance, or a rebuild.
    let Some(seq) = db::read_models::lock(&mut tx, store_id).await? else { return Ok(0) };
    let events = take_in(&mut tx, store_id, seq).await?.map_or(0, |page| page.events);
    tx.commit().await?;
    Ok(events)
}

/// A page that was taken in.
pub(super) struct Page {
    pub(super) events: usize,
    /// Its last event.
    pub(super) last: i64,
}

/// Takes in one page after `seq`; `None` at the end of the log. The transaction holds the store's cursor.
pub(super) async fn take_in(
    tx: &mut PgConnection,
    store_id: StoreId,
    seq: i64,
) -> Result<Option<Page>, sqlx::Error> {
    let events = db::events::range(&mut *tx, store_id, seq, PAGE).await?;
    let Some(last) = events.last().map(|event| event.seq) else { return Ok(None) };
    // A body that this version cannot read is somebody else's news.
    let page: Vec<(i64, LogBody)> =
        events.iter().filter_map(|event| Some((event.seq, LogBody::parse(&event.body).ok()?))).collect();
    let known = db::read_models::orders(tx, store_id, &orders_of(&page)).await?;
    let mut projection = Projection::from_known(known);
    for (seq, body) in &page {
        projection.follow(*seq, body);
    }
    db::read_models::save(tx, store_id, &projection, last).await?;
    Ok(Some(Page { events: events.len(), last }))
}
