//! The counter's window.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::Folder;
use super::machine::Machine;
use crate::display::Display;
use crate::process::{self, Background, POLL, Start};
use crate::repository::Repository;

const PAINTED_LIMIT: Duration = Duration::from_secs(30);
/// A picture of an empty screen has one colour, a page with text has hundreds.
const FEWEST_COLOURS: u32 = 16;

/// Its own data folder, so that a person's real counter on this machine is left alone.
pub fn open(
    repository: &Repository,
    folder: &Folder,
    display: &Display,
    machine: &Machine,
) -> Result<Background> {
    let program = repository.program("store-desktop");
    let mut command = match display {
        Display::Own => Command::new(program),
        Display::Virtual { .. } => {
            let mut bus = Command::new("dbus-run-session");
            bus.arg("--").arg(program);
            bus
        }
    };
    let home = folder.path.join("home");
    process::make_private_folder(&home)?;
    command.current_dir(&repository.root).env("COUNTER_DATA", folder.counter());
    // WebKit's own files.
    command.env("XDG_DATA_HOME", &home).env("XDG_CONFIG_HOME", &home).env("XDG_CACHE_HOME", &home);
    command.env("COUNTER_SERVER", &machine.addresses.api);
    display.prepare(&mut command, &folder.path.join("runtime"))?;
    Background::start(Start::new("the counter's window", command, &folder.log("store-desktop")))
}

/// On a virtual display: a picture, as soon as something is on it.
pub fn picture_when_painted(
    folder: &Folder,
    display: &Display,
    window: &mut Background,
) -> Result<Option<PathBuf>> {
    if matches!(display, Display::Own) {
        return Ok(None);
    }
    let picture = folder.pictures()?.join("counter.png");
    let started = Instant::now();
    loop {
        window.check_alive()?;
        display.picture(&picture)?;
        if colours(&picture)? >= FEWEST_COLOURS {
            return Ok(Some(picture));
        }
        if started.elapsed() > PAINTED_LIMIT {
            bail!("the window stayed empty; see {} and {}", picture.display(), window.log.display());
        }
        std::thread::sleep(POLL);
    }
}

fn colours(picture: &Path) -> Result<u32> {
    let text = process::run_quietly(Command::new("identify").args(["-format", "%k"]).arg(picture))?;
    Ok(text.trim().parse().unwrap_or(0))
}
