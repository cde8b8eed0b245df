//! The store's files: where they are, who may read them, who holds them, and whether they are still the same.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use engine::ports::fault::StoreError;

use super::error::OpenError;

const DATABASE: &str = "whimbrel.db";
const LOCK: &str = "whimbrel.lock";
/// What is in the lock's file once a database was made; for whoever looks into it.
const MARK: &[u8] = b"A database was made beside this file. If it is gone, Whimbrel does not start here.\n";
/// Payloads and secrets are in there: for the owner's eyes only, whatever the umask says.
const DIRECTORY_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// Makes `directory` if it is not there, and takes it for this process until the file is dropped (or the process is
/// dead, however it died).
pub(super) fn lock(directory: &Path) -> Result<File, OpenError> {
    if !directory.is_dir() {
        make_directory(directory).map_err(OpenError::io(directory))?;
    }
    let path = directory.join(LOCK);
    let file = open_private(&path).map_err(OpenError::io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(directory.to_owned())),
        Err(TryLockError::Error(source)) => Err(OpenError::Io { path, source }),
    }
}

/// Whether there is a database in `directory`.
pub(super) fn is_there(directory: &Path) -> bool {
    fs::metadata(directory.join(DATABASE)).is_ok_and(|found| found.len() > 0)
}

/// Makes the database's file, empty, if there never was one. SQLite gives its side files the same permissions.
///
/// # Errors
/// If there was one and it is gone: to begin anew would hide the loss.
pub(super) fn make(directory: &Path, lock: &File) -> Result<PathBuf, OpenError> {
    let path = directory.join(DATABASE);
    let was_made = lock.metadata().map_err(OpenError::io(directory.join(LOCK)))?.len() > 0;
    if was_made && !is_there(directory) {
        return Err(OpenError::Missing(path));
    }
    match open_private(&path) {
        Ok(_) => Ok(path),
        Err(source) => Err(OpenError::Io { path, source }),
    }
}

/// Notes that there is a database, once it is on the disk: from then on [`make`] makes no other.
pub(super) fn mark(directory: &Path, mut lock: &File) -> Result<(), OpenError> {
    let mut mark = || match lock.metadata()?.len() {
        0 => lock.write_all(MARK).and_then(|()| lock.sync_all()),
        _ => Ok(()),
    };
    mark().map_err(OpenError::io(directory.join(LOCK)))
}

/// Makes the names of new files survive a power cut.
pub(super) fn sync(directory: &Path) -> Result<(), OpenError> {
    let sync = |path: &Path| File::open(path).and_then(|directory| directory.sync_all());
    sync(directory).map_err(OpenError::io(directory))?;
    match fs::canonicalize(directory).map_err(OpenError::io(directory))?.parent() {
        // The directory above may belong to somebody else; then it was not we who changed it.
        Some(above) => sync(above).or_else(|_| Ok(())),
        None => Ok(()),
    }
}

/// Asks the file system whether it still takes writes, by one that changes nothing.
///
/// When ext4 finds a fault it refuses all writes from then on, but there is a moment in which an fsync of a file that
/// has grown succeeds although its new end is lost (seen with Linux 6.18). A write after that fsync tells.
#[derive(Debug)]
pub(super) struct Probe(File);

impl Probe {
    /// A probe beside the database, in the file of the lock.
    pub(super) fn of(directory: &Path, lock: &File) -> Result<Self, OpenError> {
        lock.try_clone().map(Self).map_err(OpenError::io(directory.join(LOCK)))
    }

    /// Whether what was synced before can be believed.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        match self.0.write_all_at(&MARK[..1], 0) {
            // It is no question of room: nothing is added.
            Err(error) if error.kind() != ErrorKind::StorageFull => {
                Err(StoreError::Unknown(format!("the file system takes no more writes: {error}")))
            }
            _ => Ok(()),
        }
    }
}

fn make_directory(directory: &Path) -> io::Result<()> {
    if let Some(above) = directory.parent() {
        fs::create_dir_all(above)?;
    }
    match DirBuilder::new().mode(DIRECTORY_MODE).create(directory) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    fs::set_permissions(directory, Permissions::from_mode(DIRECTORY_MODE))
}

fn open_private(path: &Path) -> io::Result<File> {
    let file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(FILE_MODE).open(path)?;
    file.set_permissions(Permissions::from_mode(FILE_MODE))?;
    Ok(file)
}

/// The database and its log as they were opened. A file that is deleted under a running process lives on without a
/// name, and all that is written to it is lost: that must be noticed before a write is answered.
#[derive(Debug)]
pub(super) struct Identity([(PathBuf, Node); 2]);

/// Device and number of an inode.
type Node = (u64, u64);

impl Identity {
    /// Remembers the files of the open database at `path`.
    pub(super) fn of(path: &Path) -> Result<Self, OpenError> {
        let mut log = OsString::from(path);
        log.push("-wal");
        let remember = |path: PathBuf| match node(&path) {
            Ok(node) => Ok((path, node)),
            Err(source) => Err(OpenError::Io { path, source }),
        };
        Ok(Self([remember(path.to_owned())?, remember(log.into())?]))
    }

    /// Whether the files are still there and still the same.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        for (path, opened) in &self.0 {
            match node(path) {
                Ok(found) if found == *opened => {}
                Ok(_) => return Err(lost(path, "was replaced by another file")),
                Err(error) => return Err(lost(path, &format!("cannot be found any more ({error})"))),
            }
        }
        Ok(())
    }
}

fn node(path: &Path) -> io::Result<Node> {
    let metadata = fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

fn lost(path: &Path, what: &str) -> StoreError {
    StoreError::Unknown(format!("{} {what} while it was in use", path.display()))
}
