//! A customer's browser: Chromium without a screen.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use fantoccini::Client;
use serde_json::json;

use crate::driver::Driver;

/// Room for the list of chats beside the phone.
const SIZE: (u32, u32) = (1180, 920);

const FLAGS: [&str; 12] = [
    "--headless=new",
    // Chromium refuses to run as root with its sandbox.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    // Through a pipe it notices when the driver dies, and ends too.
    "--remote-debugging-pipe",
    "--lang=ko",
    // Pages are asked for in Korean; without a screen `--lang` says nothing about that.
    "--accept-lang=ko-KR,ko",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
];

pub struct Browser {
    driver: Driver,
}

impl Browser {
    /// `folder` holds the profile.
    pub async fn start(folder: &Path, log: &Path) -> Result<Self> {
        let (width, height) = SIZE;
        let mut flags: Vec<String> = FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
        flags.push(format!("--user-data-dir={}", folder.display()));
        flags.push(format!("--window-size={width},{height}"));
        let capabilities = json!({ "goog:chromeOptions": { "args": flags } });
        let mut command = Command::new("chromedriver");
        // The session bus of a person's desktop is none of its business.
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent").env("HOME", folder);
        let driver = Driver::start("chromedriver", command, capabilities, log).await?;
        Ok(Self { driver })
    }

    pub fn client(&self) -> &Client {
        &self.driver.client
    }
}
