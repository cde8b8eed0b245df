//! A disk that is really full: a small file system in memory. What needs no mount is in `src/sqlite/full_tests.rs`.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use domain::id::MessageId;
use engine::ports::fault::StoreError;
use engine::ports::history::History;
use engine::ports::inbox::Inbox;
use stores::sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::world::{World, acceptance, listen, message_ids};
use super::{integrity, look};

const ROUNDS: usize = 5;
const FILLER_BYTES: usize = 4 << 20;

/// A file system of 12 MiB, unmounted at the end.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=12m", "whimbrel-test"])
            .arg(directory.path())
            .status();
        assert!(mounted.is_ok_and(|status| status.success()), "a small file system can be mounted (as root)");
        Self(directory)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(self.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()), "it can be unmounted");
    }
}

/// Sixteen callers accept until each has been told that there is no room.
async fn fill(store: &Arc<SqliteStore>, world: &Arc<Mutex<World>>) -> Vec<MessageId> {
    let mut callers = JoinSet::new();
    for caller in 0..16 {
        let (store, world) = (store.clone(), world.clone());
        callers.spawn(async move {
            let mut acknowledged = Vec::new();
            for number in 0.. {
                let json = format!(r#"{{"text":"{}"}}"#, "x".repeat(caller * 997));
                let entry = {
                    let mut world = world.lock().unwrap();
                    let id = format!("{caller}-{number}-{}", world.id::<MessageId>());
                    world.put("acme", "order", &id, &json)
                };
                match store.accept(acceptance(vec![entry], None)).await {
                    Ok(accepted) => acknowledged.push(accepted.unwrap()[0].messages[0].message.id),
                    Err(StoreError::Full(_)) => break,
                    Err(error) => panic!("{error}"),
                }
            }
            acknowledged
        });
    }
    callers.join_all().await.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "mounts a small file system: needs root"]
async fn a_full_disk_refuses_and_goes_on_when_there_is_room() {
    let disk = SmallDisk::mount();
    let filler = disk.path().join("filler");
    fs::write(&filler, vec![0; FILLER_BYTES]).unwrap();
    let data = disk.path().join("data");
    let store = Arc::new(SqliteStore::open(&data).unwrap());
    let world = Arc::new(Mutex::new(World::new()));
    let mut first = World::new();
    listen(&*store, &mut first, "other").await;
    let mut acknowledged = Vec::new();
    let mut gained = Vec::new();
    for round in 1..=ROUNDS {
        let now = fill(&store, &world).await;
        gained.push(now.len());
        acknowledged.extend(now);
        acknowledged.sort();
        let messages = store.executions(&"acme".parse().unwrap(), None, None, usize::MAX).await.unwrap();
        let mut stored = message_ids(&messages.rows);
        stored.reverse();
        assert_eq!(stored, acknowledged, "round {round}");
        fs::write(&filler, vec![0; FILLER_BYTES - round * (FILLER_BYTES / ROUNDS)]).unwrap();
    }
    println!("acknowledged in each round: {gained:?}");
    assert!(gained.iter().all(|gained| *gained > 0), "each time there was room, it went on: {gained:?}");
    drop(store);
    assert_eq!(integrity(&look(&data)), "ok");
    let store = SqliteStore::open(&data).unwrap();
    let messages = store.executions(&"acme".parse().unwrap(), None, None, usize::MAX).await.unwrap();
    assert_eq!(messages.rows.len(), acknowledged.len());
    drop(store);
}
