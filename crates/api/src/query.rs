//! The query of a request: its parameters by name, and the page that it asks for.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::extract::Query as Pairs;
use axum::http::request::Parts;
use domain::limits::{PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX};

use engine::ports::page;

use crate::error::Refusal;
use crate::fields::Errors;

/// The parameters of a query. Those that a route does not know are ignored.
pub(crate) struct Query(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let pairs = Pairs::try_from_uri(&parts.uri).map(|Pairs(pairs)| Self(pairs));
        pairs.map_err(|_| Refusal::invalid(vec!["The query is not a list of names and values".to_owned()]))
    }
}

impl Query {
    /// A parameter; `None` if it is not there. One that is there twice, or is no `T`, is noted.
    pub(crate) fn optional<T: FromStr>(
        &self,
        name: &str,
        form: impl Display,
        errors: &mut Errors,
    ) -> Option<T> {
        let mut values = self.0.iter().filter(|(parameter, _)| parameter == name).map(|(_, value)| value);
        let value = values.next()?;
        let value = value.parse().ok().filter(|_| values.next().is_none());
        if value.is_none() {
            errors.note(format!("Query parameter {name} invalid: it must be {form}, once"));
        }
        value
    }

    /// A parameter that must be there.
    pub(crate) fn required<T: FromStr>(
        &self,
        name: &str,
        form: impl Display,
        errors: &mut Errors,
    ) -> Option<T> {
        if !self.0.iter().any(|(parameter, _)| parameter == name) {
            errors.note(format!("Query parameter {name} missing: it must be {form}"));
            return None;
        }
        self.optional(name, form, errors)
    }

    /// Which rows are wanted: `limit` of them, from the one after the row that `iterator` names.
    pub(crate) fn page<I: FromStr>(&self, errors: &mut Errors) -> Page<I> {
        let Limit(limit) = self.optional("limit", Limit::FORM, errors).unwrap_or_default();
        let after = self.optional("iterator", "the id of the last row seen", errors);
        Page { limit, after }
    }
}

/// Which rows of a list are wanted, newest first.
pub(crate) struct Page<I> {
    /// How many at most.
    pub(crate) limit: usize,
    /// The last row that the client has seen.
    pub(crate) after: Option<I>,
}

/// The iterator of the page that follows: the id of this page's last row, if more rows follow.
pub(crate) fn next<T>(page: &page::Page<T>, id: impl Fn(&T) -> String) -> Option<String> {
    page.rows.last().filter(|_| page.more).map(id)
}

/// How many rows a page has.
struct Limit(usize);

impl Limit {
    const FORM: &'static str = "a whole number from 1 to 250";
}

impl Default for Limit {
    fn default() -> Self {
        Self(PAGE_ROWS_DEFAULT)
    }
}

impl FromStr for Limit {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        // `parse` alone would take a plus sign as well.
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let limit = text.parse().ok().filter(|limit| digits && (1..=PAGE_ROWS_MAX).contains(limit));
        limit.map(Self).ok_or(())
    }
}
