//! Hands the store logs out to the counters that are connected to this process.

/// The hub.
#[derive(Debug, Default)]
pub struct Hub {}
