//! Messages to customers and owners: an outbox in Postgres, sent by AlimTalk (알림톡).

mod alimtalk;
mod outbox;

use shared::phone::PhoneNumber;

use crate::app::App;

pub use outbox::run_once;

/// Whether messages can reach this number: only mobile ones have KakaoTalk.
pub fn can_call(phone: &str) -> bool {
    PhoneNumber::parse(phone).is_some()
}

/// The sender.
pub fn start_workers(app: &App) {
    let worker = app.clone();
    app.spawn(async move { outbox::run(worker).await });
}
