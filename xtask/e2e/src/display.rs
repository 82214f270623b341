//! A display for windows: the one of whoever started us, or one of their own without a screen.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::framebuffer::Frame;
use crate::process::Process;
use crate::wait::wait_for;

/// As large as the window: without a window manager it then fills the screen.
const SCREEN: &str = "1366x768x24";
/// The file in which Xvfb keeps what its first screen shows.
const FRAMEBUFFER: &str = "Xvfb_screen0";

pub enum Display {
    /// Of whoever started us.
    Given,
    Own {
        number: String,
        framebuffer: PathBuf,
        _server: Process,
    },
}

impl Display {
    /// Where a person looks on, if anybody does.
    pub async fn given_or_own(folder: &Path, log: &Path) -> Result<Self> {
        match std::env::var_os("DISPLAY").filter(|value| !value.is_empty()) {
            Some(_) => Ok(Self::Given),
            None => Self::own(folder, log).await,
        }
    }

    /// For one window alone, so that a picture of it shows nothing else.
    pub async fn own(folder: &Path, log: &Path) -> Result<Self> {
        // Xvfb chooses a free number itself and writes it once it listens.
        // A window that was here before left the number of its own.
        let told = folder.join("display");
        std::fs::write(&told, "")?;
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp", "-noreset"]);
        command.arg("-fbdir").arg(folder);
        let mut server = Process::start_with_data("Xvfb", command, &told, log)?;
        let number = wait_for("Xvfb names its display", async || {
            server.check_alive()?;
            let text = std::fs::read_to_string(&told).context("Xvfb wrote nothing")?;
            Ok(text.ends_with('\n').then(|| format!(":{}", text.trim())))
        })
        .await?;
        Ok(Self::Own { number, framebuffer: folder.join(FRAMEBUFFER), _server: server })
    }

    /// Makes `command` show its windows here.
    pub fn prepare(&self, command: &mut Command) {
        if let Self::Own { number, .. } = self {
            command.env("DISPLAY", number).env_remove("WAYLAND_DISPLAY");
        }
    }

    /// What the screen shows now; `None` on a display that is not ours to look at.
    pub fn frame(&self) -> Result<Option<Frame>> {
        match self {
            Self::Given => Ok(None),
            Self::Own { framebuffer, .. } => Frame::read(framebuffer).map(Some),
        }
    }
}
