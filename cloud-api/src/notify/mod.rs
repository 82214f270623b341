//! Messages to customers and owners: an outbox in Postgres, sent by AlimTalk (알림톡), by a short message (문자) where Kakao fails.
//!
//! The important ones go first; when there are too many the others are given up. What became of each is asked for and kept.

mod alimtalk;
mod delivery;
mod outbox;
mod shed;
mod short;

use shared::phone::PhoneNumber;

use crate::app::App;

pub use delivery::run_once as ask_once;
pub use outbox::run_once;
pub use shed::{ALWAYS_KEPT, Due, MOST_DUE, patience_ms};

/// Whether messages can reach this number: only mobile ones have KakaoTalk.
pub fn can_call(phone: &str) -> bool {
    PhoneNumber::parse(phone).is_some()
}

/// The sender, and who asks what became of the messages.
pub fn start_workers(app: &App) {
    let (sender, asker) = (app.clone(), app.clone());
    app.spawn(async move { outbox::run(sender).await });
    app.spawn(async move { delivery::run(asker).await });
}
