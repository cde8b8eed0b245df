//! A place in the feed.

use std::fmt;
use std::str::FromStr;

use domain::delivery::Lease;

/// A place between two changes of one life: whoever comes again with it is told what followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// In which life.
    pub(super) lease: Lease,
    /// The number of the change that comes next.
    pub(super) number: u64,
}

impl Cursor {
    /// A place that no feed has.
    pub const NOWHERE: Cursor = Cursor { lease: Lease(-1), number: 0 };
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.lease.0, self.number)
    }
}

/// The text is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor")]
pub struct InvalidCursor;

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let (lease, number) = text.split_once('-').ok_or(InvalidCursor)?;
        let lease = lease.parse().map(Lease).map_err(|_| InvalidCursor)?;
        Ok(Self { lease, number: number.parse().map_err(|_| InvalidCursor)? })
    }
}
