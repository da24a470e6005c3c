//! Counts tests by what their runners print.

use std::fmt;
use std::ops::Add;

use anyhow::{Context, Result};
use serde::Deserialize;

/// How many tests went how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    pub(crate) skipped: u32,
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

impl Tally {
    /// A runner that ends badly without naming a test (a build that broke, a test that took its whole process with it)
    /// has failed all the same.
    fn settled(mut self, succeeded: bool) -> Self {
        if !succeeded && self.failed == 0 {
            self.failed = 1;
        }
        self
    }
}

/// Listens to `cargo test -- --show-output`, line by line.
#[derive(Default)]
pub(crate) struct RustTests {
    tally: Tally,
    skipped_themselves: u32,
    /// Within what passing tests printed, which nobody needs to see but for the skipped ones.
    among_the_passed: bool,
}

impl RustTests {
    /// Takes a line into account and says whether it is worth showing.
    pub(crate) fn hears(&mut self, line: &str) -> bool {
        let plain = without_colours(line);
        let plain = plain.trim_end();
        if plain == "successes:" {
            self.among_the_passed = true;
        } else if plain == "failures:" || plain.starts_with("test result: ") {
            self.among_the_passed = false;
        }
        if let Some(counts) = plain.strip_prefix("test result: ") {
            self.tally = self.tally + counted(counts);
        }
        let skips = plain.starts_with("SKIPPED ");
        self.skipped_themselves += u32::from(skips);
        skips || !self.among_the_passed
    }

    /// The count, when cargo has ended.
    pub(crate) fn tally(self, succeeded: bool) -> Tally {
        let passed = self.tally.passed.saturating_sub(self.skipped_themselves);
        let skipped = self.tally.skipped + self.skipped_themselves;
        Tally { passed, skipped, ..self.tally }.settled(succeeded)
    }
}

/// Reads `ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.00s`.
fn counted(line: &str) -> Tally {
    let number_of = |what: &str| {
        let part = line.split([';', '.']).find_map(|part| part.trim().strip_suffix(what));
        part.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
    };
    Tally {
        passed: number_of("passed"),
        failed: number_of("failed"),
        skipped: number_of("ignored"),
    }
}

fn without_colours(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // An escape ends with a letter: `ESC [32m`, `ESC (B`.
        let end = part
            .find(|sign: char| sign.is_ascii_alphabetic())
            .map_or(part.len(), |letter| letter + 1);
        plain.push_str(&part[end..]);
    }
    plain
}

/// Reads vitest's JSON report: the count, and the names of the tests that were skipped.
pub(crate) fn of_vitest(report: &str, succeeded: bool) -> Result<(Tally, Vec<String>)> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Report {
        num_passed_tests: u32,
        num_failed_tests: u32,
        num_pending_tests: u32,
        num_todo_tests: u32,
        test_results: Vec<File>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct File {
        assertion_results: Vec<Test>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Test {
        full_name: String,
        status: String,
    }
    let report: Report =
        serde_json::from_str(report).context("vitest's report is not as expected")?;
    let tally = Tally {
        passed: report.num_passed_tests,
        failed: report.num_failed_tests,
        skipped: report.num_pending_tests + report.num_todo_tests,
    };
    let tests = report.test_results.into_iter().flat_map(|file| file.assertion_results);
    let skipped = tests
        .filter(|test| !["passed", "failed"].contains(&test.status.as_str()))
        .map(|test| test.full_name)
        .collect();
    Ok((tally.settled(succeeded), skipped))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(lines: &str, succeeded: bool) -> (Tally, Vec<&str>) {
        let mut tests = RustTests::default();
        let shown = lines.lines().filter(|line| tests.hears(line)).collect();
        (tests.tally(succeeded), shown)
    }

    #[test]
    fn several_test_programs_are_added_up() {
        let (tally, _) = heard(
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
             test result: \u{1b}[31mFAILED\u{1b}(B\u{1b}[m. 10 passed; 2 failed; 0 ignored; 0 measured; 9 filtered out; finished in 1.10s",
            false,
        );
        assert_eq!(tally.to_string(), "13 passed, 2 failed, 1 skipped");
    }

    #[test]
    fn a_test_that_skips_itself_is_not_counted_as_passed() {
        let (tally, shown) = heard(
            "successes:\n---- a_call stdout ----\nchatter\nSKIPPED a_call: Xvfb is not here\n\
             test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            true,
        );
        assert_eq!(tally, Tally { passed: 1, failed: 0, skipped: 1 });
        assert_eq!(shown.first(), Some(&"SKIPPED a_call: Xvfb is not here"));
        assert!(!shown.contains(&"chatter"));
    }

    #[test]
    fn what_a_failing_test_printed_is_shown() {
        let (_, shown) = heard("successes:\nchatter\nfailures:\nthe reason", false);
        assert_eq!(shown, ["failures:", "the reason"]);
    }

    #[test]
    fn a_build_that_breaks_is_a_failure() {
        assert_eq!(heard("", false).0.failed, 1);
    }

    #[test]
    fn vitest_is_counted_by_its_report() {
        let report = r#"{"numPassedTests":1,"numFailedTests":0,"numPendingTests":1,"numTodoTests":1,"success":true,
            "testResults":[{"assertionResults":[{"fullName":"a","status":"passed"}]},
            {"assertionResults":[{"fullName":"b","status":"skipped"},{"fullName":"c","status":"todo"}]}]}"#;
        let (tally, skipped) = of_vitest(report, true).unwrap();
        assert_eq!(tally, Tally { passed: 1, failed: 0, skipped: 2 });
        assert_eq!(skipped, ["b", "c"]);
        assert_eq!(of_vitest(report, false).unwrap().0.failed, 1);
    }
}
