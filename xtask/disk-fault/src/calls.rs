//! libc's functions, as a program finds them first.
//!
//! Each lets a call through untouched while nothing is planned, on files that the plan does not mean, and from inside this library.

use std::cell::Cell;
use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use libc::{mode_t, off_t, size_t, ssize_t};

use crate::plan::{self, Call, What};
use crate::real::Real;
use crate::synced;

thread_local! {
    /// What this library does itself must not be counted.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Runs `act` when something is planned and the call is the program's own.
fn from_outside<T>(act: impl FnOnce() -> Option<T>) -> Option<T> {
    let busy = INSIDE.try_with(|inside| inside.replace(true)).unwrap_or(true);
    if busy {
        return None;
    }
    let done = if plan::is_foul() { act() } else { None };
    let _ = INSIDE.try_with(|inside| inside.set(false));
    done
}

fn path_of(descriptor: c_int) -> Option<PathBuf> {
    std::fs::read_link(format!("/proc/self/fd/{descriptor}")).ok()
}

fn fail(errno: c_int) -> c_int {
    // SAFETY: libc gives each thread a valid place for its errno.
    unsafe { *libc::__errno_location() = errno };
    -1
}

fn happen(what: What) -> c_int {
    match what {
        What::Errno(errno) => fail(errno),
        // SAFETY: ends the process without running anything of it, as a crash would.
        What::Die => unsafe { libc::_exit(137) },
    }
}

fn size_of_file(descriptor: c_int) -> u64 {
    // SAFETY: `stat` is plain data that `fstat` fills; zeroes are a valid value of it.
    let stat = unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        libc::fstat(descriptor, &mut stat);
        stat
    };
    u64::try_from(stat.st_size).unwrap_or(0)
}

// ---------------------------------------------------------------------------------------------------------------- sync

type Sync = unsafe extern "C" fn(c_int) -> c_int;
static FSYNC: Real = Real::new(c"fsync");
static FDATASYNC: Real = Real::new(c"fdatasync");

fn sync(descriptor: c_int, real: &Real) -> c_int {
    let planned = from_outside(|| {
        let path = path_of(descriptor)?;
        plan::over(&path, |weather| weather.count(Call::Sync)).flatten()
    });
    if let Some(what) = planned {
        return happen(what);
    }
    // SAFETY: the same call with the same argument, of the type that libc declares.
    let done = unsafe { real.get::<Sync>()(descriptor) };
    if done == 0 {
        from_outside(|| {
            let path = path_of(descriptor)?;
            let folder = plan::over(&path, |weather| weather.plan.synced.clone()).flatten()?;
            synced::keep(&folder, &path, descriptor);
            Some(())
        });
    }
    done
}

/// # Safety
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fsync(descriptor: c_int) -> c_int {
    sync(descriptor, &FSYNC)
}

/// # Safety
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fdatasync(descriptor: c_int) -> c_int {
    sync(descriptor, &FDATASYNC)
}

// --------------------------------------------------------------------------------------------------------------- write

type Write = unsafe extern "C" fn(c_int, *const c_void, size_t) -> ssize_t;
type PWrite = unsafe extern "C" fn(c_int, *const c_void, size_t, off_t) -> ssize_t;
static WRITE: Real = Real::new(c"write");
static PWRITE: Real = Real::new(c"pwrite");
static PWRITE64: Real = Real::new(c"pwrite64");

/// How many of the bytes may be written at `offset`, or what happens instead.
fn allow(descriptor: c_int, count: size_t, offset: Option<off_t>) -> Result<size_t, What> {
    from_outside(|| {
        let path = path_of(descriptor)?;
        plan::over(&path, |weather| {
            if let Some(what) = weather.count(Call::Write) {
                return Err(what);
            }
            // SAFETY: asks where the descriptor stands and changes nothing.
            let offset = offset.unwrap_or_else(|| unsafe { libc::lseek(descriptor, 0, libc::SEEK_CUR) });
            let end = u64::try_from(offset).unwrap_or(0) + count as u64;
            let growth = end.saturating_sub(size_of_file(descriptor)).min(count as u64);
            let allowed = count - usize::try_from(growth - weather.take_room(growth)).unwrap_or(0);
            // As the system does: what still fits is written, and the next call fails.
            if allowed == 0 && count > 0 { Err(What::Errno(libc::ENOSPC)) } else { Ok(allowed) }
        })
    })
    .unwrap_or(Ok(count))
}

/// # Safety
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(descriptor: c_int, bytes: *const c_void, count: size_t) -> ssize_t {
    match allow(descriptor, count, None) {
        // SAFETY: the caller's own arguments, and not more bytes than it has.
        Ok(count) => unsafe { WRITE.get::<Write>()(descriptor, bytes, count) },
        Err(what) => happen(what) as ssize_t,
    }
}

/// # Safety
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite(
    descriptor: c_int,
    bytes: *const c_void,
    count: size_t,
    offset: off_t,
) -> ssize_t {
    match allow(descriptor, count, Some(offset)) {
        // SAFETY: the caller's own arguments, and not more bytes than it has.
        Ok(count) => unsafe { PWRITE.get::<PWrite>()(descriptor, bytes, count, offset) },
        Err(what) => happen(what) as ssize_t,
    }
}

/// # Safety
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite64(
    descriptor: c_int,
    bytes: *const c_void,
    count: size_t,
    offset: off_t,
) -> ssize_t {
    match allow(descriptor, count, Some(offset)) {
        // SAFETY: the caller's own arguments, and not more bytes than it has.
        Ok(count) => unsafe { PWRITE64.get::<PWrite>()(descriptor, bytes, count, offset) },
        Err(what) => happen(what) as ssize_t,
    }
}

// ------------------------------------------------------------------------------------------- files that grow, shrink, go

type Truncate = unsafe extern "C" fn(c_int, off_t) -> c_int;
type Unlink = unsafe extern "C" fn(*const c_char) -> c_int;
type Open = unsafe extern "C" fn(*const c_char, c_int, mode_t) -> c_int;
static FTRUNCATE: Real = Real::new(c"ftruncate");
static FTRUNCATE64: Real = Real::new(c"ftruncate64");
static UNLINK: Real = Real::new(c"unlink");
static OPEN: Real = Real::new(c"open");
static OPEN64: Real = Real::new(c"open64");

fn truncate(descriptor: c_int, length: off_t, real: &Real) -> c_int {
    let planned = from_outside(|| {
        let path = path_of(descriptor)?;
        plan::over(&path, |weather| {
            let (now, then) = (size_of_file(descriptor), u64::try_from(length).unwrap_or(0));
            weather.give_room(now.saturating_sub(then));
            let growth = then.saturating_sub(now);
            match weather.count(Call::Write) {
                None if weather.take_room(growth) < growth => Some(What::Errno(libc::ENOSPC)),
                planned => planned,
            }
        })
        .flatten()
    });
    match planned {
        Some(what) => happen(what),
        // SAFETY: the same call with the same arguments.
        None => unsafe { real.get::<Truncate>()(descriptor, length) },
    }
}

/// # Safety
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate(descriptor: c_int, length: off_t) -> c_int {
    truncate(descriptor, length, &FTRUNCATE)
}

/// # Safety
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate64(descriptor: c_int, length: off_t) -> c_int {
    truncate(descriptor, length, &FTRUNCATE64)
}

/// # Safety
/// As libc's: `path` is a C string.
unsafe fn read_path(path: *const c_char) -> Option<PathBuf> {
    // SAFETY: the caller of libc's function promised a C string.
    let bytes = (!path.is_null()).then(|| unsafe { CStr::from_ptr(path) }.to_bytes())?;
    Some(Path::new(OsStr::from_bytes(bytes)).to_owned())
}

/// # Safety
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    from_outside(|| {
        // SAFETY: our caller keeps libc's promise.
        let path = unsafe { read_path(path) }?;
        let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
        let folder = plan::over(&path, |weather| {
            weather.give_room(bytes);
            weather.plan.synced.clone()
        })?;
        synced::forget(&folder?, &path);
        Some(())
    });
    // SAFETY: the same call with the same argument.
    unsafe { UNLINK.get::<Unlink>()(path) }
}

/// # Safety
/// As libc's. The mode is read although it may not have been given, which is as harmless as in libc itself.
unsafe fn opened(path: *const c_char, flags: c_int, mode: mode_t, real: &Real) -> c_int {
    let full = from_outside(|| {
        if flags & libc::O_CREAT == 0 {
            return None;
        }
        // SAFETY: our caller keeps libc's promise.
        let path = unsafe { read_path(path) }.filter(|path| !path.exists())?;
        plan::over(&path, |weather| weather.plan.room == Some(0))
    });
    if full == Some(true) {
        return fail(libc::ENOSPC);
    }
    // SAFETY: the same call with the same arguments. libc's function takes the mode as a variable argument, which these platforms pass
    // as they pass a named one.
    unsafe { real.get::<Open>()(path, flags, mode) }
}

/// # Safety
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: passes its caller's promise on.
    unsafe { opened(path, flags, mode, &OPEN) }
}

/// # Safety
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: passes its caller's promise on.
    unsafe { opened(path, flags, mode, &OPEN64) }
}

/// Makes the linker take these functions into a test, before libc's of the same names.
pub fn link() {
    let functions: [*const c_void; 10] = [
        fsync as *const c_void,
        fdatasync as *const c_void,
        write as *const c_void,
        pwrite as *const c_void,
        pwrite64 as *const c_void,
        ftruncate as *const c_void,
        ftruncate64 as *const c_void,
        unlink as *const c_void,
        open as *const c_void,
        open64 as *const c_void,
    ];
    std::hint::black_box(functions);
}
