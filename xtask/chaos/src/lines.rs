//! Every way between two programs leads through a fault proxy of its own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use fault_proxy::{Address, Proxy, Weather};

use crate::fault::Line;
use crate::schedule::Town;

#[derive(Clone)]
pub struct Lines {
    proxies: Arc<BTreeMap<Line, Proxy>>,
}

/// Where the lines lead.
pub struct Ends<'a> {
    pub front: SocketAddr,
    pub postgres: &'a Path,
    pub redis: &'a Path,
}

impl Lines {
    /// All but the customers' line and those to KakaoPay, whose ends come later.
    pub fn open(town: Town, ends: &Ends<'_>) -> Result<Self> {
        let mut proxies = BTreeMap::new();
        for store in 0..town.stores {
            proxies.insert(Line::Counter(store), Proxy::start(Address::Tcp(ends.front))?);
        }
        for program in 0..town.programs() {
            proxies.insert(Line::Postgres(program), Proxy::start(Address::Unix(ends.postgres.to_owned()))?);
            proxies.insert(Line::Redis(program), Proxy::start(Address::Unix(ends.redis.to_owned()))?);
        }
        proxies.insert(Line::Customers, Proxy::start(Address::Tcp(ends.front))?);
        Ok(Self { proxies: Arc::new(proxies) })
    }

    /// The lines to KakaoPay, before anybody uses the others.
    pub fn with_kakaopay(self, town: Town, sandbox: SocketAddr) -> Result<Self> {
        let mut proxies = Arc::into_inner(self.proxies).context("the lines are in use already")?;
        for program in 0..town.programs() {
            proxies.insert(Line::KakaoPay(program), Proxy::start(Address::Tcp(sandbox))?);
        }
        Ok(Self { proxies: Arc::new(proxies) })
    }

    pub fn address(&self, line: Line) -> Result<SocketAddr> {
        self.proxies.get(&line).map(Proxy::address).with_context(|| format!("there is no line {line}"))
    }

    pub fn url(&self, line: Line) -> Result<String> {
        Ok(format!("http://{}", self.address(line)?))
    }

    pub fn cut(&self, line: Line) {
        if let Some(proxy) = self.proxies.get(&line) {
            proxy.drop_connections();
        }
    }

    /// Bad for so long, then fair again.
    pub fn weather(&self, line: Line, weather: Weather, time: Duration) {
        let Some(proxy) = self.proxies.get(&line) else { return };
        proxy.set(weather);
        let lines = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(time).await;
            if let Some(proxy) = lines.proxies.get(&line) {
                proxy.mend();
            }
        });
    }

    /// Fair everywhere, and no connection is left that lost bytes before.
    pub fn mend(&self) {
        for proxy in self.proxies.values() {
            proxy.mend();
            proxy.drop_connections();
        }
    }
}
