//! Closing a day with proof (마감): what stands in the way, the cut that freezes the books, the comparisons, and the end of the day with a
//! signed certificate. Afterwards the accounting batch compares once more and removes the day's stream.
//!
//! Postgres is never repaired here; the stream, which is a copy, is built anew on demand.

mod accounting;
mod blockers;
mod books;
mod check;
mod compare;
mod cut;
mod day;
mod end;
mod inquire;
mod key;
mod read_stream;
mod repair;
mod status;
mod totals;

use crate::app::App;

pub use accounting::run_once as account;
pub use blockers::PAYMENT_MARGIN_MS;
pub use check::{Asking, Checked, check};
pub use compare::money;
pub use cut::cut;
pub use end::{Closer, close, close_without_counter};
pub use key::{public_key, signing_key};
pub use repair::repair;
pub use status::{certificate, hashes, status};

/// The accounting batch.
pub fn start_workers(app: &App) {
    app.spawn(accounting::work(app.clone()));
}

/// Why a closing step was not made.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    #[error("the store has no such day")]
    NoSuchDay,
    #[error("{0}")]
    Refused(#[from] shared::day::DayRefusal),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl From<crate::failpoint::Injected> for NotDone {
    fn from(injected: crate::failpoint::Injected) -> Self {
        Self::Database(injected.into())
    }
}
