//! The window's side of the counter: opens it, pushes views, asks for attention.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use store_desktop_core::alarm::Speaker;
use store_desktop_core::counter::{Occurrence, Options};
use store_desktop_core::host::door;
use store_desktop_core::journal::JournalError;
use store_desktop_core::place::DATA_VARIABLE;
use store_desktop_core::{CounterHost, HostError};
use tauri::{AppHandle, Emitter, Manager, UserAttentionType, async_runtime};
use tokio::sync::broadcast::error::RecvError;

/// The label of the one window.
const WINDOW: &str = "main";
/// The server that the sign-in form offers, from the environment.
const SERVER_VARIABLE: &str = "COUNTER_SERVER";

/// The counter, or why there is none: the window opens either way, to say so.
pub struct Shell {
    host: Result<Arc<CounterHost>, HostError>,
}

impl Shell {
    /// Opens the counter in `COUNTER_DATA` or the user's data folder.
    pub fn open(app: &AppHandle) -> tauri::Result<Self> {
        let folder = match std::env::var_os(DATA_VARIABLE).filter(|value| !value.is_empty()) {
            Some(folder) => PathBuf::from(folder),
            None => app.path().app_data_dir()?,
        };
        let options = Options { server_url: std::env::var(SERVER_VARIABLE).ok(), ..Options::default() };
        let sink = Box::new(Speaker::default());
        let host = async_runtime::block_on(async {
            let host = CounterHost::start(&folder, options, None, sink).await?;
            door::open(&host);
            Ok::<_, JournalError>(host)
        });
        if let Err(error) = &host {
            tracing::error!(%error, folder = %folder.display(), "the counter cannot start");
        }
        Ok(Self { host: host.map_err(HostError::from) })
    }

    /// The counter; every call of the window goes through here.
    pub fn host(&self) -> Result<&Arc<CounterHost>, HostError> {
        self.host.as_ref().map_err(Clone::clone)
    }

    /// Pushes every new view to the window, and raises the window when an order calls that did not call before.
    pub fn show_views(&self, app: &AppHandle) {
        let Ok(host) = &self.host else { return };
        let mut views = host.views();
        let window = app.clone();
        async_runtime::spawn(async move {
            loop {
                let view = views.next().await;
                if let Err(error) = window.emit_to(WINDOW, "view", view) {
                    tracing::warn!(%error, "a view did not reach the window");
                }
            }
        });
        let mut occurrences = host.counter().occurrences();
        let window = app.clone();
        async_runtime::spawn(async move {
            let mut calling = HashSet::new();
            loop {
                match occurrences.recv().await {
                    Ok(Occurrence::Alarm { order_ids, .. }) => {
                        let now: HashSet<_> = order_ids.into_iter().collect();
                        if !now.is_subset(&calling) {
                            call_for_attention(&window);
                        }
                        calling = now;
                    }
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                }
            }
        });
    }
}

/// Shows the window to whoever looked for it.
pub fn bring_forward(app: &AppHandle) {
    let Some(window) = app.get_webview_window(WINDOW) else { return };
    let shown = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::debug!(%error, "the window could not be brought forward");
    }
}

/// A new order must be seen even when the window is minimised; the keyboard's focus is left where it is.
fn call_for_attention(app: &AppHandle) {
    let Some(window) = app.get_webview_window(WINDOW) else { return };
    let called =
        window.unminimize().and_then(|()| window.request_user_attention(Some(UserAttentionType::Critical)));
    if let Err(error) = called {
        tracing::debug!(%error, "the desktop does not call for attention");
    }
}
