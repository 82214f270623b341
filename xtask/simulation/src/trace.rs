//! What happened, in order: as a hash always, as lines when somebody wants to read it.

use std::fmt::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// The trace of one seed; every clone writes to the same one.
#[derive(Debug, Clone)]
pub struct Trace(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    began: Option<Instant>,
    hash: u64,
    line: String,
    lines: Option<Vec<String>>,
}

impl Trace {
    /// An empty trace, which keeps its lines on demand.
    pub fn new(keep: bool) -> Self {
        let lines = keep.then(Vec::new);
        Self(Arc::new(Mutex::new(Inner { began: None, hash: FNV_OFFSET, line: String::new(), lines })))
    }

    /// Writes a line with the simulated time; see the macro [`note`](crate::note).
    pub fn note(&self, what: fmt::Arguments<'_>) {
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let inner = &mut *guard;
        let ms = inner.began.get_or_insert_with(Instant::now).elapsed().as_millis();
        inner.line.clear();
        // Writing to a String cannot fail.
        let _ = write!(inner.line, "{:>9}.{:03} {what}", ms / 1_000, ms % 1_000);
        for byte in inner.line.bytes() {
            inner.hash = (inner.hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME);
        }
        if let Some(lines) = &mut inner.lines {
            lines.push(inner.line.clone());
        }
    }

    /// Tells two courses of events apart.
    pub fn hash(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).hash
    }

    /// The lines, when they were kept.
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).lines.clone().unwrap_or_default()
    }
}

/// `note!(trace, "…")`: one line of the trace.
#[macro_export]
macro_rules! note {
    ($trace:expr, $($words:tt)*) => {
        $trace.note(format_args!($($words)*))
    };
}
