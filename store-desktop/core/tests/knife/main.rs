//! The journal under the knife: torn write-ahead logs, flipped bits, failing and full disks, power cuts, restored and copied disks.
//! What comes back is right, or says that it is not.
//!
//! `KNIFE=100` makes the random ones a hundred times as many; `KNIFE_SEED` repeats a run.

#![allow(clippy::unwrap_used, reason = "part of tests, outside of test functions")]

mod copies;
mod disk_full;
mod failing_disk;
mod flipped_bits;
mod lives;
mod million;
mod power_cut;
mod store;
mod torn;
mod versions;
#[path = "../world/mod.rs"]
mod world;
