//! Cuts JSON into values that borrow from its text. The syntax was judged by `serde_json` before; it would lose
//! digits of long numbers and refuse documents with large ones, so that the values are read here.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::number::Decimal;

/// A value of JSON.
#[derive(Debug)]
pub(super) enum Value<'a> {
    Null,
    Bool(bool),
    Number(Decimal<&'a str>),
    Text(Cow<'a, str>),
    /// A text that is not Unicode, or a number of an absurd magnitude. It is there, but equal to nothing.
    Unreadable,
    Array(Vec<Value<'a>>),
    /// The members in their order.
    Object(Vec<Member<'a>>),
}

/// A member of an object.
#[derive(Debug)]
pub(super) struct Member<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) value: Value<'a>,
}

/// Why JSON cannot be read.
pub(super) enum Unread {
    /// Nested deeper than is allowed.
    TooDeep,
    /// The name of a member is not Unicode.
    Name,
}

/// Reads all of `json`, which may be nested `depth_max` levels.
pub(super) fn read(json: &RawValue, depth_max: usize) -> Result<Value<'_>, Unread> {
    Reader { rest: json.get(), depth_left: depth_max }.value()
}

/// It is at the beginning of a value, or after one.
struct Reader<'a> {
    rest: &'a str,
    depth_left: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self) -> Result<Value<'a>, Unread> {
        Ok(match self.peek() {
            b'{' => self.object()?,
            b'[' => self.array()?,
            b'"' => self.text().map_or(Value::Unreadable, Value::Text),
            _ => match self.word() {
                "null" => Value::Null,
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                number => Decimal::read(number).map_or(Value::Unreadable, Value::Number),
            },
        })
    }

    fn object(&mut self) -> Result<Value<'a>, Unread> {
        let mut members = Vec::new();
        self.enter()?;
        while !self.leaves(b'}') {
            let name = self.text().ok_or(Unread::Name)?;
            self.skip(b':');
            members.push(Member { name, value: self.value()? });
        }
        members.shrink_to_fit();
        Ok(Value::Object(members))
    }

    fn array(&mut self) -> Result<Value<'a>, Unread> {
        let mut elements = Vec::new();
        self.enter()?;
        while !self.leaves(b']') {
            elements.push(self.value()?);
        }
        // A mebibyte can have a quarter of a million arrays.
        elements.shrink_to_fit();
        Ok(Value::Array(elements))
    }

    /// Passes the beginning of an object or array.
    fn enter(&mut self) -> Result<(), Unread> {
        self.depth_left = self.depth_left.checked_sub(1).ok_or(Unread::TooDeep)?;
        self.take(1);
        Ok(())
    }

    /// Passes the end of an object or array if it is there, and otherwise what is between two of its values.
    fn leaves(&mut self, end: u8) -> bool {
        self.skip(b',');
        let is_end = self.peek() == end || self.rest.is_empty();
        if is_end {
            self.skip(end);
            self.depth_left += 1;
        }
        is_end
    }

    /// Reads a text; `None` if it is not Unicode, which an escaped half of a surrogate pair is not.
    fn text(&mut self) -> Option<Cow<'a, str>> {
        self.peek();
        let inner = &self.rest.as_bytes()[1..];
        let mut escapes = false;
        let mut length = 0;
        while let Some(byte) = inner.get(length) {
            match byte {
                b'"' => break,
                b'\\' => {
                    escapes = true;
                    length += 2;
                }
                _ => length += 1,
            }
        }
        let quoted = self.take(length + 2);
        if escapes {
            serde_json::from_str(quoted).ok().map(Cow::Owned)
        } else {
            Some(Cow::Borrowed(&quoted[1..=length]))
        }
    }

    /// Reads a number, or one of the three names.
    fn word(&mut self) -> &'a str {
        let is_end = |byte: u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r');
        self.take(self.rest.bytes().position(is_end).unwrap_or(self.rest.len()))
    }

    /// The next byte that is not space; zero at the end, which valid JSON does not reach.
    fn peek(&mut self) -> u8 {
        self.rest = self.rest.trim_ascii_start();
        self.rest.as_bytes().first().copied().unwrap_or(0)
    }

    fn skip(&mut self, byte: u8) {
        if self.peek() == byte {
            self.take(1);
        }
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }
}
