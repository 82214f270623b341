//! A program that panics is a finding, even when it goes on.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use anyhow::Result;

const PANIC: &str = "panicked at";
/// Told in full up to this many.
const MOST: usize = 10;

/// Lines of the logs that tell of a panic, each with its file's name.
pub fn panics(logs: &[PathBuf]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for log in logs {
        let Ok(file) = std::fs::File::open(log) else { continue };
        let name = log.file_name().unwrap_or_default().display().to_string();
        for line in BufReader::new(file).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            if line.contains(PANIC) && found.len() < MOST {
                found.push(format!("{name}: {line}"));
            }
        }
    }
    Ok(found)
}
