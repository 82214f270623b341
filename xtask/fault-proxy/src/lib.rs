//! A TCP proxy that goes wrong on demand.
