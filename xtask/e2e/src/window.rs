//! The counter's window, driven through WebKit's own WebDriver.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use fantoccini::Client;
use serde_json::json;

use crate::display::Display;
use crate::driver::Driver;
use crate::process::Process;
use crate::programs;
use crate::wait::wait_until;

/// The fields stop in this order.
pub struct Window {
    driver: Driver,
    /// The journal and what lies beside it.
    pub data: PathBuf,
    _bus: Process,
    _display: Display,
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
    pub async fn open(setup: &Setup<'_>) -> Result<Self> {
        let folder = setup.folder;
        for part in ["home", "runtime"] {
            DirBuilder::new().recursive(true).mode(0o700).create(folder.join(part))?;
        }
        let display = Display::given_or_virtual(folder, &setup.logs.join("xvfb.log")).await?;
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
        Ok(Self { driver, data: setup.data.to_owned(), _bus: bus, _display: display })
    }

    pub fn client(&self) -> &Client {
        &self.driver.client
    }
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
