//! The alarm (알림음): sounds from a thread of its own until somebody looks, whatever the window does.

mod loudspeaker;
mod plan;
mod speaker;
#[cfg(test)]
mod tests;
mod tones;
mod trouble;

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::TimeMs;

use crate::clock;

pub use loudspeaker::{FLOOR, Loudspeaker};
pub use plan::{Caller, Sound, callers, due, is_answered, with_troubles};
pub use speaker::Speaker;
pub use trouble::{Cause, Trouble};

/// How often the thread looks.
const TICK: Duration = Duration::from_millis(100);

/// Where sounds go.
pub trait AlarmSink: Send {
    /// Whether a device is there; may look for one.
    fn ready(&mut self) -> bool;
    /// Starts a sound and returns at once; without a device nothing happens.
    fn play(&mut self, sound: Sound);
    /// The same, louder: nobody looked for a minute.
    fn play_urgently(&mut self, sound: Sound) {
        self.play(sound);
    }
    /// Silence, now.
    fn stop(&mut self);
}

/// What people can hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum AlarmOutput {
    Native,
    /// No sound device: the window flashes instead.
    None,
}

/// What a person said of a sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Heard {
    pub heard_at: Option<TimeMs>,
    /// Since then nobody has heard it.
    pub unheard_at: Option<TimeMs>,
}

/// The running thread; dropping it ends the thread and the sound.
pub struct Alarm {
    tests: SyncSender<Sound>,
}

/// What the thread looks at and reports to.
pub trait AlarmSource: Send + 'static {
    /// The orders that nobody has looked at.
    fn callers(&self) -> Vec<Caller>;
    /// Called when the output or the callers changed.
    fn report(&self, output: AlarmOutput, callers: &[Caller]);
}

impl Alarm {
    /// Starts the thread.
    pub fn start(source: impl AlarmSource, sink: Box<dyn AlarmSink>) -> std::io::Result<Self> {
        let (tests, asked) = sync_channel(1);
        std::thread::Builder::new().name("alarm".to_owned()).spawn(move || run(&source, sink, &asked))?;
        Ok(Self { tests })
    }

    /// Sounds once, so that a person can hear whether it works.
    pub fn test(&self, sound: Sound) {
        match self.tests.try_send(sound) {
            // A test is waiting already, or the thread has ended with the program.
            Ok(()) | Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
        }
    }
}

fn run(source: &impl AlarmSource, mut sink: Box<dyn AlarmSink>, tests: &Receiver<Sound>) {
    let mut last: Option<(Sound, TimeMs)> = None;
    let mut reported: Option<(AlarmOutput, Vec<Caller>)> = None;
    loop {
        let test = match tests.recv_timeout(TICK) {
            Ok(sound) => Some(sound),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return sink.stop(),
        };
        let output = if sink.ready() { AlarmOutput::Native } else { AlarmOutput::None };
        let callers = source.callers();
        if reported.as_ref().is_none_or(|(was, those)| *was != output || *those != callers) {
            source.report(output, &callers);
            reported = Some((output, callers.clone()));
        }
        let now = clock::now();
        if let Some(sound) = test {
            sink.play(sound);
        } else if callers.is_empty() {
            if last.take().is_some() {
                sink.stop();
            }
        } else if let Some(sound) = due(&callers, last, now) {
            let of_sound = |caller: &&Caller| caller.sound == sound;
            if callers.iter().filter(of_sound).any(|caller| caller.is_urgent(now)) {
                sink.play_urgently(sound);
            } else {
                sink.play(sound);
            }
            last = Some((sound, now));
        }
    }
}
