//! Read models: what the store logs say, laid out for questions that are asked often — when each step of an order happened, and what is
//! ordered most. A projection reads each log a moment after it was written; nothing is decided by what it leaves, and all of it can be made
//! again with `cloud-api read-models rebuild`. What stores and items are rated (`db::ratings`) is made again with them, from the reviews.

mod popular;
mod project;
mod rebuild;
mod status;
mod work;

pub use popular::{LATELY_DAYS, PopularItem, most_ordered};
pub use project::{Added, Projection};
pub use rebuild::{Rebuilt, rebuild};
pub use status::{OrderStatus, OrderedItem};
pub use work::run_once;

use crate::app::App;

/// The projection.
pub fn start_workers(app: &App) {
    app.spawn(work::work(app.clone()));
}
