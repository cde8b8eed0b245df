//! A start with much in the store: a million messages, and a hundred thousand deliveries that wait.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may fail, and measures real time"
)]

#[expect(dead_code, reason = "each test program uses a part of the support")]
mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use support::notice::say;
use support::platform::create;
use support::program::{Program, dev_command};
use support::receiver::{Answer, Receiver};

/// What the program has to keep to; without optimizations it may take a little longer.
const READY_MAX: Duration =
    if cfg!(debug_assertions) { Duration::from_secs(3) } else { Duration::from_secs(2) };

const MESSAGES: u32 = 1_000_000;
const WAITING: u32 = 100_000;

#[test]
fn a_million_messages_do_not_delay_the_start() {
    let data = tempfile::tempdir().unwrap();
    // It answers nobody, so that what is measured is the program and not the receiver beside it.
    let receiver = Receiver::new(|_, _| Answer::Hang);
    Program::dev(data.path(), &[]).kill();
    fill(data.path(), &receiver.url("/"));
    let began = Instant::now();
    let program = Program::start(&mut dev_command(data.path()));
    program.stdout.wait("listening on");
    let listening = began.elapsed();
    let mut client = program.client();
    client.get("/ready").expect(200);
    let ready = began.elapsed();
    say(&format!(
        "{MESSAGES} messages and {WAITING} deliveries that wait: listening after {listening:?}, ready after {ready:?}"
    ));
    assert!(ready < READY_MAX, "{ready:?}");
    // It works off what waits, and takes what is new.
    receiver.wait_for(100);
    create(&mut client, "new");
    let page = client.get("/webhook_history/company-7").expect(200);
    assert_eq!(page["data"].as_array().map(Vec::len), Some(50));
}

/// How many companies share the messages; each has one endpoint.
const COMPANIES: u32 = 100;

/// Writes messages as old as the file's epoch is. The last ones wait, due at once; the others were delivered.
fn fill(data: &Path, url: &str) {
    let mut database = Connection::open(data.join("whimbrel.db")).unwrap();
    database.pragma_update(None, "synchronous", "OFF").unwrap();
    let transaction = database.transaction().unwrap();
    let numbers = |count: u32| {
        format!("WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count})")
    };
    let statements = [
        format!("{} INSERT INTO app (id, organization, kind, uid, name, updated_at, revision)
             SELECT n, 1, 0, 'company-' || n, 'company-' || n, 0, 1 FROM n", numbers(COMPANIES)),
        format!(
            "{} INSERT INTO endpoint (id, app, door, url, description, version, event_types, ordering, secret_kind, secret,
                 updated_at, revision)
             SELECT n, n, 0, '{url}', '', 1, '[\"candidate.created\"]', 0, 0, zeroblob(32), 0, 1 FROM n",
            numbers(COMPANIES)
        ),
        // Ids grow as those of the program do: milliseconds in the upper bits.
        format!(
            "{} INSERT INTO message
                 (id, app, event_type, source, detail_type, resource_kind, resource_id, fate,
                 payload_kind, payload)
             SELECT n << 22, n % {COMPANIES} + 1, 'candidate.created', 'test', 'insert', 'candidate',
                 'candidate-' || n, 0, 0, CAST('{{\"resource\":{{\"n\":' || n || '}}}}' AS BLOB) FROM n",
            numbers(MESSAGES)
        ),
        format!(
            "{} INSERT INTO delivery (message, endpoint, state, due, settled_at, attempts, earlier, next_trigger,
                 interruptions, token)
             SELECT n << 22, n % {COMPANIES} + 1, iif(n > {MESSAGES} - {WAITING}, 0, 2),
                 iif(n > {MESSAGES} - {WAITING}, 1, NULL), iif(n > {MESSAGES} - {WAITING}, NULL, 1),
                 iif(n > {MESSAGES} - {WAITING}, 0, 1), 0, 0, 0, zeroblob(32) FROM n",
            numbers(MESSAGES)
        ),
        format!(
            "{} INSERT INTO attempt
                 (message, endpoint, number, id, made_by, started_at, duration_ns, url, status, body, truncated)
             SELECT n << 22, n % {COMPANIES} + 1, 1, n << 22, 0, 1, 1, '{url}', 200, x'', 0 FROM n",
            numbers(MESSAGES - WAITING)
        ),
    ];
    for statement in statements {
        transaction.execute(&statement, []).unwrap();
    }
    transaction.commit().unwrap();
}
