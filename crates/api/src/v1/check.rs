//! Checks the parts of a request, and collects what is wrong, so that one answer names all of it.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use domain::limits::TEXT_BYTES_MAX;
use domain::metadata::Metadata;
use domain::throttle::Rate;

use super::error::{Error, Problem};

/// What is wrong with a part of the request.
pub(super) struct Checks {
    part: &'static [&'static str],
    problems: Vec<Problem>,
}

impl Checks {
    /// Of the body.
    pub(super) fn of_body() -> Self {
        Self::of(&["body"])
    }

    /// Of the part `body`, `query` or `path`, or of a member of it.
    pub(super) fn of(part: &'static [&'static str]) -> Self {
        Self { part, problems: Vec::new() }
    }

    /// Notes that something is wrong.
    pub(super) fn note(&mut self, name: &str, msg: impl Into<String>) {
        self.note_at(&[name], msg);
    }

    /// Notes that something is wrong in the depth of the part.
    pub(super) fn note_at(&mut self, path: &[&str], msg: impl Into<String>) {
        let loc = [self.part, path].concat();
        self.problems.push(Problem::new(&loc, msg));
    }

    /// Ends the check.
    pub(super) fn done(self) -> Result<(), Error> {
        if self.problems.is_empty() { Ok(()) } else { Err(Error::Invalid(self.problems)) }
    }

    /// Ends the check with what was checked; it is there if nothing is wrong.
    pub(super) fn done_with<T>(self, checked: Option<T>) -> Result<T, Error> {
        match checked {
            Some(checked) if self.problems.is_empty() => Ok(checked),
            _ => Err(Error::Invalid(self.problems)),
        }
    }

    /// Passes on what was checked for itself, and takes over what is wrong with it.
    pub(super) fn checked<T>(&mut self, checked: Result<T, Error>) -> Option<T> {
        match checked {
            Ok(right) => return Some(right),
            Err(Error::Invalid(problems)) => self.problems.extend(problems),
            Err(Error::Said { refusal, .. }) => self.note_at(&[], refusal.errors.join(" ")),
        }
        None
    }

    /// Notes that a value is wrong, unless it is there.
    pub(super) fn some<T>(&mut self, name: &str, value: Option<T>, msg: &str) -> Option<T> {
        if value.is_none() {
            self.note(name, msg);
        }
        value
    }

    /// Passes on what is right, and notes what is not.
    pub(super) fn ok<T, E: Display>(&mut self, name: &str, value: Result<T, E>) -> Option<T> {
        value.map_err(|error| self.note(name, error.to_string())).ok()
    }

    /// A text as what it says, if there is one.
    pub(super) fn parsed<T: FromStr<Err: Display>>(&mut self, name: &str, text: Option<&str>) -> Option<T> {
        self.ok(name, text?.parse())
    }

    /// A name of the platform's, which may not look like one of ours.
    pub(super) fn uid<T: FromStr<Err: Display>>(
        &mut self,
        name: &str,
        prefix: &str,
        text: Option<&str>,
    ) -> Option<T> {
        let text = text?;
        if text.starts_with(prefix) {
            self.note(name, format!("must not begin with {prefix}, as our own ids do"));
            return None;
        }
        self.parsed(name, Some(text))
    }

    /// A text for people that is not empty.
    pub(super) fn title(&mut self, name: &str, text: String) -> String {
        if text.is_empty() {
            self.note(name, "must have at least one character");
        }
        self.text(name, text)
    }

    /// A text for people.
    pub(super) fn text(&mut self, name: &str, text: String) -> String {
        if text.len() > TEXT_BYTES_MAX {
            self.note(name, format!("may have at most {TEXT_BYTES_MAX} bytes"));
        } else if text.chars().any(|char| char <= '\u{8}') {
            self.note(name, "control characters 0x00-0x08 are not allowed");
        }
        text
    }

    /// Notes of the platform.
    pub(super) fn metadata(&mut self, notes: BTreeMap<String, String>) -> Metadata {
        self.ok("metadata", Metadata::new(notes)).unwrap_or_default()
    }

    /// A rate, under its name of today or under that of the years before.
    pub(super) fn rate(&mut self, name: &str, per_second: Option<u16>) -> Option<Rate> {
        self.some(name, Rate::new(per_second?), "must be at least 1")
    }
}
