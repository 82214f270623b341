//! The store log from commit to counter: appended under the cursor's lock, relayed to Redis, handed out by the hub.

pub mod append;
pub mod hub;

use crate::app::App;

/// What every serving process needs: the subscription that feeds the hub.
pub fn start(_app: &App) {}

/// The relay and the canary.
pub fn start_workers(_app: &App) {}
