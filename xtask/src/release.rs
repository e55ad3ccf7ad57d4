//! `cargo xtask release`: versions of the widget that stay, in `web-widget/released`, which every worker embeds.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use pico_args::Arguments;
use serde_json::Value;
use sha2::{Digest, Sha256, Sha384};

use crate::bench::{Row, gzip, table};
use crate::build::{SERVED, embedded};
use crate::fresh::files_under;
use crate::project::Project;
use crate::run::say;
use crate::words;

/// One folder for each version, named for it.
const RELEASED: &str = "web-widget/released";

/// What a module holds in place of its version while the version is counted, as `assemble.mjs` has it.
const UNNAMED: &str = "@VERSION@";

/// Keeps the widget as it is now, or lists what is kept.
///
/// # Errors
/// Wrong arguments, a step that failed, or a version that is not what its name says.
pub(crate) fn command(project: &Project, args: Arguments) -> Result<()> {
    match words(args)?.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            embedded(project)?;
            let version = keep(&project.path(SERVED), &project.path(RELEASED))?;
            say(&format!("{RELEASED}/{version} is kept: commit it before it is deployed"));
            Ok(())
        }
        ["list"] => {
            embedded(project)?;
            let mut rows = vec![weighed(&project.path(SERVED), "as built")?];
            for folder in kept(&project.path(RELEASED))? {
                rows.push(weighed(&folder, "kept")?);
            }
            print!("{}", table(&rows));
            Ok(())
        }
        _ => bail!(
            "`cargo xtask release` keeps this version of the widget, `cargo xtask release list` weighs what is kept"
        ),
    }
}

/// Copies a build to the versions that stay; gives its name. Twice is once.
fn keep(built: &Path, released: &Path) -> Result<String> {
    let version = checked(built)?;
    let folder = released.join(&version);
    if folder.exists() {
        checked(&folder)?;
        return Ok(version);
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for file in files_under(built)? {
        fs::copy(&file, folder.join(file.strip_prefix(built)?))?;
    }
    checked(&folder)
}

/// The folders of the versions that stay, each of which is what its name says.
fn kept(released: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(released).with_context(|| format!("cannot read {}", released.display()))?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let mut folders: Vec<PathBuf> = paths.into_iter().filter(|path| path.is_dir()).collect();
    folders.sort();
    for folder in &folders {
        let version = checked(folder)?;
        ensure!(folder.ends_with(&version), "{} holds the version {version}", folder.display());
    }
    Ok(folders)
}

/// Bytes of a version's files, as they are and compressed each by itself, as a worker's size is counted.
fn weighed(folder: &Path, standing: &str) -> Result<Row> {
    let version = checked(folder)?;
    let (mut raw, mut zipped) = (0, 0);
    for file in files_under(folder)? {
        let bytes = read(&file)?;
        raw += bytes.len();
        zipped += gzip(&bytes)?;
    }
    Ok(vec![("version", version.into()), ("standing", standing.into()), ("raw", raw.into()), ("gzip", zipped.into())])
}

/// The version that a folder names, once its files are those from which the name was made.
fn checked(folder: &Path) -> Result<String> {
    let about: Value = serde_json::from_slice(&read(&folder.join("version.json"))?)?;
    let [Some(version), Some(integrity)] = ["version", "integrity"].map(|name| about[name].as_str()) else {
        bail!("{}/version.json names no version and integrity", folder.display());
    };
    let mut files = files_under(folder)?;
    files.sort();
    let mut hash = Sha256::new();
    for file in files.iter().filter(|file| !file.ends_with("version.json")) {
        let name = file.strip_prefix(folder)?.to_string_lossy().into_owned();
        let bytes = read(file)?;
        if name == "lead-form.js" {
            let found = format!("sha384-{}", BASE64_STANDARD.encode(Sha384::digest(&bytes)));
            ensure!(found == integrity, "{} has the hash {found}, not {integrity}", file.display());
        }
        hash.update(&name);
        if name.ends_with(".js") {
            hash.update(String::from_utf8(bytes)?.replace(version, UNNAMED));
        } else {
            hash.update(bytes);
        }
    }
    let found: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    ensure!(
        found.starts_with(version) && version.len() == 12,
        "{} is not what was built as {version}",
        folder.display()
    );
    Ok(version.to_owned())
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The name of what [`build`] writes, counted by `assemble.mjs`' rule with other tools.
    const VERSION: &str = "a1f2a2e615eb";
    const MODULE: &str = "import('/w/1/@VERSION@/visit.js');\n";

    /// A little build of a widget in a folder of its own.
    fn build(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("leadgate-release-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let built = folder.join("built");
        fs::create_dir_all(&built).unwrap();
        let module = MODULE.replace(UNNAMED, VERSION);
        let integrity = format!("sha384-{}", BASE64_STANDARD.encode(Sha384::digest(&module)));
        fs::write(built.join("lead-form.js"), module).unwrap();
        fs::write(built.join("lead-form.wasm"), [0, 255, 10, 13]).unwrap();
        fs::write(built.join("visit.js"), "export {};\n").unwrap();
        fs::write(built.join("version.json"), format!(r#"{{"version":"{VERSION}","integrity":"{integrity}"}}"#))
            .unwrap();
        folder
    }

    #[test]
    fn a_version_is_kept_once_byte_for_byte() {
        let folder = build("kept");
        let [built, released] = ["built", "released"].map(|name| folder.join(name));
        assert_eq!(keep(&built, &released).unwrap(), VERSION);
        assert_eq!(keep(&built, &released).unwrap(), VERSION);
        assert_eq!(kept(&released).unwrap(), [released.join(VERSION)]);
        for file in files_under(&built).unwrap() {
            let copy = released.join(VERSION).join(file.file_name().unwrap());
            assert_eq!(fs::read(&file).unwrap(), fs::read(copy).unwrap(), "{}", file.display());
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_is_not_what_its_name_says_is_noticed() {
        for (name, file) in [("module", "lead-form.js"), ("wasm", "lead-form.wasm"), ("more", "more.js")] {
            let folder = build(name);
            let released = folder.join("released");
            keep(&folder.join("built"), &released).unwrap();
            fs::write(released.join(VERSION).join(file), "something else").unwrap();
            assert!(kept(&released).is_err(), "{file}");
            assert!(keep(&folder.join("built"), &released).is_err(), "{file}");
            fs::remove_dir_all(folder).unwrap();
        }
        let folder = build("renamed");
        let released = folder.join("released");
        keep(&folder.join("built"), &released).unwrap();
        fs::rename(released.join(VERSION), released.join("000000000000")).unwrap();
        assert!(kept(&released).is_err());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn every_released_version_is_what_its_name_says() {
        kept(&Project::find().unwrap().path(RELEASED)).unwrap();
    }
}
