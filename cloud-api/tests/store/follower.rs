//! A client of the event stream that checks everything a counter would check.

use std::time::Duration;

use shared::id::StoreId;
use shared::log::{ChainHash, GENESIS, Position, chain};
use shared::wire::{Beat, Bye, LogEntry, LogFrame, Reset};

use crate::world::{Counter, PATIENCE, World};

/// What came.
#[derive(Debug, Clone)]
pub enum Frame {
    Log(LogEntry),
    Beat(Beat),
    Reset(Reset),
    Bye(Bye),
    End,
}

/// An open stream.
pub struct Follower {
    response: reqwest::Response,
    /// May end in the middle of a character.
    buffer: Vec<u8>,
    /// The position and full hash of the last event.
    pub at: Position,
    hash: Option<ChainHash>,
}

/// Opens the stream as a counter does; `None` sends no position.
pub async fn request(world: &World, counter: &Counter, from: Option<&str>) -> reqwest::Response {
    let mut request = world.http.get(world.url("/v1/store/events")).bearer_auth(&counter.session.token);
    if let Some(from) = from {
        request = request.header("last-event-id", from);
    }
    request.send().await.expect("the server answers")
}

impl Follower {
    /// Resumes after `from`, or begins before the first event.
    pub async fn open(world: &World, counter: &Counter, from: Option<&Position>) -> Self {
        Self::open_at(world, counter, from, &world.url("")).await
    }

    /// The same at another instance.
    pub async fn open_at(_world: &World, counter: &Counter, from: Option<&Position>, base: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut request = http.get(format!("{base}/v1/store/events")).bearer_auth(&counter.session.token);
        if let Some(from) = from {
            request = request.header("last-event-id", from.to_string());
        }
        Self::over(request.send().await.expect("the server answers"), from)
    }

    /// Over an answer that has just begun.
    pub fn over(response: reqwest::Response, from: Option<&Position>) -> Self {
        assert_eq!(response.status(), 200);
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "text/event-stream");
        assert_eq!(header("cache-control"), "no-store, no-transform");
        assert_eq!(header("x-accel-buffering"), "no");
        let hash = from.is_none().then_some(GENESIS);
        let at = from.cloned().unwrap_or_else(|| Position::start(1));
        Self { response, buffer: Vec::new(), at, hash }
    }

    /// The next frame; panics when nothing comes.
    pub async fn next(&mut self) -> Frame {
        self.next_within(PATIENCE).await.expect("a frame comes in time")
    }

    /// The next frame, if one comes in time.
    pub async fn next_within(&mut self, patience: Duration) -> Option<Frame> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
                let frame: Vec<u8> = self.buffer.drain(..end + 2).collect();
                return Some(self.read(std::str::from_utf8(&frame[..end]).unwrap()));
            }
            match tokio::time::timeout(patience, self.response.chunk()).await {
                Err(_) => return None,
                Ok(Ok(Some(bytes))) => self.buffer.extend_from_slice(&bytes),
                Ok(Ok(None) | Err(_)) => return Some(Frame::End),
            }
        }
    }

    /// The next event of the log, whatever beats come before it.
    pub async fn next_log(&mut self) -> LogEntry {
        loop {
            match self.next().await {
                Frame::Log(entry) => return entry,
                Frame::Beat(_) => {}
                other => panic!("an event was expected, not {other:?}"),
            }
        }
    }

    /// The next beat, whatever comes before it.
    pub async fn next_beat(&mut self) -> Beat {
        loop {
            match self.next().await {
                Frame::Beat(beat) => return beat,
                Frame::Log(_) => {}
                other => panic!("a beat was expected, not {other:?}"),
            }
        }
    }

    /// Reads events until `seq`.
    pub async fn catch_up(&mut self, seq: i64) -> Vec<LogEntry> {
        let mut entries = Vec::new();
        while self.at.seq < seq {
            entries.push(self.next_log().await);
        }
        entries
    }

    /// The last frame of the connection, and its end.
    pub async fn last_word(&mut self) -> Frame {
        loop {
            match self.next().await {
                Frame::Log(_) | Frame::Beat(_) => {}
                word => {
                    assert!(matches!(self.next().await, Frame::End), "nothing comes after {word:?}");
                    return word;
                }
            }
        }
    }

    fn read(&mut self, text: &str) -> Frame {
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
            line.unwrap_or_else(|| panic!("the frame has no {name}: {text}"))
        };
        let id: Position = field("id").parse().expect("every frame has a position");
        let data = field("data");
        match field("event") {
            "log" => {
                let frame: LogFrame = serde_json::from_str(data).unwrap();
                assert_eq!(id.seq, self.at.seq + 1, "only the next event may come");
                if let Some(hash) = self.hash {
                    let next = chain(hash, id.seq, frame.body.as_bytes());
                    assert_eq!(next.hash8(), id.hash8, "the chain goes on");
                    self.hash = Some(next);
                }
                self.at = id.clone();
                Frame::Log(LogEntry { position: id, frame })
            }
            "beat" => {
                assert_eq!(id, self.at, "a beat repeats the last position");
                Frame::Beat(serde_json::from_str(data).unwrap())
            }
            "reset" => Frame::Reset(serde_json::from_str(data).unwrap()),
            "bye" => {
                assert_eq!(id, self.at);
                Frame::Bye(serde_json::from_str(data).unwrap())
            }
            other => panic!("a frame of kind {other}"),
        }
    }
}

/// Where a store's log ends.
pub async fn head(world: &World, store_id: StoreId) -> Position {
    cloud_api::db::events::read_cursor(&world.db, store_id).await.unwrap().unwrap().position()
}
