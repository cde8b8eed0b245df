//! Reads JSON that comes in: one document of UTF-8, not too deep, parsed once into a wire type that borrows
//! from it.

use domain::limits::JSON_DEPTH_MAX;
use memchr::memchr2;
use serde::Deserialize;
use serde_json::error::Category;

use crate::error::Refusal;

/// Reads a document. What is not JSON is answered 400, what is JSON of another kind 422.
pub(crate) fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refusal> {
    serde_json::from_str(text(body).map_err(Refusal::invalid_json)?).map_err(|error| match error.classify() {
        Category::Data => Refusal::invalid(vec![format!("The body has the wrong form: {error}")]),
        _ => Refusal::invalid_json(format!("The body is not JSON: {error}")),
    })
}

/// A document as text that is safe to be parsed, or what is wrong with it.
pub(crate) fn text(body: &[u8]) -> Result<&str, String> {
    let text = std::str::from_utf8(body).map_err(|error| {
        let at = error.valid_up_to();
        format!("The body is not UTF-8 at {}.", position(&body[..at]))
    })?;
    match too_deep(body) {
        None => Ok(text),
        Some(at) => {
            let place = position(&body[..at]);
            Err(format!("The body is nested deeper than {JSON_DEPTH_MAX} levels at {place}."))
        }
    }
}

/// Where a document is nested too deep, if it is. Parsers that skip a value without looking at it do not count.
fn too_deep(json: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = json.get(at) {
        match byte {
            // Most of a document is in its texts, so these are jumped over.
            b'"' => at = end_of_text(json, at + 1),
            b'[' | b'{' if depth == JSON_DEPTH_MAX => return Some(at),
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Where the text ends whose first byte is at `at`: at its quotation mark, or with the document.
fn end_of_text(json: &[u8], mut at: usize) -> usize {
    while let Some(found) = memchr2(b'"', b'\\', json.get(at..).unwrap_or_default()) {
        at += found;
        if json[at] == b'"' {
            return at;
        }
        // Whatever comes after a backslash is a part of the text.
        at += 2;
    }
    json.len()
}

/// The place after `before`, counted as JSON parsers do: lines from 1, columns in bytes from 1.
fn position(before: &[u8]) -> String {
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    format!("line {line} column {}", before.len() - line_start + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_counted_outside_of_texts() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(too_deep(nested(64).as_bytes()), None);
        assert_eq!(too_deep(nested(65).as_bytes()), Some(64));
        let text = format!(r#"["{}","\"{}\\"]"#, "[".repeat(100), "{".repeat(100));
        assert_eq!(too_deep(text.as_bytes()), None);
        let after_text = format!(r#"["\\",{}"#, "[".repeat(64));
        assert_eq!(too_deep(after_text.as_bytes()), Some(6 + 63));
        for endless in [r#"["[["#, r#"["\"#, r#"["\""#] {
            assert_eq!(too_deep(endless.as_bytes()), None);
        }
        assert_eq!(too_deep("[],".repeat(1000).as_bytes()), None);
        assert_eq!(too_deep("]".repeat(1000).as_bytes()), None);
    }

    #[test]
    fn places_are_named_as_parsers_do() {
        for (before, expected) in
            [("", "line 1 column 1"), ("abc", "line 1 column 4"), ("a\nb\n", "line 3 column 1")]
        {
            assert_eq!(position(before.as_bytes()), expected);
        }
    }
}
