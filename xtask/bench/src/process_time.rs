//! What a process has used: processor time, memory, file descriptors, as the kernel counts them.

use std::time::Duration;

use anyhow::{Context, Result};

/// The kernel's unit of processor time in `/proc`; 100 on every Linux that we run on.
const TICKS_PER_SECOND: u64 = 100;

/// Processor time of one process, threads included.
pub fn cpu_time(process: u32) -> Result<Duration> {
    let path = format!("/proc/{process}/stat");
    let text = std::fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
    // The second field, the name in brackets, may contain spaces.
    let after_name = text.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
    let mut fields = after_name.split_whitespace().skip(11);
    let mut ticks = || fields.next().and_then(|field| field.parse::<u64>().ok());
    let (user, system) = ticks().zip(ticks()).with_context(|| format!("{path} says {text:?}"))?;
    Ok(Duration::from_millis((user + system) * 1_000 / TICKS_PER_SECOND))
}

/// Memory that this process alone occupies plus its share of what it shares, in bytes (PSS).
pub fn proportional_memory(process: u32) -> Result<u64> {
    let path = format!("/proc/{process}/smaps_rollup");
    let text = std::fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
    kilobytes(&text, "Pss:").map(|kb| kb * 1_024).with_context(|| format!("{path} says no Pss"))
}

/// Resident memory in bytes.
pub fn resident_memory(process: u32) -> Result<u64> {
    let path = format!("/proc/{process}/status");
    let text = std::fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
    kilobytes(&text, "VmRSS:").map(|kb| kb * 1_024).with_context(|| format!("{path} says no VmRSS"))
}

pub fn open_files(process: u32) -> Result<usize> {
    Ok(std::fs::read_dir(format!("/proc/{process}/fd"))?.count())
}

/// Processor time of the whole machine so far: what others on the same host took from it, and everything.
#[derive(Debug, Clone, Copy)]
pub struct Shares {
    stolen: u64,
    all: u64,
}

impl Shares {
    pub fn look() -> Result<Self> {
        Self::read(&std::fs::read_to_string("/proc/stat").context("/proc/stat cannot be read")?)
            .context("/proc/stat says nothing of the processors")
    }

    /// `cpu  user nice system idle iowait irq softirq steal …`, in the kernel's ticks.
    fn read(text: &str) -> Option<Self> {
        let line = text.lines().find_map(|line| line.strip_prefix("cpu "))?;
        let ticks: Vec<u64> = line.split_whitespace().take(8).map_while(|ticks| ticks.parse().ok()).collect();
        Some(Self { stolen: *ticks.get(7)?, all: ticks.iter().sum() })
    }

    /// Which part was stolen between `earlier` and now, from 0 to 1.
    pub fn stolen_since(&self, earlier: Self) -> f64 {
        let all = self.all.saturating_sub(earlier.all).max(1);
        self.stolen.saturating_sub(earlier.stolen) as f64 / all as f64
    }
}

fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot read /proc fails")]

    use super::*;

    #[test]
    fn what_others_took_is_told_apart() {
        let at = |stolen: u64, idle: u64| {
            Shares::read(&format!("cpu  10 0 10 {idle} 0 0 0 {stolen} 0 0\ncpu0 1 1\n")).unwrap()
        };
        assert_eq!(at(30, 150).stolen_since(at(5, 75)), 0.25);
        assert_eq!(at(5, 75).stolen_since(at(5, 75)), 0.0);
        assert!(Shares::look().is_ok());
    }

    #[test]
    fn our_own_numbers_are_plausible() {
        let own = std::process::id();
        let before = cpu_time(own).unwrap();
        let started = std::time::Instant::now();
        while started.elapsed() < Duration::from_millis(60) {
            std::hint::spin_loop();
        }
        assert!(cpu_time(own).unwrap() > before);
        assert!(resident_memory(own).unwrap() > 100_000);
        assert!(proportional_memory(own).unwrap() > 100_000);
        assert!(open_files(own).unwrap() >= 3);
    }
}
