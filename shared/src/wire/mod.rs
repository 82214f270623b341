//! What travels between the cloud and a counter, as JSON.

mod boot;
mod close;
mod command;
mod device;
mod log;
mod menu;
mod problem;
mod proof;
mod review;
mod session;
mod snapshot;
mod staff;

pub use boot::*;
pub use close::*;
pub use command::*;
pub use device::*;
pub use log::*;
pub use menu::*;
pub use problem::*;
pub use proof::*;
pub use review::*;
pub use session::*;
pub use snapshot::*;
pub use staff::*;
