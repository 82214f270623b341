//! Everything that changes an order goes through [`transition`]: one transaction writes the order row, its events in the store log, its
//! timers, refunds and messages.

mod effects;
mod importance;
mod messages;
mod numbering;
mod transition;

pub use effects::{OrderContext, refund_reason};
pub use importance::Importance;
pub use messages::{Recipient, Template, owner_call, parked, summary};
pub use numbering::next_ticket;
pub use transition::{Change, Made, TransitionError, run, transition, transition_locked};
