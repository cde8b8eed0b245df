//! Texts with asterisks. Each piece between two of them is looked for once, after the one before it, so that
//! matching takes time in proportion to the text and never goes back.

use memchr::memmem::Finder;

use crate::limits::PATTERN_WILDCARDS_MAX;

/// A compiled `wildcard`.
#[derive(Debug)]
pub(super) struct Wildcard {
    first: String,
    /// What is between two asterisks.
    middle: Vec<Finder<'static>>,
    /// What follows the last asterisk; none if there is no asterisk.
    last: Option<String>,
    /// The bytes that a text needs at least.
    bytes_min: usize,
}

impl Wildcard {
    /// Compiles a text.
    ///
    /// # Errors
    /// The reason why it is not a `wildcard`.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut pieces = vec![String::new()];
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let literal = match character {
                '*' if characters.peek() == Some(&'*') => return Err("must not have two asterisks in a row"),
                '*' => {
                    pieces.push(String::new());
                    continue;
                }
                '\\' => match characters.next() {
                    Some(escaped @ ('*' | '\\')) => escaped,
                    _ => return Err(r"must have an asterisk or a backslash after each backslash"),
                },
                other => other,
            };
            if let Some(piece) = pieces.last_mut() {
                piece.push(literal);
            }
        }
        if pieces.len() > PATTERN_WILDCARDS_MAX + 1 {
            return Err("has more than 16 asterisks");
        }
        let bytes_min = pieces.iter().map(String::len).sum();
        let first = pieces.remove(0);
        let last = pieces.pop();
        let middle = pieces.iter().map(|piece| Finder::new(piece).into_owned()).collect();
        Ok(Self { first, middle, last, bytes_min })
    }

    /// Whether the whole of `text` has this form.
    pub(super) fn matches(&self, text: &str) -> bool {
        let Some(last) = &self.last else { return text == self.first };
        if text.len() < self.bytes_min || !text.starts_with(&self.first) || !text.ends_with(last) {
            return false;
        }
        let mut inner = &text.as_bytes()[self.first.len()..text.len() - last.len()];
        self.middle.iter().all(|piece| match piece.find(inner) {
            Some(at) => {
                inner = &inner[at + piece.needle().len()..];
                true
            }
            None => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(wildcard: &str, matching: &[&str], others: &[&str]) {
        let wildcard = Wildcard::parse(wildcard).unwrap();
        for text in matching {
            assert!(wildcard.matches(text), "{wildcard:?} {text:?}");
        }
        for text in others {
            assert!(!wildcard.matches(text), "{wildcard:?} {text:?}");
        }
    }

    #[test]
    fn asterisks_stand_for_anything() {
        check("", &[""], &["a"]);
        check("*", &["", "a", "*"], &[]);
        check("Simple*Service", &["SimpleService", "Simple Queue Service"], &["Simple", "SimpleService "]);
        check("dir/*.png", &["dir/.png", "dir/a/b.png"], &["dir/a.jpg", "a/dir/b.png"]);
        check("*/lib/*", &["/lib/", "/usr/lib/x"], &["/usr/lib", "lib/"]);
        check("*a*b*a*", &["aba", "xaxbxax", "abba"], &["ab", "bab", "baab"]);
        check("aa*aa", &["aaaa", "aaaaa"], &["aaa", "aa"]);
        check("ü*ß", &["üß", "ü–ß"], &["uß"]);
    }

    #[test]
    fn backslashes_escape() {
        check(r"a\*b", &["a*b"], &["a\\*b", "axb", "ab"]);
        check(r"a\\*b", &["a\\b", "a\\xb"], &["a*b", "a\\*"]);
        check(r"\*\**", &["**", "**x"], &["*"]);
        check(r"*\\", &["\\", "x\\"], &["x"]);
    }

    #[test]
    fn what_is_no_wildcard_is_refused() {
        for bad in ["**", "a**b", "a\\", r"\n", r"a\b*", r"*\", &"*a".repeat(17)] {
            assert!(Wildcard::parse(bad).is_err(), "{bad}");
        }
        assert!(Wildcard::parse(&"*a".repeat(16)).is_ok());
    }

    /// The plain way: an asterisk takes nothing, or one more character.
    fn naive(wildcard: &[char], text: &[char]) -> bool {
        match (wildcard, text) {
            ([], text) => text.is_empty(),
            (['*', rest @ ..], text) => {
                naive(rest, text) || (!text.is_empty() && naive(wildcard, &text[1..]))
            }
            ([character, rest @ ..], [first, others @ ..]) => character == first && naive(rest, others),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_plain_way(wildcard in "[ab*]{0,8}", text in "[ab*]{0,12}") {
            let Ok(compiled) = Wildcard::parse(&wildcard) else {
                prop_assert!(wildcard.contains("**"));
                return Ok(());
            };
            let characters = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(compiled.matches(&text), naive(&characters(&wildcard), &characters(&text)));
        }
    }
}
