//! A number that a worker writes to Postgres, the relay copies to Redis, and the beats carry to each counter: proof, with an age, that
//! the whole way works.

use std::time::Duration;

use crate::app::App;
use crate::db;

/// Time between two numbers.
const EVERY: Duration = Duration::from_secs(5);

/// Runs until shutdown. Several workers only make the number grow faster.
pub async fn work(app: App) {
    loop {
        if let Err(error) = run_once(&app).await {
            tracing::warn!(%error, "the canary could not be written");
        }
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Writes the next number.
pub async fn run_once(app: &App) -> Result<(), sqlx::Error> {
    db::canary::bump(&app.db, app.clock.now_ms()).await
}
