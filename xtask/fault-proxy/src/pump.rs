//! One direction of one connection: reads, keeps bytes as long as the weather says, and delivers, loses or cuts them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rand::{RngExt, SeedableRng};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::address::{Reader, Writer};
use crate::postgres::{Frontend, ReadyForQuery};
use crate::sky::{Seen, Sky};
use crate::weather::{CommitCut, Direction, Weather};

/// Read at once.
const CHUNK: usize = 16 * 1024;
/// Chunks that may be on their way; beyond it the sender is not read from, as with any full pipe.
const MAX_UNDERWAY: usize = 256;

/// The connection ends here and now, in both directions.
#[derive(Debug)]
pub(crate) struct Cut;

/// What is on its way.
enum Cargo {
    Bytes(Vec<u8>),
    /// The sender sends no more.
    End,
}

/// What becomes of the direction after a delivery.
#[derive(PartialEq, Eq)]
enum Then {
    GoesOn,
    Ended,
}

pub(crate) struct Pump {
    direction: Direction,
    sky: watch::Receiver<Sky>,
    seen: Arc<Seen>,
    /// Set when a COMMIT went to the server whose answer must not arrive.
    committed: Arc<AtomicBool>,
    jitter: rand::rngs::StdRng,
    underway: VecDeque<(Instant, Cargo)>,
    /// Bytes vanished: nothing more can arrive.
    lost: bool,
    /// The receiver was told that this is the end.
    closed: bool,
    /// The weather's version, and the bytes delivered in it.
    counted: (u64, u64),
    frontend: Frontend,
    answer: ReadyForQuery,
}

impl Pump {
    pub fn new(
        direction: Direction,
        sky: watch::Receiver<Sky>,
        seen: Arc<Seen>,
        committed: Arc<AtomicBool>,
    ) -> Self {
        // The same connection jitters the same way in every run.
        let seed = seen.accepted.load(Ordering::Relaxed);
        Self {
            direction,
            sky,
            seen,
            committed,
            jitter: rand::rngs::StdRng::seed_from_u64(seed),
            underway: VecDeque::new(),
            lost: false,
            closed: false,
            counted: (0, 0),
            frontend: Frontend::default(),
            answer: ReadyForQuery::default(),
        }
    }

    /// Runs until the sender ended and that was delivered.
    pub async fn run(mut self, mut reader: Reader, mut writer: Writer) -> Result<(), Cut> {
        let mut buffer = vec![0; CHUNK];
        let mut ended = false;
        self.turn(&mut writer).await?;
        loop {
            let due = self.underway.front().map(|(due, _)| *due);
            let arrival = async {
                match due {
                    Some(due) => tokio::time::sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                read = reader.read(&mut buffer), if !ended && self.underway.len() < MAX_UNDERWAY => match read {
                    Ok(0) => { ended = true; self.send(Cargo::End) }
                    Ok(read) => self.send(Cargo::Bytes(buffer[..read].to_vec())),
                    Err(_) if self.is_silent() => { ended = true; self.lost = true; }
                    Err(_) => return Err(Cut),
                },
                () = arrival => {
                    let Some((_, cargo)) = self.underway.pop_front() else { continue };
                    if self.deliver(cargo, &mut writer).await? == Then::Ended { return Ok(()) }
                }
                changed = self.sky.changed() => {
                    if changed.is_err() { return Err(Cut) }
                    self.turn(&mut writer).await?;
                }
            }
        }
    }

    /// Puts cargo on its way; never overtakes what is before it.
    fn send(&mut self, cargo: Cargo) {
        let weather = self.weather();
        let late = weather.latency
            + if weather.jitter.is_zero() {
                weather.jitter
            } else {
                self.jitter.random_range(std::time::Duration::ZERO..=weather.jitter)
            };
        let before = self.underway.back().map(|(due, _)| *due);
        let due = Instant::now() + late;
        self.underway.push_back((before.map_or(due, |before| before.max(due)), cargo));
    }

    async fn deliver(&mut self, cargo: Cargo, writer: &mut Writer) -> Result<Then, Cut> {
        if self.is_silent() {
            self.lost = true;
        }
        // The sender goes on into the void; the socket to the receiver stays as it is.
        if self.lost || self.closed {
            return Ok(Then::GoesOn);
        }
        match cargo {
            Cargo::End => {
                writer.shutdown().await.map_err(|_| Cut)?;
                Ok(Then::Ended)
            }
            Cargo::Bytes(bytes) => self.deliver_bytes(&bytes, writer).await.map(|()| Then::GoesOn),
        }
    }

    async fn deliver_bytes(&mut self, bytes: &[u8], writer: &mut Writer) -> Result<(), Cut> {
        // One look at the sky: bytes count for the weather that they were delivered in, whatever comes while they are written.
        let (weather, version) = {
            let sky = self.sky.borrow();
            (Arc::clone(&sky.weather), sky.version)
        };
        if self.counted.0 != version {
            self.counted = (version, 0);
        }
        let (arriving, cut) = self.what_arrives(bytes, &weather);
        let arriving = &bytes[..arriving];
        self.counted.1 += arriving.len() as u64;
        writer.write_all(arriving).await.map_err(|_| Cut)?;
        writer.flush().await.map_err(|_| Cut)?;
        if cut { Err(Cut) } else { Ok(()) }
    }

    /// How many of these bytes arrive, and whether the connection ends then.
    fn what_arrives(&mut self, bytes: &[u8], weather: &Weather) -> (usize, bool) {
        match self.direction {
            Direction::ToServer => {
                let commit = self.frontend.commit_in(bytes, weather.commit_of.as_deref());
                match (commit, weather.cut_at_commit) {
                    (Some(start), Some(CommitCut::Before)) => {
                        self.seen.commits_cut.fetch_add(1, Ordering::Relaxed);
                        return (start, true);
                    }
                    (Some(_), Some(CommitCut::After)) => self.committed.store(true, Ordering::Release),
                    (Some(_), None) | (None, _) => {}
                }
            }
            Direction::ToClient if self.committed.load(Ordering::Acquire) => {
                let answered = self.answer.is_in(bytes);
                if answered {
                    self.seen.commits_cut.fetch_add(1, Ordering::Relaxed);
                }
                return (0, answered);
            }
            Direction::ToClient => {}
        }
        let Some(cut) = weather.cut_after.filter(|cut| cut.direction == self.direction) else {
            return (bytes.len(), false);
        };
        let left = cut.bytes.saturating_sub(self.counted.1);
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        if bytes.len() <= left {
            return (bytes.len(), false);
        }
        self.seen.cuts.fetch_add(1, Ordering::Relaxed);
        (left, true)
    }

    /// The weather changed: a half-closed direction ends at once.
    async fn turn(&mut self, writer: &mut Writer) -> Result<(), Cut> {
        let weather = std::sync::Arc::clone(&self.sky.borrow_and_update().weather);
        if weather.half_close == Some(self.direction) && !self.closed {
            self.closed = true;
            writer.shutdown().await.map_err(|_| Cut)?;
        }
        Ok(())
    }

    fn weather(&self) -> Arc<Weather> {
        Arc::clone(&self.sky.borrow().weather)
    }

    fn is_silent(&self) -> bool {
        self.lost || self.sky.borrow().weather.silent == Some(self.direction)
    }
}
