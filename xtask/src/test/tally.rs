//! Counts what the test runners report: libtest (`cargo test`) and vitest.

use std::ops::AddAssign;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u32,
    pub failed: u32,
    pub ignored: u32,
}

impl Tally {
    /// What one line of output (without colours) reports, if it is a runner's summary line.
    pub fn of_line(line: &str) -> Option<Self> {
        let line = line.trim();
        if let Some(counts) = line.strip_prefix("test result: ") {
            // `ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s`
            return Some(Self::of_parts(counts.split(['.', ';'])));
        }
        // `Tests  1 failed | 4 passed | 2 skipped (7)`
        let counts = line.strip_prefix("Tests ")?;
        let (counts, total) = counts.split_once('(')?;
        total.strip_suffix(')')?.parse::<u32>().ok()?;
        Some(Self::of_parts(counts.split('|')))
    }

    fn of_parts<'a>(parts: impl Iterator<Item = &'a str>) -> Self {
        let mut tally = Self::default();
        for part in parts {
            let Some((number, what)) = part.trim().split_once(' ') else { continue };
            let Ok(number) = number.parse::<u32>() else { continue };
            match what {
                "passed" => tally.passed += number,
                "failed" => tally.failed += number,
                "ignored" | "skipped" | "todo" => tally.ignored += number,
                _ => {}
            }
        }
        tally
    }

    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

/// The name of the test when the line (without colours) says that it failed: `test orders::accept ... FAILED` (libtest)
/// or `FAIL  src/a.test.ts > accepts` (vitest).
pub fn failed_test(line: &str) -> Option<&str> {
    let line = line.trim();
    let rust = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED"));
    rust.or_else(|| line.strip_prefix("FAIL ").map(str::trim))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libtest_is_read() {
        let line =
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s";
        assert_eq!(Tally::of_line(line), Some(Tally { passed: 12, failed: 0, ignored: 1 }));
        let line = "test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s";
        assert_eq!(Tally::of_line(line), Some(Tally { passed: 2, failed: 3, ignored: 0 }));
    }

    #[test]
    fn vitest_is_read() {
        assert_eq!(
            Tally::of_line("      Tests  5 passed (5)"),
            Some(Tally { passed: 5, failed: 0, ignored: 0 })
        );
        let line = "      Tests  1 failed | 4 passed | 2 skipped (7)";
        assert_eq!(Tally::of_line(line), Some(Tally { passed: 4, failed: 1, ignored: 2 }));
    }

    #[test]
    fn other_lines_count_nothing() {
        for line in
            [" Test Files  1 passed (1)", "running 5 tests", "Tests are fun (really)", "test a ... ok", ""]
        {
            assert_eq!(Tally::of_line(line), None, "{line}");
        }
    }

    #[test]
    fn failed_tests_are_named() {
        assert_eq!(failed_test("test orders::accept ... FAILED"), Some("orders::accept"));
        assert_eq!(failed_test(" FAIL  src/a.test.ts > accepts"), Some("src/a.test.ts > accepts"));
        assert_eq!(failed_test("test orders::accept ... ok"), None);
        assert_eq!(failed_test("test result: FAILED. 1 passed; 1 failed; 0 ignored"), None);
    }
}
