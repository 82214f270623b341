//! A printer on the network.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::{PORT, Unwritten};

pub struct Tcp(TcpStream);

impl Tcp {
    /// Connects; an address without a port means the usual one.
    pub async fn open(address: &str) -> io::Result<Self> {
        let address = address.trim();
        let bare = address.parse::<std::net::IpAddr>().is_ok() || !address.contains(':');
        let stream = if bare {
            TcpStream::connect((address, PORT)).await?
        } else {
            TcpStream::connect(address).await?
        };
        stream.set_nodelay(true)?;
        Ok(Self(stream))
    }

    pub(super) async fn write(&mut self, bytes: &[u8], limit: Duration) -> Result<(), Unwritten> {
        let mut written = 0;
        while written < bytes.len() {
            match timeout_at(Instant::now() + limit, self.0.write(&bytes[written..])).await {
                Ok(Ok(count)) if count > 0 => written += count,
                Ok(Ok(_) | Err(_)) | Err(_) => return Err(Unwritten { some: written > 0 }),
            }
        }
        Ok(())
    }

    /// The next byte; `None` when the printer hung up.
    pub(super) async fn read(&mut self) -> Option<u8> {
        self.0.read_u8().await.ok()
    }

    /// Closes our side and waits a little for the other's: a reset means that it did not take everything.
    pub(super) async fn leave(&mut self, limit: Duration) -> io::Result<()> {
        self.0.shutdown().await?;
        let mut rest = [0; 64];
        match timeout_at(Instant::now() + limit, self.0.read(&mut rest)).await {
            Ok(Err(error)) => Err(error),
            Ok(Ok(_)) | Err(_) => Ok(()),
        }
    }
}
