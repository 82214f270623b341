//! Waiting, with a bound, for the outcome of a payment: by a wake-up inside the process, and by looking at the row, because another
//! instance's worker may be the one that takes the money.

use std::time::Duration;

use shared::id::OrderId;
use tokio::sync::broadcast::Receiver;
use tokio::time::Instant;

use crate::app::App;
use crate::db;
use crate::db::attempts::AttemptState;
use crate::db::pay_links::PayLinkTarget;

/// How long a browser is kept waiting: most outcomes are known by then. Afterwards the order's page says that it is not known yet, and
/// changes by itself.
const PATIENCE: Duration = Duration::from_secs(3);
const POLL: Duration = Duration::from_millis(250);

/// Returns when money is no longer moving for the attempt, or after [`PATIENCE`]. `settled` was subscribed to before the work began.
pub async fn wait(
    app: &App,
    target: PayLinkTarget,
    mut settled: Receiver<OrderId>,
) -> Result<(), sqlx::Error> {
    let Some(attempt_id) = target.attempt_id else { return Ok(()) };
    let deadline = Instant::now() + PATIENCE;
    loop {
        // First waits, then looks: money has only begun to move.
        let next = Instant::now() + POLL;
        tokio::select! {
            () = heard(&mut settled, target.order_id) => {}
            () = tokio::time::sleep_until(next.min(deadline)) => {}
            () = app.shutdown.cancelled() => {}
        }
        let attempt = db::attempts::find(&app.db, target.store_id, attempt_id).await?;
        let moving = attempt.is_some_and(|attempt| match attempt.state {
            AttemptState::ApproveRequested | AttemptState::ApproveSent | AttemptState::ApproveUnknown => true,
            AttemptState::ReadySent
            | AttemptState::ReadyUnknown
            | AttemptState::ReadyOk
            | AttemptState::Approved
            | AttemptState::Failed
            | AttemptState::Abandoned
            | AttemptState::Expired
            | AttemptState::NeedsReview => false,
        });
        if !moving || Instant::now() >= deadline || app.shutdown.is_cancelled() {
            return Ok(());
        }
    }
}

/// Returns when this order's payment was decided in this process.
async fn heard(settled: &mut Receiver<OrderId>, order_id: OrderId) {
    while let Ok(order) = settled.recv().await {
        if order == order_id {
            return;
        }
    }
    // Fell behind or nobody will tell: the poll decides.
    std::future::pending::<()>().await;
}
