//! Named places where a test makes a program die, wait or fail. Compiled only with the feature `failpoints`, which no release build has.
//!
//! `FAILPOINTS="cmd.before_commit=1*return(exit);relay.before_xadd=sleep(300)"` switches them, in the language of the crate `fail`:
//! `return(exit)` ends the process where it stands, `return(error)` makes the step fail as its dependency would, `sleep(ms)` delays it.
//! A test with several servers in its process arms one of them by the name of that server's threads.

use std::collections::HashMap;
use std::sync::{Mutex, Once, PoisonError};
use std::time::Duration;

/// Names the environment variable.
pub const VARIABLE: &str = "FAILPOINTS";

/// Places that did what they were armed for, and how often.
static REACHED: Mutex<Option<HashMap<String, u32>>> = Mutex::new(None);
static ENVIRONMENT: Once = Once::new();

/// What happens at an armed place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The process ends without another step.
    Exit,
    /// The step waits for ever, until the test ends its server: a death for one of several servers in a process.
    Stop,
    /// The step comes later.
    Delay(Duration),
    /// The step fails.
    Error,
}

/// What happens here and now; `None` at a place that is not armed.
///
/// # Panics
/// When the place was armed with something that is no action: a typing error must not look like a passed test.
pub fn fault(name: &str) -> Option<Fault> {
    ENVIRONMENT.call_once(|| arm_all(&std::env::var(VARIABLE).unwrap_or_default()));
    let scope = std::thread::current().name().map(|thread| scoped(thread, name));
    [Some(name.to_owned()), scope].into_iter().flatten().find_map(|place| {
        let action = fail::eval(&place, Option::unwrap_or_default)?;
        let fault = read(&action).unwrap_or_else(|| panic!("{place}: `{action}` is no fault"));
        *lock(&REACHED).get_or_insert_default().entry(place).or_default() += 1;
        Some(fault)
    })
}

fn read(action: &str) -> Option<Fault> {
    match action {
        "exit" => Some(Fault::Exit),
        "stop" => Some(Fault::Stop),
        "error" => Some(Fault::Error),
        other => Some(Fault::Delay(Duration::from_millis(other.strip_prefix("sleep ")?.parse().ok()?))),
    }
}

fn arm_all(text: &str) {
    for one in text.split(';').map(str::trim).filter(|one| !one.is_empty()) {
        let (name, actions) = one.split_once('=').unwrap_or_else(|| panic!("{VARIABLE}: `{one}` has no `=`"));
        configure(name, actions);
    }
}

fn configure(place: &str, actions: &str) {
    // The crate would sleep by itself and hold up the whole thread.
    let actions = actions.replace("sleep(", "return(sleep ");
    fail::cfg(place, &actions).unwrap_or_else(|error| panic!("{place}: `{actions}`: {error}"));
}

fn scoped(thread: &str, name: &str) -> String {
    format!("{thread} {name}")
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An armed place of one server; disarmed when dropped.
#[derive(Debug)]
pub struct Armed(String);

impl Armed {
    /// From now on the server whose threads have this name does this there.
    pub fn at(thread: &str, name: &str, actions: &str) -> Self {
        let place = scoped(thread, name);
        configure(&place, actions);
        Self(place)
    }

    /// Whether it happened.
    pub fn is_reached(&self) -> bool {
        lock(&REACHED).as_ref().is_some_and(|places| places.contains_key(&self.0))
    }
}

impl Drop for Armed {
    fn drop(&mut self) {
        fail::remove(&self.0);
        if let Some(places) = lock(&REACHED).as_mut() {
            places.remove(&self.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn does_what_it_is_armed_for_on_its_own_threads_and_counts_down() {
        let on = |thread: &str, work: fn() -> Vec<Option<Fault>>| {
            std::thread::Builder::new().name(thread.to_owned()).spawn(work).unwrap().join().unwrap()
        };
        let thrice = || (0..3).map(|_| fault("cmd.here")).collect();
        let armed = Armed::at("one", "cmd.here", "1*sleep(20)->1*return(error)");
        assert_eq!(on("other", thrice), [None, None, None]);
        assert!(!armed.is_reached());
        let wait = Fault::Delay(Duration::from_millis(20));
        assert_eq!(on("one", thrice), [Some(wait), Some(Fault::Error), None]);
        assert!(armed.is_reached());
        drop(armed);
        assert_eq!(on("one", thrice), [None, None, None]);
    }

    #[test]
    #[should_panic(expected = "`retrun(exit)`")]
    fn a_typing_error_is_no_passed_test() {
        arm_all("cmd.typo=retrun(exit)");
    }

    #[test]
    #[should_panic(expected = "`exti` is no fault")]
    fn an_unknown_fault_is_no_passed_test() {
        arm_all("cmd.unknown = return(stop); cmd.unknown_fault=return(exti)");
        assert_eq!(fault("cmd.unknown_fault"), None);
    }
}
