//! What travels between the cloud and a counter, as JSON.

mod boot;
mod command;
mod log;
mod problem;
mod session;
mod snapshot;

pub use boot::*;
pub use command::*;
pub use log::*;
pub use problem::*;
pub use session::*;
pub use snapshot::*;
