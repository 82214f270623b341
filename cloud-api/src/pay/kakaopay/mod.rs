//! KakaoPay's online single payment, the new open API. Facts: its developers' pages (`developers.kakaopay.com/docs/payment/online`).
//!
//! Nothing here decides about orders. A call ends in [`Answer`]: done, refused with a code that says how much a refusal is worth, or
//! unknown, which is a state of its own and never an error to retry blindly.

mod client;
mod code;
mod json;

pub use client::{Answer, ApproveCall, CancelCall, Client, ReadyCall};
pub use code::{Class, class};
pub use json::{ActionType, Amount, ApproveBody, CancelBody, OrderBody, OrderStatus, ReadyBody, kst_time};
