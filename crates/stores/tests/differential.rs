//! Random moves on the SQLite store and on the in-memory store: every answer must be the same, also when the file
//! is closed and opened between any two moves. A run that fails prints its seed and its moves;
//! `WHIMBREL_SEEDS=1000` runs more of them, `WHIMBREL_SEED=17` runs that one.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "differential/moves.rs"]
mod moves;
#[path = "differential/picker.rs"]
mod picker;
#[path = "support/world.rs"]
#[expect(dead_code, reason = "other tests use more of the world")]
mod world;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use engine::ports::memory::MemoryStore;
use stores::sqlite::SqliteStore;

use moves::Move;
use picker::Picker;

const SEEDS_DEFAULT: u64 = 100;
const MOVES_PER_SEED: usize = 250;

#[tokio::test]
async fn sqlite_answers_as_memory_does() {
    for seed in seeds() {
        run(seed).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a test runs is no setting of the program")]
fn seeds() -> Range<u64> {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    match number("WHIMBREL_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("WHIMBREL_SEEDS").unwrap_or(SEEDS_DEFAULT),
    }
}

async fn run(seed: u64) {
    let directory = world::fast_directory();
    let memory = Arc::new(MemoryStore::default());
    let mut sqlite = SqliteStore::open(directory.path()).unwrap();
    let mut picker = Picker::new(seed, memory.clone());
    let mut done: Vec<Move> = Vec::new();
    for _ in 0..MOVES_PER_SEED {
        let next = picker.pick().await;
        if matches!(next, Move::Reopen) {
            sqlite = reopen(sqlite, directory.path()).await;
        }
        let expected = next.clone().carry_out(&*memory).await;
        let found = next.clone().carry_out(&sqlite).await;
        done.push(next);
        assert_eq!(found, expected, "\nseed {seed}, the moves were:\n{}", list(&done));
        picker.learn(&done[done.len() - 1], &expected);
    }
    sqlite = reopen(sqlite, directory.path()).await;
    for look in picker.look_at_everything() {
        let expected = look.clone().carry_out(&*memory).await;
        let found = look.clone().carry_out(&sqlite).await;
        assert_eq!(found, expected, "\nseed {seed}, at the end: {look:?}\nthe moves were:\n{}", list(&done));
    }
}

async fn reopen(sqlite: SqliteStore, directory: &Path) -> SqliteStore {
    sqlite.close().await;
    drop(sqlite);
    SqliteStore::open(directory).unwrap()
}

fn list(moves: &[Move]) -> String {
    let lines = moves.iter().enumerate().map(|(number, done)| format!("{number}: {done:?}\n"));
    lines.collect()
}
