//! KakaoPay's online single payment, the new open API. Facts: its developers' pages (`developers.kakaopay.com/docs/payment/online`).
//!
//! Nothing here decides about orders. A call ends in [`Answer`]: done, refused with a code that says how much a refusal is worth, or
//! unknown, which is a state of its own and never an error to retry blindly.

mod calls;
mod client;
mod code;
mod json;

pub use calls::Calls;
pub use client::{Answer, ApproveCall, CancelCall, Cause, Client, ReadyCall, Refusal};
pub use code::{Class, NO_SUCH_PAYMENT, class};
pub use json::{
    ActionDetail, ActionType, Amount, ApproveBody, CancelBody, OrderBody, OrderStatus, ReadyBody, kst_time,
};
