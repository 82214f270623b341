//! A fake server in this process: a real log with a real chain behind the real addresses, and faults on demand. What it
//! decides is what `shared` decides; the contract with the real API is tested elsewhere.

#![allow(dead_code, unused_imports, reason = "each test file uses a part of the world")]
#![allow(clippy::unwrap_used, reason = "part of tests, outside of test functions")]

pub mod accounts;
mod book;
mod orders;
mod server;

use std::sync::Arc;
use std::time::Duration;

use store_desktop_core::alarm::{AlarmSink, Sound};
use store_desktop_core::counter::Options;
use store_desktop_core::host::SignInForm;
use store_desktop_core::sync::Timing;
use store_desktop_core::view::View;
use store_desktop_core::{CounterHost, HostError};

pub use book::{Inner, menu};
pub use orders::{open_day, placed};
pub use server::{FakeServer, Faults};

/// Longest wait for something that should happen at once.
pub const BOUND: Duration = Duration::from_secs(20);

/// Remembers what was played.
#[derive(Clone, Default)]
pub struct Recorder(pub Arc<std::sync::Mutex<Vec<Sound>>>);

impl AlarmSink for Recorder {
    fn ready(&mut self) -> bool {
        true
    }
    fn play(&mut self, sound: Sound) {
        self.0.lock().unwrap().push(sound);
    }
    fn stop(&mut self) {}
}

/// Waits that suit a test.
pub fn quick() -> Options {
    let timing = Timing {
        silence: Duration::from_millis(800),
        behind: Duration::from_millis(200),
        backoff_base: Duration::from_millis(10),
        backoff_limit: Duration::from_millis(100),
        ..Timing::default()
    };
    // A press leaves at once; what holds it back is tested by itself.
    Options { timing, ballast_bytes: 0, undo_window: Duration::ZERO, ..Options::default() }
}

pub async fn start(folder: &std::path::Path) -> Arc<CounterHost> {
    start_with(folder, Recorder::default()).await
}

/// Opens a counter whose presses stay for so long before they are sent.
pub async fn start_holding(folder: &std::path::Path, undo_window: Duration) -> Arc<CounterHost> {
    start_as(folder, Recorder::default(), Options { undo_window, ..quick() }).await
}

/// Opens the counter; a counter that was just dropped may take a moment to let go of the folder.
pub async fn start_with(folder: &std::path::Path, sink: Recorder) -> Arc<CounterHost> {
    start_as(folder, sink, quick()).await
}

async fn start_as(folder: &std::path::Path, sink: Recorder, options: Options) -> Arc<CounterHost> {
    let began = std::time::Instant::now();
    loop {
        match CounterHost::start(folder, options.clone(), Some("test".to_owned()), Box::new(sink.clone()))
            .await
        {
            Ok(host) => return host,
            Err(error) if began.elapsed() > BOUND => panic!("the counter does not start: {error}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

pub async fn sign_in(host: &CounterHost, url: &str) -> Result<(), HostError> {
    let form = SignInForm {
        server_url: url.to_owned(),
        login_id: "owner".to_owned(),
        password: "long enough".to_owned(),
        take_over: false,
        ..SignInForm::default()
    };
    host.sign_in(form).await
}

/// Waits until the view is as wanted; shows the last one when it never is.
pub async fn until(host: &Arc<CounterHost>, what: &str, wanted: impl Fn(&View) -> bool) -> View {
    let mut views = host.views();
    let waiting = async {
        loop {
            let view = views.next().await;
            if wanted(&view) {
                return view;
            }
        }
    };
    match tokio::time::timeout(BOUND, waiting).await {
        Ok(view) => view,
        Err(_) => panic!("{what} did not happen: {:#?}", host.view()),
    }
}
