//! Starting and stopping.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::config::Config;
use crate::connection::{Cut, CutListener};
use crate::routes;
use crate::world::World;

/// Connections still busy after this are left behind at shutdown.
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(5);

/// A running sandbox. Dropping it stops it too, without waiting.
pub struct Sandbox {
    world: Arc<World>,
    server: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Binds and serves in the background of the current tokio runtime.
    ///
    /// # Errors
    /// When the address cannot be bound or a configured address is not a URL.
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        // Another part of the process may have chosen a provider already; any will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind(&config.bind)
            .await
            .with_context(|| format!("cannot listen on {}", config.bind))?;
        let address = listener.local_addr().context("the listener has no address")?;
        let base_url = match &config.public_url {
            Some(url) => {
                reqwest::Url::parse(url).with_context(|| format!("the public address {url} is not a URL"))?;
                url.trim_end_matches('/').to_owned()
            }
            None => format!("http://{address}"),
        };
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .context("cannot build the HTTP client")?;
        let world = Arc::new(World::new(config, base_url, http));
        let app = routes::all(Arc::clone(&world)).into_make_service_with_connect_info::<Cut>();
        let stop = world.stop.clone();
        let server = tokio::spawn(async move {
            let serving = axum::serve(CutListener(listener), app)
                .with_graceful_shutdown(async move { stop.cancelled().await });
            if let Err(error) = serving.await {
                tracing::error!(%error, "the sandbox stopped serving");
            }
        });
        Ok(Self { world, server: Some(server) })
    }

    /// `http://host:port`, without a trailing slash.
    pub fn url(&self) -> &str {
        &self.world.base_url
    }

    /// Sets the skill server once its address is known.
    pub fn set_skill_url(&self, url: impl Into<String>) {
        crate::lock(&self.world.live).skill_url = Some(url.into());
    }

    /// Stops accepting, ends open event streams and waits for running requests, at most five seconds.
    pub async fn shutdown(mut self) {
        self.world.stop.cancel();
        if let Some(server) = self.server.take() {
            let abort = server.abort_handle();
            if tokio::time::timeout(SHUTDOWN_PATIENCE, server).await.is_err() {
                abort.abort();
            }
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.world.stop.cancel();
    }
}
