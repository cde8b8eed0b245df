//! Puts the built console, the files below `web/dist`, into the program. Where it was not built there are none, and the
//! program says how to get it.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const DIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/dist");

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script in this way where it may write")]
fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={DIST}");
    let mut files = Vec::new();
    if Path::new(DIST).is_dir() {
        collect(Path::new(DIST), &mut files)?;
    }
    files.sort();
    let out = std::env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("console.rs"), source(&files))
}

/// A directory of the console is one level deep; more of them would be a mistake, and a loop of links never ends.
const DEPTH_MAX: usize = 4;

fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if directory.components().count() > Path::new(DIST).components().count() + DEPTH_MAX {
        return Err(io::Error::other("the console has too many levels of directories"));
    }
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// The list of all files, in the order of their paths, each with its compressed form where the build left one beside it.
fn source(files: &[PathBuf]) -> String {
    let mut source = String::from("&[\n");
    for file in files {
        let path = file.strip_prefix(DIST).expect("it was found there").to_string_lossy();
        if path.starts_with('.') || path.ends_with(".gz") {
            continue;
        }
        let compressed = PathBuf::from(format!("{}.gz", file.display()));
        let gzip = match files.binary_search(&compressed) {
            Ok(_) => format!("Some(include_bytes!({:?}))", compressed.display().to_string()),
            Err(_) => "None".to_owned(),
        };
        let (path, file) = (format!("/{path}"), file.display().to_string());
        writeln!(source, "    File {{ path: {path:?}, bytes: include_bytes!({file:?}), gzip: {gzip} }},")
            .expect("a text takes all that is written");
    }
    source.push(']');
    source
}
