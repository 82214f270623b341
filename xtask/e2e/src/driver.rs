//! One WebDriver server with one session.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fantoccini::wd::{Capabilities, TimeoutConfiguration};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::Value;

use crate::port::free_port;
use crate::process::Process;
use crate::wait::wait_until;

/// Bounds a script, a page load, and the end of a session.
const COMMAND_LIMIT: Duration = Duration::from_secs(30);
const SESSION_LIMIT: Duration = Duration::from_secs(60);

pub struct Driver {
    pub client: Client,
    pub process: Process,
    port: u16,
    session: String,
}

impl Driver {
    /// `command` is a WebDriver server that understands `--port=N`; it is started, and asked for a session.
    pub async fn start(name: &str, mut command: Command, capabilities: Value, log: &Path) -> Result<Self> {
        let port = free_port()?;
        command.arg(format!("--port={port}"));
        let mut process = Process::start(name, command, log)?;
        wait_until(&format!("{name} listens"), async || {
            process.check_alive()?;
            Ok(TcpStream::connect(("127.0.0.1", port)).is_ok())
        })
        .await?;
        let client = session(port, capabilities).await.with_context(|| {
            format!("{name} opened no session; its last words:\n{}", crate::process::tail(log))
        })?;
        let session = client.session_id().await?.context("the session has no id")?;
        let driver = Self { client, process, port, session };
        let limit = Some(COMMAND_LIMIT);
        let limits = TimeoutConfiguration::new(limit, limit, Some(Duration::ZERO));
        driver.client.update_timeouts(limits).await?;
        Ok(driver)
    }

    /// Ends the session, which ends the browser: it would outlive a killed driver.
    fn end_session(&self) -> Result<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(COMMAND_LIMIT))?;
        let (session, port) = (&self.session, self.port);
        let request = format!(
            "DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        );
        stream.write_all(request.as_bytes())?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        ensure!(&status[9..] == b"200", "the driver answered {}", String::from_utf8_lossy(&status));
        Ok(())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if matches!(self.process.exited(), Ok(Some(_))) {
            return;
        }
        if let Err(error) = self.end_session() {
            eprintln!("the session of {} did not end in order: {error:#}", self.process.name);
        }
    }
}

async fn session(port: u16, capabilities: Value) -> Result<Client> {
    let capabilities: Capabilities = serde_json::from_value(capabilities)?;
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(capabilities);
    let url = format!("http://127.0.0.1:{port}");
    let opened = tokio::time::timeout(SESSION_LIMIT, builder.connect(&url)).await;
    Ok(opened.context("no session within the time")??)
}
