//! `cloud-api serve` and `cloud-api worker`.

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::{App, AppState};
use crate::clock::Clock;
use crate::config::Config;
use crate::{ops, serve as server};

/// Serves until SIGTERM or Ctrl-C.
pub async fn serve(with_workers: bool) -> anyhow::Result<()> {
    let app = start().await?;
    let address = app.config.bind_addr;
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("BIND_ADDR {address} cannot be listened on; is another program using the port?")
    })?;
    println!("cloud-api listening on http://{}", listener.local_addr()?);
    server::serve(app, listener, with_workers).await
}

/// Works until SIGTERM or Ctrl-C.
pub async fn work() -> anyhow::Result<()> {
    let app = start().await?;
    println!("cloud-api worker running");
    server::work(app).await;
    Ok(())
}

async fn start() -> anyhow::Result<App> {
    let config = Config::from_env()?;
    ops::install_metrics();
    let app = AppState::connect(config, Clock::system()).await?;
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be listened to")?;
    let shutdown = app.shutdown.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        tracing::info!("stopping: no new requests, running ones are finished");
        shutdown.cancel();
    });
    Ok(app)
}
