//! The sync engine (동기화): follows the server's log, delivers commands, acknowledges what is on the disk.
//!
//! [`judge`], [`link`] and [`backoff`] decide without doing anything; [`follow`], [`deliver`] and [`acknowledge`] do it.

mod acknowledge;
mod backoff;
mod catch_up;
mod deliver;
mod documents;
mod follow;
pub mod judge;
pub mod link;
mod server;
mod timing;

use std::sync::Arc;

use shared::wire::Problem;

use crate::counter::Counter;

pub use backoff::Backoff;
pub use server::{Frames, Server};
pub use timing::Timing;

/// Runs a sign-in until it ends; returns why. Dropping the future stops everything at once, and nothing is lost by it:
/// what matters is in the journal.
pub async fn run(counter: Arc<Counter>, cloud: impl Server) -> Problem {
    tokio::select! {
        biased;
        ended = follow::follow(&counter, &cloud) => ended,
        ended = deliver::deliver(&counter, &cloud) => ended,
        ended = acknowledge::acknowledge(&counter, &cloud) => ended,
        ended = documents::keep_up(&counter, &cloud) => ended,
    }
}
