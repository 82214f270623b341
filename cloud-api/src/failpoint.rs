//! Named places where the program can be made to stop, so that every crash point of the payment saga has a test. Without the feature
//! `failpoints` they are nothing.
//!
//! Names are set through the crate `fail`: `FAILPOINTS="pay.approve_before_send=return(exit)"` ends the whole process there; tests stop one
//! server of several in a process by its public address.

use crate::app::App;

/// Nothing happens here in an ordinary build.
#[cfg(not(feature = "failpoints"))]
pub async fn reach(_app: &App, _name: &'static str) {}

#[cfg(feature = "failpoints")]
pub use enabled::{Stop, reach};

#[cfg(feature = "failpoints")]
mod enabled {
    use std::collections::HashSet;
    use std::sync::{Mutex, PoisonError};

    use super::App;

    /// Places where something waits for ever.
    static REACHED: Mutex<Option<HashSet<String>>> = Mutex::new(None);

    /// Stops here for ever, or ends the process, when told to.
    pub async fn reach(app: &App, name: &'static str) {
        for place in [name.to_owned(), scoped(&app.config.public_url, name)] {
            match fail::eval(&place, Option::unwrap_or_default).as_deref() {
                None => {}
                Some("exit") => std::process::abort(),
                Some(_) => {
                    note(place);
                    std::future::pending::<()>().await;
                }
            }
        }
    }

    fn note(place: String) {
        let mut reached = REACHED.lock().unwrap_or_else(PoisonError::into_inner);
        reached.get_or_insert_default().insert(place);
    }

    fn scoped(public_url: &str, name: &str) -> String {
        format!("{public_url} {name}")
    }

    /// Stops one server at one place for as long as it lives.
    pub struct Stop(String);

    impl Stop {
        /// From now on the server with this public address stops there.
        pub fn at(public_url: &str, name: &str) -> Self {
            let place = scoped(public_url, name);
            fail::cfg(&place, "return").expect("`return` is an action of the crate `fail`");
            Self(place)
        }

        /// Whether something waits there.
        pub fn is_reached(&self) -> bool {
            let reached = REACHED.lock().unwrap_or_else(PoisonError::into_inner);
            reached.as_ref().is_some_and(|places| places.contains(&self.0))
        }
    }

    impl Drop for Stop {
        fn drop(&mut self) {
            fail::remove(&self.0);
        }
    }
}
