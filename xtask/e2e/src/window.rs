//! The counter's window, driven through WebKit's own WebDriver.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use fantoccini::Client;
use serde_json::json;
use tokio::time::Instant;

use crate::display::Display;
use crate::driver::Driver;
use crate::process::Process;
use crate::programs;
use crate::wait::wait_until;

/// Comes back when what is on the page now has been drawn.
const DRAWN: &str =
    "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()));";
/// Between two looks at the display.
const FRAME: Duration = Duration::from_millis(60);
/// How long a page may move before its picture is taken all the same: a ringing order never keeps still.
const STILL_WITHIN: Duration = Duration::from_millis(600);

/// The fields stop in this order.
pub struct Window {
    driver: Driver,
    /// The journal and what lies beside it.
    pub data: PathBuf,
    bus: Process,
    display: Display,
}

/// Where a window keeps its things and whom it calls.
pub struct Setup<'a> {
    /// Everything that the window writes; its path must be short, it holds a socket.
    pub folder: &'a Path,
    /// The counter's data folder.
    pub data: &'a Path,
    pub api: &'a str,
    pub logs: &'a Path,
}

impl Window {
    pub async fn open(setup: &Setup<'_>, display: Display) -> Result<Self> {
        let folder = setup.folder;
        for part in ["home", "runtime"] {
            DirBuilder::new().recursive(true).mode(0o700).create(folder.join(part))?;
        }
        // A bus of its own: on a shared one a second window only wakes the first.
        let (bus, address) = start_bus(folder, &setup.logs.join("dbus.log")).await?;
        let mut command = Command::new("WebKitWebDriver");
        command
            .env("HOME", folder.join("home"))
            .env("XDG_RUNTIME_DIR", folder.join("runtime"))
            .env("COUNTER_DATA", setup.data)
            .env("API_URL", setup.api)
            .env("DBUS_SESSION_BUS_ADDRESS", address)
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            // No screen reader listens; its bus would be three more processes.
            .env("NO_AT_BRIDGE", "1")
            // 70 MB less memory, and nothing to gain without a graphics card.
            .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
            .env_remove("XDG_DATA_HOME")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_CACHE_HOME");
        display.prepare(&mut command);
        // setpriv: the window is the driver's child, not ours, and must not outlive a driver that is killed.
        let program = programs::desktop()?;
        let capabilities = json!({
            "webkitgtk:browserOptions": {
                "binary": "/usr/bin/setpriv",
                "args": ["--pdeathsig", "KILL", program],
            }
        });
        let log = setup.logs.join("window.log");
        let driver = Driver::start("WebKitWebDriver", command, capabilities, &log).await?;
        Ok(Self { driver, data: setup.data.to_owned(), bus, display })
    }

    pub fn client(&self) -> &Client {
        &self.driver.client
    }

    /// What a person in front of it sees, as PNG. On a display of its own it is read from there: the driver's own pictures never come for some
    /// pages of WebKitGTK, and a picture of the display is the truth.
    pub async fn picture(&self) -> Result<Vec<u8>> {
        self.client().execute_async(DRAWN, Vec::new()).await?;
        let Some(mut seen) = self.display.frame()? else {
            return Ok(self.client().screenshot().await?);
        };
        // The frame has still to get from the page to the display.
        let started = Instant::now();
        while started.elapsed() < STILL_WITHIN {
            tokio::time::sleep(FRAME).await;
            let now = self.display.frame()?.context("the display is gone")?;
            if now == seen {
                break;
            }
            seen = now;
        }
        seen.png()
    }

    /// `kill -9` of the window and of everything that came with it; what is on the disk stays. [`Window::open`] with the same setup starts it
    /// again.
    pub async fn kill(&mut self) -> Result<()> {
        self.driver.process.kill();
        self.bus.kill();
        let mark = format!("COUNTER_DATA={}\0", self.data.display());
        wait_until("no process of the window is left", async || Ok(!runs_with(mark.as_bytes())?)).await
    }
}

/// Whether a process runs whose environment has this.
fn runs_with(mark: &[u8]) -> Result<bool> {
    let processes = std::fs::read_dir("/proc")?.flatten();
    // A process that ended meanwhile, or is somebody else's, has nothing to read.
    let mut environments = processes.filter_map(|entry| std::fs::read(entry.path().join("environ")).ok());
    Ok(environments.any(|environment| environment.windows(mark.len()).any(|part| part == mark)))
}

async fn start_bus(folder: &Path, log: &Path) -> Result<(Process, String)> {
    let socket = folder.join("bus");
    let address = format!("unix:path={}", socket.display());
    let mut command = Command::new("dbus-daemon");
    command.args(["--session", "--nofork", "--nopidfile", "--address", &address]);
    let mut bus = Process::start("dbus-daemon", command, log)?;
    wait_until("the session bus listens", async || {
        bus.check_alive()?;
        Ok(std::os::unix::net::UnixStream::connect(&socket).is_ok())
    })
    .await?;
    Ok((bus, address))
}
