//! Makes the read models anew from the logs. Readers see the old ones until a store's new ones are whole.

use serde::Serialize;
use shared::id::StoreId;
use sqlx::PgPool;

use super::work::take_in;
use crate::db;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rebuilt {
    pub stores: usize,
    /// Events of the logs that were read.
    pub events: usize,
}

/// Rebuilds the read models of one store, or of all, one transaction for each.
pub async fn rebuild(db: &PgPool, only: Option<StoreId>) -> Result<Rebuilt, sqlx::Error> {
    let stores = match only {
        Some(store) => vec![store],
        None => db::read_models::all_stores(db).await?,
    };
    let mut rebuilt = Rebuilt { stores: 0, events: 0 };
    for store_id in stores {
        rebuilt.events += one_store(db, store_id).await?;
        rebuilt.stores += 1;
    }
    Ok(rebuilt)
}

async fn one_store(db: &PgPool, store_id: StoreId) -> Result<usize, sqlx::Error> {
    let mut tx = db.begin().await?;
    db::read_models::begin_anew(&mut tx, store_id).await?;
    let (mut seq, mut events) = (0, 0);
    while let Some(page) = take_in(&mut tx, store_id, seq).await? {
        (seq, events) = (page.last, events + page.events);
    }
    // Last, because reviews of the store wait from here on.
    db::ratings::rebuild(&mut tx, store_id).await?;
    tx.commit().await?;
    Ok(events)
}
