//! Makes a program's disk fail, without root, a tracer or a file system of its own.
//!
//! Preloaded into any program it stands between the program and libc, and does what the environment says:
//!
//! ```text
//! LD_PRELOAD=libdisk_fault.so
//! DISK_FAULT_PATH=journal.db        only files whose path contains this text (default: every file)
//! DISK_FAULT_FAIL=sync:17:EIO       the 17th fsync or fdatasync fails once, and so does nothing else
//! DISK_FAULT_FAIL=write:5+:ENOSPC   the 5th write and every one after it fails
//! DISK_FAULT_FAIL=sync:17:DIE       the process dies in place of the 17th sync
//! DISK_FAULT_ROOM=100000            files may grow by so many bytes, then the disk is full; removing a file gives its room back
//! DISK_FAULT_SYNCED=folder          keeps each file as it was at its last successful sync: what a power cut leaves
//! ```
//!
//! Linked into a test it does nothing until [`set`] is called. A crate that links it must name its functions once, or the
//! linker leaves them out: [`link`].
#![cfg(target_os = "linux")]

mod calls;
mod plan;
mod real;
mod synced;

pub use calls::link;
pub use plan::{Call, Failure, Plan, What, clear, counted, set};
