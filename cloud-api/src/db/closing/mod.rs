//! Closing a day: what stands in the way, the cut, everything that is compared, and the work of the accounting batch.

mod blockers;
mod books;
mod cuts;
mod work;

pub use blockers::{Obstacles, obstacles};
pub use books::{
    AttemptRow, DayRow, EventRow, OrderRow, RefundRow, Rows, events, ledger_orders, payments, read_day,
    read_orders,
};
pub use cuts::{DayCut, cut_of, first_seq, handed_over, hashes, moved_since, put_cut, state_of};
pub use work::{
    ClosedDay, Signed, archived, certificate_of, claim, due, insert, known_proofs, later, put_proofs,
    removed, renew, streams_of, verified,
};
