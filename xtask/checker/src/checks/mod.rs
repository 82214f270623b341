//! What has to hold, one file per subject.

pub mod commands;
pub mod days;
pub mod journals;
pub mod ledger;
pub mod log;
pub mod messages;
pub mod money;
pub mod orders;
pub mod payments;
pub mod personal;
pub mod points;
pub mod rest;
pub mod sold_out;
pub mod stock;
pub mod streams;
pub mod timers;
