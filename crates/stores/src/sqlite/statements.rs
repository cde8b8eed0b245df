//! The statements that a batch repeats for each of its rows, looked up once. The connection's own cache hashes the whole
//! text of a statement for each use, twice, and makes a copy of it.

use rusqlite::{CachedStatement, Connection};

/// Those that were used so far; they go back into the connection's cache together.
pub(super) struct Statements<'a> {
    connection: &'a Connection,
    kept: Vec<(&'static str, CachedStatement<'a>)>,
}

impl<'a> Statements<'a> {
    /// None yet.
    pub(super) fn of(connection: &'a Connection) -> Self {
        Self { connection, kept: Vec::new() }
    }

    /// The statement with this text, which is found by where the text is. If it is in two places, there are two
    /// statements, which does no harm.
    pub(super) fn find(&mut self, sql: &'static str) -> rusqlite::Result<&mut CachedStatement<'a>> {
        let at = match self.kept.iter().position(|(kept, _)| std::ptr::eq(*kept, sql)) {
            Some(at) => at,
            None => {
                self.kept.push((sql, self.connection.prepare_cached(sql)?));
                self.kept.len() - 1
            }
        };
        Ok(&mut self.kept[at].1)
    }
}
