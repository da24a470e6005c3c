//! Tests wait for facts, not for a clock.

use super::finding::Finding;
use super::source::{Rust, Source, calls};

const SLEEPS: &[&str] = &["sleep", "sleep_ms", "sleep_until"];

pub(super) fn check(source: &Source, rust: &Rust) -> Vec<Finding> {
    let test_lines = rust.test_lines();
    calls(&rust.tokens)
        .into_iter()
        .filter(|(name, _)| SLEEPS.iter().any(|sleep| name == sleep))
        .map(|(name, _)| name.span().start().line)
        .filter(|line| source.is_test() || test_lines.iter().any(|lines| lines.contains(line)))
        .map(|line| {
            Finding::new(
                &source.path,
                line,
                "a test sleeps; let it wait for the fact it needs, with a deadline",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::rust_file;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let (source, rust) = rust_file(path, text);
        check(&source, &rust).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_sleep_in_a_test_is_found() {
        assert_eq!(
            lines("src/a.rs", "#[test]\nfn it_waits() {\n std::thread::sleep(LONG); }"),
            [3]
        );
        assert_eq!(
            lines("src/a.rs", "#[tokio::test]\nasync fn it_waits() {\n sleep(LONG).await; }"),
            [3]
        );
        assert_eq!(
            lines(
                "src/a.rs",
                "#[cfg(test)]\nmod tests {\n fn wait() { select! { () = sleep(LONG) => {} } }\n}"
            ),
            [3]
        );
        assert_eq!(
            lines("tests/a.rs", "async fn wait() { tokio::time::sleep_until(then).await; }"),
            [1]
        );
        assert_eq!(lines("src/a/tests.rs", "fn wait() { std::thread::sleep_ms(1); }"), [1]);
    }

    #[test]
    fn code_that_is_not_a_test_may_sleep() {
        assert!(
            lines(
                "src/a.rs",
                "async fn rest() { tokio::time::sleep(REST).await; }\n#[test]\nfn it_works() {}"
            )
            .is_empty()
        );
        assert!(
            lines("tests/a.rs", "fn start() { Command::new(\"sleep\").arg(\"60\"); }").is_empty()
        );
    }
}
