//! Named places where a test can make the server die, wait or fail; [`shared::failpoint`] says how they are switched. Without the
//! feature `failpoints` they are nothing.

use crate::orders::TransitionError;
use crate::problem::ApiError;

#[cfg(feature = "failpoints")]
type Place = &'static str;
/// Nothing fails in an ordinary build: there is no value of this type.
#[cfg(not(feature = "failpoints"))]
type Place = std::convert::Infallible;

/// A failure that a test asked for. It becomes the error that the step's own dependency would give.
#[derive(Debug, thiserror::Error)]
#[error("failpoint {0}")]
pub struct Injected(Place);

/// Does here what a test asked for.
#[cfg(feature = "failpoints")]
pub async fn reach(name: &'static str) -> Result<(), Injected> {
    use shared::failpoint::{Fault, fault};
    let Some(fault) = fault(name) else { return Ok(()) };
    tracing::warn!(name, ?fault, "failpoint");
    match fault {
        Fault::Exit => std::process::abort(),
        Fault::Stop => std::future::pending().await,
        Fault::Delay(time) => {
            tokio::time::sleep(time).await;
            Ok(())
        }
        Fault::Error => Err(Injected(name)),
    }
}

/// Nothing happens here in an ordinary build.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub async fn reach(_name: &'static str) -> Result<(), Injected> {
    Ok(())
}

/// As if the connection to Postgres had broken.
impl From<Injected> for sqlx::Error {
    fn from(injected: Injected) -> Self {
        Self::Io(std::io::Error::other(injected))
    }
}

/// As if the connection to Redis had broken.
impl From<Injected> for redis::RedisError {
    fn from(injected: Injected) -> Self {
        Self::from(std::io::Error::other(injected))
    }
}

impl From<Injected> for TransitionError {
    fn from(injected: Injected) -> Self {
        Self::Database(injected.into())
    }
}

impl From<Injected> for ApiError {
    fn from(injected: Injected) -> Self {
        Self::Internal(injected.into())
    }
}
