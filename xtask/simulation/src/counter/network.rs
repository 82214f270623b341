//! The network between counter and server.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::Dice;

/// Whether anything gets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    Open,
    /// Whoever tries is told at once that there is nobody.
    Refused,
    /// Whatever is sent is kept by somebody on the way, and nobody is told anything.
    Hole,
}

/// The network now.
#[derive(Debug, Clone, Copy)]
pub struct Weather {
    pub path: Path,
    /// Most milliseconds of one way.
    pub latency: u64,
    /// Messages of a hundred that are lost.
    pub lost: u32,
    /// Requests of a hundred that arrive twice.
    pub repeated: u32,
    /// Grows with each cut of the open connections.
    pub cuts: u64,
}

impl Weather {
    /// As it should be.
    pub const FAIR: Self = Self { path: Path::Open, latency: 20, lost: 0, repeated: 0, cuts: 0 };
}

/// The network.
#[derive(Debug)]
pub struct Network {
    weather: watch::Sender<Weather>,
    dice: Dice,
}

/// The connection broke, and its end is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken;

/// How long connecting may take, as in the product.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// How soon what was kept on the way arrives, or its sender is told, when the path opens.
const RETRANSMITTED_MS: u64 = 1_000;

impl Network {
    /// Fair weather.
    pub fn new(dice: Dice) -> Self {
        Self { weather: watch::Sender::new(Weather::FAIR), dice }
    }

    /// The weather now.
    pub fn weather(&self) -> Weather {
        *self.weather.borrow()
    }

    /// Changes it.
    pub fn change(&self, change: impl FnOnce(&mut Weather)) {
        self.weather.send_modify(change);
    }

    /// Cuts what is open.
    pub fn cut(&self) {
        self.change(|weather| weather.cuts += 1);
    }

    /// For noticing changes.
    pub fn watch(&self) -> watch::Receiver<Weather> {
        self.weather.subscribe()
    }

    /// Connects and sends.
    pub async fn there(&self) -> Result<(), Broken> {
        timeout(CONNECT_LIMIT, self.travel()).await.unwrap_or(Err(Broken))
    }

    /// One message, one way.
    pub async fn travel(&self) -> Result<(), Broken> {
        let mut watched = self.watch();
        let weather = *watched.borrow_and_update();
        match weather.path {
            Path::Refused => {
                sleep(self.dice.ms(1, 50)).await;
                return Err(Broken);
            }
            Path::Hole => return self.held(&mut watched).await,
            Path::Open => sleep(self.dice.ms(0, weather.latency)).await,
        }
        if self.dice.chance(weather.lost) {
            if self.dice.chance(70) {
                return Err(Broken);
            }
            // Whoever waits is not told before something changes.
            let _ = watched.changed().await;
            sleep(self.dice.ms(0, RETRANSMITTED_MS)).await;
            return Err(Broken);
        }
        match self.weather().cuts == weather.cuts {
            true => Ok(()),
            false => Err(Broken),
        }
    }

    /// Until the path opens; then it arrives, or somebody on the way has forgotten the connection.
    async fn held(&self, watched: &mut watch::Receiver<Weather>) -> Result<(), Broken> {
        let cuts = watched.borrow().cuts;
        while watched.borrow_and_update().path == Path::Hole {
            if watched.changed().await.is_err() {
                return Err(Broken);
            }
        }
        sleep(self.dice.ms(0, RETRANSMITTED_MS)).await;
        let arrives = watched.borrow().path == Path::Open && watched.borrow().cuts == cuts;
        if arrives && self.dice.chance(60) { Ok(()) } else { Err(Broken) }
    }
}
