//! The server's process, as its addresses answer, and the counter's side of the wire.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use shared::id::CommandKey;
use shared::log::{ChainHash, Position};
use shared::wire::{
    Beat, Bye, ByeReason, Canary, Command, CommandAnswers, LogPage, Reset, ResetReason, Snapshot, StoreHours,
    StoreMenu,
};
use shared::{Code, TimeMs};
use store_desktop_core::cloud::{CloudError, Frame, StreamEnd, problem_of};
use store_desktop_core::sync::{Frames, Server};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::network::{Network, Path};
use super::store::Store;
use crate::{Dice, Trace, note};

/// Time between two beats, as the product's.
const BEAT: Duration = Duration::from_secs(10);
/// How long a request may take, as in the product.
const REQUEST_LIMIT: Duration = Duration::from_secs(15);
/// The longest pause that a server that goes asks for.
const LONGEST_PAUSE_MS: u64 = 3_000;
/// The simulated day begins here.
const BEGINNING: TimeMs = TimeMs(1_800_000_000_000);

/// Everything outside of the counter.
pub struct World {
    pub state: Mutex<State>,
    /// Grows whenever something changed that a connection has to look at.
    pub changes: watch::Sender<u64>,
    pub network: Network,
    pub dice: Dice,
    pub trace: Trace,
    pub began: Instant,
}

/// The server.
pub struct State {
    pub store: Store,
    pub is_up: bool,
    /// Another process of it than before.
    pub process: u64,
    /// Every event of every epoch that there ever was.
    pub history: BTreeMap<(i32, i64), String>,
    /// How often each command had an effect, in the lives that were not undone by a restore.
    pub effects: BTreeMap<CommandKey, u32>,
    /// A stream may lose, repeat or garble a frame.
    pub is_sloppy: bool,
    /// Connections that are dead without anybody knowing.
    pub silent: u32,
}

impl World {
    /// Looks at the server.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server's clock.
    pub fn now(&self) -> TimeMs {
        BEGINNING.plus_ms(i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX))
    }

    /// Changes the server's state and lets connections know.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let value = {
            let mut state = self.state();
            let value = change(&mut state);
            state.remember();
            value
        };
        self.changes.send_modify(|version| *version += 1);
        value
    }
}

impl State {
    fn remember(&mut self) {
        let epoch = self.store.epoch;
        let known = self.history.range((epoch, 0)..=(epoch, i64::MAX)).next_back().map_or(-1, |(at, _)| at.1);
        for seq in known + 1..=self.store.last_seq() {
            if let Some(hash) = self.store.hash_at(seq) {
                self.history.insert((epoch, seq), hash.hash8());
            }
        }
    }
}

/// The counter's way to the server.
#[derive(Clone)]
pub struct Cloud(pub Arc<World>);

fn broken() -> CloudError {
    CloudError::Unreachable("the connection broke".to_owned())
}

fn refused(code: Code, status: u16) -> CloudError {
    CloudError::Problem(Box::new(problem_of(code, status)))
}

impl Cloud {
    async fn request<T>(
        &self,
        what: &str,
        ask: impl Fn(&World) -> Result<T, CloudError> + Send + Sync,
    ) -> Result<T, CloudError> {
        let world = &*self.0;
        let whole = async {
            world.network.there().await.map_err(|_| broken())?;
            let process = {
                let state = world.state();
                if !state.is_up {
                    return Err(broken());
                }
                state.process
            };
            if world.dice.chance(world.network.weather().repeated) {
                // Somebody on the way sent it twice; the first answer goes nowhere.
                let _ = ask(world);
            }
            let answer = ask(world);
            world.network.travel().await.map_err(|_| broken())?;
            // It died with the answer in its hands.
            if world.state().process == process { answer } else { Err(broken()) }
        };
        let answer = timeout(REQUEST_LIMIT, whole).await.unwrap_or_else(|_| Err(broken()));
        match &answer {
            Ok(_) => note!(world.trace, "{what}: answered"),
            Err(CloudError::Problem(problem)) => note!(world.trace, "{what}: {}", problem.code.as_str()),
            Err(_) => note!(world.trace, "{what}: no answer"),
        }
        answer
    }
}

impl Server for Cloud {
    type Frames = Connection;

    async fn snapshot(&self) -> Result<Snapshot, CloudError> {
        self.request("snapshot", |world| Ok(world.state().store.snapshot(world.now()))).await
    }

    async fn menu(&self) -> Result<StoreMenu, CloudError> {
        self.request("menu", |world| Ok(world.state().store.menu())).await
    }

    async fn hours(&self) -> Result<StoreHours, CloudError> {
        self.request("schedule", |_| Err(refused(Code::NotFound, 404))).await
    }

    async fn log(&self, after: i64, limit: i64) -> Result<LogPage, CloudError> {
        self.request("log", |world| Ok(world.state().store.page(after, limit))).await
    }

    async fn commands(&self, commands: &[Command]) -> Result<CommandAnswers, CloudError> {
        let run = |world: &World| {
            let now = world.now();
            let answers = world.change(|state| {
                let answers = commands.iter().map(|command| {
                    let (answer, effect) = state.store.command(command, now);
                    *state.effects.entry(command.key).or_default() += u32::from(effect);
                    answer
                });
                answers.collect()
            });
            Ok(CommandAnswers { answers })
        };
        self.request("commands", run).await
    }

    async fn ack(&self, position: Position) -> Result<(), CloudError> {
        let acknowledge = |world: &World| {
            let taken = world.state().store.acknowledge(position.clone());
            taken.map_err(|code| refused(code, 409))
        };
        self.request("ack", acknowledge).await
    }

    fn events(&self, position: &Position) -> Result<Connection, CloudError> {
        let (frames, received) = mpsc::unbounded_channel();
        tokio::spawn(serve(Arc::clone(&self.0), position.clone(), frames));
        Ok(Connection { received })
    }
}

/// The counter's end of an event stream.
pub struct Connection {
    received: mpsc::UnboundedReceiver<Result<Frame, StreamEnd>>,
}

impl Frames for Connection {
    async fn next(&mut self, patience: Duration) -> Result<Frame, StreamEnd> {
        match timeout(patience, self.received.recv()).await {
            Err(_) => Err(StreamEnd::Silent(patience)),
            Ok(None) => Err(StreamEnd::Closed),
            Ok(Some(frame)) => frame,
        }
    }

    async fn ready(&mut self) -> Option<Result<Frame, StreamEnd>> {
        self.received.try_recv().ok()
    }
}

/// The server's end.
struct Stream {
    world: Arc<World>,
    frames: mpsc::UnboundedSender<Result<Frame, StreamEnd>>,
    process: u64,
    cuts: u64,
    epoch: i32,
    seq: i64,
    hash: ChainHash,
    next_beat: Instant,
}

/// The connection is over.
struct Over;

async fn serve(world: Arc<World>, asked: Position, frames: mpsc::UnboundedSender<Result<Frame, StreamEnd>>) {
    let arrived = world.network.there().await;
    let process = {
        let state = world.state();
        (state.is_up && arrived.is_ok()).then_some(state.process)
    };
    let Some(process) = process else {
        note!(world.trace, "stream: not connected");
        let _ = frames.send(Err(broken().into()));
        return;
    };
    let resumed = world.state().store.resume(&asked);
    note!(world.trace, "stream: from {asked}, {resumed:?}");
    let _ = frames.send(Ok(Frame::Connected));
    if let Err(reason) = resumed {
        let _ = frames.send(Ok(Frame::Reset(Reset { reason })));
        return;
    }
    let hash = world.state().store.hash_at(asked.seq).unwrap_or(shared::log::GENESIS);
    let cuts = world.network.weather().cuts;
    let mut stream = Stream {
        frames,
        process,
        cuts,
        epoch: asked.epoch,
        seq: asked.seq,
        hash,
        next_beat: Instant::now(),
        world,
    };
    let _ = stream.run().await;
    note!(stream.world.trace, "stream: over at {}.{}", stream.epoch, stream.seq);
}

impl Stream {
    async fn run(&mut self) -> Result<(), Over> {
        let world = Arc::clone(&self.world);
        let (mut changes, mut weather) = (world.changes.subscribe(), world.network.watch());
        loop {
            self.still_there().await?;
            changes.borrow_and_update();
            weather.borrow_and_update();
            if let Some(reason) = self.unusable() {
                self.send(Frame::Reset(Reset { reason })).await?;
                return Err(Over);
            }
            self.send_events().await?;
            if Instant::now() >= self.next_beat {
                self.next_beat = Instant::now() + BEAT;
                let beat = self.beat();
                self.send(Frame::Beat(beat)).await?;
                continue;
            }
            tokio::select! {
                biased;
                () = self.frames.closed() => return Err(Over),
                _ = changes.changed() => {}
                _ = weather.changed() => {}
                () = sleep_until(self.next_beat) => {}
            }
        }
    }

    /// The process lives, and nobody cut the connection.
    async fn still_there(&mut self) -> Result<(), Over> {
        let world = Arc::clone(&self.world);
        let lives = {
            let state = world.state();
            state.is_up && state.process == self.process
        };
        let weather = world.network.weather();
        if lives && weather.cuts == self.cuts && weather.path != Path::Refused {
            return Ok(());
        }
        // A death behind a hole is heard of when the path opens; now and then never.
        if weather.path == Path::Hole {
            let _ = world.network.travel().await;
        }
        if world.dice.chance(2) {
            return self.fall_silent().await;
        }
        if !lives && weather.path == Path::Open && world.dice.chance(30) {
            // It was asked to stop, and asks its counters to come back later.
            let reconnect_after_ms = world.dice.below(LONGEST_PAUSE_MS);
            self.send(Frame::Bye(Bye { reason: ByeReason::Shutdown, reconnect_after_ms, by: None })).await?;
        }
        Err(Over)
    }

    /// The counter's end stays open and hears nothing any more.
    async fn fall_silent(&mut self) -> Result<(), Over> {
        note!(self.world.trace, "stream: dead without a word");
        self.world.state().silent += 1;
        self.frames.closed().await;
        self.world.state().silent -= 1;
        Err(Over)
    }

    fn unusable(&self) -> Option<ResetReason> {
        let state = self.world.state();
        let store = &state.store;
        if store.epoch != self.epoch {
            Some(ResetReason::Epoch)
        } else if store.last_seq() < self.seq {
            Some(ResetReason::Rewound)
        } else if store.hash_at(self.seq) != Some(self.hash) {
            Some(ResetReason::Fork)
        } else {
            None
        }
    }

    fn beat(&self) -> Beat {
        let (head, now) = (self.world.state().store.head(), self.world.now());
        let canary = Some(Canary { number: now.0 / 5_000, written_at: now });
        Beat { head, server_time: now, canary, degraded: false, desk: None }
    }

    async fn send_events(&mut self) -> Result<(), Over> {
        loop {
            let (entry, is_sloppy) = {
                let state = self.world.state();
                let entry = (state.store.epoch == self.epoch).then(|| state.store.entry(self.seq + 1));
                (entry.flatten(), state.is_sloppy)
            };
            let Some(mut entry) = entry else { return Ok(()) };
            let hash = self.world.state().store.hash_at(self.seq + 1);
            (self.seq, self.hash) = (self.seq + 1, hash.unwrap_or(self.hash));
            // What is left out last is only missed when the next beat tells of it; the product's server reads in one go.
            let slip = if is_sloppy { self.world.dice.below(60) } else { u64::MAX };
            let is_last = self.world.state().store.last_seq() == self.seq;
            match slip {
                0 if !is_last => {
                    note!(self.world.trace, "stream: {} is left out", entry.position);
                    continue;
                }
                1 => {
                    note!(self.world.trace, "stream: {} comes twice", entry.position);
                    self.send(Frame::Log(entry.clone())).await?;
                }
                2 => {
                    note!(self.world.trace, "stream: {} is garbled", entry.position);
                    entry.frame.body.push(' ');
                }
                _ => {}
            }
            self.send(Frame::Log(entry)).await?;
        }
    }

    async fn send(&mut self, frame: Frame) -> Result<(), Over> {
        if self.world.network.travel().await.is_err() {
            if self.world.dice.chance(5) && self.world.network.weather().lost > 0 {
                return self.fall_silent().await;
            }
            return Err(Over);
        }
        self.frames.send(Ok(frame)).map_err(|_| Over)
    }
}
