//! The vector files run natively, over HTTP and in a browser, and the three runners must agree.
//!
//! Each prints a line `vectors <runner> <file> <count> <digest>` for each file; the lines are kept until all three ran.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

use crate::project::Project;

const RUNNERS: [&str; 3] = ["native", "http", "browser"];

/// Files and what came out of them: how many cases, and a digest of their outcomes.
type Report = BTreeMap<String, (u64, String)>;

/// Keeps what a runner printed, in place of what it printed in an earlier run.
///
/// # Errors
/// It cannot be written.
pub(super) fn keep(project: &Project, runner: &str, lines: &[String]) -> Result<()> {
    let folder = project.target().join("vectors");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(std::fs::write(folder.join(runner), lines.join("\n"))?)
}

fn report(runner: &str, text: &str) -> Report {
    let mut report = Report::new();
    for line in text.lines() {
        // A test harness may print the test's name on the same line first.
        let words = line.split_whitespace().skip_while(|word| *word != "vectors");
        if let ["vectors", by, file, count, digest] = words.collect::<Vec<_>>()[..]
            && let (true, Ok(count)) = (by == runner, count.parse())
        {
            report.insert(file.to_owned(), (count, digest.to_owned()));
        }
    }
    report
}

/// Compares the reports with each other and with the files there are.
///
/// # Errors
/// A report is missing, a file was left out, or two runners differ.
pub(super) fn agree(project: &Project) -> Result<String> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(project.path("tests/vectors")).context("tests/vectors is gone")? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".json") {
            files.push(name);
        }
    }
    files.sort();
    let mut reports = Vec::new();
    for runner in RUNNERS {
        let file = project.target().join("vectors").join(runner);
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("the {runner} runner has not run; `cargo xtask test {runner}`"))?;
        reports.push((runner, report(runner, &text)));
    }
    compare(&files, &reports)
}

fn compare(files: &[String], reports: &[(&str, Report)]) -> Result<String> {
    let mut cases = 0;
    for file in files {
        let mut first = None;
        for (runner, report) in reports {
            let outcome = report.get(file).filter(|(count, _)| *count > 0);
            let outcome = outcome.with_context(|| format!("the {runner} runner left out {file}"))?;
            let (other, expected) = *first.get_or_insert((runner, outcome));
            if outcome != expected {
                bail!("{file}: {runner} has {outcome:?}, {other} has {expected:?}");
            }
        }
        if let Some((_, (count, digest))) = first {
            println!("{file:<28}{count:>6} cases  {digest}");
            cases += count;
        }
    }
    if cases == 0 {
        bail!("there are no vectors");
    }
    Ok(format!("{cases} cases in {} files, equal in {} runners", files.len(), reports.len()))
}

#[cfg(test)]
mod tests {
    use super::{compare, report};

    fn verdict(native: &str, http: &str) -> Result<String, String> {
        let reports = [("native", report("native", native)), ("http", report("http", http))];
        compare(&["email.json".to_owned()], &reports).map_err(|error| error.to_string())
    }

    #[test]
    fn equal_reports_agree() {
        let native = "running 1 test\ntest files ... vectors native email.json 2 aa\nok";
        assert_eq!(verdict(native, "vectors http email.json 2 aa").unwrap(), "2 cases in 1 files, equal in 2 runners");
    }

    #[test]
    fn another_outcome_or_a_file_left_out_is_found() {
        let native = "vectors native email.json 2 aa";
        assert!(verdict(native, "vectors http email.json 2 ab").unwrap_err().contains("email.json: http has"));
        assert!(verdict(native, "vectors http email.json 1 aa").unwrap_err().contains("email.json: http has"));
        for nothing in
            ["", "vectors http phone.json 2 aa", "vectors native email.json 2 aa", "vectors http email.json 0 aa"]
        {
            assert_eq!(verdict(native, nothing).unwrap_err(), "the http runner left out email.json");
        }
    }
}
