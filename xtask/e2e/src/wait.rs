//! Waiting for a state, with a bound and a reason.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::Instant;

/// How long anything may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How often a wait looks again.
const POLL: Duration = Duration::from_millis(50);

/// Waits until `look` says true. `what` completes the sentence "waited until …".
pub async fn wait_until(what: &str, look: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    wait_until_within(PATIENCE, what, look).await
}

/// The same with a bound of its own.
pub async fn wait_until_within(
    limit: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Result<bool>,
) -> Result<()> {
    wait_for_within(limit, what, async || Ok(look().await?.then_some(()))).await
}

/// Waits until `look` finds something.
pub async fn wait_for<T>(what: &str, look: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    wait_for_within(PATIENCE, what, look).await
}

/// The same with a bound of its own. An error of `look` counts as "not yet" and is told when the time is over.
pub async fn wait_for_within<T>(
    limit: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let started = Instant::now();
    loop {
        let last = match look().await {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        if started.elapsed() >= limit {
            match last {
                Some(error) => bail!("waited {limit:?} until {what}, in vain; at last: {error:#}"),
                None => bail!("waited {limit:?} until {what}, in vain"),
            }
        }
        tokio::time::sleep(POLL).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wait_in_vain_says_what_for_and_why() {
        let look = async || bail!("no such order");
        let error = wait_until_within(Duration::ZERO, "the order is placed", look).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("until the order is placed") && text.contains("no such order"), "{text}");
    }

    #[tokio::test]
    async fn an_error_on_the_way_is_not_the_end() {
        let mut looks = 0;
        let found = wait_for("the third look", async || {
            looks += 1;
            if looks < 3 { bail!("not yet") } else { Ok(Some(looks)) }
        });
        assert_eq!(found.await.unwrap(), 3);
    }
}
