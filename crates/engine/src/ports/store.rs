//! The port to what is kept: four views of one store.
//!
//! Each method is one atomic move. When it returns `Ok`, what it did is durable; when it returns `Err`, nothing
//! of it has happened, except where the error itself says that this is not known. No transaction leaves the store.

use super::catalog::Catalog;
use super::history::History;
use super::inbox::Inbox;
use super::queue::Queue;

/// Everything that is kept.
pub trait Store: Inbox + Queue + Catalog + History {}

impl<S: Inbox + Queue + Catalog + History> Store for S {}
