//! What the author of a review does.

use shared::TimeMs;
use shared::id::CustomerId;
use shared::review::{ReviewRefusal, ReviewStepKind, Stars, can_change, can_give};
use sqlx::PgConnection;

use super::Key;
use crate::app::App;
use crate::db;
use crate::db::personal::{self, ReviewPrivate, Subject};
use crate::db::reviews::{Review, Step};

/// What a customer wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ByAuthor {
    /// Stars, for the first time or after it was taken back.
    Give(Stars),
    /// Other stars.
    Change(Stars),
    /// A text of [`shared::review::one_line`].
    Tell(String),
    /// Takes it back: its texts are erased, its stars no longer count.
    Remove,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done(Review),
    Refused(ReviewRefusal),
    /// It is nobody's order, or somebody else's.
    NotYours,
}

/// Does what the author of a review wants, if it is an order of theirs.
pub async fn author(
    app: &App,
    key: Key,
    customer: CustomerId,
    wanted: ByAuthor,
) -> Result<Outcome, sqlx::Error> {
    let now = app.clock.now_ms();
    let mut tx = app.db.begin().await?;
    let locked = db::orders::lock(&mut tx, key.0, key.1).await?;
    let Some(locked) = locked.filter(|locked| locked.context.customer_id == customer) else {
        return Ok(Outcome::NotYours);
    };
    let old = db::reviews::find(&mut *tx, key.0, key.1).await?.map(|found| found.review);
    let known = old.as_ref().map(Review::reviewed);
    let allowed = match wanted {
        ByAuthor::Give(_) => can_give(&locked.order.phase, known, now),
        ByAuthor::Change(_) | ByAuthor::Tell(_) | ByAuthor::Remove => can_change(known, now),
    };
    if let Err(refusal) = allowed {
        return Ok(Outcome::Refused(refusal));
    }
    if let (Some(old), ByAuthor::Change(stars)) = (&old, &wanted)
        && old.stars == *stars
    {
        return Ok(Outcome::Done(*old));
    }
    let (new, kind) = changed(old, &wanted, now);
    match wanted {
        ByAuthor::Tell(text) => tell(&mut tx, app, key, text, now).await?,
        ByAuthor::Remove => personal::erase(&mut *tx, Subject::Review(key.0, key.1)).await?,
        ByAuthor::Give(_) | ByAuthor::Change(_) => {}
    }
    let step = Step { kind, by: None };
    db::reviews::save(&mut tx, key, customer, (old.as_ref(), &new), step, now).await?;
    tx.commit().await?;
    metrics::counter!("reviews", "step" => kind.as_str()).increment(1);
    Ok(Outcome::Done(new))
}

fn changed(old: Option<Review>, wanted: &ByAuthor, now: TimeMs) -> (Review, ReviewStepKind) {
    let same = |stars| old.unwrap_or_else(|| Review::new(stars, now));
    let later = old.map(|_| now);
    match wanted {
        ByAuthor::Give(stars) => {
            let new = Review {
                stars: *stars,
                changed_at: later,
                removed_at: None,
                replied_at: None,
                ..same(*stars)
            };
            (new, ReviewStepKind::Written)
        }
        ByAuthor::Change(stars) => {
            (Review { stars: *stars, changed_at: later, ..same(*stars) }, ReviewStepKind::Changed)
        }
        ByAuthor::Tell(_) => (Review { changed_at: later, ..same(Stars::ALL[0]) }, ReviewStepKind::Told),
        ByAuthor::Remove => {
            let new = Review { removed_at: Some(now), replied_at: None, ..same(Stars::ALL[0]) };
            (new, ReviewStepKind::Removed)
        }
    }
}

async fn tell(
    tx: &mut PgConnection,
    app: &App,
    key: Key,
    text: String,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    let subject = Subject::Review(key.0, key.1);
    let kept: Option<ReviewPrivate> = personal::get(&mut *tx, &app.vault, subject).await?;
    let new = ReviewPrivate { text: Some(text), ..kept.unwrap_or_default() };
    personal::put(tx, &app.vault, subject, &new, now).await
}
