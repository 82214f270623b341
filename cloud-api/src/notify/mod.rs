//! Messages to customers: an outbox in Postgres, sent by AlimTalk (알림톡).

mod alimtalk;
mod outbox;

use crate::app::App;

pub use outbox::run_once;

/// The sender.
pub fn start_workers(app: &App) {
    let worker = app.clone();
    app.spawn(async move { outbox::run(worker).await });
}
