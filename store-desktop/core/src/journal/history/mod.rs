//! The index of orders and days (지난 주문): made from the events in small steps, beside the work, and made anew when it is not as it was
//! written.

mod days;
mod make;
mod search;

pub use days::{DayEvents, FoundDay, MAX_DAYS};
pub(super) use days::{day_events, days};
pub(super) use make::{forget, index};
pub use search::{Found, MAX_PAGE, Part, Search};
pub(super) use search::{entries, find, find_one};
