//! Stars and reviews of what was bought: given in the chat, answered by the store, counted for the menu.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

mod answering;
mod best;
mod erasing;
pub mod given;
mod giving;
