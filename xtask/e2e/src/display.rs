//! A display for windows: the one that is there, or one without a screen.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::Process;
use crate::wait::wait_for;

/// A little larger than the window.
const SCREEN: &str = "1440x900x24";

pub enum Display {
    /// Of whoever started us.
    Given,
    Virtual {
        number: String,
        _server: Process,
    },
}

impl Display {
    pub async fn given_or_virtual(folder: &Path, log: &Path) -> Result<Self> {
        if std::env::var_os("DISPLAY").is_some_and(|value| !value.is_empty()) {
            return Ok(Self::Given);
        }
        // Xvfb chooses a free number itself and writes it once it listens.
        // A window that was here before left the number of its own.
        let told = folder.join("display");
        std::fs::write(&told, "")?;
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp", "-noreset"]);
        let mut server = Process::start_with_data("Xvfb", command, &told, log)?;
        let number = wait_for("Xvfb names its display", async || {
            server.check_alive()?;
            let text = std::fs::read_to_string(&told).context("Xvfb wrote nothing")?;
            Ok(text.ends_with('\n').then(|| format!(":{}", text.trim())))
        })
        .await?;
        Ok(Self::Virtual { number, _server: server })
    }

    /// Makes `command` show its windows here.
    pub fn prepare(&self, command: &mut Command) {
        if let Self::Virtual { number, .. } = self {
            command.env("DISPLAY", number).env_remove("WAYLAND_DISPLAY");
        }
    }
}
