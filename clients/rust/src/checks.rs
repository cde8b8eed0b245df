//! What a step expects, and how it waits for it: it looks until a deadline, and never sleeps for a guess.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Debug;
use std::time::Duration;

use svix::models::{HttpErrorOut, ValidationError};
use tokio::time::{Instant, sleep};

/// How long something may take.
pub(crate) const WAIT_MAX: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);
const PAGES_MAX: usize = 500;

/// What a step ends with.
pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// One page of a list, whatever is listed.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) iterator: Option<String>,
    pub(crate) previous: Option<String>,
    pub(crate) done: bool,
}

/// Makes a [`Page`] of an answer of the client: its lists have the same members, and no type in common.
macro_rules! page {
    ($list:expr) => {{
        let list = $list;
        $crate::checks::Page {
            items: list.data,
            iterator: list.iterator,
            previous: list.prev_iterator,
            done: list.done,
        }
    }};
}
pub(crate) use page;

pub(crate) fn check(holds: bool, expected: &str, found: impl Debug) -> Outcome {
    if holds { Ok(()) } else { Err(format!("expected {expected}, found {found:?}").into()) }
}

pub(crate) fn equal<F: Debug + PartialEq<E>, E: Debug>(what: &str, found: F, expected: E) -> Outcome {
    let holds = found == expected;
    check(holds, &format!("{what} to be {expected:?}"), found)
}

/// Looks until there is something to return, or the time is up.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Outcome<Option<T>>) -> Outcome<T> {
    let deadline = Instant::now() + WAIT_MAX;
    loop {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        check(Instant::now() < deadline, &format!("{what} within {WAIT_MAX:?}"), "nothing")?;
        sleep(PAUSE).await;
    }
}

/// The call was refused with this status, and the client could read why.
pub(crate) fn refused<T: Debug>(status: u16, answer: svix::Result<T>) -> Outcome<HttpErrorOut> {
    match answer {
        Err(svix::Error::Http(error)) if error.status == status => error
            .payload
            .ok_or_else(|| format!("expected a code and a reason with the status {status}").into()),
        other => Err(format!("expected the status {status}, found {other:?}").into()),
    }
}

/// The call was refused as invalid, and the client could read why.
pub(crate) fn invalid<T: Debug>(answer: svix::Result<T>) -> Outcome<Vec<ValidationError>> {
    match answer {
        Err(svix::Error::Validation(error)) => {
            Ok(error.payload.ok_or("expected the list of what is not valid")?.detail)
        }
        other => Err(format!("expected the status 422, found {other:?}").into()),
    }
}

/// The pages of a list, from its beginning up to the one that says `done`.
pub(crate) async fn pages<T>(
    mut list_page: impl AsyncFnMut(Option<String>) -> Outcome<Page<T>>,
) -> Outcome<Vec<Page<T>>> {
    let (mut found, mut iterator) = (Vec::new(), None);
    while found.len() < PAGES_MAX {
        let page = list_page(iterator).await?;
        iterator = page.iterator.clone();
        let done = page.done;
        found.push(page);
        if done {
            return Ok(found);
        }
        check(iterator.is_some(), "an iterator on a page that is not the last", &iterator)?;
    }
    Err(format!("expected a list to end within {PAGES_MAX} pages").into())
}

/// What a list holds, over all its pages.
pub(crate) async fn items<T>(
    list_page: impl AsyncFnMut(Option<String>) -> Outcome<Page<T>>,
) -> Outcome<Vec<T>> {
    Ok(pages(list_page).await?.into_iter().flat_map(|page| page.items).collect())
}

/// A set of names, as the client wants it.
pub(crate) fn names<const N: usize>(names: [&str; N]) -> Option<BTreeSet<String>> {
    Some(names.map(str::to_owned).into())
}
