//! A command that a person runs through us, with our own terminal.

use std::process::{Child, ExitStatus};
use std::time::Instant;

use anyhow::Result;
use nix::sys::signal::Signal;
use nix::unistd::Pid;

use super::{POLL, STOP_LIMIT};
use crate::interrupt;

/// Waits for a foreground child. A request to stop is passed on to it once, as SIGTERM: from a terminal it has had its own
/// SIGINT already. `watch` is called between looks, and its error ends the wait (the child is stopped then).
pub fn wait_foreground(child: &mut Child, mut watch: impl FnMut() -> Result<()>) -> Result<ExitStatus> {
    let pid = Pid::from_raw(child.id().cast_signed());
    let mut asked: Option<Instant> = None;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if interrupt::asked_to_stop() && asked.is_none() {
            asked = Some(Instant::now());
            let _ = nix::sys::signal::kill(pid, Signal::SIGTERM);
        }
        if asked.is_some_and(|at| at.elapsed() > STOP_LIMIT) {
            let _ = child.kill();
        }
        if let Err(error) = watch() {
            let _ = child.kill();
            let _ = child.wait();
            return Err(error);
        }
        std::thread::sleep(POLL);
    }
}
