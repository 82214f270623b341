//! `cloud-api serve` and `cloud-api worker`: runs until asked to stop, then finishes what it began.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use axum::serve::ListenerExt;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};

use crate::app::App;
use crate::{chat, close, log, notify, ops, pay, read_models, routes, timers};

/// How long tasks may take to finish, and connections to Postgres to be given back, after the last request was answered.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(20);

/// How long sent bytes may stay unacknowledged, or unread by a counter that takes none, before a connection counts as dead. A beat goes out
/// every ten seconds, so a counter that went away without a word is noticed within 25.
const HALF_OPEN_TIMEOUT: Duration = Duration::from_secs(15);
/// A connection on which nothing is said is asked for a sign of life after this long, and then so often and so many times.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEPALIVE_RETRIES: u32 = 3;

/// Serves `listener` until `app.shutdown` is cancelled; runs the workers too when `with_workers`.
pub async fn serve(app: App, listener: TcpListener, with_workers: bool) -> anyhow::Result<()> {
    log::start(&app);
    chat::start(&app);
    app.spawn(ops::keep_metrics_up(app.clone()));
    if with_workers {
        start_workers(&app);
    }
    let service = routes::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let listener = listener.tap_io(tune);
    let shutdown = app.shutdown.clone();
    let server =
        axum::serve(listener, service).with_graceful_shutdown(async move { shutdown.cancelled().await });
    server.await.context("the listener failed")?;
    drain(&app).await;
    Ok(())
}

/// Runs the workers alone until `app.shutdown` is cancelled.
pub async fn work(app: App) {
    app.spawn(ops::keep_metrics_up(app.clone()));
    start_workers(&app);
    app.shutdown.cancelled().await;
    drain(&app).await;
}

fn start_workers(app: &App) {
    log::start_workers(app);
    pay::start_workers(app);
    notify::start_workers(app);
    timers::start_workers(app);
    close::start_workers(app);
    read_models::start_workers(app);
    app.spawn(ops::rewound::work(app.clone()));
}

/// Small frames leave at once, and a counter whose network went away without a word is noticed.
fn tune(connection: &mut TcpStream) {
    let keepalive = TcpKeepalive::new()
        .with_time(KEEPALIVE_IDLE)
        .with_interval(KEEPALIVE_INTERVAL)
        .with_retries(KEEPALIVE_RETRIES);
    let socket = SockRef::from(&*connection);
    let tuned = socket
        .set_tcp_nodelay(true)
        .and_then(|()| socket.set_tcp_keepalive(&keepalive))
        .and_then(|()| socket.set_tcp_user_timeout(Some(HALF_OPEN_TIMEOUT)));
    if let Err(error) = tuned {
        tracing::debug!(%error, "a connection could not be tuned");
    }
}

async fn drain(app: &App) {
    app.tasks.close();
    let finished = async {
        app.tasks.wait().await;
        // Waits for connections that are in use.
        app.db.close().await;
    };
    if tokio::time::timeout(DRAIN_TIMEOUT, finished).await.is_err() {
        tracing::warn!(
            left = app.tasks.len(),
            "tasks or connections to Postgres did not end in time; rows will be picked up again"
        );
    }
}
