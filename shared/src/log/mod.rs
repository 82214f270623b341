//! The store log (매장 로그): numbered, hash-chained, and kept as the exact bytes that were hashed.

mod body;
mod chain;
mod position;

pub use body::{BODY_VERSION, LogBody, StoreEvent, Subject, UnreadableBody};
pub use chain::{ChainHash, GENESIS, chain};
pub use position::{NotAPosition, Position};
