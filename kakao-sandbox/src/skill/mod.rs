//! Calling the skill server as Kakao does.

mod act;
mod bot_log;
mod call;
mod callback;
mod contexts;
mod event_api;
mod payload;
mod turn;

pub use act::{Act, Run, Shape};
pub use bot_log::{BotLog, Entry, SkillCalls};
pub use callback::{Callbacks, callback};
pub use contexts::Context;
pub use event_api::{Tasks, talk, task};
pub use turn::{Outcome, run};
