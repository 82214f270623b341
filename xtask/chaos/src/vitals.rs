//! Memory and file descriptors over time: flat, or not.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::fault::Victim;
use crate::supervisor::{Supervisor, Vitals};

const EVERY: Duration = Duration::from_secs(10);
/// What happens in the first part of the time is warming up.
const WARM_UP: f64 = 0.3;
/// Percent that resident memory may grow between the first and the last part of what follows.
const MOST_GROWTH: f64 = 5.0;
/// Samples averaged at each end.
const END: usize = 6;

/// One process, sampled.
pub type Samples = Vec<(Duration, Vitals)>;

pub struct Vigil {
    task: JoinHandle<BTreeMap<Victim, Samples>>,
    stop: tokio::sync::oneshot::Sender<()>,
}

impl Vigil {
    pub fn begin(supervisor: Arc<Supervisor>) -> Self {
        let (stop, mut stopped) = tokio::sync::oneshot::channel();
        let task = tokio::spawn(async move {
            let started = Instant::now();
            let mut all: BTreeMap<Victim, Samples> = BTreeMap::new();
            loop {
                for (victim, vitals) in supervisor.vitals().await.unwrap_or_default() {
                    all.entry(victim).or_default().push((started.elapsed(), vitals));
                }
                tokio::select! {
                    () = tokio::time::sleep(EVERY) => {}
                    _ = &mut stopped => return all,
                }
            }
        });
        Self { task, stop }
    }

    pub async fn end(self) -> BTreeMap<Victim, Samples> {
        let _ = self.stop.send(());
        self.task.await.unwrap_or_default()
    }
}

/// What became of one process after warming up.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    pub rss_kb: (f64, f64),
    /// Percent.
    pub growth: f64,
    /// Kilobytes per hour, a line through all samples.
    pub slope: f64,
    pub descriptors: (f64, f64),
}

impl Trend {
    pub fn is_flat(&self) -> bool {
        self.growth <= MOST_GROWTH && self.descriptors.1 <= self.descriptors.0 + 1.0
    }
}

/// `None` with too few samples.
pub fn trend(samples: &Samples) -> Option<Trend> {
    let skipped = (samples.len() as f64 * WARM_UP) as usize;
    let warm = samples.get(skipped..)?;
    if warm.len() < 2 * END {
        return None;
    }
    let (first, last) = (&warm[..END], &warm[warm.len() - END..]);
    let mean = |part: &[(Duration, Vitals)], of: fn(&Vitals) -> u64| {
        part.iter().map(|(_, vitals)| of(vitals) as f64).sum::<f64>() / part.len() as f64
    };
    let rss = (mean(first, |vitals| vitals.rss_kb), mean(last, |vitals| vitals.rss_kb));
    let descriptors = (mean(first, |vitals| vitals.descriptors), mean(last, |vitals| vitals.descriptors));
    Some(Trend { rss_kb: rss, growth: (rss.1 / rss.0 - 1.0) * 100.0, slope: slope(warm), descriptors })
}

/// Least squares.
fn slope(samples: &[(Duration, Vitals)]) -> f64 {
    let count = samples.len() as f64;
    let points = samples.iter().map(|(at, vitals)| (at.as_secs_f64() / 3_600.0, vitals.rss_kb as f64));
    let (mut x, mut y, mut xx, mut xy) = (0.0, 0.0, 0.0, 0.0);
    for (hours, kb) in points {
        x += hours;
        y += kb;
        xx += hours * hours;
        xy += hours * kb;
    }
    let spread = count * xx - x * x;
    if spread == 0.0 { 0.0 } else { (count * xy - x * y) / spread }
}

/// A table for people, and what is not flat. Our own programs are judged; the servers keep data and are only shown.
pub fn told(all: &BTreeMap<Victim, Samples>) -> (String, Vec<String>) {
    let mut table =
        format!("{:<12} {:>22} {:>9} {:>14} {:>16}\n", "process", "memory", "growth", "slope", "descriptors");
    let mut findings = Vec::new();
    for (victim, samples) in all {
        let Some(trend) = trend(samples) else { continue };
        table.push_str(&format!(
            "{:<12} {:>8.0} → {:>8.0} KB {:>7.1} % {:>9.0} KB/h {:>6.0} → {:>6.0}\n",
            victim.to_string(),
            trend.rss_kb.0,
            trend.rss_kb.1,
            trend.growth,
            trend.slope,
            trend.descriptors.0,
            trend.descriptors.1
        ));
        let ours = matches!(victim, Victim::Api(_) | Victim::Worker | Victim::Counter(_));
        if ours && !trend.is_flat() {
            findings.push(format!(
                "{victim} is not flat: memory {:+.1} %, descriptors {:.0} → {:.0}",
                trend.growth, trend.descriptors.0, trend.descriptors.1
            ));
        }
    }
    (table, findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(rss: impl Fn(u64) -> u64, descriptors: impl Fn(u64) -> u64) -> Samples {
        (0..120)
            .map(|n| (Duration::from_secs(n * 10), Vitals { rss_kb: rss(n), descriptors: descriptors(n) }))
            .collect()
    }

    #[test]
    fn growth_while_warming_up_is_forgiven_and_growth_afterwards_is_not() {
        assert!(trend(&samples(|n| 50_000 + n.min(20) * 1_000, |_| 40)).unwrap().is_flat());
        let leaking = trend(&samples(|n| 50_000 + n * 100, |_| 40)).unwrap();
        assert!(!leaking.is_flat());
        assert!((leaking.slope - 36_000.0).abs() < 1.0, "{leaking:?}");
        assert!(!trend(&samples(|_| 50_000, |n| 40 + n / 10)).unwrap().is_flat());
    }

    #[test]
    fn too_few_samples_say_nothing() {
        assert_eq!(trend(&samples(|_| 1, |_| 1)[..10].to_vec()), None);
    }
}
