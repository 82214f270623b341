//! Ports that stay ours although nobody listens for a while.

use std::net::TcpListener;

use anyhow::{Result, bail};

/// Below the range that the kernel hands out to outgoing connections, so that a program that was killed finds its port free
/// again.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;
const MOST_TRIES: usize = 200;

/// A port of 127.0.0.1 that nobody listens on.
pub fn free_port() -> Result<u16> {
    for _ in 0..MOST_TRIES {
        let [high, low, ..] = *uuid::Uuid::new_v4().as_bytes();
        let port = FIRST + u16::from_be_bytes([high, low]) % COUNT;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("{MOST_TRIES} ports were tried and none was free")
}
