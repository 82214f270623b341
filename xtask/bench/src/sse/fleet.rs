//! Thousands of listeners in one thread: raw TCP, a read buffer that all share, and numbers that are checked as a counter checks them.

use std::cell::RefCell;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use hdrhistogram::Histogram;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::frames::{Frame, Reader};
use crate::load::{histogram, record};

/// Connections of one source address; an address has some 28,000 ports, of which closed connections still hold a part.
const PER_SOURCE: usize = 8_000;
/// Listeners that are being connected at the same time when the fleet starts; not when it comes back.
const CONNECTING: usize = 64;
const CONNECT_LIMIT: Duration = Duration::from_secs(20);
const READ_BUFFER: usize = 256 * 1024;
/// A counter's waits between two tries, as its sync engine has them: full jitter below a bound that doubles.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(3);
/// A number that no listener has seen.
const NOTHING: i64 = i64::MIN;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BUFFER]);
}

/// Whom to ask and for what.
#[derive(Debug, Clone)]
pub struct Listener {
    /// The request line and headers, without the empty line at their end.
    pub request: String,
    /// Which of the fleet's channels it hears.
    pub channel: usize,
}

/// Messages that are sent by schedule: message `n` of all channels together is due at `n / per_second`, and channels take turns.
#[derive(Debug, Clone, Copy)]
pub struct Sending {
    pub begun: Instant,
    pub per_second: f64,
    pub channels: usize,
    /// The number of each channel's first message.
    pub first: i64,
    /// Messages of each channel.
    pub each: i64,
}

impl Sending {
    fn due(&self, channel: usize, number: i64) -> Option<Instant> {
        let place = number - self.first;
        if !(0..self.each).contains(&place) {
            return None;
        }
        let nth = place as f64 * self.channels as f64 + channel as f64;
        Some(self.begun + Duration::from_secs_f64(nth / self.per_second))
    }
}

/// What the listeners heard of one sending.
#[derive(Debug, Clone)]
pub struct Heard {
    pub delivered: u64,
    /// From the first due message to the last delivery.
    pub took: Duration,
    pub times: Histogram<u64>,
}

#[derive(Debug)]
struct Tally {
    sending: Option<Sending>,
    heard: Heard,
}

/// What the fleet counts.
#[derive(Debug)]
pub struct Counts {
    /// Streams that gave their first frame and are still open.
    pub connected: AtomicUsize,
    pub beats: AtomicU64,
    /// Messages whose number was not the one after the last.
    pub out_of_order: AtomicU64,
    pub resets: AtomicU64,
    /// Answers that were not 200.
    pub refused: AtomicU64,
    pub failed_connects: AtomicU64,
    last: Vec<AtomicI64>,
    tally: Mutex<Tally>,
}

#[derive(Debug)]
struct Crew {
    server: SocketAddr,
    listeners: Vec<Listener>,
    /// Whether a listener that lost its stream comes back.
    returns: bool,
    counts: Arc<Counts>,
    connecting: Semaphore,
}

/// Listeners in a thread of their own; dropping it hangs up at once.
pub struct Fleet {
    pub counts: Arc<Counts>,
    size: usize,
    stop: CancellationToken,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Fleet {
    pub fn start(server: SocketAddr, listeners: Vec<Listener>, returns: bool) -> Result<Self> {
        let size = listeners.len();
        let heard = Heard { delivered: 0, took: Duration::ZERO, times: histogram() };
        let counts = Arc::new(Counts {
            connected: AtomicUsize::new(0),
            beats: AtomicU64::new(0),
            out_of_order: AtomicU64::new(0),
            resets: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            failed_connects: AtomicU64::new(0),
            last: std::iter::repeat_with(|| AtomicI64::new(NOTHING)).take(size).collect(),
            tally: Mutex::new(Tally { sending: None, heard }),
        });
        let connecting = Semaphore::new(CONNECTING);
        let crew = Arc::new(Crew { server, listeners, returns, counts: Arc::clone(&counts), connecting });
        let stop = CancellationToken::new();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let stopped = stop.clone();
        let thread = std::thread::Builder::new().name("listeners".to_owned()).spawn(move || {
            runtime.block_on(async move {
                for number in 0..size {
                    tokio::spawn(listen(Arc::clone(&crew), number));
                }
                stopped.cancelled().await;
            });
        })?;
        Ok(Self { counts, size, stop, thread: Some(thread) })
    }

    pub fn size(&self) -> usize {
        self.size
    }

    pub fn all_connected(&self) -> bool {
        self.counts.connected.load(Ordering::Relaxed) == self.size
    }

    /// Listeners that are connected and have heard everything up to `number`.
    pub fn caught_up(&self, number: i64) -> usize {
        self.counts.last.iter().filter(|last| last.load(Ordering::Relaxed) >= number).count()
    }

    /// From now on the messages of this sending are timed.
    pub fn expect(&self, sending: Sending) {
        let mut tally = lock(&self.counts.tally);
        tally.sending = Some(sending);
        tally.heard = Heard { delivered: 0, took: Duration::ZERO, times: histogram() };
    }

    pub fn heard(&self) -> Heard {
        lock(&self.counts.tally).heard.clone()
    }

    pub fn delivered(&self) -> u64 {
        lock(&self.counts.tally).heard.delivered
    }

    /// Everything that should not have happened, in words.
    pub fn trouble(&self) -> Option<String> {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let (order, resets) = (read(&self.counts.out_of_order), read(&self.counts.resets));
        (order + resets > 0).then(|| format!("{order} messages out of order, {resets} resets"))
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            // It panicked: whoever waits for its counts has seen that nothing comes.
            let _ = thread.join();
        }
    }
}

/// Why a stream ended.
enum Ended {
    Bye(Duration),
    Broken,
}

async fn listen(crew: Arc<Crew>, number: usize) {
    let mut last_id = Vec::new();
    let mut failures = 0;
    let mut first = true;
    loop {
        let was_heard = crew.counts.last[number].load(Ordering::Relaxed);
        let ended = stream(&crew, number, &mut last_id, first).await;
        if !crew.returns {
            return;
        }
        first = false;
        let wait = match ended {
            Ok(Ended::Bye(wait)) => wait,
            Ok(Ended::Broken) | Err(_) => {
                if crew.counts.last[number].load(Ordering::Relaxed) != was_heard {
                    failures = 0;
                }
                let bound = FIRST_WAIT.saturating_mul(1 << failures).min(LONGEST_WAIT);
                failures = (failures + 1).min(8);
                bound.mul_f64(rand::random_range(0.0..=1.0))
            }
        };
        tokio::time::sleep(wait).await;
    }
}

async fn stream(crew: &Crew, number: usize, last_id: &mut Vec<u8>, paced: bool) -> Result<Ended> {
    let counts = &crew.counts;
    let turn = if paced { Some(crew.connecting.acquire().await?) } else { None };
    let connection = match tokio::time::timeout(CONNECT_LIMIT, connect(crew, number, last_id)).await {
        Ok(Ok(connection)) => connection,
        Ok(Err(error)) => {
            counts.failed_connects.fetch_add(1, Ordering::Relaxed);
            return Err(error);
        }
        Err(_) => bail!("no connection in time"),
    };
    let mut reader = Reader::default();
    reader.last_id = std::mem::take(last_id);
    let mut hearing =
        Hearing { counts, number, channel: crew.listeners[number].channel, on: false, ended: None };
    let result = hear(&connection, &mut reader, &mut hearing, turn).await;
    *last_id = std::mem::take(&mut reader.last_id);
    if hearing.on {
        counts.connected.fetch_sub(1, Ordering::Relaxed);
    }
    result.map(|()| hearing.ended.unwrap_or(Ended::Broken))
}

async fn connect(crew: &Crew, number: usize, last_id: &[u8]) -> Result<TcpStream> {
    let source = 2 + u8::try_from(number / PER_SOURCE % 250)?;
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::new(127, 0, 0, source), 0).into())?;
    // Hanging up leaves nothing behind that would hold the port.
    socket.set_zero_linger()?;
    let mut connection = socket.connect(crew.server).await?;
    let mut request = crew.listeners[number].request.clone();
    if !last_id.is_empty() {
        request.push_str(&format!("last-event-id: {}\r\n", String::from_utf8_lossy(last_id)));
    }
    request.push_str("\r\n");
    connection.write_all(request.as_bytes()).await?;
    Ok(connection)
}

async fn hear(
    connection: &TcpStream,
    reader: &mut Reader,
    hearing: &mut Hearing<'_>,
    mut turn: Option<tokio::sync::SemaphorePermit<'_>>,
) -> Result<()> {
    loop {
        connection.readable().await?;
        let read = BUFFER.with_borrow_mut(|buffer| match connection.try_read(buffer) {
            Ok(0) => Ok(false),
            Ok(length) => reader.feed(&buffer[..length], &mut |frame| hearing.take(frame)).map(|()| true),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(true),
            Err(error) => Err(error).context("the stream broke"),
        })?;
        if !read || hearing.ended.is_some() {
            return Ok(());
        }
        if hearing.on {
            turn = None;
        }
        let _ = &turn;
    }
}

/// One listener's side of a stream.
struct Hearing<'a> {
    counts: &'a Counts,
    number: usize,
    channel: usize,
    /// It counts as connected.
    on: bool,
    ended: Option<Ended>,
}

impl Hearing<'_> {
    fn take(&mut self, frame: Frame) {
        match frame {
            // The head is written together with the first frame, or as soon as the peer subscribed.
            Frame::Head(200) => {
                self.on = true;
                self.counts.connected.fetch_add(1, Ordering::Relaxed);
            }
            Frame::Head(_) => {
                self.counts.refused.fetch_add(1, Ordering::Relaxed);
                self.ended = Some(Ended::Broken);
            }
            Frame::Message(number) => self.message(number),
            Frame::Beat => {
                self.counts.beats.fetch_add(1, Ordering::Relaxed);
            }
            Frame::Reset => {
                self.counts.resets.fetch_add(1, Ordering::Relaxed);
                self.ended = Some(Ended::Broken);
            }
            Frame::Bye(wait) => self.ended = Some(Ended::Bye(Duration::from_millis(wait))),
        }
    }

    fn message(&self, number: i64) {
        let last = self.counts.last[self.number].swap(number, Ordering::Relaxed);
        if last != NOTHING && number != last + 1 {
            self.counts.out_of_order.fetch_add(1, Ordering::Relaxed);
        }
        let mut tally = lock(&self.counts.tally);
        let Some(sending) = tally.sending else { return };
        let Some(due) = sending.due(self.channel, number) else { return };
        let now = Instant::now();
        record(&mut tally.heard.times, now.saturating_duration_since(due));
        tally.heard.delivered += 1;
        tally.heard.took = now.saturating_duration_since(sending.begun);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
