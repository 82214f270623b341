//! How long payments stay unknown: between "sent" and "known", as the database shows it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use sqlx::PgPool;
use tokio::task::AbortHandle;

use crate::recovery::{Millis, now, quantile};

const LOOK: Duration = Duration::from_millis(250);
const UNDER_WAY: &str =
    "select attempt_id::text from payment_attempt where state in ('approve_sent', 'approve_unknown')";

/// KakaoPay tells the second of a capture.
const APPROVED: &str =
    "select attempt_id::text, (extract(epoch from approved_at) * 1000)::bigint from payment_attempt
     where state = 'approved'";

/// A payment that was seen under way and then no more.
#[derive(Debug, Clone)]
struct Known {
    attempt: String,
    seen: Millis,
    known: Millis,
}

pub struct Unknowns {
    known: Arc<Mutex<Vec<Known>>>,
    looking: AbortHandle,
}

/// Over payments that were seen under way, to a quarter of a second.
#[derive(Debug, Clone, Copy, Default)]
pub struct UnknownFor {
    /// Those that were captured, from the capture on.
    pub captured: Spread,
    /// The same, from the first request on: what KakaoPay has not begun two minutes after it was asked is asked for once more.
    pub asked: Spread,
    /// Those that were not captured: whether money will still move is in doubt for two minutes by rule.
    pub others: Spread,
}

#[derive(Debug, Clone, Copy, Default)]
pub struct Spread {
    pub payments: usize,
    pub p95: Duration,
    pub longest: Duration,
}

impl Spread {
    fn of(mut times: Vec<Millis>) -> Self {
        times.sort_unstable();
        Self { payments: times.len(), p95: quantile(&times, 95), longest: quantile(&times, 100) }
    }
}

impl Unknowns {
    pub fn watch(db: PgPool) -> Self {
        let known = Arc::new(Mutex::new(Vec::new()));
        let looking = tokio::spawn(look(db, Arc::clone(&known))).abort_handle();
        Self { known, looking }
    }

    pub async fn end(self, db: &PgPool) -> Result<UnknownFor> {
        self.looking.abort();
        let approved: Vec<(String, Millis)> = sqlx::query_as(APPROVED).fetch_all(db).await?;
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(spreads(&known, &approved.into_iter().collect()))
    }
}

/// `approved`: when KakaoPay captured.
fn spreads(known: &[Known], approved: &HashMap<String, Millis>) -> UnknownFor {
    let (mut captured, mut asked, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for payment in known {
        let whole = payment.known - payment.seen;
        match approved.get(&payment.attempt) {
            Some(at) => {
                captured.push(payment.known - payment.seen.max(*at));
                asked.push(whole);
            }
            None => others.push(whole),
        }
    }
    UnknownFor { captured: Spread::of(captured), asked: Spread::of(asked), others: Spread::of(others) }
}

async fn look(db: PgPool, known: Arc<Mutex<Vec<Known>>>) {
    let mut open: HashMap<String, Millis> = HashMap::new();
    loop {
        tokio::time::sleep(LOOK).await;
        // Postgres may be down; what was open stays open.
        let Ok(under_way) = sqlx::query_scalar::<_, String>(UNDER_WAY).fetch_all(&db).await else { continue };
        let at = now();
        for attempt in &under_way {
            open.entry(attempt.clone()).or_insert(at);
        }
        let over = open.extract_if(|attempt, _| !under_way.contains(attempt));
        let over = over.map(|(attempt, seen)| Known { attempt, seen, known: at });
        known.lock().unwrap_or_else(PoisonError::into_inner).extend(over);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(attempt: &str, seen: Millis, known: Millis) -> Known {
        Known { attempt: attempt.to_owned(), seen, known }
    }

    #[test]
    fn a_capture_is_unknown_from_the_capture_on() {
        let payments = [known("at once", 1_000, 1_500), known("asked again", 1_000, 125_000)];
        let approved = HashMap::from([("at once".to_owned(), 900), ("asked again".to_owned(), 122_000)]);
        let found = spreads(&payments, &approved);
        assert_eq!((found.captured.payments, found.captured.longest), (2, Duration::from_secs(3)));
        assert_eq!((found.asked.payments, found.asked.longest), (2, Duration::from_secs(124)));
        assert_eq!(found.others.payments, 0);
    }

    #[test]
    fn what_was_not_captured_is_in_doubt_from_the_first_request_on() {
        let found = spreads(&[known("never", 1_000, 122_000)], &HashMap::new());
        assert_eq!((found.others.payments, found.others.longest), (1, Duration::from_secs(121)));
    }
}
