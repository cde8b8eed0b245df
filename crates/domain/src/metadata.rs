//! The platform's own notes on an app or an endpoint: texts by name, kept and given back.

use std::collections::BTreeMap;

use crate::limits::METADATA_BYTES_MAX;

/// Texts by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Metadata(BTreeMap<String, String>);

/// The notes are longer than is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("metadata may have at most 4096 bytes as JSON")]
pub struct MetadataTooLarge;

impl Metadata {
    /// Takes notes.
    ///
    /// # Errors
    /// If they are too large as JSON.
    pub fn new(notes: BTreeMap<String, String>) -> Result<Self, MetadataTooLarge> {
        let metadata = Self(notes);
        if metadata.to_json().len() > METADATA_BYTES_MAX { Err(MetadataTooLarge) } else { Ok(metadata) }
    }

    /// The notes.
    pub fn as_map(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// As a JSON object.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.0).expect("a map of texts is JSON")
    }

    /// Reads stored notes.
    ///
    /// # Errors
    /// If it is no JSON object of texts.
    pub fn stored(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_bounded_as_json() {
        let notes = |bytes: usize| BTreeMap::from([("k".to_owned(), "v".repeat(bytes))]);
        let frame = r#"{"k":""}"#.len();
        assert!(Metadata::new(notes(METADATA_BYTES_MAX - frame)).is_ok());
        assert_eq!(Metadata::new(notes(METADATA_BYTES_MAX - frame + 1)), Err(MetadataTooLarge));
    }

    #[test]
    fn stored_notes_come_back() {
        let metadata = Metadata::new([("a".to_owned(), "\"é".to_owned())].into()).unwrap();
        assert_eq!(Metadata::stored(&metadata.to_json()).unwrap(), metadata);
    }
}
