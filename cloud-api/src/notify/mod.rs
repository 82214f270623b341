//! Messages to customers: an outbox in Postgres, sent by AlimTalk.

use crate::app::App;

/// The sender.
pub fn start_workers(_app: &App) {}
