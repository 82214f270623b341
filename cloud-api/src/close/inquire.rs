//! Asking KakaoPay about every payment of a day: many at once, but not too many, and never longer than the counter waits.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::{StreamExt, stream};
use shared::id::AttemptId;
use tokio::time::Instant;
use uuid::Uuid;

use super::books::Books;
use super::compare::{KakaoPay, Told};
use crate::app::App;
use crate::db::closing;
use crate::pay::kakaopay::{Answer, NO_SUCH_PAYMENT};

/// Questions under way at the same time.
const AT_ONCE: usize = 32;
/// How long all of them may take; the rest is asked the next time.
const WITHIN: Duration = Duration::from_secs(12);

/// What KakaoPay says of the day's payments. What it has said since `proven_since` is not asked again.
pub async fn inquire(
    app: &App,
    books: &Books,
    proven_since: Option<DateTime<Utc>>,
) -> Result<KakaoPay, sqlx::Error> {
    let mut told: KakaoPay = BTreeMap::new();
    if let Some(since) = proven_since {
        let proofs = closing::known_proofs(&app.db, books.store_id, since).await?;
        told.extend(
            proofs
                .into_iter()
                .map(|(AttemptId(id), captured, refunded)| (id, Told::Before { captured, refunded })),
        );
    }
    let open: Vec<(Uuid, String)> = books
        .tids()
        .filter(|(attempt, _)| !told.contains_key(&attempt.0))
        .map(|(attempt, tid)| (attempt.0, tid.to_owned()))
        .collect();
    let deadline = Instant::now() + WITHIN;
    let mut answers = stream::iter(open)
        .map(async |(attempt, tid)| (attempt, ask(app, &tid, deadline).await))
        .buffer_unordered(AT_ONCE);
    while let Some((attempt, answer)) = answers.next().await {
        told.insert(attempt, answer);
    }
    Ok(told)
}

async fn ask(app: &App, tid: &str, deadline: Instant) -> Told {
    if Instant::now() >= deadline {
        return Told::Nothing("no time was left to ask");
    }
    // An inquiry that is lost tells the breaker too: while it is open nobody waits here.
    if !app.kakaopay.is_available() {
        return Told::Nothing("KakaoPay does not answer well; nobody is asked");
    }
    match tokio::time::timeout_at(deadline, app.kakaopay.order(tid)).await {
        Ok(Answer::Done(body)) => Told::Of(Box::new(body)),
        Ok(Answer::Refused(refusal)) if refusal.code == NO_SUCH_PAYMENT => Told::NoSuchPayment,
        Ok(Answer::Refused(_)) => Told::Nothing("KakaoPay refused to say"),
        Ok(Answer::Unknown(cause)) => Told::Nothing(cause.as_str()),
        Err(_) => Told::Nothing("no time was left to wait"),
    }
}
