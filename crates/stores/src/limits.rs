//! Upper bounds of the stores, each with its reason.

use std::time::Duration;

use domain::limits::DELIVERIES_IN_MEMORY_MAX;

/// Moves that share one commit: more of them would save no more syncs worth the wait of the first for the last.
pub(crate) const BATCH_MOVES_MAX: usize = 1024;
/// What the moves of one commit write and hold until then, about. While one batch is carried out, the next one is read
/// from the sockets and the last one is delivered: batches of several MiB, which take tens of milliseconds, leave the
/// threads waiting for each other. It bounds the memory meanwhile as well, and by how much the log can go beyond its bound.
/// The move that reaches it still belongs to the batch; what one move writes is bounded where it is accepted.
pub(crate) const BATCH_BYTES_MAX: usize = 1024 * 1024;
/// What a row counts for beside its payload: its other columns, and its entries in indexes, about.
pub(crate) const ROW_BYTES: usize = 512;
/// Moves that wait for the writer; more of them wait at the door, holding their requests.
pub(crate) const WAITING_MOVES_MAX: usize = 4096;
/// What commits have counted and is not added up yet: adding up costs some writes for each endpoint and app that it is
/// about, of which there may be thousands, so that less of it would cost more. Of more, each answer would read for longer
/// than a millisecond.
pub(crate) const TALLY_MAX: u64 = 32 * 1024;
/// The commits that counted it, where each counted little: an answer reads a row for each.
pub(crate) const TALLY_ROWS_MAX: u64 = 2048;
/// What a response may have that stands in its delivery's row: with it, most rows are short enough to lie in their page.
pub(crate) const FIRST_RESPONSE_BYTES_MAX: usize = 512;
/// Deliveries in the rows of what was born leased, whether they are kept or not: as many as a node has in memory. Each list
/// looks through all of them.
pub(crate) const BORN_MAX: usize = DELIVERIES_IN_MEMORY_MAX;
/// The rows themselves, where each commit brought forth few.
pub(crate) const BORN_ROWS_MAX: usize = 1024;
/// Rows that are taken away together, when others stay.
pub(crate) const BORN_ROWS_CLEARED_MIN: i64 = 16;
/// Deliveries that get a row of their own with one commit because they were kept for long: some milliseconds. Of the row with
/// which it is reached, all get one.
pub(crate) const LAID_OUT_MAX: usize = 500;
/// Rows of statistics that one answer looks at, some tens of milliseconds: enough for a day of 800 busy endpoints.
pub(crate) const STATS_ROWS_MAX: usize = 20_000;
/// Endpoints in trouble that one answer looks at; whoever has more looks at those that are longest.
pub(crate) const TROUBLED_ROWS_MAX: usize = 2000;
/// Lanes that one answer counts: each is a few looks.
pub(crate) const LANES_COUNTED_MAX: usize = 5000;
/// Leased deliveries that one answer counts: more than fit into a node's memory.
pub(crate) const LEASES_COUNTED_MAX: usize = 2 * DELIVERIES_IN_MEMORY_MAX;
/// Connections that read at once for the API and the sweep: more of them would only share the same disk.
pub(crate) const READERS_MAX: usize = 4;
/// Connections kept for the endpoints of attempts, which large pages of the history must not hold up: a lookup reads
/// one row, and most endpoints are in memory.
pub(crate) const LOOKUP_READERS_MAX: usize = 1;
/// Endpoints that are kept in memory for attempts. Most have some hundred bytes, but those with many event types or notes
/// have thousands, so it is their bytes that are bounded.
pub(crate) const CACHED_ENDPOINT_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Apps and endpoints that the writer keeps in memory, in each of two orders; the endpoints themselves are mostly shared.
pub(crate) const CACHED_ROUTE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Event types that are kept in memory for messages: their schemas may be large.
pub(crate) const CACHED_EVENT_TYPE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Keys that are kept in memory for requests, and as much for organizations; each has some hundred bytes.
pub(crate) const CACHED_KEY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Prepared statements per connection: more than there are queries.
pub(crate) const STATEMENTS_MAX: usize = 128;
/// Waiting for a lock that another program holds on the file, such as a backup.
pub(crate) const BUSY_TIME_MAX: Duration = Duration::from_secs(5);
/// What a commit writes into the log beside its rows, about: the ends of tables and indexes, whose pages are written whole.
pub(crate) const COMMIT_BYTES: usize = 64 * 1024;
/// What commits write until the log's length is asked again: to ask costs as much as a twentieth of a small commit.
pub(crate) const LOG_BYTES_UNASKED_MAX: usize = 1024 * 1024;
/// Pages in the write-ahead log (32 MiB) from which on it is copied into the database.
pub(crate) const LOG_PAGES_SOFT: i64 = 8192;
/// Pages that are left to copy (512 KiB, one or two milliseconds) when the copying thread leaves the rest to the writer.
pub(crate) const LOG_PAGES_LITTLE: i64 = 128;
/// How often it copies what came meanwhile until so little is left. Where much is written it never becomes so little.
pub(crate) const LOG_PASSES_MAX: usize = 8;
/// Pages that are left to copy (8 MiB, some 10 ms) when the writer copies them itself, so that the log can begin anew: what
/// one large acceptance has written in the meantime.
pub(crate) const LOG_PAGES_LAST: i64 = 2048;
/// Pages that the log may grow (4 MiB) until that is tried again, when a reader stood in the way or too much was left.
pub(crate) const LOG_PAGES_PATIENCE: i64 = 1024;
/// Pages in the write-ahead log (128 MiB) at which writing waits until it is copied: the log stays bounded.
pub(crate) const LOG_PAGES_HARD: i64 = 32 * 1024;
/// A database up to this size is checked whole at the start, which takes some tenths of a second; of a larger
/// one only the ends of each table and index.
pub(crate) const WHOLE_CHECK_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Rows that cannot be read and that one move passes over: more of them at one place are no accident any more, and
/// each is told in the log.
pub(crate) const UNREADABLE_ROWS_MAX: usize = 100;
