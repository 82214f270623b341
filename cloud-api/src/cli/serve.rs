//! `cloud-api serve` and `cloud-api worker`.

use std::io;
use std::net::SocketAddr;

use anyhow::Context;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpSocket};
use tokio::signal::unix::{SignalKind, signal};

use crate::app::{App, AppState};
use crate::clock::Clock;
use crate::config::Config;
use crate::{ops, serve as server};

/// Connections that wait to be accepted; the kernel may allow fewer.
const BACKLOG: u32 = 4_096;
/// Open files that are asked for: every seat of the hub and as many again.
const MAX_OPEN_FILES: u64 = 65_536;
/// With fewer a warning is logged.
const ENOUGH_OPEN_FILES: u64 = 8_192;

/// Serves until SIGTERM or Ctrl-C.
pub async fn serve(with_workers: bool) -> anyhow::Result<()> {
    let app = start().await?;
    let address = app.config.bind_addr;
    raise_open_files()?;
    let listener = listen(address).with_context(|| {
        format!("BIND_ADDR {address} cannot be listened on; is another program using the port?")
    })?;
    println!("cloud-api listening on http://{}", listener.local_addr()?);
    server::serve(app, listener, with_workers).await
}

/// A listener at which a thousand counters can knock at the same moment.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A server that was killed is back at once.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// A counter's connection is an open file, and many systems allow a process only 1,024 unless it asks for more.
fn raise_open_files() -> anyhow::Result<()> {
    let (soft, hard) =
        getrlimit(Resource::RLIMIT_NOFILE).context("the limit of open files cannot be read")?;
    let wanted = hard.min(MAX_OPEN_FILES).max(soft);
    setrlimit(Resource::RLIMIT_NOFILE, wanted, hard).context("the limit of open files cannot be raised")?;
    if wanted < ENOUGH_OPEN_FILES {
        tracing::warn!(open_files = wanted, "few counters can be connected; raise `ulimit -n`");
    } else {
        tracing::info!(open_files = wanted, "open files that this process may have");
    }
    Ok(())
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
