//! `/control`: how a test drives the sandbox and reads what happened. No authentication: a loopback tool.

mod act;
mod read;
mod set;

pub use act::{authenticate, block, browser_start, control_start, customers, send, tap};
pub use read::{bot_log, ledger, messages, rooms, skill_calls, templates};
pub use set::{
    add_customer, add_faults, advance_clock, clear_faults, configure, damage_payment, faults, load_payment,
    register_templates, reset,
};
