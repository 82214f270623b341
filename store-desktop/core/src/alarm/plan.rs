//! When to sound. Pure: orders, what was acknowledged and the time go in, a sound or silence comes out.

use std::collections::HashSet;

use serde::Serialize;
use shared::TimeMs;
use shared::id::OrderId;
use shared::order::PhaseName;
use shared::wire::CommandAction;

use crate::fold::{Entry, Ledger};
use crate::journal::{Fate, SoundAbout, Waiting};

/// A new order is announced with pauses for this long, and without them after that.
const GENTLE_MS: i64 = 30_000;
/// From the start of one announcement to the next while it is gentle.
const GENTLE_EVERY_MS: i64 = 3_000;

/// The sounds that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sound {
    /// Louder and of another rhythm: the kitchen must stop.
    Cancelled,
    Fresh,
}

impl Sound {
    /// From the start of the sound to the earliest start of the next, in milliseconds.
    pub fn length_ms(self) -> i64 {
        match self {
            Self::Fresh => 1_400,
            Self::Cancelled => 1_600,
        }
    }
}

/// An order that somebody must look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    pub order_id: OrderId,
    pub sound: Sound,
    /// When the counter learnt of it.
    pub since: TimeMs,
}

/// The orders that nobody has looked at yet, cancellations first.
pub fn callers(
    ledger: &Ledger,
    waiting: &[Waiting],
    silenced: &HashSet<(OrderId, SoundAbout)>,
) -> Vec<Caller> {
    let mut callers: Vec<Caller> =
        ledger.orders.values().filter_map(|entry| caller(entry, waiting, silenced)).collect();
    callers.sort_by_key(|caller| (caller.sound, caller.since, caller.order_id));
    callers
}

fn caller(entry: &Entry, waiting: &[Waiting], silenced: &HashSet<(OrderId, SoundAbout)>) -> Option<Caller> {
    let order_id = entry.order.id;
    match entry.order.phase.name() {
        PhaseName::Placed => {
            let silent = silenced.contains(&(order_id, SoundAbout::Fresh)) || is_answered(order_id, waiting);
            (!silent).then_some(Caller { order_id, sound: Sound::Fresh, since: entry.received_at })
        }
        PhaseName::Cancelled => {
            let since = entry.taken_from_kitchen_at?;
            let silent = silenced.contains(&(order_id, SoundAbout::Cancelled));
            (!silent).then_some(Caller { order_id, sound: Sound::Cancelled, since })
        }
        PhaseName::PendingPayment
        | PhaseName::Accepted
        | PhaseName::Cooking
        | PhaseName::Ready
        | PhaseName::HandedOver
        | PhaseName::Completed
        | PhaseName::Rejected => None,
    }
}

/// Whether a command about it waits: somebody has seen it. A refused one does not count.
pub fn is_answered(order_id: OrderId, waiting: &[Waiting]) -> bool {
    waiting.iter().filter(|one| one.command.order_id == order_id).any(|one| match one.fate {
        Fate::Refused { .. } => false,
        Fate::Unanswered | Fate::Applied { .. } => match one.command.action {
            CommandAction::Accept { .. }
            | CommandAction::Reject { .. }
            | CommandAction::Cooking
            | CommandAction::Ready
            | CommandAction::HandedOver
            | CommandAction::Cancel { .. } => true,
        },
    })
}

/// The sound to start at `now`, if any; `last` is the sound that was started last and when.
pub fn due(callers: &[Caller], last: Option<(Sound, TimeMs)>, now: TimeMs) -> Option<Sound> {
    let first = callers.first()?;
    let fresh = callers.iter().find(|caller| caller.sound == Sound::Fresh);
    // With both kinds waiting they take turns, so that neither hides the other.
    let sound = match (first.sound, fresh, last) {
        (Sound::Cancelled, Some(_), Some((Sound::Cancelled, _))) => Sound::Fresh,
        (sound, _, _) => sound,
    };
    let Some((last_sound, started)) = last else { return Some(sound) };
    let since_last = now.ms_since(started);
    // A clock that was set back must not silence anything.
    if since_last < 0 {
        return Some(sound);
    }
    let oldest = callers.iter().map(|caller| now.ms_since(caller.since)).max().unwrap_or(0);
    let gentle = callers.iter().all(|caller| caller.sound == Sound::Fresh) && oldest < GENTLE_MS;
    let pause = if gentle { GENTLE_EVERY_MS } else { last_sound.length_ms() };
    (since_last >= pause).then_some(sound)
}
