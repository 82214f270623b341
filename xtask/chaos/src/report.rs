//! What a person reads when the storm is over.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use anyhow::Result;
use checker::{Finding, Invariant, Report};
use sqlx::PgPool;

use crate::calm::CONVERGED_LIMIT;
use crate::storm::Raged;

/// How long unknown payments may stay unknown, for 95 of 100.
const UNKNOWN_LIMIT: Duration = Duration::from_secs(30);
/// Things that are left, shown up to this many.
const MOST_LEFT: usize = 20;

/// Orders by how they ended, and attempts and messages too.
pub async fn fates(db: &PgPool) -> Result<Vec<(String, i64)>> {
    let query = "select 'order ' || phase, count(*) from orders group by 1
        union all select 'payment ' || state, count(*) from payment_attempt group by 1
        union all select 'refund ' || state, count(*) from refund group by 1
        union all select 'message ' || state, count(*) from notification group by 1
        union all select 'conflict ' || conflict, count(*) from orders where conflict is not null group by 1
        union all select 'dead letter ' || source, count(*) from dead_letter group by 1
        order by 1";
    Ok(sqlx::query_as(query).fetch_all(db).await?)
}

/// Everything about one storm.
pub struct Told<'a> {
    pub raged: &'a Raged,
    pub counts: BTreeMap<String, u64>,
    pub fates: Vec<(String, i64)>,
    pub checked: &'a Report,
    /// What the storm itself found.
    pub findings: &'a [String],
}

/// Payments that may still be in doubt are no work that somebody forgot.
pub fn excuse(checked: &mut Report, doubted: &[String]) {
    let excused = |finding: &Finding| {
        finding.invariant == Invariant::I7 && doubted.iter().any(|attempt| finding.what.contains(attempt))
    };
    checked.findings.retain(|finding| !excused(finding));
}

/// What is wrong although the checker does not look at it.
pub fn judge(raged: &Raged, patient: bool) -> Vec<String> {
    let mut findings = Vec::new();
    if !raged.enough {
        findings.push("the storm ended before everything that it is for had happened".to_owned());
    }
    if raged.rest.quiet.is_none() {
        let left = &raged.rest.left;
        let shown: Vec<&str> = left.iter().take(MOST_LEFT).map(String::as_str).collect();
        findings.push(format!("{} things were left undone: {}", left.len(), shown.join("; ")));
    }
    match raged.rest.converged {
        Some(time) if time <= CONVERGED_LIMIT => {}
        Some(time) => {
            findings.push(format!("the counters converged {time:.1?} after healing, not {CONVERGED_LIMIT:?}"))
        }
        None => findings.push(format!("counters never converged: {}", raged.rest.left.join("; "))),
    }
    let p95 = raged.unknown.captured.p95;
    if p95 > UNKNOWN_LIMIT {
        findings.push(format!("95 of 100 captures were known only {p95:.1?} after KakaoPay made them"));
    }
    if patient && raged.unfinished_customers > 0 {
        findings.push(format!("{} customers never came to an end", raged.unfinished_customers));
    }
    findings
}

pub fn render(told: &Told<'_>) -> String {
    let raged = told.raged;
    let mut text = String::new();
    let seconds = raged.lasted.as_secs_f64();
    // Writing into a string cannot fail.
    let _ = writeln!(
        text,
        "\n{} orders placed in {seconds:.0} s ({:.1} per second)",
        raged.placed,
        raged.placed as f64 / seconds
    );
    let _ =
        writeln!(text, "\n{:<26} {:>7} {:>12} {:>12} {:>12}", "fault", "times", "median", "slowest", "way");
    for (kind, times) in &raged.faults {
        let recovery = raged.recoveries.get(kind);
        let shown = |time: Option<Duration>| {
            time.map_or("-".to_owned(), |time| format!("{:.2} s", time.as_secs_f64()))
        };
        let median = shown(recovery.map(|recovery| recovery.median));
        let slowest = shown(recovery.map(|recovery| recovery.slowest));
        let way = shown(recovery.map(|recovery| recovery.way));
        let _ = writeln!(text, "{kind:<26} {times:>7} {median:>12} {slowest:>12} {way:>12}");
    }
    let _ = writeln!(
        text,
        "  (until a commit after the fault was on the counter's disk, all other faults falling meanwhile; a store without orders has \
         no commits; way: the longest from such a commit to the disk)"
    );
    let _ = writeln!(text);
    for (what, spread) in [
        ("that were captured, from the capture on", raged.unknown.captured),
        ("that were captured, from the first request on", raged.unknown.asked),
        ("that were not captured (two minutes by rule)", raged.unknown.others),
    ] {
        let _ = writeln!(
            text,
            "unknown payments {what}: {} seen, p95 {:.1} s, longest {:.1} s",
            spread.payments,
            spread.p95.as_secs_f64(),
            spread.longest.as_secs_f64()
        );
    }
    let shown = |time: Option<Duration>| {
        time.map_or("never".to_owned(), |time| format!("{:.1} s", time.as_secs_f64()))
    };
    let _ = writeln!(
        text,
        "after healing: counters converged in {}, no work left after {}",
        shown(raged.rest.converged),
        shown(raged.rest.quiet)
    );
    if !raged.rest.doubted.is_empty() {
        let _ = writeln!(text, "payments that may still be in doubt: {}", raged.rest.doubted.join(", "));
    }
    let _ = writeln!(text);
    for (name, count) in &told.fates {
        let _ = writeln!(text, "{name:<34} {count:>7}");
    }
    for (name, count) in &told.counts {
        let _ = writeln!(text, "{name:<34} {count:>7}");
    }
    let _ = writeln!(text, "\n{}", told.checked);
    for finding in told.findings {
        let _ = writeln!(text, "FOUND {finding}");
    }
    text
}
