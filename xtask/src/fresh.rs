//! Whether something built is still up to date: by the contents of the files it was built from.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// A hash of some text, in hex. It serves to notice changes, not to resist anyone.
pub(crate) fn hash(parts: impl IntoIterator<Item = impl Hash>) -> String {
    let mut hasher = DefaultHasher::new();
    for part in parts {
        part.hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

/// Remembers what a build was made of.
pub(crate) struct Stamp {
    file: PathBuf,
    settings: String,
}

impl Stamp {
    /// The stamp kept in `file`, of a build with these settings: arguments, versions, all that is no input file.
    pub(crate) fn new(file: PathBuf, settings: String) -> Self {
        Self { file, settings }
    }

    /// Whether settings and every input are as they were at [`Stamp::set`].
    pub(crate) fn is_fresh(&self) -> bool {
        self.read().is_some_and(|(inputs, hash)| self.fingerprint(&inputs).is_ok_and(|now| now == hash))
    }

    /// The same where the inputs are known beforehand: a new one is a change too.
    pub(crate) fn is_fresh_for(&self, inputs: &[PathBuf]) -> bool {
        self.read().is_some_and(|(known, _)| known.len() == inputs.len()) && self.is_fresh()
    }

    fn read(&self) -> Option<(Vec<PathBuf>, String)> {
        let stamp: Value = serde_json::from_str(&fs::read_to_string(&self.file).ok()?).ok()?;
        let inputs = stamp["inputs"].as_array()?.iter().filter_map(Value::as_str).map(PathBuf::from).collect();
        Some((inputs, stamp["hash"].as_str()?.to_owned()))
    }

    /// Says that the build is now made of these inputs.
    ///
    /// # Errors
    /// An input cannot be read, or the stamp cannot be written.
    pub(crate) fn set(&self, mut inputs: Vec<PathBuf>) -> Result<()> {
        inputs.sort();
        inputs.dedup();
        let stamp = json!({ "hash": self.fingerprint(&inputs)?, "inputs": inputs });
        fs::write(&self.file, stamp.to_string()).with_context(|| format!("cannot write {}", self.file.display()))
    }

    fn fingerprint(&self, inputs: &[PathBuf]) -> Result<String> {
        let mut hasher = DefaultHasher::new();
        self.settings.hash(&mut hasher);
        for input in inputs {
            input.hash(&mut hasher);
            let content = if input.is_dir() { names(input) } else { fs::read(input) };
            content.with_context(|| format!("cannot read {}", input.display()))?.hash(&mut hasher);
        }
        Ok(format!("{:016x}", hasher.finish()))
    }
}

/// The names in a folder: a build script may ask to run when they change.
fn names(folder: &Path) -> std::io::Result<Vec<u8>> {
    let names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().into_encoded_bytes()));
    let mut names: Vec<Vec<u8>> = names.collect::<std::io::Result<_>>()?;
    names.sort();
    Ok(names.join(&0))
}

/// The source files of a crate, those that it embeds included, as cargo noted them beside what it built.
///
/// # Errors
/// There is no such note.
pub(crate) fn cargo_inputs(artifact: &Path) -> Result<Vec<PathBuf>> {
    let note = artifact.with_extension("d");
    let text = fs::read_to_string(&note).with_context(|| format!("cannot read {}", note.display()))?;
    let (_, list) = text.split_once(": ").with_context(|| format!("{} is no dependency list", note.display()))?;
    // Blanks within a name are written with a backslash before them.
    let list = list.replace("\\ ", "\0");
    Ok(list.split_whitespace().map(|name| PathBuf::from(name.replace('\0', " "))).collect())
}

/// Every file under a folder.
///
/// # Errors
/// A folder cannot be read.
pub(crate) fn files_under(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    Ok(files)
}
