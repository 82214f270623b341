//! What the admin centre would tell the bot's owner: failed answers, and how fast the skill was.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::{Value, json};

use crate::rules::Severity;

const MAX_ENTRIES: usize = 10_000;
const MAX_LATENCIES: usize = 100_000;

/// One line of the bot log.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// 1001 is Kakao's own number for a timeout; the others are the sandbox's.
    pub code: u16,
    pub rule: String,
    pub severity: Severity,
    pub path: String,
    pub message: String,
    /// Naive KST.
    pub at: String,
    pub customer: String,
}

#[derive(Default)]
pub struct BotLog {
    entries: VecDeque<Entry>,
}

impl BotLog {
    pub fn push(&mut self, entry: Entry) {
        if self.entries.len() == MAX_ENTRIES {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    pub fn entries(&self) -> &VecDeque<Entry> {
        &self.entries
    }
}

#[derive(Default)]
pub struct SkillCalls {
    count: u64,
    failed: u64,
    /// Milliseconds of the latest calls.
    latencies: VecDeque<f64>,
    max_ms: f64,
}

impl SkillCalls {
    pub fn record(&mut self, ms: f64, ok: bool) {
        self.count += 1;
        self.failed += u64::from(!ok);
        self.max_ms = self.max_ms.max(ms);
        if self.latencies.len() == MAX_LATENCIES {
            self.latencies.pop_front();
        }
        self.latencies.push_back(ms);
    }

    pub fn summary(&self) -> Value {
        let mut sorted: Vec<f64> = self.latencies.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        json!({
            "count": self.count,
            "failed": self.failed,
            "max_ms": self.max_ms,
            "p50_ms": percentile(&sorted, 50),
            "p99_ms": percentile(&sorted, 99),
        })
    }
}

fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(rank).copied().unwrap_or(0.0)
}
