//! A place in the feed, as it is shown.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::permutation::Permutation;

/// A place between two changes of one life: whoever comes again with it is told what followed. It says nothing to those
/// who get it, since the numbers of changes would tell each customer how much happens to all the others. No two are
/// the same, so that not even that nothing happened can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor(u128);

impl Cursor {
    /// A place that no feed has, as good as certainly.
    pub const NOWHERE: Cursor = Cursor(0);
}

/// Makes the cursors of one life, and reads them. What another life made is read as some number that is not known.
pub(super) struct Cursors {
    permutation: Permutation,
    /// How many were made.
    made: AtomicU64,
}

impl Cursors {
    /// Those of the life with this key, which is random.
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self { permutation: Permutation::new(key), made: AtomicU64::new(0) }
    }

    /// A cursor for the place before the change with this number.
    pub(super) fn make(&self, number: u64) -> Cursor {
        let made = self.made.fetch_add(1, Ordering::Relaxed);
        Cursor(self.permutation.shown(u128::from(number) << 64 | u128::from(made)))
    }

    /// The number of the change that comes next.
    pub(super) fn number(&self, cursor: Cursor) -> u64 {
        u64::try_from(self.permutation.read(cursor.0) >> 64).expect("64 bits are left")
    }
}

const CHARS: usize = 32;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0CHARS$x}", self.0)
    }
}

/// The text is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor")]
pub struct InvalidCursor;

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let is_one = text.len() == CHARS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_one {
            return Err(InvalidCursor);
        }
        u128::from_str_radix(text, 16).map(Self).map_err(|_| InvalidCursor)
    }
}
