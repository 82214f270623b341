//! The store log from commit to counter: appended under the cursor's lock, relayed to Redis, handed out by the hub.

pub mod append;
pub mod canary;
mod feed;
mod frame;
pub mod hub;
mod listen;
mod read;
pub mod relay;
mod resume;
pub mod sse;
pub mod stream;
mod together;
pub mod unjournaled;
mod wakeup;

use crate::app::App;

pub use frame::private;
pub use listen::session_changed;
pub use resume::{Resumed, Start, resume};
pub use wakeup::WakeUp;

/// What every serving process needs: the subscription and the poll that feed the hub.
pub fn start(app: &App) {
    app.spawn(listen::subscribe(app.clone()));
    app.spawn(listen::poll(app.clone()));
    app.spawn(listen::close(app.clone()));
    app.spawn(read::ahead(app.clone()));
    resume::start(app);
}

/// The relay, the canary, and the watch over orders that no counter has on its disk.
pub fn start_workers(app: &App) {
    app.spawn(relay::work(app.clone()));
    app.spawn(canary::work(app.clone()));
    app.spawn(unjournaled::work(app.clone()));
}
