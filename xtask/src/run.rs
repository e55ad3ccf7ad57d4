//! Running other programs.

use std::ffi::OsStr;
use std::io::IsTerminal;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

const LOOK_EVERY: Duration = Duration::from_millis(200);
const SAY_EVERY: Duration = Duration::from_secs(20);

/// `cargo`, the one that runs us.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a command with our own input and output.
///
/// # Errors
/// It cannot be started, or ends with a failure.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", name(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", name(command));
    }
    Ok(())
}

/// Runs a command and gives what it printed; its errors go to ours.
///
/// # Errors
/// It cannot be started, ends with a failure, or prints no UTF-8.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output =
        command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start {}", name(command)))?;
    if !output.status.success() {
        bail!("{} failed ({})", name(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} printed no UTF-8", name(command)))
}

/// Runs a command whose output matters only if it fails.
///
/// # Errors
/// As [`run`]; the output is then printed.
pub(crate) fn quietly(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("cannot start {}", name(command)))?;
    if !output.status.success() {
        eprint!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        bail!("{} failed ({})", name(command), output.status);
    }
    Ok(())
}

/// Runs a long cargo command: its own progress bar on a terminal, a line now and then in a log.
///
/// # Errors
/// As [`run`].
pub(crate) fn long_cargo(command: &mut Command, what: &str) -> Result<()> {
    if std::io::stderr().is_terminal() {
        return run(command);
    }
    let started = Instant::now();
    let mut said = started;
    let mut child = command.arg("--quiet").spawn().with_context(|| format!("cannot start {}", name(command)))?;
    loop {
        if let Some(status) = child.try_wait()? {
            if !status.success() {
                bail!("{} failed ({status})", name(command));
            }
            return Ok(());
        }
        if said.elapsed() >= SAY_EVERY {
            said = Instant::now();
            eprintln!("  still {what} ({} s)", started.elapsed().as_secs());
        }
        sleep(LOOK_EVERY);
    }
}

/// Prints what is about to happen.
pub(crate) fn say(what: &str) {
    eprintln!("xtask: {what}");
}

/// The command as a person would type it, without its environment.
fn name(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}
