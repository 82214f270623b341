//! What happened, line by line with the time since the start, in a file and for whoever asks.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use tokio::time::Instant;

#[derive(Clone)]
pub struct Diary {
    file: Arc<Mutex<File>>,
    started: Instant,
}

impl Diary {
    pub fn begin(path: &Path) -> Result<Self> {
        let file = File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(Self { file: Arc::new(Mutex::new(file)), started: Instant::now() })
    }

    pub fn say(&self, what: &str) {
        let at = self.started.elapsed().as_secs_f64();
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // The disk being full must not end the storm.
        let _ = writeln!(file, "{at:9.3} {what}");
    }

    /// The same, for the person who waits too.
    pub fn tell(&self, what: &str) {
        println!("{:>6.1} s  {what}", self.started.elapsed().as_secs_f64());
        self.say(what);
    }
}
