//! `counter ui`: the window's calls and its front end over HTTP on this computer.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::json;
use store_desktop_core::alarm::{AlarmSink, Speaker};
use store_desktop_core::counter::Options;
use store_desktop_core::{CounterHost, HostError, host};
use tokio::net::TcpListener;

use crate::arguments::Ui;
use crate::sign_in::Mute;

pub async fn serve(data: &Path, ui: Ui) -> Result<ExitCode> {
    let options = Options { server_url: ui.server, ..Options::default() };
    let sink: Box<dyn AlarmSink> = if ui.silent { Box::new(Mute) } else { Box::new(Speaker::default()) };
    let host = CounterHost::start(data, options, ui.device_name, sink).await.map_err(HostError::from)?;
    host::door::open(&host);
    let listener =
        TcpListener::bind(ui.bind).await.with_context(|| format!("cannot listen on {}", ui.bind))?;
    println!("{}", json!({ "type": "listening", "url": format!("http://{}", listener.local_addr()?) }));
    std::io::stdout().flush()?;
    host::http::serve(host, listener, ui.dist.as_deref()).await?;
    Ok(ExitCode::SUCCESS)
}
