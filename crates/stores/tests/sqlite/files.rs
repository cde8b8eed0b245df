//! Who may open the files, and which files are not opened.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use engine::ports::catalog::Catalog;
use engine::ports::fault::StoreError;
use engine::ports::history::History;
use engine::ports::queue::Queue;
use stores::sqlite::{OpenError, SqliteStore};

use super::look;
use super::world::{HERE, World, deliver_one, fast_directory, listen};

fn refusal(directory: &Path) -> OpenError {
    SqliteStore::open(directory).err().expect("it is refused")
}

#[tokio::test]
async fn files_are_for_their_owner_only() {
    let directory = fast_directory();
    let data = directory.path().join("new/data");
    let store = SqliteStore::open(&data).unwrap();
    store.open().await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    let mut names: Vec<_> = fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    assert!(names.len() >= 3, "{names:?}");
    for name in names {
        assert_eq!(mode(&name), 0o600, "{}", name.display());
    }
}

#[test]
fn a_second_opening_is_refused_until_the_first_is_over() {
    let directory = fast_directory();
    let first = SqliteStore::open(directory.path()).unwrap();
    let refused = refusal(directory.path());
    assert!(matches!(refused, OpenError::InUse(_)), "{refused}");
    assert!(refused.to_string().contains(directory.path().to_str().unwrap()), "{refused}");
    drop(first);
    SqliteStore::open(directory.path()).unwrap();
}

#[tokio::test]
async fn a_closed_store_answers_nothing_more() {
    let directory = fast_directory();
    let store = SqliteStore::open(directory.path()).unwrap();
    store.open().await.unwrap();
    store.close().await;
    assert!(matches!(store.open().await, Err(StoreError::Unavailable(_))));
    assert!(matches!(store.waiting_lanes(None, 1).await, Err(StoreError::Unavailable(_))));
    store.close().await;
    let log = fs::metadata(directory.path().join("whimbrel.db-wal"));
    assert!(log.map_or(0, |log| log.len()) == 0, "the log is copied");
}

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let directory = fast_directory();
    drop(SqliteStore::open(directory.path()).unwrap());
    look(directory.path()).pragma_update(None, "user_version", 99).unwrap();
    let refused = refusal(directory.path());
    assert!(matches!(refused, OpenError::Newer { found: 99, .. }), "{refused}");
    assert!(refused.to_string().contains("newer version"), "{refused}");
    let version: i64 =
        look(directory.path()).pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 99);
}

#[test]
fn a_database_of_another_program_is_refused() {
    let directory = fast_directory();
    look(directory.path()).execute_batch("CREATE TABLE other (id INTEGER)").unwrap();
    let refused = refusal(directory.path());
    assert!(matches!(refused, OpenError::Foreign(_)), "{refused}");
}

/// Fills a store and closes it.
async fn filled(directory: &Path) {
    let store = SqliteStore::open(directory).unwrap();
    let mut world = World::new();
    for number in 0..40 {
        let app = format!("app{number}");
        listen(&store, &mut world, &app).await;
        deliver_one(&store, &mut world, &app, None).await;
    }
    store.close().await;
}

#[tokio::test]
async fn a_damaged_file_is_refused() {
    let directory = fast_directory();
    filled(directory.path()).await;
    let path = directory.path().join("whimbrel.db");
    let whole = fs::read(&path).unwrap();
    let pages = whole.len() / 4096;
    assert!(pages > 12, "{pages}");
    let mut damages: Vec<Vec<u8>> = (1..pages)
        .map(|page| {
            let mut damaged = whole.clone();
            damaged[page * 4096..page * 4096 + 64].fill(0xa5);
            damaged
        })
        .collect();
    damages.push(whole[..whole.len() - 4096].to_vec());
    damages.push(b"this was a database".to_vec());
    damages.push([b"not a database at all ".as_slice(), &whole[22..]].concat());
    for (number, damaged) in damages.into_iter().enumerate() {
        fs::write(&path, &damaged).unwrap();
        let refused = refusal(directory.path());
        assert!(matches!(refused, OpenError::Damaged { .. }), "{number}: {refused}");
        assert!(refused.to_string().contains("is damaged"), "{refused}");
        assert_eq!(fs::read(&path).unwrap(), damaged, "{number}: it is left as it is");
    }
    fs::write(&path, whole).unwrap();
    SqliteStore::open(directory.path()).unwrap();
}

/// Neither nothing nor an empty file is taken for a new store where there was one.
#[tokio::test]
async fn a_file_that_is_missing_is_not_made_anew() {
    let directory = fast_directory();
    filled(directory.path()).await;
    let path = directory.path().join("whimbrel.db");
    fs::rename(&path, directory.path().join("elsewhere")).unwrap();
    let refused = refusal(directory.path());
    assert!(matches!(refused, OpenError::Missing(_)), "{refused}");
    assert!(!path.exists());
    File::create(&path).unwrap();
    assert!(matches!(refusal(directory.path()), OpenError::Missing(_)));
    fs::rename(directory.path().join("elsewhere"), &path).unwrap();
    SqliteStore::open(directory.path()).unwrap();
}

#[tokio::test]
async fn a_file_that_is_lost_under_a_running_store_stops_it() {
    let losses: [fn(&Path); 3] = [
        |directory| fs::remove_file(directory.join("whimbrel.db")).unwrap(),
        |directory| fs::remove_file(directory.join("whimbrel.db-wal")).unwrap(),
        |directory| {
            let path = directory.join("whimbrel.db");
            fs::copy(&path, directory.join("copy")).unwrap();
            fs::rename(directory.join("copy"), path).unwrap();
        },
    ];
    for (number, lose) in losses.into_iter().enumerate() {
        let directory = fast_directory();
        let store = SqliteStore::open(directory.path()).unwrap();
        store.open().await.unwrap();
        lose(directory.path());
        let read = store.waiting_lanes(None, 1).await;
        assert!(matches!(read, Err(StoreError::Unknown(_))), "{number}: {read:?}");
        for _ in 0..2 {
            let written = store.open().await;
            assert!(matches!(written, Err(StoreError::Unknown(_))), "{number}: {written:?}");
        }
    }
}

#[tokio::test]
async fn a_torn_end_of_the_log_is_dropped() {
    let directory = fast_directory();
    let store = SqliteStore::open(directory.path()).unwrap();
    let mut world = World::new();
    listen(&store, &mut world, "acme").await;
    let delivery = deliver_one(&store, &mut world, "acme", None).await;
    let copy = fast_directory();
    for name in ["whimbrel.db", "whimbrel.db-wal"] {
        fs::copy(directory.path().join(name), copy.path().join(name)).unwrap();
    }
    let mut log = File::options().append(true).open(copy.path().join("whimbrel.db-wal")).unwrap();
    log.write_all(&[0xa5; 5000]).unwrap();
    let found = SqliteStore::open(copy.path()).unwrap();
    assert!(found.story(HERE, delivery.id.message).await.unwrap().is_some());
    drop(found);

    // A bit that flips in the last transaction undoes that one only: all before it is there.
    for name in ["whimbrel.db", "whimbrel.db-wal"] {
        fs::copy(directory.path().join(name), copy.path().join(name)).unwrap();
    }
    let mut log = File::options().write(true).open(copy.path().join("whimbrel.db-wal")).unwrap();
    log.seek(SeekFrom::End(-9)).unwrap();
    log.write_all(&[0xa5; 9]).unwrap();
    let found = SqliteStore::open(copy.path()).unwrap();
    assert_eq!(found.story(HERE, delivery.id.message).await, Ok(None));
    assert!(found.endpoint(delivery.id.endpoint).await.unwrap().is_some());
}
