//! Open-loop load: requests begin when the schedule says, not when the one before has been answered, and a request's time counts from the
//! moment it was due. A server that stalls therefore pays for everybody who would have come in the meantime.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use hdrhistogram::Histogram;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Longest time that a histogram tells apart from others; longer ones count as this long.
const LONGEST: Duration = Duration::from_secs(120);
/// Requests under way at once; more are not begun and count as unanswered.
const MOST_UNDER_WAY: usize = 20_000;

/// At which rate, for how long, and how long an answer is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    pub per_second: f64,
    pub lasts: Duration,
    pub patience: Duration,
}

impl Schedule {
    pub fn count(&self) -> u64 {
        (self.per_second * self.lasts.as_secs_f64()) as u64
    }

    fn due(&self, number: u64) -> Duration {
        Duration::from_secs_f64(number as f64 / self.per_second)
    }
}

/// What came of a load.
#[derive(Debug, Clone)]
pub struct Report {
    pub asked: u64,
    pub answered: u64,
    /// Answered, but not with what was asked for.
    pub failed: u64,
    /// The first failure, in words.
    pub failure: Option<String>,
    times: Histogram<u64>,
}

impl Report {
    /// Neither answered in time nor refused.
    pub fn unanswered(&self) -> u64 {
        self.asked - self.answered - self.failed
    }

    /// Seconds within which the given part (0.99) of all that were asked were answered; infinite when fewer were answered at all.
    pub fn quantile(&self, part: f64) -> f64 {
        let needed = (part * self.asked as f64).ceil() as u64;
        if self.answered < needed || self.answered == 0 {
            return f64::INFINITY;
        }
        let within = needed as f64 / self.answered as f64;
        self.times.value_at_quantile(within) as f64 / 1e6
    }

    pub fn max(&self) -> f64 {
        self.quantile(1.0)
    }

    /// What was not answered, for the table.
    pub fn note(&self) -> String {
        format!("{} asked, {} failed, {} unanswered", self.asked, self.failed, self.unanswered())
    }
}

/// A histogram of microseconds.
pub fn histogram() -> Histogram<u64> {
    // Three digits between a microsecond and two minutes.
    Histogram::new_with_bounds(1, LONGEST.as_micros() as u64, 3).expect("these bounds are valid")
}

pub fn record(times: &mut Histogram<u64>, time: Duration) {
    times.saturating_record((time.as_micros() as u64).max(1));
}

/// Runs `request` for every number below the schedule's count, each when it is due.
pub async fn run<F>(schedule: Schedule, request: impl Fn(u64) -> F) -> Report
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let begun = Instant::now();
    let (tell, mut told) = mpsc::unbounded_channel();
    let under_way = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for number in 0..schedule.count() {
        let due = begun + schedule.due(number);
        tokio::time::sleep_until(due).await;
        while tasks.try_join_next().is_some() {}
        if under_way.load(Ordering::Relaxed) as usize >= MOST_UNDER_WAY {
            continue;
        }
        under_way.fetch_add(1, Ordering::Relaxed);
        let (work, tell, under_way) = (request(number), tell.clone(), Arc::clone(&under_way));
        tasks.spawn(async move {
            let result = tokio::time::timeout_at(due + schedule.patience, work).await;
            under_way.fetch_sub(1, Ordering::Relaxed);
            // The receiver lives as long as there are tasks.
            let _ = tell.send((result, due.elapsed()));
        });
    }
    drop(tell);
    let mut report =
        Report { asked: schedule.count(), answered: 0, failed: 0, failure: None, times: histogram() };
    while let Some((result, time)) = told.recv().await {
        match result {
            Ok(Ok(())) => {
                report.answered += 1;
                record(&mut report.times, time);
            }
            Ok(Err(error)) => {
                report.failed += 1;
                report.failure.get_or_insert(format!("{error:#}"));
            }
            Err(_) => {}
        }
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(per_second: f64, seconds: u64) -> Schedule {
        let lasts = Duration::from_secs(seconds);
        Schedule { per_second, lasts, patience: Duration::from_secs(5) }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_for_a_stalled_server_counts_from_when_they_were_due() {
        // The server answers nobody during the first second, then everybody at once.
        let opens = Instant::now() + Duration::from_secs(1);
        let report = run(schedule(100.0, 1), |_| async move {
            tokio::time::sleep_until(opens).await;
            Ok(())
        })
        .await;
        assert_eq!((report.asked, report.answered), (100, 100));
        assert!((report.quantile(0.5) - 0.5).abs() < 0.02, "{}", report.quantile(0.5));
        assert!(report.max() > 0.98, "{}", report.max());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_is_not_answered_makes_the_quantile_infinite() {
        let report = run(schedule(100.0, 1), |number| async move {
            if number >= 90 {
                std::future::pending::<()>().await;
            }
            Ok(())
        })
        .await;
        assert_eq!(report.unanswered(), 10);
        assert!(report.quantile(0.9).is_finite());
        assert!(report.quantile(0.95).is_infinite() && report.max().is_infinite());
    }

    #[tokio::test(start_paused = true)]
    async fn a_wrong_answer_is_told_and_is_no_answer() {
        let report = run(schedule(10.0, 1), |_| async { anyhow::bail!("no") }).await;
        assert_eq!((report.failed, report.answered, report.unanswered()), (10, 0, 0));
        assert_eq!(report.failure.as_deref(), Some("no"));
    }
}
