//! The one address in front of several APIs: each connection goes to the next API that listens.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Result;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio::time::timeout;

/// On one machine a listening program answers at once; a paused one does too, its kernel does.
const CONNECT_LIMIT: Duration = Duration::from_millis(500);

/// Stops taking connections when dropped.
pub struct Front {
    pub address: SocketAddr,
    taking: AbortHandle,
}

impl Front {
    pub async fn start(apis: Vec<SocketAddr>) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let apis: Arc<[SocketAddr]> = apis.into();
        let taking = tokio::spawn(take(listener, apis)).abort_handle();
        Ok(Self { address, taking })
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.taking.abort();
    }
}

async fn take(listener: TcpListener, apis: Arc<[SocketAddr]>) {
    let turn = Arc::new(AtomicUsize::new(0));
    loop {
        let Ok((client, _)) = listener.accept().await else { continue };
        let (apis, first) = (Arc::clone(&apis), turn.fetch_add(1, Ordering::Relaxed));
        tokio::spawn(async move { carry(client, &apis, first).await });
    }
}

/// When no API listens, the client's connection closes.
async fn carry(mut client: TcpStream, apis: &[SocketAddr], first: usize) {
    for step in 0..apis.len() {
        let api = apis[(first + step) % apis.len()];
        if let Ok(Ok(mut server)) = timeout(CONNECT_LIMIT, TcpStream::connect(api)).await {
            let _ = client.set_nodelay(true).and_then(|()| server.set_nodelay(true));
            let _ = copy_bidirectional(&mut client, &mut server).await;
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    /// Listens, and says its name to everybody.
    async fn named(name: u8) -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let _ = tokio::io::AsyncWriteExt::write_all(&mut client, &[name]).await;
            }
        });
        address
    }

    #[tokio::test]
    async fn connections_take_turns_and_leave_out_who_does_not_listen() {
        let dead = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap();
        let front = Front::start(vec![named(1).await, dead, named(2).await]).await.unwrap();
        let mut heard = Vec::new();
        for _ in 0..6 {
            let mut client = TcpStream::connect(front.address).await.unwrap();
            heard.push(client.read_u8().await.unwrap());
        }
        assert!(heard.contains(&1) && heard.contains(&2), "{heard:?}");
    }
}
