//! What SQLite's errors mean for the caller, and why a store could not be opened.

use std::fmt;
use std::io;
use std::path::PathBuf;

use engine::ports::fault::StoreError;
use rusqlite::{ErrorCode, ffi, types::Type};

/// Why the store could not be opened; a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process holds the directory.
    #[error("the data directory {0} is in use by another process: stop it, or use another directory")]
    InUse(PathBuf),
    /// There was a database, and it is gone.
    #[error("{0} is missing, although it was made before: restore it, or use another directory")]
    Missing(PathBuf),
    /// The file system refuses.
    #[error("{path} cannot be used: {source}")]
    Io {
        /// Of what.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file was written by a newer program.
    #[error(
        "{path} was written by a newer version (schema {found}, this one knows {known}): use that version"
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema that this program knows.
        known: i64,
    },
    /// The file is a database of another program.
    #[error("{0} is a database of another program: use another directory")]
    Foreign(PathBuf),
    /// The file is damaged.
    #[error("{path} is damaged ({detail}): it is left as it is; restore it from a backup")]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// The SQLite library has faults that lose data.
    #[error("SQLite {0} may damage its files: at least 3.51.3 is needed")]
    OldLibrary(&'static str),
    /// SQLite refuses for another reason.
    #[error("{path} cannot be opened: {source}")]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
}

impl OpenError {
    /// What an error of SQLite means for the database at `path`.
    pub(super) fn of(path: impl Into<PathBuf>) -> impl FnOnce(rusqlite::Error) -> OpenError {
        let path = path.into();
        |source| match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                OpenError::Damaged { path, detail: source.to_string() }
            }
            _ => OpenError::Sqlite { path, source },
        }
    }

    /// What an error of the file system means for `path`.
    pub(super) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> OpenError {
        let path = path.into();
        |source| OpenError::Io { path, source }
    }
}

/// What an error means for who asked.
///
/// An I/O error is never retried: after a failed fsync the kernel may have dropped what it could not write, and a
/// second fsync would succeed without it. A missing place on the disk is no such error: SQLite then undoes all.
/// A value that is not SQLite's to judge, and a row that contradicts another one, stay as they are however often
/// they are met.
pub(super) fn store_error(error: &rusqlite::Error) -> StoreError {
    let text = error.to_string();
    let Some(failure) = error.sqlite_error() else { return StoreError::Damaged(text) };
    match failure.code {
        ErrorCode::ConstraintViolation => StoreError::Damaged(text),
        ErrorCode::ReadOnly if failure.extended_code == ffi::SQLITE_READONLY_DBMOVED => {
            StoreError::Unknown(text)
        }
        ErrorCode::DiskFull | ErrorCode::ReadOnly => StoreError::Full(text),
        ErrorCode::SystemIoFailure => StoreError::Unknown(format!("{text} (code {})", failure.extended_code)),
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
            StoreError::Unknown(format!("the database is damaged: {text} (code {})", failure.extended_code))
        }
        _ => StoreError::Unavailable(text),
    }
}

/// Whether the error is about one statement or row, so that the transaction around it may go on without it.
pub(super) fn is_local(error: &rusqlite::Error) -> bool {
    matches!(store_error(error), StoreError::Damaged(_))
}

/// Whether the log's index file could not grow, which is the one I/O error that means a full disk.
pub(super) fn is_full_index(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|failure| failure.extended_code == ffi::SQLITE_IOERR_SHMSIZE)
}

/// A stored value that the domain does not take.
#[derive(Debug)]
struct InvalidValue {
    column: &'static str,
    reason: String,
}

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the stored {} is not valid: {}", self.column, self.reason)
    }
}

impl std::error::Error for InvalidValue {}

/// Says which stored value the domain does not take, and why.
pub(super) fn invalid(column: &'static str, reason: impl fmt::Display) -> rusqlite::Error {
    let error = InvalidValue { column, reason: reason.to_string() };
    rusqlite::Error::FromSqlConversionFailure(0, Type::Null, Box::new(error))
}
