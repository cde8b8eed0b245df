//! The layer of the one TOML file. What is wrong in it is named with its line.

use std::path::Path;

use super::Invalid;
use super::layer::Layer;

/// A file with settings is small; a large one is some other file.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Reads the file.
///
/// # Errors
/// If it cannot be read, is not TOML, or says something that is no setting.
pub(crate) fn read(path: &Path) -> Result<Layer, Invalid> {
    let name = path.display().to_string();
    let size = std::fs::metadata(path).map_err(|error| Invalid::new(&*name, error))?.len();
    if size > FILE_BYTES_MAX {
        return Err(Invalid::new(name, "is larger than 1 MiB"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| Invalid::new(&*name, error))?;
    parse(&name, &text)
}

/// The settings in `text`, which came from the file of this `name`.
pub(crate) fn parse(name: &str, text: &str) -> Result<Layer, Invalid> {
    toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let place = match before {
            Some(before) => format!("{name}, line {}", before.matches('\n').count() + 1),
            None => name.to_owned(),
        };
        Invalid::new(place, error.message())
    })
}
