//! Leadgate's build tool: everything a person or a machine must run is a `cargo xtask` command.

mod bench;
mod browser;
mod build;
mod company;
mod dev;
mod docs;
mod fresh;
mod project;
mod python;
mod release;
mod run;
mod serve;
mod test;
mod tools;
mod wrangler;

use std::process::ExitCode;

use anyhow::{Result, bail};
use pico_args::Arguments;

use project::Project;

const USAGE: &str = "\
cargo xtask <command>

  dev [--port 8787] [--state DIR] [--fresh]   build, migrate, seed and serve with a demo page, until Ctrl-C
  build [worker|widget|all] [--vectors]       build what is deployed into dist/; --vectors: what is tested
  test [part...]                              every check there is, or the named parts; `test list` names them
  bench <name...>                             JSON lines and a table; `bench list` names them
  company create --name N --admin-email E [--local DIR | --remote]
                                              first company, admin, form and keys of a database
  pictures                                    take the README's pictures anew, in Chromium
  release [list]                              keep this version of the widget; list: what the kept ones weigh
  docs                                        write docs/problems.md from the registry
  tools                                       install what the other commands need, into .tools and node_modules

The first run installs build tools into the project's own folder: some minutes, once.
Needed on the machine: rustup's Rust, Node.js 20 or newer with npm. The browser tests also want Chromium.";

fn main() -> ExitCode {
    match command(Arguments::from_env()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn command(mut args: Arguments) -> Result<()> {
    if args.contains(["-h", "--help"]) {
        println!("{USAGE}");
        return Ok(());
    }
    let Some(name) = args.subcommand()? else {
        println!("{USAGE}");
        return Ok(());
    };
    let project = Project::find()?;
    match name.as_str() {
        "dev" => dev::command(&project, args),
        "build" => build::command(&project, args),
        "test" => test::command(&project, args),
        "bench" => bench::command(&project, args),
        "docs" => {
            nothing_left(args)?;
            docs::command(&project)
        }
        "pictures" => {
            nothing_left(args)?;
            test::pictures(&project)
        }
        "release" => release::command(&project, args),
        "company" => company::command(&project, args),
        "tools" => {
            nothing_left(args)?;
            tools::ensure(&project, &tools::Tool::ALL)?;
            tools::node(&project).map(|_| ())
        }
        other => bail!("there is no command `{other}`\n\n{USAGE}"),
    }
}

/// The words that are left once a command has taken its options.
///
/// # Errors
/// An option that the command does not know, or a word that is not UTF-8.
fn words(args: Arguments) -> Result<Vec<String>> {
    let mut words = Vec::new();
    for word in args.finish() {
        match word.into_string() {
            Ok(word) if !word.starts_with('-') => words.push(word),
            Ok(option) => bail!("unknown option {option}"),
            Err(word) => bail!("{} is not UTF-8", word.display()),
        }
    }
    Ok(words)
}

/// Refuses words that a command has no use for.
///
/// # Errors
/// Any word or option is left.
fn nothing_left(args: Arguments) -> Result<()> {
    match words(args)?.first() {
        None => Ok(()),
        Some(word) => bail!("unexpected argument {word}"),
    }
}
