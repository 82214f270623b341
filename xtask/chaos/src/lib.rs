//! A storm of faults against real processes, and the check afterwards.
//!
//! One seed makes the schedule of faults and the customers' fates. Everything else, above all how the programs interleave, is as it
//! happens: the same seed repeats the storm, not the finding.

pub mod calm;
pub mod crowd;
pub mod customer;
pub mod diary;
pub mod fault;
pub mod front;
pub mod kakao;
pub mod lines;
pub mod older_postgres;
pub mod panics;
pub mod profile;
pub mod recovery;
pub mod report;
pub mod schedule;
pub mod store;
pub mod storm;
pub mod supervisor;
pub mod tally;
pub mod unknowns;
pub mod vitals;
pub mod world;
