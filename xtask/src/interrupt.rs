//! Ctrl-C and `kill` ask us to stop; they must not end us before the servers that we started are stopped.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result};
use signal_hook::consts::{SIGINT, SIGTERM};

static ASKED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Call once, before anything is spawned.
pub fn install() -> Result<()> {
    let flag = ASKED.get_or_init(|| Arc::new(AtomicBool::new(false)));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(flag)).context("cannot listen for Ctrl-C")?;
    }
    Ok(())
}

/// Whether a person (or a process manager) asked us to stop.
pub fn asked_to_stop() -> bool {
    ASKED.get().is_some_and(|flag| flag.load(Ordering::SeqCst))
}
