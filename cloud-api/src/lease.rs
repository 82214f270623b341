//! Leases of work that waits for a call: short, because what a dead worker held waits for the end of its lease, and renewed while the call
//! is under way, because KakaoPay may take far longer. Losing one is harmless: the fence keeps the late one from writing, and whoever takes
//! a payment over asks KakaoPay first.

use std::time::Duration;

use shared::TimeMs;

/// How long a worker holds its work without a word.
const LEASE_MS: i64 = 5_000;
/// How often it says that it is still there: two renewals may fail.
const RENEW_EVERY: Duration = Duration::from_millis(1_500);
/// Far more than the longest call needs.
const MAX_RENEWALS: u32 = 30;

/// When a lease that is taken or renewed at `now` ends.
pub fn until(now: TimeMs) -> TimeMs {
    now.plus_ms(LEASE_MS)
}

/// Waits for `call` and renews the lease meanwhile. The call goes on when the lease is lost: money may be moving by it.
pub async fn held<T, R>(call: impl Future<Output = T>, renew: impl Fn() -> R) -> T
where
    R: Future<Output = Result<bool, sqlx::Error>>,
{
    let renewing = async {
        for _ in 0..MAX_RENEWALS {
            tokio::time::sleep(RENEW_EVERY).await;
            match renew().await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => tracing::warn!(%error, "a lease could not be renewed"),
            }
        }
        std::future::pending::<std::convert::Infallible>().await
    };
    tokio::select! {
        biased;
        answer = call => answer,
        never = renewing => match never {},
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Instant;

    use super::*;

    /// Calls `renew` while `call_ms` pass and says how often.
    async fn renewals(call_ms: u64, renewed: impl Fn(u32) -> Result<bool, sqlx::Error>) -> u32 {
        let count = AtomicU32::new(0);
        let call = tokio::time::sleep(Duration::from_millis(call_ms));
        held(call, async || renewed(count.fetch_add(1, Ordering::SeqCst))).await;
        count.load(Ordering::SeqCst)
    }

    #[tokio::test]
    async fn renews_until_the_answer_comes_or_the_lease_is_lost() {
        let began = Instant::now();
        let (kept, lost, failing, quick) = tokio::join!(
            renewals(3_200, |_| Ok(true)),
            renewals(3_200, |_| Ok(false)),
            renewals(3_200, |_| Err(sqlx::Error::PoolTimedOut)),
            renewals(10, |_| Ok(true)),
        );
        assert_eq!([kept, lost, failing, quick], [2, 1, 2, 0]);
        assert!(began.elapsed() >= Duration::from_millis(3_200), "a lost lease does not cut the call off");
    }
}
