//! What a visitor loads: bytes of each file of the widget, as they are and compressed.

use std::io::Write;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::Row;
use crate::build::embedded;
use crate::fresh::files_under;
use crate::project::Project;

/// The widget's budget: all files together, in brotli.
const BUDGET: usize = 30 * 1024;

/// Brotli's highest quality and its usual window, as a CDN compresses what it keeps.
const QUALITY: u32 = 11;
const WINDOW: u32 = 22;
const BUFFER: usize = 4096;

/// Builds the widget and measures `dist/widget`.
///
/// # Errors
/// It cannot be built, or is over the budget.
pub(super) fn measure(project: &Project) -> Result<Vec<Row>> {
    embedded(project)?;
    let folder = project.path("dist/widget");
    let mut files = files_under(&folder)?;
    files.sort();
    let (mut rows, mut total) = (Vec::new(), [0; 3]);
    for file in files {
        let bytes = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let sizes = [bytes.len(), gzip(&bytes)?, brotli(&bytes)?];
        for (sum, size) in total.iter_mut().zip(sizes) {
            *sum += size;
        }
        rows.push(row(&file.strip_prefix(&folder)?.to_string_lossy(), sizes));
    }
    rows.push(row("total", total));
    if total[2] > BUDGET {
        bail!("the widget is {} bytes in brotli, its budget is {BUDGET}\n{}", total[2], super::table(&rows));
    }
    Ok(rows)
}

fn row(file: &str, [raw, gzip, brotli]: [usize; 3]) -> Row {
    vec![("file", file.into()), ("raw", raw.into()), ("gzip", gzip.into()), ("brotli", brotli.into())]
}

fn gzip(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

fn brotli(bytes: &[u8]) -> Result<usize> {
    let mut out = Vec::new();
    let mut encoder = brotli::CompressorWriter::new(&mut out, BUFFER, QUALITY, WINDOW);
    encoder.write_all(bytes)?;
    encoder.flush()?;
    drop(encoder);
    Ok(out.len())
}
