//! The counter's journal: how fast it writes, catches up and starts.

mod append;
mod catch_up;
mod counter;
mod start;
mod story;

pub use append::ROW as APPEND;
pub use catch_up::ROW as CATCH_UP;
pub(crate) use counter::Counter;
pub use start::ROW as START;
pub(crate) use story::placed;
