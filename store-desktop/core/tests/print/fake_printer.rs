//! A printer on a socket that does everything wrong on demand.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use store_desktop_core::print::escpos::render;
use store_desktop_core::print::{Paper, Printer, PrinterId, Rom, Route, Settings, TicketKind, Transport};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Answers every question.
    Well,
    /// Takes everything and says nothing.
    Mute,
    /// Answers that it has no paper.
    NoPaper,
    /// Answers that it is well, prints, and never says that it is done.
    NeverDone,
    /// Hangs up after so many bytes of a ticket.
    DiesAfter(usize),
    /// Takes so many bytes of a ticket and then nothing more, not even questions.
    StallsAfter(usize),
    /// Runs out of paper after so many bytes of a ticket: takes the rest, and says so.
    EmptiesAfter(usize),
}

struct Inner {
    mood: Mood,
    /// Bytes of tickets as they came, one entry per connection that brought any.
    tickets: Vec<Vec<u8>>,
    connections: usize,
}

pub struct FakePrinter {
    pub address: String,
    port: u16,
    inner: Arc<Mutex<Inner>>,
    serving: Mutex<Option<JoinHandle<()>>>,
}

impl FakePrinter {
    pub async fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let inner = Arc::new(Mutex::new(Inner { mood, tickets: Vec::new(), connections: 0 }));
        let printer = Self { address: format!("127.0.0.1:{port}"), port, inner, serving: Mutex::new(None) };
        printer.serve(listener);
        printer
    }

    fn serve(&self, listener: TcpListener) {
        let inner = Arc::clone(&self.inner);
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                inner.lock().unwrap().connections += 1;
                connections.spawn(work(stream, Arc::clone(&inner)));
            }
        });
        *self.serving.lock().unwrap() = Some(task);
    }

    /// Switched off.
    pub async fn stop(&self) {
        let task = self.serving.lock().unwrap().take();
        if let Some(task) = task {
            task.abort();
            let _ = task.await;
        }
    }

    /// Switched on again.
    pub async fn start_again(&self) {
        let began = std::time::Instant::now();
        loop {
            match TcpListener::bind(("127.0.0.1", self.port)).await {
                Ok(listener) => return self.serve(listener),
                Err(error) if began.elapsed() > Duration::from_secs(10) => panic!("{error}"),
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    }

    pub fn feels(&self, mood: Mood) {
        self.inner.lock().unwrap().mood = mood;
    }

    pub fn connections(&self) -> usize {
        self.inner.lock().unwrap().connections
    }

    /// What came out, whole or not, as bytes.
    pub fn tickets(&self) -> Vec<Vec<u8>> {
        self.inner.lock().unwrap().tickets.clone()
    }

    /// The tickets that were cut off at their end.
    pub fn whole(&self) -> usize {
        let cut = |ticket: &Vec<u8>| !render(ticket, Paper::Mm80, Rom::KsX1001).cuts.is_empty();
        self.tickets().iter().filter(|ticket| cut(ticket)).count()
    }

    /// Whether one of them has these words in the printer's encoding.
    pub fn printed(&self, words: &str) -> usize {
        let (bytes, _, _) = encoding_rs::EUC_KR.encode(words);
        let has = |ticket: &Vec<u8>| ticket.windows(bytes.len()).any(|window| window == &*bytes);
        self.tickets().iter().filter(|ticket| has(ticket)).count()
    }
}

/// A printer that prints everything about orders.
pub fn printer(id: &str, address: &str) -> Printer {
    let route = |kind| Route { kind, copies: 1 };
    Printer {
        id: PrinterId(id.to_owned()),
        name: "주방".to_owned(),
        transport: Transport::Tcp { address: address.to_owned() },
        paper: Paper::Mm80,
        rom: Rom::KsX1001,
        cuts: true,
        enabled: true,
        prints: vec![route(TicketKind::Kitchen), route(TicketKind::Cancel)],
        since: shared::TimeMs(0),
    }
}

pub fn only(printer: Printer) -> Settings {
    Settings { printers: vec![printer] }
}

async fn work(mut stream: TcpStream, inner: Arc<Mutex<Inner>>) {
    let mut ticket: Option<usize> = None;
    let mut pending: Vec<u8> = Vec::new();
    let mut buffer = [0; 512];
    loop {
        let Ok(count) = stream.read(&mut buffer).await else { return };
        if count == 0 {
            return;
        }
        pending.extend(&buffer[..count]);
        while let Some(first) = pending.first().copied() {
            let mood = inner.lock().unwrap().mood;
            let (taken, answer) = match (first, pending.as_slice()) {
                (0x10, [_, 0x04, question, ..]) => (3, status(mood, *question, taken_of(&inner, ticket))),
                (0x10, [_] | [_, 0x04]) => break,
                (0x1d, [_, b'r', _, ..]) => (3, done(mood, taken_of(&inner, ticket))),
                (0x1d, [_] | [_, b'r']) => break,
                _ => (1, None),
            };
            if taken == 1 {
                let at = *ticket.get_or_insert_with(|| {
                    let mut inner = inner.lock().unwrap();
                    inner.tickets.push(Vec::new());
                    inner.tickets.len() - 1
                });
                inner.lock().unwrap().tickets[at].push(first);
            }
            pending.drain(..taken);
            match mood {
                Mood::DiesAfter(limit) if taken_of(&inner, ticket) >= limit && ticket.is_some() => {
                    // A reset, as when its plug is pulled.
                    stream.set_zero_linger().unwrap();
                    return;
                }
                Mood::StallsAfter(limit) if taken_of(&inner, ticket) >= limit && ticket.is_some() => {
                    std::future::pending::<()>().await;
                }
                Mood::Well
                | Mood::Mute
                | Mood::NoPaper
                | Mood::NeverDone
                | Mood::DiesAfter(_)
                | Mood::StallsAfter(_)
                | Mood::EmptiesAfter(_) => {}
            }
            if let Some(answer) = answer
                && stream.write_all(&[answer]).await.is_err()
            {
                return;
            }
        }
    }
}

fn taken_of(inner: &Arc<Mutex<Inner>>, ticket: Option<usize>) -> usize {
    ticket.map_or(0, |at| inner.lock().unwrap().tickets[at].len())
}

fn status(mood: Mood, question: u8, taken: usize) -> Option<u8> {
    let empty = match mood {
        Mood::Mute => return None,
        Mood::NoPaper => true,
        Mood::EmptiesAfter(limit) => taken >= limit,
        Mood::Well | Mood::NeverDone | Mood::DiesAfter(_) | Mood::StallsAfter(_) => false,
    };
    Some(match (question, empty) {
        (1, true) => 0x1a,
        (2, true) => 0x32,
        (4, true) => 0x72,
        _ => 0x12,
    })
}

fn done(mood: Mood, taken: usize) -> Option<u8> {
    match mood {
        Mood::Well | Mood::DiesAfter(_) | Mood::StallsAfter(_) => Some(0),
        Mood::EmptiesAfter(limit) if taken < limit => Some(0),
        Mood::Mute | Mood::NoPaper | Mood::NeverDone | Mood::EmptiesAfter(_) => None,
    }
}
