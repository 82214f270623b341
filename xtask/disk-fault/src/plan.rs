//! What is to go wrong, and what has been counted so far.

use std::ffi::c_int;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A kind of call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// `fsync` and `fdatasync`.
    Sync,
    /// `write`, `pwrite` and `ftruncate`.
    Write,
}

/// What happens instead of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It fails with this number of errno.
    Errno(c_int),
    /// The process dies on the spot.
    Die,
}

/// One planned failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    pub call: Call,
    /// Counted from 1, among the calls on matching files.
    pub nth: u64,
    /// Every later one too.
    pub lasting: bool,
    pub what: What,
}

/// Everything that goes wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Only files whose path contains this.
    pub path: String,
    pub failure: Option<Failure>,
    /// By how many bytes files may still grow.
    pub room: Option<u64>,
    /// Where files are kept as they were last synced.
    pub synced: Option<PathBuf>,
}

/// A plan under way.
pub(crate) struct Weather {
    pub plan: Plan,
    pub syncs: u64,
    pub writes: u64,
}

const UNKNOWN: u8 = 0;
const FAIR: u8 = 1;
const FOUL: u8 = 2;

/// Lets calls through quickly while nothing is planned.
static STATE: AtomicU8 = AtomicU8::new(UNKNOWN);
static WEATHER: Mutex<Option<Weather>> = Mutex::new(None);

/// Plans failures from now on; counting begins anew.
pub fn set(plan: Plan) {
    *lock() = Some(Weather { plan, syncs: 0, writes: 0 });
    STATE.store(FOUL, Ordering::SeqCst);
}

/// Nothing fails any more; returns how many syncs and writes were counted.
pub fn clear() -> (u64, u64) {
    STATE.store(FAIR, Ordering::SeqCst);
    lock().take().map_or((0, 0), |weather| (weather.syncs, weather.writes))
}

/// How many syncs and writes of matching files were counted.
pub fn counted() -> (u64, u64) {
    lock().as_ref().map_or((0, 0), |weather| (weather.syncs, weather.writes))
}

/// The weather, when there is any over this file.
pub(crate) fn over<T>(path: &Path, act: impl FnOnce(&mut Weather) -> T) -> Option<T> {
    let mut weather = lock();
    let weather = weather.as_mut()?;
    path.to_string_lossy().contains(&weather.plan.path).then(|| act(weather))
}

/// Whether anything is planned. The first call reads the environment.
pub(crate) fn is_foul() -> bool {
    match STATE.load(Ordering::SeqCst) {
        FAIR => false,
        FOUL => true,
        _ => {
            let plan = from_environment();
            let state = if plan == Plan::default() { FAIR } else { FOUL };
            if STATE.compare_exchange(UNKNOWN, state, Ordering::SeqCst, Ordering::SeqCst).is_ok()
                && state == FOUL
            {
                *lock() = Some(Weather { plan, syncs: 0, writes: 0 });
            }
            STATE.load(Ordering::SeqCst) == FOUL
        }
    }
}

fn lock() -> MutexGuard<'static, Option<Weather>> {
    WEATHER.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Weather {
    /// Counts a call; what happens instead of it, if anything does.
    pub fn count(&mut self, call: Call) -> Option<What> {
        let count = match call {
            Call::Sync => &mut self.syncs,
            Call::Write => &mut self.writes,
        };
        *count += 1;
        let failure = self.plan.failure.filter(|failure| failure.call == call)?;
        (*count == failure.nth || (failure.lasting && *count > failure.nth)).then_some(failure.what)
    }

    /// Takes room for `growth` more bytes; how many of them there is room for.
    pub fn take_room(&mut self, growth: u64) -> u64 {
        let Some(room) = self.plan.room.as_mut() else { return growth };
        let taken = growth.min(*room);
        *room -= taken;
        taken
    }

    /// A file shrank or went.
    pub fn give_room(&mut self, bytes: u64) {
        if let Some(room) = self.plan.room.as_mut() {
            *room = room.saturating_add(bytes);
        }
    }
}

fn from_environment() -> Plan {
    let text = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
    let failure = text("DISK_FAULT_FAIL").map(|text| {
        // A test that asks for a failure that does not exist must not pass because nothing failed.
        read_failure(&text)
            .unwrap_or_else(|| panic!("DISK_FAULT_FAIL={text} is not <sync|write>:<n>[+]:<EIO|ENOSPC|DIE>"))
    });
    let room = text("DISK_FAULT_ROOM")
        .map(|text| text.parse().unwrap_or_else(|_| panic!("DISK_FAULT_ROOM={text} is not a number")));
    let synced = text("DISK_FAULT_SYNCED").map(PathBuf::from);
    if failure.is_none() && room.is_none() && synced.is_none() {
        return Plan::default();
    }
    Plan { path: text("DISK_FAULT_PATH").unwrap_or_default(), failure, room, synced }
}

fn read_failure(text: &str) -> Option<Failure> {
    let mut parts = text.split(':');
    let call = match parts.next()? {
        "sync" => Call::Sync,
        "write" => Call::Write,
        _ => return None,
    };
    let nth = parts.next()?;
    let what = match parts.next()? {
        "EIO" => What::Errno(libc::EIO),
        "ENOSPC" => What::Errno(libc::ENOSPC),
        "DIE" => What::Die,
        _ => return None,
    };
    let number = nth.strip_suffix('+');
    Some(Failure { call, nth: number.unwrap_or(nth).parse().ok()?, lasting: number.is_some(), what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_failures_and_nothing_else() {
        let once = Failure { call: Call::Sync, nth: 17, lasting: false, what: What::Errno(libc::EIO) };
        assert_eq!(read_failure("sync:17:EIO"), Some(once));
        let lasting = Failure { call: Call::Write, nth: 5, lasting: true, what: What::Errno(libc::ENOSPC) };
        assert_eq!(read_failure("write:5+:ENOSPC"), Some(lasting));
        for wrong in ["", "sync", "sync:x:EIO", "read:1:EIO", "sync:1:EPERM"] {
            assert_eq!(read_failure(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn room_runs_out_and_comes_back() {
        let mut weather = Weather { plan: Plan { room: Some(10), ..Plan::default() }, syncs: 0, writes: 0 };
        assert_eq!(weather.take_room(7), 7);
        assert_eq!(weather.take_room(7), 3);
        assert_eq!(weather.take_room(1), 0);
        weather.give_room(5);
        assert_eq!(weather.take_room(9), 5);
    }
}
