//! Lists the widget's built files for `routes/assets.rs`, each with a tag of its content.

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
    let built = root.join("../dist/widget");
    println!("cargo::rerun-if-changed={}", built.display());
    let styles = ["page.css", "docs.css", "console.css", "editor.css"].map(|name| root.join("src/page").join(name));
    let scripts = SCRIPTS.map(|name| root.join("../web-widget/console").join(name));
    let mut files: Vec<PathBuf> = styles.into_iter().chain(scripts).collect();
    for file in &files {
        println!("cargo::rerun-if-changed={}", file.display());
    }
    match fs::read_dir(&built) {
        Ok(entries) => {
            for entry in entries {
                files.push(entry?.path());
            }
        }
        Err(_) => println!("cargo::error=the widget is not built: run `cargo xtask build widget` first"),
    }
    files.sort();
    let mut out = String::from("static ASSETS: &[Asset] = &[\n");
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
        let Some(media_type) = media_type(&file) else { continue };
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = fs::read(&file)?;
        let etag = format!("\"{:016x}\"", fnv(&bytes));
        let path = file.canonicalize()?;
        writeln!(
            out,
            "Asset {{ name: {name:?}, media_type: {media_type:?}, bytes: include_bytes!({path:?}), etag: {etag:?} }},"
        )?;
    }
    out.push_str("];\n");
    let version = fs::read_to_string(built.join("version.json"))?;
    let told: Vec<&str> = version.split('"').collect();
    let [_, "version", _, version, _, "integrity", _, integrity, _] = told.as_slice() else {
        return Err("version.json names no version and integrity".into());
    };
    writeln!(out, "/// Names the content of the widget's files.\nconst VERSION: &str = {version:?};")?;
    writeln!(out, "/// The hash of its module.\nconst INTEGRITY: &str = {integrity:?};")?;
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("assets.rs"), out)?;
    Ok(())
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
