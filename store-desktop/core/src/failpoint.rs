//! Named places where a test can make the counter die, wait or fail; [`shared::failpoint`] says how they are switched. Without the
//! feature `failpoints` they are nothing.

use crate::cloud::CloudError;
use crate::journal::JournalError;

#[cfg(feature = "failpoints")]
type Place = &'static str;
/// Nothing fails in an ordinary build: there is no value of this type.
#[cfg(not(feature = "failpoints"))]
type Place = std::convert::Infallible;

/// A failure that a test asked for. It becomes the error that the step's own dependency would give.
#[derive(Debug, thiserror::Error)]
#[error("failpoint {0}")]
pub(crate) struct Injected(Place);

/// Does here what a test asked for.
#[cfg(feature = "failpoints")]
pub(crate) async fn reach(name: &'static str) -> Result<(), Injected> {
    match begin(name) {
        None => Ok(()),
        Some(Step::Wait(time)) => {
            tokio::time::sleep(time).await;
            Ok(())
        }
        Some(Step::Fail) => Err(Injected(name)),
    }
}

/// The same on a thread that may be held up: the journal's own.
#[cfg(feature = "failpoints")]
pub(crate) fn reach_here(name: &'static str) -> Result<(), Injected> {
    match begin(name) {
        None => Ok(()),
        Some(Step::Wait(time)) => {
            std::thread::sleep(time);
            Ok(())
        }
        Some(Step::Fail) => Err(Injected(name)),
    }
}

/// What a fault leaves to do for somebody who is still there.
#[cfg(feature = "failpoints")]
enum Step {
    Wait(std::time::Duration),
    Fail,
}

#[cfg(feature = "failpoints")]
fn begin(name: &'static str) -> Option<Step> {
    use shared::failpoint::{Fault, fault};
    let fault = fault(name)?;
    tracing::warn!(name, ?fault, "failpoint");
    match fault {
        // Only whole processes are tested here; a thread that stops for ever would keep the journal locked.
        Fault::Exit | Fault::Stop => std::process::abort(),
        Fault::Delay(time) => Some(Step::Wait(time)),
        Fault::Error => Some(Step::Fail),
    }
}

/// Nothing happens here in an ordinary build.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub(crate) async fn reach(_name: &'static str) -> Result<(), Injected> {
    Ok(())
}

/// Nothing happens here in an ordinary build.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub(crate) fn reach_here(_name: &'static str) -> Result<(), Injected> {
    Ok(())
}

/// As if the disk had failed.
impl From<Injected> for JournalError {
    fn from(injected: Injected) -> Self {
        Self::File(std::io::Error::other(injected))
    }
}

/// As if the network had failed.
impl From<Injected> for CloudError {
    fn from(injected: Injected) -> Self {
        Self::unreachable(injected)
    }
}
