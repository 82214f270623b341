//! AlimTalk as NHN Cloud's KakaoTalk Bizmessage v2.3 offers it.

mod answer;
mod log;
mod query;
mod resend;
mod send;
mod template;

pub use template::{Button, Template, Templates};

pub(crate) use log::Alimtalk;
pub(crate) use query::{list, one};
pub(crate) use send::send;
