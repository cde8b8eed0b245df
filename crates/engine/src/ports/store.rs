//! The port to what is kept: seven views of one store.
//!
//! Each method is one atomic move. When it returns `Ok`, what it did is durable; when it returns `Err`, nothing
//! of it has happened, except where the error itself says that this is not known. No transaction leaves the store.

use super::catalog::Catalog;
use super::history::History;
use super::inbox::Inbox;
use super::keyring::Keyring;
use super::queue::Queue;
use super::statistics::Statistics;
use super::tasks::Tasks;

/// Everything that is kept.
pub trait Store: Inbox + Queue + Catalog + Keyring + Tasks + History + Statistics {}

impl<S: Inbox + Queue + Catalog + Keyring + Tasks + History + Statistics> Store for S {}
