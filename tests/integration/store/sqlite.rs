//! SQLite behind the seam: the contract in memory and in a file, and what can happen to a file.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use frontdesk::store::{AuditRow, CaseQuery, SqliteSettings, SqliteStore, Store, StoreError, TimerClaim, TurnCommit};
use rusqlite::Connection;
use tempfile::TempDir;

use super::help::{at, claimed, commit, contact, known, load, message, saying, standing, waiting};

/// A store of one test, and what it lives in.
pub struct Stand {
    pub store: Arc<dyn Store>,
    _folder: Option<TempDir>,
}

async fn memory() -> Option<Stand> {
    Some(Stand { store: Arc::new(SqliteStore::open(&SqliteSettings::memory()).unwrap()), _folder: None })
}

async fn file() -> Option<Stand> {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("desk.db")).unwrap();
    Some(Stand { store, _folder: Some(folder) })
}

mod in_memory {
    contract!(super::super::memory);
}

mod in_a_file {
    contract!(super::super::file);
}

/// Opens a file without patience for locks.
fn open(path: &Path) -> Result<Arc<dyn Store>, StoreError> {
    open_with(&SqliteSettings { busy_timeout: Duration::from_millis(20), ..SqliteSettings::file(path) })
}

fn open_with(settings: &SqliteSettings) -> Result<Arc<dyn Store>, StoreError> {
    Ok(Arc::new(SqliteStore::open(settings)?))
}

fn refusal(path: &Path) -> StoreError {
    open(path).map(drop).unwrap_err()
}

#[tokio::test]
async fn what_was_kept_is_there_when_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let store = open(&path).unwrap();
    let ana = contact(&store, "1").await;
    store.receive(vec![message(&known("1", ""), "a", 1)], at(1)).await.unwrap();
    commit(&store, saying(ana, 0, &["one"])).await;
    drop(store);
    let store = open(&path).unwrap();
    assert_eq!(load(&store, ana).await.contact.row_version, 1);
    assert_eq!(waiting(&store, ana).await, ["a"]);
    assert_eq!(claimed(&store, 10).await, ["one"]);
    let both = open(&path).unwrap();
    assert_eq!(load(&both, ana).await.contact.row_version, 1, "a second process may look, too");
}

#[tokio::test]
async fn dropping_a_store_waits_until_all_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let store = open(&path).unwrap();
    let asked: Vec<_> = (0..500)
        .map(|n| store.receive(vec![message(&known(&format!("1{n}"), ""), &n.to_string(), 1)], at(1)))
        .collect();
    drop(store);
    for answer in asked {
        answer.await.unwrap();
    }
    assert_eq!(open(&path).unwrap().depths().await.unwrap().inbox, 500);
}

/// Rows that grew, shrank and moved leave gaps in pages, whole pages that nobody uses, and a write-ahead log.
#[tokio::test]
async fn nothing_of_an_erased_contact_lies_in_the_files_whatever_became_of_their_rows() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("desk.db")).unwrap();
    let lies_there = |words: &str| {
        let files = std::fs::read_dir(folder.path()).unwrap();
        let bytes = files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect::<Vec<u8>>();
        bytes.windows(words.len()).any(|window| window == words.as_bytes())
    };
    let (ana, ben) = (contact(&store, "1").await, contact(&store, "2").await);
    for (version, length) in (0..).zip([10, 9_000, 20, 600, 40, 30_000, 3_000, 5, 800]) {
        for (who, words) in [(ana, "strawberries "), (ben, "blueberries ")] {
            let state = words.repeat(length / words.len() + 1);
            let said = [&*format!("{words}{version}"), &*state];
            commit(&store, TurnCommit { state: state.clone(), ..saying(who, version, &said) }).await;
        }
    }
    assert!(lies_there("strawberries"));
    assert!(store.erase(ana, AuditRow::erasure("Noa", ana, at(20))).await.unwrap());
    assert!(!lies_there("strawberries"), "while the store is open");
    drop(store);
    assert!(!lies_there("strawberries") && lies_there("blueberries"), "and when it is shut");
    assert!(!folder.path().join("desk.db-wal").exists());
}

#[tokio::test]
async fn a_file_of_a_later_release_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    drop(open(&path).unwrap());
    let known = 5;
    change(&path, "INSERT INTO schema_versions (version) VALUES (99)");
    let refused = refusal(&path);
    assert_eq!(refused, StoreError::TooNew { found: 99, known });
    assert_eq!(
        refused.to_string(),
        "the database has form 99, this release knows up to 5; start the release that made it, or a later one"
    );
    change(&path, "DELETE FROM schema_versions WHERE version = 99");
    assert!(open(&path).is_ok());
}

#[tokio::test]
async fn a_file_of_an_earlier_release_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    change(&path, include_str!("../../../src/store/sqlite/migrations/0001_start.sql"));
    change(&path, "CREATE TABLE schema_versions (version INTEGER PRIMARY KEY) STRICT");
    change(&path, "INSERT INTO schema_versions VALUES (1)");
    change(
        &path,
        "INSERT INTO contacts (number_id, created_at, enquiry_state, preview) VALUES ('100', 0, 'bot', 'Hi')",
    );
    change(&path, "INSERT INTO timers VALUES (1, 'close', 1000, 0)");
    let mark = r#"{"read":{"message":"wamid.1","typing":true}}"#;
    for payload in [mark, "one"] {
        let row = format!("(contact, number_id, payload, created_at, ready_at) VALUES (1, '100', '{payload}', 0, 0)");
        change(&path, &format!("INSERT INTO outbox {row}"));
    }
    let store = open(&path).unwrap();
    assert_eq!(load(&store, 1).await.timers.len(), 1);
    let (worker, lease) = ("w".to_owned(), Duration::from_secs(1));
    let claim = TimerClaim { worker, now: at(0), lease, except: vec![], limit: 9 };
    assert_eq!(store.claim_timers(claim).await.unwrap().len(), 1);
    let cases = store.cases(CaseQuery { limit: 9, ..CaseQuery::default() }).await.unwrap();
    assert_eq!((cases.len(), &cases[0].card.preview), (1, &None), "whose words they were is not known");
    assert_eq!(claimed(&store, 10).await, ["one"], "what waited to be sent waits, but not for a read mark any more");
}

#[tokio::test]
async fn a_file_of_another_program_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recipes.db");
    change(&path, "CREATE TABLE recipes (name TEXT)");
    let refused = refusal(&path);
    assert_eq!(refused, StoreError::Foreign { path: path.clone() });
    assert!(refused.to_string().contains("name another one with `FRONTDESK_DATABASE`"), "{refused}");
    let tables: i64 = peek(&path, "SELECT count(*) FROM sqlite_schema");
    assert_eq!(tables, 1);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let letter = "Dear frontdesk, I am not a database. ".repeat(100);
    std::fs::write(&path, &letter).unwrap();
    let refused = refusal(&path);
    assert!(matches!(refused, StoreError::Corrupt(_)), "{refused:?}");
    assert!(refused.to_string().contains("restore the last backup"), "{refused}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), letter);
}

#[tokio::test]
async fn a_damaged_page_is_said_to_be_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let store = open(&path).unwrap();
    for who in 0..50 {
        contact(&store, &who.to_string()).await;
    }
    drop(store);
    let root: i64 = peek(&path, "SELECT rootpage FROM sqlite_schema WHERE name = 'contacts'");
    let mut bytes = std::fs::read(&path).unwrap();
    let page = usize::try_from(root - 1).unwrap() * 4096;
    bytes[page..page + 4096].fill(0xEE);
    std::fs::write(&path, bytes).unwrap();
    let store = open(&path).unwrap();
    let read = store.load(vec![1]).await.unwrap_err();
    let write = store.contact("100".into(), known("new", ""), at(1)).await.unwrap_err();
    for error in [read, write] {
        assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
        assert!(!error.is_temporary());
    }
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gone").join("desk.db");
    let refused = refusal(&path);
    assert!(matches!(refused, StoreError::Unopened { .. }), "{refused:?}");
    let said = refused.to_string();
    assert!(said.contains(&*path.to_string_lossy()) && said.contains("check that its folder exists"), "{said}");
    assert!(matches!(refusal(folder.path()), StoreError::Unopened { .. }), "a folder is no file");
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_may_not_be_written_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    drop(open(&path).unwrap());
    let may = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    may(0o444);
    // Whoever may write everything (root) is not held up by this.
    let held_up = std::fs::OpenOptions::new().append(true).open(&path).is_err();
    match open(&path) {
        Err(refused) => {
            assert!(held_up && matches!(refused, StoreError::ReadOnly | StoreError::Unopened { .. }), "{refused:?}");
            assert!(refused.to_string().contains("writ"), "{refused}");
        }
        Ok(_) => assert!(!held_up),
    }
    may(0o644);
}

#[tokio::test]
async fn a_full_disk_is_said_and_nothing_is_half_done() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    drop(open(&path).unwrap());
    let pages: u32 = peek::<i64>(&path, "PRAGMA page_count").try_into().unwrap();
    let small = SqliteSettings { pages_max: Some(pages + 4), ..SqliteSettings::file(&path) };
    let store = open_with(&small).unwrap();
    let ana = contact(&store, "1").await;
    let large = "x".repeat(64 * 1024);
    let mut delivery = vec![message(&known("1", ""), "a", 1), message(&known("2", ""), "b", 1)];
    if let frontdesk::store::Arrival::Message { payload, .. } = &mut delivery[1] {
        payload.clone_from(&large);
    }
    let error = store.receive(delivery, at(1)).await.unwrap_err();
    assert_eq!(error, StoreError::Full);
    assert!(error.to_string().contains("free space on its disk"), "{error}");
    assert_eq!(waiting(&store, ana).await, [""; 0], "nothing of a delivery that cannot be kept whole");

    let refused = store.commit_turns(vec![saying(ana, 0, &["small"]), saying(ana, 1, &[&large])]).await;
    assert_eq!(refused, Err(StoreError::Full));
    assert_eq!(load(&store, ana).await.contact.row_version, 0);
    let small = store.receive(vec![message(&known("1", ""), "c", 1)], at(1));
    let large = store.commit_turns(vec![saying(ana, 0, &[&large])]);
    let (small, large) = tokio::join!(small, large);
    assert!(large.is_err());
    assert_eq!(small.is_ok(), waiting(&store, ana).await == ["c"], "what was answered for is there, or neither");
    drop(store);
    let roomy = open(&path).unwrap();
    commit(&roomy, standing(ana, 0, "bot")).await;
}

#[tokio::test]
async fn a_lock_of_another_process_is_waited_for_and_then_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let store = open(&path).unwrap();
    let ana = contact(&store, "1").await;
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; INSERT INTO settings VALUES ('a', 'b')").unwrap();
    let error = store.commit_turns(vec![saying(ana, 0, &["one"])]).await.unwrap_err();
    assert_eq!(error, StoreError::Busy { waited: Duration::from_millis(20) });
    assert!(error.is_temporary() && error.to_string().contains("a second `frontdesk serve`"), "{error}");
    assert_eq!(load(&store, ana).await.contact.row_version, 0, "reading goes on");
    assert_eq!(store.check().await, Err(error));
    assert!(matches!(refusal(&path), StoreError::Busy { .. }));
    other.execute_batch("COMMIT").unwrap();
    commit(&store, saying(ana, 0, &["one"])).await;
    assert_eq!(store.check().await, Ok(()));
}

#[tokio::test]
async fn readiness_is_proved_by_writing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let store = open(&path).unwrap();
    let written = || std::fs::metadata(folder.path().join("desk.db-wal")).unwrap().len();
    let before = written();
    assert_eq!(store.check().await, Ok(()));
    assert!(written() > before, "a check that writes nothing proves nothing");
}

#[tokio::test]
async fn too_much_at_once_is_refused_and_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let patient = SqliteSettings { busy_timeout: Duration::from_secs(30), ..SqliteSettings::file(&path) };
    let store = open_with(&patient).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let asked: Vec<_> = (0..6_000).map(|n| store.change_setting(n.to_string(), None, Some(String::new()))).collect();
    other.execute_batch("ROLLBACK").unwrap();
    let mut crowded = 0;
    for answer in asked {
        match answer.await {
            Ok(true) => {}
            Err(StoreError::Crowded) => crowded += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!((1_000..2_000).contains(&crowded), "{crowded} of 6,000 were refused");
}

fn change(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

fn peek<T: rusqlite::types::FromSql>(path: &Path, sql: &str) -> T {
    Connection::open(path).unwrap().query_row(sql, (), |row| row.get(0)).unwrap()
}
