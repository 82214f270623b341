//! What the store of a review does.

use shared::id::StaffId;
use shared::review::{HideReason, ReviewStepKind};

use super::Key;
use crate::app::App;
use crate::db;
use crate::db::personal::{self, ReviewPrivate, Subject};
use crate::db::reviews::{Review, Step};

/// What an owner wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ByStore {
    /// An answer of [`shared::review::one_line`], in place of an earlier one.
    Reply(String),
    /// With [`HideReason::Other`], the reason in words.
    Hide(HideReason, Option<String>),
    /// Hides it no longer.
    Show,
}

/// Does what an owner wants with a review; `false` when there is none, or its author took it back. What is so already makes no step.
pub async fn store(app: &App, key: Key, by: StaffId, wanted: ByStore) -> Result<bool, sqlx::Error> {
    let now = app.clock.now_ms();
    let mut tx = app.db.begin().await?;
    let Some(locked) = db::orders::lock(&mut tx, key.0, key.1).await? else { return Ok(false) };
    let found = db::reviews::find(&mut *tx, key.0, key.1).await?.map(|found| found.review);
    let Some(old) = found.filter(|review| review.removed_at.is_none()) else { return Ok(false) };
    let subject = Subject::Review(key.0, key.1);
    let kept: ReviewPrivate = personal::get(&mut *tx, &app.vault, subject).await?.unwrap_or_default();
    let (new, texts, kind) = match wanted {
        ByStore::Reply(text) if kept.reply.as_ref() == Some(&text) => return Ok(true),
        ByStore::Reply(text) => (
            Review { replied_at: Some(now), ..old },
            ReviewPrivate { reply: Some(text), ..kept },
            ReviewStepKind::Replied,
        ),
        ByStore::Hide(reason, why)
            if old.hidden.is_some_and(|(old, _)| old == reason) && kept.hidden_why == why =>
        {
            return Ok(true);
        }
        ByStore::Hide(reason, why) => (
            Review { hidden: Some((reason, now)), ..old },
            ReviewPrivate { hidden_why: why, ..kept },
            ReviewStepKind::Hidden,
        ),
        ByStore::Show if old.hidden.is_none() => return Ok(true),
        ByStore::Show => (
            Review { hidden: None, ..old },
            ReviewPrivate { hidden_why: None, ..kept },
            ReviewStepKind::Shown,
        ),
    };
    personal::put(&mut *tx, &app.vault, subject, &texts, now).await?;
    let customer = locked.context.customer_id;
    let step = Step { kind, by: Some(by) };
    db::reviews::save(&mut tx, key, customer, (Some(&old), &new), step, now).await?;
    tx.commit().await?;
    metrics::counter!("reviews", "step" => kind.as_str()).increment(1);
    Ok(true)
}
