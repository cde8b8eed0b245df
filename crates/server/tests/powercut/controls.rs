//! Does a power cut of this kind show what is lost? The same cut, of writers that do not force what they
//! acknowledge onto the disk.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::{ARGUMENTS, GENTLE};
use crate::support::disk::Disk;
use crate::support::load::Load;
use crate::support::notice::{say, skipped};
use crate::support::patience::eventually;
use crate::support::program::{Program, dev_command};
use crate::support::strace;
use crate::support::truth::Truth;

/// Commits of a row each.
const ROWS: usize = 200;

#[test]
fn the_method_shows_what_weaker_settings_of_the_database_lose() {
    for (synchronous, is_lost) in [("FULL", false), ("NORMAL", true), ("OFF", true)] {
        let mut disk = match Disk::new(32) {
            Ok(disk) => disk,
            Err(why) => return skipped(&why),
        };
        let path = disk.path().join("control.db");
        let connection = commit_rows(&path, synchronous);
        let image = disk.image_now();
        drop(connection);
        disk.becomes(image);
        let left = rows(&disk.path().join("control.db"));
        say(&format!(
            "control: with synchronous={synchronous}, a cut lost {} of {ROWS} commits",
            ROWS - left
        ));
        assert_eq!(left < ROWS, is_lost, "synchronous={synchronous}");
    }
}

/// The connection stays open: closing it would force the rows onto the disk.
fn commit_rows(path: &Path, synchronous: &str) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.pragma_update(None, "synchronous", synchronous).unwrap();
    connection.execute_batch("CREATE TABLE line (number INTEGER PRIMARY KEY, text TEXT)").unwrap();
    for row in 0..ROWS {
        if row == ROWS / 2 {
            connection.query_row("PRAGMA wal_checkpoint", [], |_| Ok(())).unwrap();
        }
        connection.execute("INSERT INTO line (text) VALUES (?1)", ["x".repeat(1000)]).unwrap();
        // Slowly, so that the kernel has no reason to write by itself.
        std::thread::sleep(Duration::from_millis(1));
    }
    connection
}

/// None, when not even the table is left.
fn rows(path: &Path) -> usize {
    let connection = Connection::open(path).unwrap();
    let count = connection.query_row("SELECT count(*) FROM line", [], |row| row.get(0));
    usize::try_from(count.unwrap_or(0_i64)).unwrap()
}

#[test]
fn the_method_shows_what_the_program_loses_on_a_disk_that_lies() {
    if let Some(why) = strace::obstacle() {
        return skipped(&why);
    }
    let mut disk = match Disk::new(64) {
        Ok(disk) => disk,
        Err(why) => return skipped(&why),
    };
    // The first calls of each thread are honest, so that the store itself is there after the cut.
    let mut command = dev_command(&disk.data());
    command.args(ARGUMENTS);
    let mut lying = strace::injecting(&command, strace::SYNCS, "retval=0:when=20+", Path::new("/dev/null"));
    let mut program = Program::ready(&mut lying);
    let load = Load::begin(&mut program);
    load.pauses(GENTLE);
    eventually("acknowledgements", || (load.ledger().acknowledged().len() > 300).then_some(()));
    program.pause();
    let image = disk.image_now();
    program.kill();
    disk.becomes(image);
    let ledger = load.end();
    let program = Program::dev(&disk.data(), &ARGUMENTS);
    let lost = Truth::now(&program).lost(&ledger).len();
    say(&format!(
        "control: on a disk that lies, {lost} of {} acknowledged lost",
        ledger.acknowledged().len()
    ));
    assert!(lost > 0, "the method does not show what is lost");
}
