//! The payer comes back while nothing can be written about payments.

use e2e::customer::browse;

use super::stage::Stage;
use crate::Checked;

pub async fn play() -> Checked {
    let stage = Stage::set("payment_not_written").await?;
    let callback = stage.choose().await?.confirm().await?;
    let mut lock = stage.lock("payment_attempt").await?;
    // The page says that it did not work out; the customer leaves.
    let returning = tokio::spawn(async move { browse(&callback).await });
    lock.until_somebody_gave_up().await?;
    let _ = returning.await?;
    lock.release().await?;
    stage.check().await
}
