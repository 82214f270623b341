//! How long payments stay unknown: between "sent" and "known", as the database shows it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::PgPool;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::recovery::{Millis, quantile};

const LOOK: Duration = Duration::from_millis(250);
const UNDER_WAY: &str =
    "select attempt_id::text from payment_attempt where state in ('approve_sent', 'approve_unknown')";

pub struct Unknowns {
    known_after: Arc<Mutex<Vec<Millis>>>,
    looking: AbortHandle,
}

/// Over all payments that were seen under way, to a quarter of a second.
#[derive(Debug, Clone, Copy, Default)]
pub struct UnknownFor {
    pub payments: usize,
    pub p95: Duration,
    pub longest: Duration,
}

impl Unknowns {
    pub fn watch(db: PgPool) -> Self {
        let known_after = Arc::new(Mutex::new(Vec::new()));
        let looking = tokio::spawn(look(db, Arc::clone(&known_after))).abort_handle();
        Self { known_after, looking }
    }

    pub fn end(self) -> UnknownFor {
        self.looking.abort();
        let mut all = self.known_after.lock().unwrap_or_else(PoisonError::into_inner).clone();
        all.sort_unstable();
        UnknownFor { payments: all.len(), p95: quantile(&all, 95), longest: quantile(&all, 100) }
    }
}

async fn look(db: PgPool, known_after: Arc<Mutex<Vec<Millis>>>) {
    let mut open: HashMap<String, Instant> = HashMap::new();
    loop {
        tokio::time::sleep(LOOK).await;
        // Postgres may be down; what was open stays open.
        let Ok(now) = sqlx::query_scalar::<_, String>(UNDER_WAY).fetch_all(&db).await else { continue };
        for attempt in &now {
            open.entry(attempt.clone()).or_insert_with(Instant::now);
        }
        let mut known = known_after.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|attempt, since| {
            let still = now.contains(attempt);
            if !still {
                known.push(Millis::try_from(since.elapsed().as_millis()).unwrap_or(Millis::MAX));
            }
            still
        });
    }
}
