//! Where a closing stands, for whoever asks.

use shared::certificate::SignedCertificate;
use shared::day::DayPhase;
use shared::id::{DayId, StoreId};
use shared::wire::{CloseStatus, HashAt};

use super::{NotDone, blockers, cut};
use crate::app::App;
use crate::clock::to_ms;
use crate::db::closing;
use crate::db::{self, in_time};
use crate::failpoint;

/// What still stands in the way of a day's end.
pub async fn status(app: &App, store_id: StoreId, day_id: DayId) -> Result<CloseStatus, NotDone> {
    let now = app.clock.now_ms();
    in_time(async {
        let mut tx = app.db.begin().await?;
        let (state, closed_at) =
            closing::state_of(&mut *tx, store_id, day_id).await?.ok_or(NotDone::NoSuchDay)?;
        let latest = db::days::latest(&mut *tx, store_id).await?;
        let Some(stored) = latest.filter(|stored| stored.day.id == day_id && state != "closed") else {
            return Ok(CloseStatus {
                day_id,
                server_time: now,
                closing_since: None,
                closed_at: closed_at.map(to_ms),
                blockers: Vec::new(),
                cut: None,
            });
        };
        let first_seq = closing::first_seq(&mut *tx, store_id, day_id).await?;
        let standing = cut::standing(&mut tx, store_id, &stored.day).await?;
        let blockers = match standing {
            Some(_) => Vec::new(),
            None => blockers::blockers(&mut tx, store_id, &stored.day, now).await?,
        };
        tx.rollback().await?;
        let closing_since = match stored.day.phase {
            DayPhase::Closing { since, .. } => Some(since),
            DayPhase::Preparing
            | DayPhase::Open { .. }
            | DayPhase::OnBreak { .. }
            | DayPhase::Closed { .. } => None,
        };
        let cut = standing.map(|standing| cut::shown(&standing, first_seq));
        Ok(CloseStatus { day_id, server_time: now, closing_since, closed_at: None, blockers, cut })
    })
    .await
}

/// The certificate of a closed day.
pub async fn certificate(
    app: &App,
    store_id: StoreId,
    day_id: DayId,
) -> Result<Option<SignedCertificate>, sqlx::Error> {
    let signed = closing::certificate_of(&app.db, store_id, day_id).await?;
    Ok(signed.map(|signed| SignedCertificate {
        text: signed.certificate,
        key_id: signed.key_id,
        signature: signed.signature,
    }))
}

/// The chain hashes of some events.
pub async fn hashes(app: &App, store_id: StoreId, seqs: &[i64]) -> Result<Vec<HashAt>, NotDone> {
    failpoint::reach("close.mid_bisect").await?;
    let hashes = closing::hashes(&app.db, store_id, seqs).await?;
    Ok(hashes.into_iter().map(|(seq, hash)| HashAt { seq, hash: hash.hex() }).collect())
}
