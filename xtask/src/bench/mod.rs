//! `cargo xtask bench`: one JSON line per measurement on stdout, and a table on stderr.

mod dedup;
mod flow;
mod flow_calls;
mod load;
mod nurture;
mod rules;
mod state;
mod submit;
mod tasks;
mod widget;

use anyhow::{Result, bail};
use pico_args::Arguments;
use serde_json::Value;

use crate::project::Project;
use crate::words;

pub(crate) use widget::gzip;

/// One measurement: names and figures, the same names in all of a benchmark.
pub(crate) type Row = Vec<(&'static str, Value)>;

/// A benchmark by name.
struct Bench {
    name: &'static str,
    about: &'static str,
    run: fn(&Project) -> Result<Vec<Row>>,
}

const BENCHES: [Bench; 6] = [
    Bench { name: "dedup", about: "how many misspelt companies are found again, and rows read", run: dedup::measure },
    Bench { name: "flow", about: "rows and round trips of each command, as the leads grow", run: flow::measure },
    Bench {
        name: "nurture",
        about: "what a run of nurturing costs, and how many leads it gets on with",
        run: nurture::measure,
    },
    Bench { name: "rules", about: "evaluations a second, natively and through Wasm", run: rules::measure },
    Bench { name: "submit", about: "creates a second and rows per create, as the leads grow", run: submit::measure },
    Bench {
        name: "widget",
        about: "bytes of each file that a visitor loads, and the longest tasks of a page with a form",
        run: widget::measure,
    },
];

/// Runs it.
///
/// # Errors
/// An unknown name, or a measurement failed.
pub(crate) fn command(project: &Project, args: Arguments) -> Result<()> {
    let names = words(args)?;
    let known = || BENCHES.iter().map(|bench| bench.name).collect::<Vec<_>>().join(", ");
    if names.is_empty() || names == ["list"] {
        BENCHES.iter().for_each(|bench| println!("{:<9}{}", bench.name, bench.about));
        return Ok(());
    }
    for name in &names {
        let Some(bench) = BENCHES.iter().find(|bench| bench.name == name) else {
            bail!("there is no benchmark `{name}`; there are: {}", known());
        };
        let rows = (bench.run)(project)?;
        for row in &rows {
            println!("{}", line(bench.name, row));
        }
        eprint!("\n{}", table(&rows));
    }
    Ok(())
}

/// A figure with one digit after the point.
fn tenths(figure: f64) -> f64 {
    (figure * 10.0).round() / 10.0
}

/// A measurement as one line of JSON, its members in the order in which they were measured.
fn line(bench: &str, row: &Row) -> String {
    let members = row.iter().map(|(name, value)| format!(",{}:{value}", Value::from(*name)));
    format!("{{\"bench\":{}{}}}", Value::from(bench), members.collect::<String>())
}

/// The measurements in columns; numbers to the right, and a dash for what was not measured.
pub(crate) fn table(rows: &[Row]) -> String {
    let Some(first) = rows.first() else { return String::new() };
    let cell = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut lines = vec![String::new(); rows.len() + 1];
    for (column, (name, _)) in first.iter().enumerate() {
        let is_number = rows.iter().any(|row| row.get(column).is_some_and(|(_, value)| value.is_number()));
        let cells = rows.iter().map(|row| row.get(column).map(|(_, value)| cell(value)).unwrap_or_default());
        let cells: Vec<String> = std::iter::once((*name).to_owned()).chain(cells).collect();
        let width = cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
        for (line, cell) in lines.iter_mut().zip(&cells) {
            *line += &if is_number { format!("{cell:>width$}  ") } else { format!("{cell:<width$}  ") };
        }
    }
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::{Row, line, table};

    fn row(file: &str, raw: usize) -> Row {
        vec![("file", file.into()), ("raw", raw.into())]
    }

    #[test]
    fn numbers_stand_right_and_words_left() {
        let rows = [row("a.js", 5), row("long.wasm", 12000)];
        assert_eq!(table(&rows), "file         raw\na.js           5\nlong.wasm  12000\n");
    }

    #[test]
    fn a_line_names_its_benchmark_first() {
        assert_eq!(line("widget", &row("a.js", 5)), r#"{"bench":"widget","file":"a.js","raw":5}"#);
    }
}
