//! Payment, against the strict sandbox.

mod world_works;
