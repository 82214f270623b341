//! A display for windows: the person's own, or one without a screen.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process::{Background, Start, make_private_folder};

/// Holds the counter's window of 1366 × 768.
const SCREEN: &str = "1400x900x24";
const READY_LIMIT: Duration = Duration::from_secs(30);

pub enum Display {
    /// The one that the person is looking at.
    Own,
    Virtual {
        number: String,
        server: Background,
    },
}

/// Whether windows can be shown to the person who started us.
pub fn is_here() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

impl Display {
    pub fn own_or_virtual(log: &Path) -> Result<Self> {
        if is_here() { Ok(Self::Own) } else { Self::start_virtual(log) }
    }

    /// Xvfb chooses a free number itself and writes it to its standard output once it listens.
    pub fn start_virtual(log: &Path) -> Result<Self> {
        let (reader, writer) = std::io::pipe()?;
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp", "-noreset"]);
        let mut server =
            Background::start(Start { stdout: Some(writer), ..Start::new("Xvfb", command, log) })?;
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            let read = BufReader::new(reader).read_line(&mut line);
            // The receiver may have given up waiting.
            let _ = sender.send(read.map(|_| line));
        });
        let line = receiver.recv_timeout(READY_LIMIT).context("Xvfb did not start in time")??;
        if line.trim().is_empty() {
            server.check_alive()?;
            bail!("Xvfb named no display; see {}", log.display());
        }
        Ok(Self::Virtual { number: format!(":{}", line.trim()), server })
    }

    /// Makes `command` use this display, with a private folder for run-time files.
    pub fn prepare(&self, command: &mut Command, runtime: &Path) -> Result<()> {
        let Self::Virtual { number, .. } = self else { return Ok(()) };
        make_private_folder(runtime)?;
        command.env("DISPLAY", number).env("XDG_RUNTIME_DIR", runtime);
        command.env_remove("WAYLAND_DISPLAY").env_remove("DBUS_SESSION_BUS_ADDRESS");
        // 70 MB less memory, and nothing to gain without a graphics card.
        command.env("WEBKIT_DISABLE_DMABUF_RENDERER", "1");
        Ok(())
    }

    /// A picture of everything on a virtual display.
    pub fn picture(&self, file: &Path) -> Result<()> {
        let Self::Virtual { number, .. } = self else { bail!("pictures are taken of virtual displays only") };
        let mut command = Command::new("import");
        command.args(["-display", number, "-window", "root"]).arg(file);
        crate::process::run_quietly(&mut command).map(drop)
    }

    pub fn check_alive(&mut self) -> Result<()> {
        match self {
            Self::Own => Ok(()),
            Self::Virtual { server, .. } => server.check_alive(),
        }
    }
}
