//! What a played seed has to tell beside its verdict: counts, and how long things took.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Numbers of one seed or of many together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    counts: BTreeMap<String, u64>,
    /// Milliseconds.
    times: BTreeMap<String, Vec<u64>>,
}

impl Facts {
    /// One more of `what`.
    pub fn count(&mut self, what: impl Into<String>) {
        self.add(what, 1);
    }

    /// `many` more of `what`.
    pub fn add(&mut self, what: impl Into<String>, many: u64) {
        *self.counts.entry(what.into()).or_default() += many;
    }

    /// `what` took this long.
    pub fn took(&mut self, what: impl Into<String>, time: Duration) {
        self.times.entry(what.into()).or_default().push(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    }

    /// How many of `what`.
    pub fn number(&self, what: &str) -> u64 {
        self.counts.get(what).copied().unwrap_or(0)
    }

    /// The time that this share of `what` did not exceed; `None` when it never happened.
    pub fn percentile(&self, what: &str, percent: usize) -> Option<Duration> {
        let mut times = self.times.get(what)?.clone();
        times.sort_unstable();
        let index = (times.len() * percent).div_ceil(100).saturating_sub(1);
        times.get(index).copied().map(Duration::from_millis)
    }

    /// Adds the numbers of another seed.
    pub fn merge(&mut self, other: Self) {
        for (what, many) in other.counts {
            self.add(what, many);
        }
        for (what, times) in other.times {
            self.times.entry(what).or_default().extend(times);
        }
    }
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, many) in &self.counts {
            writeln!(f, "  {what:<44} {many:>9}")?;
        }
        if !self.times.is_empty() {
            let [what, times, p50, p95, max] = ["how long", "times", "p50 s", "p95 s", "max s"];
            writeln!(f, "  {what:<44} {times:>9} {p50:>9} {p95:>9} {max:>9}")?;
        }
        for (what, times) in &self.times {
            let at = |percent| self.percentile(what, percent).unwrap_or_default().as_secs_f64();
            writeln!(f, "  {what:<44} {:>9} {:>9.1} {:>9.1} {:>9.1}", times.len(), at(50), at(95), at(100))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_the_value_that_so_many_do_not_exceed() {
        let mut facts = Facts::default();
        for second in 1..=20 {
            facts.took("a wait", Duration::from_secs(second));
        }
        let at = |percent| facts.percentile("a wait", percent).unwrap().as_secs();
        assert_eq!([at(50), at(95), at(100)], [10, 19, 20]);
        assert_eq!(facts.percentile("nothing", 50), None);
    }
}
