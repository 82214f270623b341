//! How often one customer may say something. Counted before anything else and without Postgres: a customer who taps like a machine costs
//! a few microseconds.

use std::num::NonZeroU32;

use ring::digest;

use super::action::Action;
use super::answer::Answer;
use super::payload::Payload;
use crate::app::App;
use crate::limits::{Door, Rule, take_everywhere};

/// Taps and texts of one customer in a minute, also at once, unless `CHAT_TURNS_PER_MINUTE` says otherwise. Nobody taps twice a second for a minute.
pub const TURNS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(120).expect("more than none");

/// Who speaks, as a digest of the bot and their key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Speaker {
    who: [u8; 16],
    per_minute: u32,
}

impl Speaker {
    fn new(payload: &Payload, per_minute: NonZeroU32) -> Self {
        let name = format!("{} {}", payload.bot_id(), payload.user_key());
        let hash = digest::digest(&digest::SHA256, name.as_bytes());
        let mut who = [0; 16];
        who.copy_from_slice(&hash.as_ref()[..16]);
        Self { who, per_minute: per_minute.get() }
    }
}

impl Door for Speaker {
    fn rule(&self) -> Rule {
        let burst = f64::from(self.per_minute);
        Rule { burst, per_second: burst / 60.0 }
    }
}

/// Counts one turn, here and in Redis; the seconds to wait when there were too many. Only who is quick waits for Redis' word, and when it does
/// not come each instance decides for itself.
pub async fn admit(app: &App, payload: &Payload) -> Result<(), u32> {
    let speaker = Speaker::new(payload, app.config.chat_turns_per_minute);
    let outcome = count(app, speaker).await;
    if outcome.is_err() {
        metrics::counter!("chat_limited", "what" => "turns").increment(1);
    }
    outcome
}

async fn count(app: &App, speaker: Speaker) -> Result<(), u32> {
    let now = app.clock.now_ms();
    app.chat_pace.take(std::slice::from_ref(&speaker), now)?;
    if app.chat_pace.is_half_empty(&speaker) {
        return take_everywhere(&app.cache, &[speaker], now).await.map_or(Ok(()), Err);
    }
    let cache = app.cache.clone();
    app.spawn(async move {
        let _ = take_everywhere(&cache, &[speaker], now).await;
    });
    Ok(())
}

/// What somebody is told who was too quick.
pub fn slow_down(seconds: u32) -> Answer {
    let text =
        format!("조금만 천천히요! {seconds}초쯤 뒤에 다시 눌러 주세요.\n담은 메뉴와 주문은 그대로 있어요.");
    Answer::text(text).quick("주문 상태", Action::Status)
}
