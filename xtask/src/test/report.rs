//! What a person reads at the end of `cargo xtask test`.

use std::path::PathBuf;
use std::time::Duration;

use super::tally::Tally;

pub enum Outcome {
    Passed,
    /// Why, in one or two lines.
    Failed(String),
    /// An earlier step failed.
    NotRun,
}

pub struct StepReport {
    pub name: &'static str,
    pub outcome: Outcome,
    pub took: Duration,
    pub tally: Tally,
    pub failed_tests: Vec<String>,
    pub log: PathBuf,
}

/// Named in full up to this many; the log has the rest.
const NAMED_TESTS: usize = 20;

/// The table, then for every failed step what failed and how to repeat it, then one line like a test runner's.
pub fn render(reports: &[StepReport], took: Duration) -> String {
    let mut text = String::from("\n step              result     time    tests\n");
    for report in reports {
        let tests = if report.tally.is_empty() { String::new() } else { counts(report.tally) };
        let (result, time) = match report.outcome {
            Outcome::Passed => ("ok", clock(report.took)),
            Outcome::Failed(_) => ("FAILED", clock(report.took)),
            Outcome::NotRun => ("not run", String::from("-")),
        };
        let line = format!(" {:<17} {result:<8} {time:>6}    {tests}", report.name);
        text.push_str(line.trim_end());
        text.push('\n');
    }
    for report in reports {
        if let Outcome::Failed(why) = &report.outcome {
            text.push_str(&failure(report, why));
        }
    }
    text.push('\n');
    text.push_str(&last_line(reports, took));
    text.push('\n');
    text
}

fn failure(report: &StepReport, why: &str) -> String {
    let mut text = format!("\nThe step `{}` failed: {why}\n", report.name);
    for test in report.failed_tests.iter().take(NAMED_TESTS) {
        text.push_str(&format!("  failed test   {test}\n"));
    }
    if report.failed_tests.len() > NAMED_TESTS {
        text.push_str(&format!("  … and {} more\n", report.failed_tests.len() - NAMED_TESTS));
    }
    text.push_str(&format!("  repeat it     cargo xtask test --only {}\n", report.name));
    text.push_str(&format!("  its output    {}\n", report.log.display()));
    text
}

fn last_line(reports: &[StepReport], took: Duration) -> String {
    let mut total = Tally::default();
    let mut failed_steps = Vec::new();
    for report in reports {
        total += report.tally;
        if matches!(report.outcome, Outcome::Failed(_)) {
            failed_steps.push(report.name);
        }
    }
    let verdict = if failed_steps.is_empty() { "ok" } else { "FAILED" };
    let failed = if failed_steps.is_empty() {
        String::new()
    } else {
        format!("; failed steps: {}", failed_steps.join(", "))
    };
    format!("test result: {verdict}. {}; finished in {}{failed}", counts(total), clock(took))
}

fn counts(tally: Tally) -> String {
    format!("{} passed; {} failed; {} ignored", tally.passed, tally.failed, tally.ignored)
}

/// Minutes and seconds.
pub fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(name: &'static str, outcome: Outcome, tally: Tally) -> StepReport {
        let log = PathBuf::from(format!("target/xtask/logs/{name}.log"));
        StepReport { name, outcome, took: Duration::from_secs(75), tally, failed_tests: Vec::new(), log }
    }

    #[test]
    fn success_ends_with_a_line_like_a_test_runners() {
        let tally = Tally { passed: 120, failed: 0, ignored: 0 };
        let steps = [
            report("format", Outcome::Passed, Tally::default()),
            report("unit+integration", Outcome::Passed, tally),
            report("window", Outcome::Passed, Tally { passed: 3, ..Tally::default() }),
        ];
        let text = render(&steps, Duration::from_secs(600));
        assert_eq!(
            text.lines().last(),
            Some("test result: ok. 123 passed; 0 failed; 0 ignored; finished in 10:00")
        );
    }

    #[test]
    fn failure_names_the_step_the_tests_the_log_and_how_to_repeat() {
        let mut failed = report(
            "window",
            Outcome::Failed("2 tests failed".into()),
            Tally { passed: 1, failed: 2, ignored: 0 },
        );
        failed.failed_tests = vec!["accepts_an_order".into()];
        let text =
            render(&[failed, report("last", Outcome::NotRun, Tally::default())], Duration::from_secs(5));
        for part in [
            "The step `window` failed: 2 tests failed",
            "accepts_an_order",
            "cargo xtask test --only window",
            "target/xtask/logs/window.log",
            "last              not run",
        ] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
        assert!(text.ends_with(
            "test result: FAILED. 1 passed; 2 failed; 0 ignored; finished in 0:05; failed steps: window\n"
        ));
    }
}
