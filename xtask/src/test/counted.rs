//! Test programs whose results are counted, so that a run of nothing cannot pass.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// How many tests there were.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    passed: u32,
    failed: u32,
    skipped: u32,
}

/// Reads one line of a program's output into the count.
type Reader = fn(&str, &mut Count);

/// `cargo test`'s line of each test binary: `test result: ok. 3 passed; 0 failed; 1 ignored; ...`.
pub(super) fn cargo_test(line: &str, count: &mut Count) {
    let Some((_, result)) = line.split_once("test result: ").and_then(|(_, rest)| rest.split_once(". ")) else {
        return;
    };
    for piece in result.split("; ") {
        match piece.split_once(' ') {
            Some((number, "passed")) => count.passed += number.parse().unwrap_or(0),
            Some((number, "failed")) => count.failed += number.parse().unwrap_or(0),
            Some((number, "ignored")) => count.skipped += number.parse().unwrap_or(0),
            _ => {}
        }
    }
}

/// `node --test`'s closing lines: a sign, a word and a number.
pub(super) fn node_test(line: &str, count: &mut Count) {
    let mut words = line.split_whitespace();
    if !matches!(words.next(), Some("#" | "\u{2139}")) {
        return;
    }
    let (Some(word), Some(number), None) = (words.next(), words.next(), words.next()) else { return };
    let number = number.parse().unwrap_or(0);
    match word {
        "pass" => count.passed += number,
        "fail" | "cancelled" => count.failed += number,
        "skipped" | "todo" => count.skipped += number,
        _ => {}
    }
}

/// What a test program did.
pub(super) struct Ran {
    /// Tests that passed; no others were there.
    pub(super) passed: u32,
    /// What it printed on stdout, line by line.
    pub(super) lines: Vec<String>,
}

/// Runs a test program, shows its output and counts its tests.
///
/// # Errors
/// It failed, ran nothing, or left tests out.
pub(super) fn counted(command: &mut Command, read: Reader) -> Result<Ran> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start the tests")?;
    let (mut count, mut lines) = (Count::default(), Vec::new());
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            read(&line, &mut count);
            println!("{line}");
            lines.push(line);
        }
    }
    let status = child.wait()?;
    match count {
        Count { failed: 0, skipped: 0, passed } if status.success() && passed > 0 => Ok(Ran { passed, lines }),
        Count { failed: 0, passed: 0, .. } if status.success() => bail!("no test ran"),
        Count { failed: 0, skipped, .. } if status.success() => bail!("{skipped} tests were left out"),
        Count { failed: 0, .. } => bail!("the tests did not run to their end ({status})"),
        Count { failed, passed, .. } => bail!("{failed} of {} tests failed", failed + passed),
    }
}

#[cfg(test)]
mod tests {
    use super::{Count, Reader, cargo_test, node_test};

    fn count(read: Reader, text: &str) -> Count {
        let mut count = Count::default();
        text.lines().for_each(|line| read(line, &mut count));
        count
    }

    #[test]
    fn cargo_results_add_up_over_binaries() {
        let text = "running 2 tests\ntest a ... ok\n\
                    test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 7 filtered out; finished in 0.01s\n\
                    test result: FAILED. 3 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(count(cargo_test, text), Count { passed: 5, failed: 1, skipped: 2 });
    }

    #[test]
    fn node_results_are_read_from_both_reporters() {
        let spec = "\u{2714} submits (12ms)\n\u{2139} tests 4\n\u{2139} pass 2\n\u{2139} fail 1\n\u{2139} skipped 1";
        assert_eq!(count(node_test, spec), Count { passed: 2, failed: 1, skipped: 1 });
        let tap = "ok 1 - submits\n# pass 1\n# fail 0\n# cancelled 1\n# todo 1\n# pass through the door";
        assert_eq!(count(node_test, tap), Count { passed: 1, failed: 1, skipped: 1 });
    }
}
