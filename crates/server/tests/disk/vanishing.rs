//! Files of the store are deleted or replaced while it is in use: the program ends before it acknowledges anything
//! more, and does not begin anew as if nothing had been there.

use std::path::Path;

use super::{ARGUMENTS, check_it_ended_loudly};
use crate::support::platform::{candidate, create};
use crate::support::program::{Program, dev_command};

#[test]
fn a_database_that_is_deleted_ends_the_program_and_is_not_made_anew() {
    let data = tempfile::tempdir().unwrap();
    check_end(data.path(), |database| std::fs::remove_file(database).unwrap());
    let mut refused = Program::start(dev_command(data.path()).args(ARGUMENTS));
    check_it_ended_loudly(&mut refused);
    let log = refused.stderr.text();
    assert!(log.contains("whimbrel.db is missing"), "{log}");
    assert!(!data.path().join("whimbrel.db").exists(), "no silent new database");
}

#[test]
fn a_database_that_is_replaced_ends_the_program() {
    let data = tempfile::tempdir().unwrap();
    check_end(data.path(), |database| {
        let copy = database.with_extension("copy");
        std::fs::copy(database, &copy).unwrap();
        std::fs::rename(&copy, database).unwrap();
    });
}

fn check_end(data: &Path, damage: impl FnOnce(&Path)) {
    let mut program = Program::dev(data, &ARGUMENTS);
    let mut client = program.client();
    create(&mut client, "42");
    damage(&data.join("whimbrel.db"));
    // It may be dead already.
    if let Ok(answer) = client.try_post("/candidates", &candidate("42")) {
        answer.expect(503);
    }
    check_it_ended_loudly(&mut program);
}
