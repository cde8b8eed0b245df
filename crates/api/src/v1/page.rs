//! Lists: which page is asked for, and the envelope in which it comes.
//!
//! An iterator is the id of a row; the page after it begins behind that row. With `-` before it, the page before it ends
//! before that row.

use std::fmt::Display;
use std::str::FromStr;

use domain::limits::{PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX};
use engine::ports::page::{Filtered, Order, Page, Slice, Start};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::check::Checks;
use super::error::Error;

/// Which page of a list is wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// How many rows a page has at most.
    #[param(minimum = 0, maximum = 250, default = 50)]
    limit: Option<u64>,
    /// The `iterator` or `prevIterator` of another page.
    #[param(min_length = 1)]
    iterator: Option<String>,
    /// The order of the list.
    #[param(inline)]
    order: Option<Ordering>,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Ordering {
    /// The oldest, or the first by name, first.
    Ascending,
    /// The newest first.
    Descending,
}

impl ListQuery {
    /// The rows that are wanted, in this order if the client asks for none.
    pub(super) fn slice<K: FromStr>(&self, order: Order) -> Result<Slice<K>, Error> {
        let order = self.order.map_or(order, |order| match order {
            Ordering::Ascending => Order::Ascending,
            Ordering::Descending => Order::Descending,
        });
        self.ordered(order)
    }

    /// The rows that are wanted, in this order whatever the client asks for.
    pub(super) fn ordered<K: FromStr>(&self, order: Order) -> Result<Slice<K>, Error> {
        let mut checks = Checks::of(&["query"]);
        let limit = self.limit.map_or(Some(PAGE_ROWS_DEFAULT), |limit| usize::try_from(limit).ok());
        let limit = limit.filter(|limit| *limit <= PAGE_ROWS_MAX);
        let limit = checks.some("limit", limit, "Given limit must not exceed 250");
        let start = self.iterator.as_deref().map_or(Some(Start::First), start);
        let start = checks.some("iterator", start, "The iterator is not one of this list");
        checks.done()?;
        Ok(Slice { limit: limit.unwrap_or_default(), order, start: start.unwrap_or(Start::First) })
    }
}

fn start<K: FromStr>(iterator: &str) -> Option<Start<K>> {
    match iterator.strip_prefix('-') {
        Some(before) => before.parse().ok().map(Start::Before),
        // A name may begin like an iterator that goes backwards; then it has this before it.
        None => iterator.strip_prefix('~').unwrap_or(iterator).parse().ok().map(Start::After),
    }
}

fn after(key: &impl Display) -> String {
    let key = key.to_string();
    if key.starts_with('-') { format!("~{key}") } else { key }
}

/// A page of a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct List<T> {
    /// The rows.
    data: Vec<T>,
    /// Asks for the page behind this one.
    #[schema(required = true)]
    iterator: Option<String>,
    /// Asks for the page before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    prev_iterator: Option<String>,
    /// Whether no rows follow, in the direction in which the page was asked for.
    done: bool,
}

impl<T> List<T> {
    /// All rows there are.
    pub(super) fn complete(data: Vec<T>) -> Self {
        Self { data, iterator: None, prev_iterator: None, done: true }
    }

    /// A page, whose rows are known by `key` and shown as `of` says.
    pub(super) fn new<R, K: Display>(page: Page<R>, key: impl Fn(&R) -> K, of: impl FnMut(R) -> T) -> Self {
        let (first, last) = (page.rows.first().map(&key), page.rows.last().map(&key));
        Self {
            iterator: last.as_ref().map(after),
            prev_iterator: first.map(|first| format!("-{first}")),
            done: !page.more,
            data: page.rows.into_iter().map(of).collect(),
        }
    }

    /// A page of a list with a filter, which goes on behind the last row that was looked at. `start` is where it began.
    pub(super) fn filtered<R, K: Display>(
        found: Filtered<R, K>,
        start: &Start<K>,
        key: impl Fn(&R) -> K,
        of: impl FnMut(R) -> T,
    ) -> Self {
        let Filtered { page, seen } = found;
        let mut list = Self::new(page, key, of);
        let Some(seen) = seen else { return list };
        match start {
            Start::Before(_) => list.prev_iterator = Some(format!("-{seen}")),
            Start::First | Start::After(_) => list.iterator = Some(after(&seen)),
        }
        list
    }
}
