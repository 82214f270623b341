//! A wire between counter and API that a test can cut.

use std::sync::Arc;

use anyhow::Result;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::port::free_port;

/// Forwards a port of its own to the API's; ends when dropped.
pub struct Proxy {
    pub url: String,
    whole: Arc<watch::Sender<bool>>,
    task: JoinHandle<()>,
}

impl Proxy {
    pub async fn to(port: u16) -> Result<Self> {
        let own = free_port()?;
        let listener = TcpListener::bind(("127.0.0.1", own)).await?;
        let whole = Arc::new(watch::Sender::new(true));
        let task = tokio::spawn(forward_all(listener, port, Arc::clone(&whole)));
        Ok(Self { url: format!("http://127.0.0.1:{own}"), whole, task })
    }

    /// Ends every connection, and every new one at once.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    pub fn mend(&self) {
        self.whole.send_replace(true);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        self.whole.send_replace(false);
    }
}

async fn forward_all(listener: TcpListener, port: u16, whole: Arc<watch::Sender<bool>>) {
    while let Ok((counter, _)) = listener.accept().await {
        let wire = whole.subscribe();
        // Dropping the connection is what a cut looks like.
        tokio::spawn(forward(counter, port, wire));
    }
}

async fn forward(mut counter: TcpStream, port: u16, mut wire: watch::Receiver<bool>) {
    if !*wire.borrow_and_update() {
        return;
    }
    let Ok(mut api) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    tokio::select! {
        _ = copy_bidirectional(&mut counter, &mut api) => {}
        _ = wire.wait_for(|whole| !*whole) => {}
    }
}
