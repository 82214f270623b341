//! What was changed and what was found.

use std::collections::BTreeMap;
use std::fmt;

use checker::{Invariant, Report};

/// Counts by store; what was not found in words.
#[derive(Default)]
pub struct Tally {
    found: BTreeMap<&'static str, usize>,
    missed: Vec<String>,
}

impl Tally {
    /// `store` was changed as `what` says; one of `expected` has to be among the findings.
    pub fn judge(&mut self, store: &'static str, what: &str, expected: &[Invariant], report: &Report) {
        if expected.iter().any(|invariant| report.count(*invariant) > 0) {
            *self.found.entry(store).or_default() += 1;
        } else {
            let told: Vec<String> = report.findings.iter().take(3).map(ToString::to_string).collect();
            let missed = format!("{store}: {what}: expected {expected:?}, found {told:?}");
            println!("not found: {missed}");
            self.missed.push(missed);
        }
    }

    pub fn made(&self) -> usize {
        self.found.values().sum::<usize>() + self.missed.len()
    }

    pub fn missed(&self) -> &[String] {
        &self.missed
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (store, count) in &self.found {
            writeln!(f, "{store:<12} {count:>4} changes found")?;
        }
        write!(f, "{:<12} {:>4} changes not found", "", self.missed.len())
    }
}
