//! A wire between counter and API that a test can cut.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context, Result};
use fault_proxy::Proxy;

use crate::world::World;

impl World {
    /// A wire to the API in fair weather.
    pub fn wire(&self) -> Result<Proxy> {
        let api = SocketAddr::from((Ipv4Addr::LOCALHOST, self.api_port));
        Proxy::start(api.into()).context("the proxy cannot listen")
    }
}
