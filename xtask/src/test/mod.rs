//! `cargo xtask test`: every check, in an order in which the cheap ones fail first, and a table of what ran.

mod counted;
mod fuzz;
mod fuzz_records;
mod parts;
mod vectors;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use pico_args::Arguments;

use crate::project::Project;
use crate::words;

pub(crate) use parts::pictures;

/// One check. It gives what ran, in a few words.
struct Part {
    name: &'static str,
    about: &'static str,
    run: fn(&Project) -> Result<String>,
}

const PARTS: [Part; 10] = [
    Part { name: "fmt", about: "every Rust file is formatted", run: parts::fmt },
    Part { name: "lint", about: "clippy finds nothing, natively and for Wasm", run: parts::lint },
    Part { name: "deny", about: "licences, sources and bans of all crates", run: parts::deny },
    Part { name: "native", about: "native tests and vectors", run: parts::native },
    Part { name: "build", about: "widget and worker, as deployed and as tested", run: parts::build },
    Part { name: "deploy", about: "wrangler would deploy it", run: parts::deploy },
    Part { name: "http", about: "tests and vectors against workerd with local D1", run: parts::http },
    Part { name: "fuzz", about: "random requests by the served OpenAPI document", run: fuzz::fuzz },
    Part { name: "browser", about: "tests and vectors in headless Chromium", run: parts::browser },
    Part { name: "vectors", about: "the three runners agree on every vector file", run: vectors::agree },
];

/// Runs it.
///
/// # Errors
/// An unknown part, or at least one part failed.
pub(crate) fn command(project: &Project, args: Arguments) -> Result<()> {
    let names = words(args)?;
    if names == ["list"] {
        PARTS.iter().for_each(|part| println!("{:<9}{}", part.name, part.about));
        return Ok(());
    }
    if let Some(unknown) = names.iter().find(|name| PARTS.iter().all(|part| part.name != name.as_str())) {
        bail!("there is no part `{unknown}`; `cargo xtask test list` names them");
    }
    let chosen: Vec<&Part> =
        PARTS.iter().filter(|part| names.is_empty() || names.iter().any(|name| name == part.name)).collect();
    let mut results = Vec::new();
    for part in chosen {
        eprintln!("\n=== {}: {}", part.name, part.about);
        let started = Instant::now();
        let outcome = (part.run)(project);
        if let Err(error) = &outcome {
            eprintln!("=== {} failed: {error:#}", part.name);
        }
        results.push((part.name, outcome, started.elapsed()));
    }
    summary(&results)
}

fn summary(results: &[(&str, Result<String>, Duration)]) -> Result<()> {
    println!("\n{:<9}{:>8}  {:<8}what ran", "part", "time", "result");
    for (name, outcome, time) in results {
        let (result, what) = match outcome {
            Ok(what) => ("ok", what.clone()),
            Err(error) => ("FAILED", error.to_string()),
        };
        println!("{name:<9}{:>6.1} s  {result:<8}{what}", time.as_secs_f64());
    }
    let failed: Vec<&str> = results.iter().filter(|(_, outcome, _)| outcome.is_err()).map(|(name, ..)| *name).collect();
    if failed.is_empty() {
        println!("\nall {} parts passed", results.len());
        return Ok(());
    }
    bail!("{} of {} parts failed: {}", failed.len(), results.len(), failed.join(", "))
}
