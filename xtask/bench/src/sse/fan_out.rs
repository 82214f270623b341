//! How many messages of a kilobyte one machine hands out per second, ours and Nchan's, in turn, to the same listeners at the same rates.
//!
//! Ours: a message is an order that another instance commits to Postgres; its relay copies it to Redis and wakes the API, which reads,
//! verifies and sends it. Nchan's: a message is one POST, kept in its memory. A rate is climbed until messages are no longer delivered in
//! time; the last rate that held counts.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use cloud_api::app::App;
use e2e::wait::wait_until_within;
use shared::id::DayId;
use shared::log::LogBody;
use shared::wire::LogFrame;

use super::fleet::{Fleet, Heard, Sending};
use super::nchan::{self, Nchan, Publisher};
use super::ours::{self, Ours};
use super::stores::{self, OpenStore};
use crate::measure::{Limit, Measure, Unit};
use crate::process_time::cpu_time;
use crate::row::{Outcome, Setup};

const LISTENERS: usize = 1_000;
/// Length of a message's `data:`.
const MESSAGE_BYTES: usize = 1_024;
/// What a rate that held is multiplied with, at first and near the end.
const STEEP: f64 = 1.5;
const GENTLE: f64 = 1.15;
/// Below this the machine is too busy to compare anything.
const LOWEST_RATE: f64 = 100.0;
const HIGHEST_RATE: f64 = 1_000_000.0;
const STEP: Duration = Duration::from_secs(2);
const COMMON: Duration = Duration::from_secs(5);
/// A message that comes later than this did not come in time, for one in a hundred.
const IN_TIME: Duration = Duration::from_millis(250);
/// How long stragglers are waited for; a rate that is far too high leaves many.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often publishers of many channels look what is due.
const TICK: Duration = Duration::from_millis(5);
const PUBLISHERS: usize = 4;

/// The two shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// One channel that everybody hears.
    One,
    /// Everybody hears a channel of their own.
    Many,
}

impl Shape {
    fn channels(self) -> usize {
        match self {
            Self::One => 1,
            Self::Many => LISTENERS,
        }
    }

    /// Deliveries per second at which delays and processor time are compared, and where the climb begins: ten commits for a thousand
    /// viewers, and a commit for each counter.
    fn common_rate(self) -> f64 {
        match self {
            Self::One => 10_000.0,
            Self::Many => 500.0,
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::One => "1 store, 1,000 viewers",
            Self::Many => "1,000 stores, 1 counter each",
        }
    }
}

/// What of one side was measured, one entry per repeat.
#[derive(Debug, Default)]
struct Found {
    rates: Vec<f64>,
    p99s: Vec<f64>,
    cpu: Vec<f64>,
}

pub async fn measure(setup: &Setup) -> Result<Outcome> {
    if !nchan::is_installed() {
        return Ok(Outcome::Skipped(
            "the peer is missing: apt-get install nginx-light libnginx-mod-nchan".into(),
        ));
    }
    let nchan = Nchan::start(&setup.folder("nchan")?, &setup.logs("sse-fan-out")?.join("nginx.log")).await?;
    let mut measures = Vec::new();
    for shape in [Shape::One, Shape::Many] {
        let mut side = Side::new(setup, shape).await?;
        let mut peer = Peer { nchan: &nchan, shape, publishers: Vec::new(), next: 0 };
        for _ in 0..PUBLISHERS {
            peer.publishers.push(Publisher::connect(nchan.address).await?);
        }
        let (mut ours, mut theirs) = (Found::default(), Found::default());
        let (our_fleet, their_fleet) = (connected(&side).await?, connected(&peer).await?);
        for _ in 0..setup.repeats() {
            run(&mut side, &our_fleet, &mut ours).await?;
            run(&mut peer, &their_fleet, &mut theirs).await?;
        }
        measures.extend(judged(shape, &ours, &theirs));
        side.app.shutdown.cancel();
        side.app.db.close().await;
    }
    Ok(Outcome::Measured(measures))
}

fn judged(shape: Shape, ours: &Found, theirs: &Found) -> [Measure; 3] {
    let what = shape.what();
    let mut rate = Measure::new(format!("{what}: delivered in time"), Unit::PerSecond, &ours.rates)
        .against("Nchan", &theirs.rates)
        .note("ours: every message is a commit, relayed through Redis, chain verified; Nchan's is a POST kept in memory");
    let mut p99 =
        Measure::new(format!("{what}: p99 at {}/s", shape.common_rate()), Unit::Seconds, &ours.p99s)
            .against("Nchan", &theirs.p99s)
            .note("from the moment the commit or the POST was due");
    if shape == Shape::One {
        rate = rate.floor(Limit::RatioAtLeast(0.7)).goal(Limit::RatioAtLeast(1.0));
        p99 = p99.goal(Limit::RatioAtMost(1.0));
    }
    let cpu = Measure::new(format!("{what}: processor time per delivery"), Unit::Seconds, &ours.cpu)
        .against("Nchan", &theirs.cpu)
        .note("of the API's process and of nginx' workers, at the same rate");
    [rate, p99, cpu]
}

/// One of the two sides.
trait Contender {
    fn shape(&self) -> Shape;
    fn fleet(&self) -> Result<Fleet>;
    /// The number that each channel's next message will carry.
    fn next(&self) -> i64;
    /// Sends message `round` to these channels.
    async fn send(&mut self, channels: std::ops::Range<usize>) -> Result<()>;
    fn cpu(&self) -> Result<Duration>;
}

async fn connected(side: &impl Contender) -> Result<Fleet> {
    let fleet = side.fleet()?;
    wait_until_within(PATIENCE, "all listeners are connected", async || Ok(fleet.all_connected())).await?;
    // Whoever answers with the head before it subscribes has subscribed by then.
    tokio::time::sleep(Duration::from_millis(500)).await;
    Ok(fleet)
}

async fn run(side: &mut impl Contender, fleet: &Fleet, found: &mut Found) -> Result<()> {
    // Nothing is measured while caches, pools and connections are warmed.
    let rate = side.shape().common_rate();
    step(side, fleet, rate, Duration::from_millis(500)).await?;
    let before = side.cpu()?;
    let common = step(side, fleet, rate, COMMON).await?;
    found.cpu.push((side.cpu()? - before).as_secs_f64() / common.delivered as f64);
    found.p99s.push(common.times.value_at_quantile(0.99) as f64 / 1e6);
    found.rates.push(climb(side, fleet).await?);
    match fleet.trouble() {
        None => Ok(()),
        Some(trouble) => anyhow::bail!("{trouble}"),
    }
}

/// The highest rate of deliveries that was held, as it was measured.
async fn climb(side: &mut impl Contender, fleet: &Fleet) -> Result<f64> {
    let (mut held, mut rate, mut factor) = (None, side.shape().common_rate(), STEEP);
    while (LOWEST_RATE..HIGHEST_RATE).contains(&rate) {
        let heard = step(side, fleet, rate, STEP).await?;
        let in_time = Duration::from_micros(heard.times.value_at_quantile(0.99)) <= IN_TIME;
        if in_time {
            held = Some(heard.delivered as f64 / heard.took.as_secs_f64());
            rate *= factor;
        } else if held.is_none() {
            // A busy machine: down until it holds, then up in small steps.
            rate /= 2.0;
            factor = GENTLE;
        } else if factor == STEEP {
            // Too far: from the last rate that held in smaller steps.
            factor = GENTLE;
            rate = rate / STEEP * GENTLE;
        } else {
            break;
        }
    }
    held.with_context(|| format!("not even {LOWEST_RATE} deliveries per second came in time"))
}

/// Sends at this rate of deliveries; an error when not everything was delivered in the end.
async fn step(side: &mut impl Contender, fleet: &Fleet, rate: f64, lasts: Duration) -> Result<Heard> {
    let channels = side.shape().channels();
    let hearers = fleet.size() / channels;
    let per_second = rate / hearers as f64;
    let each = ((per_second * lasts.as_secs_f64() / channels as f64).ceil() as i64).max(1);
    let sending = Sending { begun: Instant::now() + TICK, per_second, channels, first: side.next(), each };
    fleet.expect(sending);
    let total = each as usize * channels;
    let mut sent = 0;
    while sent < total {
        let due_at = sending.begun + Duration::from_secs_f64(sent as f64 / per_second);
        tokio::time::sleep_until(due_at.into()).await;
        let due = (sending.begun.elapsed().as_secs_f64() * per_second) as usize + 1;
        // One message per channel at a time, and what is due together goes together.
        let from = sent % channels;
        let to = (from + due.clamp(sent + 1, total) - sent).min(channels);
        side.send(from..to).await?;
        sent += to - from;
        if channels > 1 {
            tokio::time::sleep(TICK).await;
        }
    }
    let expected = (total * hearers) as u64;
    let heard = async || Ok(fleet.delivered() >= expected);
    let all = wait_until_within(PATIENCE, &format!("all {expected} messages are delivered"), heard).await;
    all.with_context(|| format!("{} were, at {rate} deliveries per second", fleet.delivered()))?;
    ensure!(fleet.delivered() == expected, "something was delivered twice");
    Ok(fleet.heard())
}

/// Our side.
struct Side {
    ours: Ours,
    app: App,
    shape: Shape,
    stores: Vec<OpenStore>,
    /// Messages sent to each channel; the last round may be under way.
    sent: Vec<i64>,
}

impl Side {
    async fn new(setup: &Setup, shape: Shape) -> Result<Self> {
        let ours = Ours::start(setup, "sse-fan-out").await?;
        let stores = stores::open(&ours.database.pool, shape.channels()).await?;
        let app = ours.another_instance().await?;
        let sent = vec![0; stores.len()];
        Ok(Self { ours, app, shape, stores, sent })
    }
}

impl Contender for Side {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn fleet(&self) -> Result<Fleet> {
        let stores = self.stores.iter().enumerate().cycle().take(LISTENERS);
        let listeners = stores.map(|(channel, store)| stores::listener(store, channel, self.ours.address));
        Fleet::start(self.ours.address, listeners.collect(), false)
    }

    fn next(&self) -> i64 {
        self.sent[0] + 1
    }

    async fn send(&mut self, channels: std::ops::Range<usize>) -> Result<()> {
        let number = u32::try_from(self.sent[channels.start] + 1)?;
        let body = message(number, &self.stores[channels.start]);
        match self.shape {
            Shape::One => ours::place(&self.app, &self.stores[0], &body).await?,
            Shape::Many => {
                let text = String::from_utf8(body.to_bytes())?;
                stores::append(&self.app.db, &self.stores[channels.clone()], &text).await?;
                self.app.wake.relay.notify_one();
            }
        }
        for sent in &mut self.sent[channels] {
            *sent += 1;
        }
        Ok(())
    }

    fn cpu(&self) -> Result<Duration> {
        cpu_time(self.ours.process()?)
    }
}

/// The peer's side.
struct Peer<'a> {
    nchan: &'a Nchan,
    shape: Shape,
    publishers: Vec<Publisher>,
    next: i64,
}

impl Contender for Peer<'_> {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn fleet(&self) -> Result<Fleet> {
        let prefix = match self.shape {
            Shape::One => 0,
            Shape::Many => 1,
        };
        let channel = |number: usize| number % self.shape.channels();
        let listeners = (0..LISTENERS).map(|number| {
            let mut listener = self.nchan.listener(prefix + channel(number));
            listener.channel = channel(number);
            listener
        });
        Fleet::start(self.nchan.address, listeners.collect(), false)
    }

    fn next(&self) -> i64 {
        self.next + 1
    }

    async fn send(&mut self, channels: std::ops::Range<usize>) -> Result<()> {
        let number = self.next + 1;
        let text = peers_message(number)?;
        let first = match self.shape {
            Shape::One => 0,
            Shape::Many => 1,
        };
        let share = channels.len().div_ceil(self.publishers.len());
        let sends = self.publishers.iter_mut().enumerate().filter_map(|(nth, publisher)| {
            let from = channels.start + nth * share;
            let to = (from + share).min(channels.end);
            (from < to).then(|| publisher.publish(first + from..first + to, &text))
        });
        futures_util::future::try_join_all(sends).await?;
        if channels.end == self.shape.channels() {
            self.next += 1;
        }
        Ok(())
    }

    fn cpu(&self) -> Result<Duration> {
        self.nchan.workers()?.into_iter().map(cpu_time).sum()
    }
}

fn message(number: u32, store: &OpenStore) -> LogBody {
    // The quotes of the body are escaped in the frame.
    ours::order(DayId(store.day_id), number, MESSAGE_BYTES * 5 / 6)
}

/// The same frame with its number at the beginning.
fn peers_message(number: i64) -> Result<String> {
    let body = ours::order(DayId(uuid::Uuid::nil()), u32::try_from(number)?, MESSAGE_BYTES * 5 / 6);
    let frame = LogFrame { body: String::from_utf8(body.to_bytes())?, private: None };
    let text = serde_json::to_string(&frame)?;
    Ok(format!("{{\"n\":{number},{}", &text[1..]))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

    use super::*;

    #[test]
    fn messages_are_about_a_kilobyte_on_both_sides() {
        let text = peers_message(7).unwrap();
        assert!((900..=1_150).contains(&text.len()), "{}", text.len());
        assert!(text.as_bytes().starts_with(super::super::frames::PEER_NUMBER));
    }
}
