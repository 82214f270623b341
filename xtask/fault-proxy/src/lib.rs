//! A TCP proxy that goes wrong on demand: latency, cuts after so many bytes, half-closed and silent connections, and, for Postgres, a
//! connection that dies exactly at COMMIT.
//!
//! ```no_run
//! # use fault_proxy::{Address, CommitCut, Proxy, Weather};
//! # fn main() -> std::io::Result<()> {
//! let proxy = Proxy::start(Address::Unix("/run/postgresql/.s.PGSQL.5432".into()))?;
//! proxy.set(Weather { cut_at_commit: Some(CommitCut::After), ..Weather::default() });
//! // … the client at proxy.address() never hears whether its COMMIT counted …
//! proxy.mend();
//! # Ok(())
//! # }
//! ```
//!
//! A proxy lives on a thread of its own, so that it works for blocking and asynchronous callers alike, and ends when it is dropped.

mod address;
mod connection;
mod postgres;
mod proxy;
mod pump;
mod sky;
mod weather;

pub use address::Address;
pub use proxy::Proxy;
pub use weather::{CommitCut, CutAfter, Direction, Weather};
