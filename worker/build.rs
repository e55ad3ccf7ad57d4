//! Lists for `routes/assets.rs` the files of pages and of each version of the widget, each with a tag of its content.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The console's modules, served as they are.
const SCRIPTS: [&str; 9] = [
    "console.js",
    "editor.js",
    "editor-condition.js",
    "editor-controls.js",
    "editor-fields.js",
    "editor-look.js",
    "editor-model.js",
    "editor-words.js",
    "preview.js",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let styles = ["page.css", "docs.css", "console.css", "editor.css"].map(|name| root.join("src/page").join(name));
    let scripts = SCRIPTS.map(|name| root.join("../web-widget/console").join(name));
    let pages: Vec<PathBuf> = styles.into_iter().chain(scripts).collect();
    let mut out = format!("static PAGES: &[Asset] = &[\n{}];\n", assets(&pages)?);
    let built = root.join("../dist/widget");
    if !built.is_dir() {
        println!("cargo::error=the widget is not built: run `cargo xtask build widget` first");
    }
    let current = Version::read(&built)?;
    writeln!(out, "static CURRENT: Version = {};", current.code()?)?;
    let (same, others): (Vec<Version>, Vec<Version>) =
        released(&root)?.into_iter().partition(|version| version.name == current.name);
    for version in &same {
        if version.bytes()? != current.bytes()? {
            return Err(format!("{} is not what was built under the same name", version.folder.display()).into());
        }
    }
    writeln!(out, "/// Whether the current version is one that stays.\nconst STAYS: bool = {};", !same.is_empty())?;
    let others = others.iter().map(Version::code).collect::<Result<Vec<_>, _>>()?;
    writeln!(out, "static RELEASED: &[Version] = &[\n{}];", others.join(",\n"))?;
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("assets.rs"), out)?;
    Ok(())
}

/// The versions that are served beside the current one: those in the tree, and for the tests one that they make.
fn released(root: &Path) -> Result<Vec<Version>, Box<dyn std::error::Error>> {
    let mut places = vec![root.join("../web-widget/released")];
    if env::var_os("CARGO_FEATURE_VECTORS").is_some() {
        places.push(root.join("../dist/released"));
    }
    let mut versions = Vec::new();
    for place in places.iter().filter(|place| place.is_dir()) {
        println!("cargo::rerun-if-changed={}", place.display());
        let mut folders: Vec<PathBuf> =
            fs::read_dir(place)?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
        folders.sort();
        for folder in folders.iter().filter(|folder| folder.is_dir()) {
            versions.push(Version::read(folder)?);
        }
    }
    Ok(versions)
}

/// A build of the widget, in a folder of its own.
struct Version {
    folder: PathBuf,
    name: String,
    integrity: String,
    files: Vec<PathBuf>,
}

impl Version {
    fn read(folder: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        println!("cargo::rerun-if-changed={}", folder.display());
        let mut files: Vec<PathBuf> =
            fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
        files.sort();
        let about = fs::read_to_string(folder.join("version.json"))?;
        let told: Vec<&str> = about.split('"').collect();
        let [_, "version", _, name, _, "integrity", _, integrity, _] = told.as_slice() else {
            return Err(format!("{}/version.json names no version and integrity", folder.display()).into());
        };
        Ok(Self { folder: folder.to_owned(), name: (*name).to_owned(), integrity: (*integrity).to_owned(), files })
    }

    fn bytes(&self) -> Result<Vec<Vec<u8>>, std::io::Error> {
        self.files.iter().map(fs::read).collect()
    }

    fn code(&self) -> Result<String, Box<dyn std::error::Error>> {
        let Self { name, integrity, .. } = self;
        Ok(format!("Version {{ name: {name:?}, integrity: {integrity:?}, files: &[\n{}] }}", assets(&self.files)?))
    }
}

/// One entry for each file that has a type.
fn assets(files: &[PathBuf]) -> Result<String, Box<dyn std::error::Error>> {
    let mut out = String::new();
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
        let Some(media_type) = media_type(file) else { continue };
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = fs::read(file)?;
        let etag = format!("\"{:016x}\"", fnv(&bytes));
        let path = file.canonicalize()?;
        writeln!(
            out,
            "Asset {{ name: {name:?}, media_type: {media_type:?}, bytes: include_bytes!({path:?}), etag: {etag:?} }},"
        )?;
    }
    Ok(out)
}

fn media_type(file: &Path) -> Option<&'static str> {
    match file.extension()?.to_str()? {
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "json" => Some("application/json"),
        "wasm" => Some("application/wasm"),
        _ => None,
    }
}

/// FNV-1a, 64 bit.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
