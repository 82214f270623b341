//! The journal under the knife: torn write-ahead logs, flipped bits, failing and full disks, power cuts, restored and copied disks.
//! What comes back is right, or says that it is not.
//!
//! `KNIFE=100` makes the random ones a hundred times as many; `KNIFE_SEED` repeats a run.

#![allow(clippy::unwrap_used, reason = "part of tests, outside of test functions")]

mod copies;
mod cut_off;
mod disk_full;
mod failing_disk;
#[path = "../print/fake_printer.rs"]
mod fake_printer;
mod flipped_bits;
mod lives;
mod million;
mod power_cut;
mod salvage;
mod store;
mod torn;
mod versions;
#[path = "../world/mod.rs"]
mod world;
