//! When to sound. Pure: orders, what was acknowledged and the time go in, a sound or silence comes out.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use shared::TimeMs;
use shared::id::OrderId;
use shared::order::PhaseName;

use super::Trouble;
use crate::fold::{Entry, Ledger};
use crate::journal::{Fate, SoundAbout, Waiting};

/// A new order is announced with pauses for this long, and without them after that.
const GENTLE_MS: i64 = 30_000;
/// From the start of one announcement to the next while it is gentle.
const GENTLE_EVERY_MS: i64 = 3_000;
/// An order that nobody looked at for this long is announced louder.
const URGENT_AFTER_MS: i64 = 60_000;
/// From the start of one announcement to the next when nothing is ordered or cancelled.
const RIDER_EVERY_MS: i64 = 6_000;
const TROUBLE_EVERY_MS: i64 = 20_000;

/// The sounds that exist, the most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Sound {
    /// Louder and of another rhythm: the kitchen must stop.
    Cancelled,
    Fresh,
    /// A rider is at the door.
    Rider,
    /// Something of the counter itself does not work; the screen says what.
    Trouble,
}

impl Sound {
    /// Every sound.
    pub const ALL: [Self; 4] = [Self::Cancelled, Self::Fresh, Self::Rider, Self::Trouble];

    /// From the start of the sound to the earliest start of the next, in milliseconds.
    pub fn length_ms(self) -> i64 {
        match self {
            Self::Fresh => 1_400,
            Self::Cancelled => 1_600,
            Self::Rider => 1_000,
            Self::Trouble => 1_200,
        }
    }
}

/// Something that somebody must look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Absent with [`Sound::Trouble`].
    pub order_id: Option<OrderId>,
    pub sound: Sound,
    /// When the counter learnt of it.
    pub since: TimeMs,
}

impl Caller {
    /// Whether nobody looked for so long that it has to be louder.
    pub fn is_urgent(&self, now: TimeMs) -> bool {
        match self.sound {
            Sound::Cancelled | Sound::Fresh => now.ms_since(self.since) >= URGENT_AFTER_MS,
            Sound::Rider | Sound::Trouble => false,
        }
    }
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

/// What is wrong and was not silenced, after the orders.
pub fn with_troubles(mut callers: Vec<Caller>, troubles: &[Trouble]) -> Vec<Caller> {
    let open = troubles.iter().filter(|trouble| !trouble.silenced);
    callers.extend(open.map(|trouble| Caller {
        order_id: None,
        sound: Sound::Trouble,
        since: trouble.since,
    }));
    callers
}

fn caller(entry: &Entry, waiting: &[Waiting], silenced: &HashSet<(OrderId, SoundAbout)>) -> Option<Caller> {
    let order_id = entry.order.id;
    match entry.order.phase.name() {
        PhaseName::Placed => {
            let silent = silenced.contains(&(order_id, SoundAbout::Fresh)) || is_answered(order_id, waiting);
            (!silent).then_some(Caller {
                order_id: Some(order_id),
                sound: Sound::Fresh,
                since: entry.received_at,
            })
        }
        PhaseName::Cancelled => {
            let since = entry.taken_from_kitchen_at?;
            let silent = silenced.contains(&(order_id, SoundAbout::Cancelled));
            (!silent).then_some(Caller { order_id: Some(order_id), sound: Sound::Cancelled, since })
        }
        // A reservation is quiet until it fires.
        PhaseName::PendingPayment
        | PhaseName::Reserved
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
    waiting.iter().filter(|one| one.command.order_id == Some(order_id)).any(|one| match one.fate {
        Fate::Refused { .. } => false,
        Fate::Unanswered | Fate::Applied { .. } => one.command.action.needs_order(),
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
    let pause = match sound {
        Sound::Rider => RIDER_EVERY_MS,
        // An order that was answered must not put off what it had kept from being told.
        Sound::Trouble if last_sound == Sound::Trouble => TROUBLE_EVERY_MS,
        Sound::Trouble => last_sound.length_ms(),
        Sound::Cancelled | Sound::Fresh => {
            let orders = || callers.iter().filter(|caller| caller.order_id.is_some());
            let oldest = orders().map(|caller| now.ms_since(caller.since)).max().unwrap_or(0);
            let gentle = orders().all(|caller| caller.sound != Sound::Cancelled) && oldest < GENTLE_MS;
            if gentle { GENTLE_EVERY_MS } else { last_sound.length_ms() }
        }
    };
    (since_last >= pause).then_some(sound)
}
