//! Sync client, relay and reconciler on a simulated network and clock.
