//! How long payments stay unknown: between "sent" and "known", as the database shows it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use sqlx::PgPool;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::recovery::{Millis, quantile};

const LOOK: Duration = Duration::from_millis(250);
const UNDER_WAY: &str =
    "select attempt_id::text from payment_attempt where state in ('approve_sent', 'approve_unknown')";

const APPROVED: &str = "select attempt_id::text from payment_attempt where state = 'approved'";

pub struct Unknowns {
    known_after: Arc<Mutex<Vec<(String, Millis)>>>,
    looking: AbortHandle,
}

/// Over payments that were seen under way, to a quarter of a second.
#[derive(Debug, Clone, Copy, Default)]
pub struct UnknownFor {
    /// Those that had been captured.
    pub captured: Spread,
    /// The others: whether money will still move is in doubt for two minutes by rule.
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
        let known_after = Arc::new(Mutex::new(Vec::new()));
        let looking = tokio::spawn(look(db, Arc::clone(&known_after))).abort_handle();
        Self { known_after, looking }
    }

    pub async fn end(self, db: &PgPool) -> Result<UnknownFor> {
        self.looking.abort();
        let approved: Vec<String> = sqlx::query_scalar(APPROVED).fetch_all(db).await?;
        let approved: HashSet<String> = approved.into_iter().collect();
        let all = self.known_after.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (captured, others): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(attempt, _)| approved.contains(attempt));
        let times =
            |part: Vec<(String, Millis)>| Spread::of(part.into_iter().map(|(_, time)| time).collect());
        Ok(UnknownFor { captured: times(captured), others: times(others) })
    }
}

async fn look(db: PgPool, known_after: Arc<Mutex<Vec<(String, Millis)>>>) {
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
                let time = Millis::try_from(since.elapsed().as_millis()).unwrap_or(Millis::MAX);
                known.push((attempt.clone(), time));
            }
            still
        });
    }
}
