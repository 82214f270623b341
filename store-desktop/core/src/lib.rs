//! The counter (카운터) without its window: everything that must go on working when the network, the window or the
//! power is gone.
//!
//! * [`journal`] keeps every event and every command on disk before anything else happens with it.
//! * [`fold`] turns the journal's events into orders; [`commands`] predicts what waiting commands will make of them.
//! * [`sync`] follows the server's log, delivers commands and acknowledges what is on disk.
//! * [`alarm`] sounds until somebody looks; [`view`] is what the window shows.
//! * [`print`] puts tickets on paper, each once.
//! * [`host`] is what a window, a browser or the `counter` binary may ask for.

pub mod alarm;
pub mod clock;
pub mod closing;
pub mod cloud;
pub mod commands;
pub mod counter;
pub mod documents;
mod failpoint;
pub mod failure;
pub mod fold;
pub mod history;
pub mod host;
pub mod journal;
pub mod place;
pub mod print;
pub mod sync;
pub mod view;

pub use counter::Counter;
pub use failure::HostError;
pub use host::CounterHost;

/// Installs the process's TLS provider; the first line of every `main`. A second call does nothing.
pub fn install_tls() {
    // An error says that a provider is installed already, which is what we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
