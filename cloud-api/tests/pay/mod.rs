//! Payment, against the strict sandbox. Files are named after the saga's parts; tests after the rows of its crash-point table (P0–P23).

#![allow(clippy::unwrap_used, reason = "a test's helper may panic like the test itself")]

mod again;
mod approving;
mod availability;
mod happy;
mod leases;
mod opening;
mod pages;
mod refunding;
mod returning;
pub mod unknown;
mod world_works;
