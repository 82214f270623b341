//! Tells the server what is on the disk. Only the newest position matters, so acknowledgements coalesce.

use shared::log::Position;
use shared::wire::Problem;

use super::{Backoff, Server};
use crate::cloud::CloudError;
use crate::counter::Counter;
use crate::failpoint;

/// Sends the journal's head whenever it moved; ends when the sign-in does.
pub(super) async fn acknowledge(counter: &Counter, cloud: &impl Server) -> Problem {
    let mut heads = counter.heads();
    let mut backoff = Backoff::new(&counter.timing());
    loop {
        let head = heads.borrow_and_update().clone();
        if let Some(head) = head {
            match send(cloud, head).await {
                Ok(()) => backoff.reset(),
                Err(error) => {
                    if let Some(problem) = error.ended_session() {
                        return problem.clone();
                    }
                    tracing::debug!(%error, "an acknowledgement was not taken");
                    tokio::time::sleep(backoff.next_wait()).await;
                    continue;
                }
            }
        }
        if heads.changed().await.is_err() {
            // The counter itself is going away; whoever waits for us is dropped with it.
            std::future::pending::<()>().await;
        }
    }
}

async fn send(cloud: &impl Server, head: Position) -> Result<(), CloudError> {
    failpoint::reach("pc.before_ack").await?;
    cloud.ack(head).await
}
