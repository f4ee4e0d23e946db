//! A store moves from one engine to the other and back: all of it, or nothing.

use std::path::Path;
use std::sync::Arc;

use frontdesk::store::archive::{Archive, Moved, Purpose, Row, Step, TABLES, Table, copy};
use frontdesk::store::postgres::PostgresArchive;
use frontdesk::store::sqlite::SqliteArchive;
use frontdesk::store::{
    AgentRow, AuditRow, Fact, PostgresSettings, Session, SqliteSettings, SqliteStore, Store, StoreError, TurnCommit,
    Version,
};

use super::help::{at, claim, commit, contact, known, load, message, saying, turn};
use crate::postgres_server::{settings, shared};

fn file(path: &Path) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(&SqliteSettings::file(path)).unwrap())
}

/// A store with something in every table.
async fn filled(store: &Arc<dyn Store>) {
    let (ana, ben) = (contact(store, "1").await, contact(store, "2").await);
    let fact = Fact { name: "handoff".into(), queue: Some("desk".into()), agent: None, detail: None };
    let audit = AuditRow { at: at(1), who: "Noa".into(), what: "take".into(), about: "contact 1".into() };
    let said = TurnCommit {
        timers: vec![("close".into(), at(500))],
        facts: vec![fact],
        audit: Some(audit),
        ..saying(ana, 0, &["one", "two ☎ שלום"])
    };
    commit(store, said).await;
    commit(store, turn(ben, 0)).await;
    store.receive(vec![message(&known("1", ""), "wamid.9", 5)], at(5)).await.unwrap();
    // One is under way, and its lease moves with it.
    assert_eq!(claim(store, 10).await.len(), 1);
    for hash in ["first", "second"] {
        store.publish(Version { hash: hash.into(), sources: "{}".into(), published_at: at(0) }).await.unwrap();
    }
    let noa = AgentRow {
        name: "Noa".into(),
        password_hash: "hash".into(),
        role: "agent".into(),
        queues: None,
        online: true,
        capacity: Some(3),
        last_seen: Some(at(3)),
        active: true,
    };
    store.put_agent(noa).await.unwrap();
    let session = Session { token_hash: "t".into(), agent: "Noa".into(), expires: at(900), csrf: "c".into() };
    store.open_session(session).await.unwrap();
    assert!(store.change_setting("secret".into(), None, Some("value".into())).await.unwrap());
    // The last contact that there was is gone, and its number with it.
    let gone = contact(store, "3").await;
    assert!(store.erase(gone, AuditRow::erasure("Noa", gone, at(6))).await.unwrap());
}

async fn rows(archive: &mut dyn Archive) -> Vec<(&'static str, Vec<String>, String)> {
    let mut all = Vec::new();
    for table in TABLES {
        let mut columns = archive.columns(table).await.unwrap();
        // PostgreSQL's own: it tells a turn whose answer was lost from one that was never committed.
        columns.retain(|column| column != "token");
        columns.sort();
        let rows = archive.read(table, columns.clone(), None, 999).await.unwrap();
        assert!(!rows.is_empty(), "{} is empty", table.name);
        all.push((table.name, columns, format!("{rows:?}")));
    }
    all
}

#[tokio::test]
async fn from_a_file_to_a_server_and_back_everything_is_the_same() {
    let Some(server) = shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (there, back) = (folder.path().join("there.db"), folder.path().join("back.db"));
    let store = file(&there);
    filled(&store).await;
    drop(store);
    let name = server.empty().await;
    let address: PostgresSettings = settings(server, &name);

    let source = SqliteArchive::open(&there, Purpose::Read).unwrap();
    let target = PostgresArchive::open(&address, Purpose::Fill).await.unwrap();
    let mut told = Vec::new();
    copy(Box::new(source), Box::new(target), |Moved { table, rows }| told.push((table, rows))).await.unwrap();
    assert_eq!((told.len(), told[0], told[5]), (13, ("contacts", 2), ("outbox", 2)));

    let source = PostgresArchive::open(&address, Purpose::Read).await.unwrap();
    let target = SqliteArchive::open(&back, Purpose::Fill).unwrap();
    copy(Box::new(source), Box::new(target), |_| {}).await.unwrap();

    let mut first = SqliteArchive::open(&there, Purpose::Read).unwrap();
    let mut second = PostgresArchive::open(&address, Purpose::Read).await.unwrap();
    let mut third = SqliteArchive::open(&back, Purpose::Read).unwrap();
    let kept = rows(&mut first).await;
    assert_eq!(rows(&mut second).await, kept);
    assert_eq!(rows(&mut third).await, kept);
    drop((first, second, third));

    let nodes: [Arc<dyn Store>; 2] =
        [Arc::new(frontdesk::store::PostgresStore::open(&address).await.unwrap()), file(&back)];
    for store in nodes {
        assert_eq!(contact(&store, "4").await, 4, "a number that was erased is not given again");
        assert_eq!(load(&store, 1).await.inbox.len(), 1);
        assert_eq!(store.newest_version().await.unwrap().unwrap().hash, "second");
        store.publish(Version { hash: "third".into(), sources: "{}".into(), published_at: at(7) }).await.unwrap();
        assert_eq!(store.newest_version().await.unwrap().unwrap().hash, "third");
        commit(&store, saying(2, 1, &["on it goes"])).await;
    }
}

#[tokio::test]
async fn a_store_that_is_not_empty_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one.db"), folder.path().join("other.db"));
    filled(&file(&one)).await;
    contact(&file(&other), "1").await;
    let source = SqliteArchive::open(&one, Purpose::Read).unwrap();
    let target = SqliteArchive::open(&other, Purpose::Fill).unwrap();
    let refused = copy(Box::new(source), Box::new(target), |_| {}).await.unwrap_err();
    assert_eq!(refused.to_string(), "it is not empty (`contacts` has 1 rows); name a database with nothing in it");
    assert_eq!(file(&other).known_as("2".into()).await.unwrap(), [], "nothing was written there");
}

#[tokio::test]
async fn nobody_writes_to_a_store_while_it_is_copied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.db");
    let hurried = SqliteSettings { busy_timeout: std::time::Duration::ZERO, ..SqliteSettings::file(&path) };
    let store = SqliteStore::open(&hurried).unwrap();
    let archive = SqliteArchive::open(&path, Purpose::Read).unwrap();
    let refused = store.receive(vec![message(&known("1", ""), "wamid.1", 5)], at(5)).await.unwrap_err();
    assert!(matches!(refused, StoreError::Busy { .. }), "{refused:?}");
    drop(archive);
    store.receive(vec![message(&known("1", ""), "wamid.1", 5)], at(5)).await.unwrap();
}

/// A store whose connection is lost when everything was read.
struct LostInTheEnd(SqliteArchive);

impl Archive for LostInTheEnd {
    fn columns(&mut self, table: Table) -> Step<'_, Vec<String>> {
        self.0.columns(table)
    }

    fn count(&mut self, table: Table) -> Step<'_, u64> {
        self.0.count(table)
    }

    fn read(&mut self, table: Table, columns: Vec<String>, after: Option<Row>, limit: usize) -> Step<'_, Vec<Row>> {
        self.0.read(table, columns, after, limit)
    }

    fn write(&mut self, table: Table, columns: Vec<String>, rows: Vec<Row>) -> Step<'_, ()> {
        self.0.write(table, columns, rows)
    }

    fn highest(&mut self, table: Table) -> Step<'_, i64> {
        self.0.highest(table)
    }

    fn go_on_from(&mut self, table: Table, highest: i64) -> Step<'_, ()> {
        self.0.go_on_from(table, highest)
    }

    fn commit(self: Box<Self>) -> Step<'static, ()> {
        Box::pin(async { Err(StoreError::Closed) })
    }
}

#[tokio::test]
async fn what_arrived_is_there_however_the_reading_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one.db"), folder.path().join("other.db"));
    filled(&file(&one)).await;
    let source = LostInTheEnd(SqliteArchive::open(&one, Purpose::Read).unwrap());
    let target = SqliteArchive::open(&other, Purpose::Fill).unwrap();
    assert_eq!(copy(Box::new(source), Box::new(target), |_| {}).await, Ok(()));
    assert_eq!(load(&file(&other), 1).await.inbox.len(), 1);
    contact(&file(&one), "4").await;
}

/// Runs `frontdesk store copy`: its exit status, what it prints, what it says on stderr.
fn copied(from: &str, to: &str) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let arguments = ["frontdesk", "store", "copy", from, to].map(Into::into);
    let status = frontdesk::cli::run(arguments, &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status, text(out), text(err))
}

#[test]
fn the_command_tells_what_it_copied_and_what_stands_in_its_way() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    let machine = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    machine.block_on(filled(&file(&folder.path().join("one.db"))));
    let (one, two) = (place("one.db"), place("two.db"));

    let (status, out, said) = copied(&one, &two);
    assert_eq!((status, said.as_str()), (0, ""));
    assert!(out.starts_with("contacts                       2\n"), "{out}");
    let hint = format!("\nAll of `{one}` is in `{two}` now. Start `frontdesk serve` with that as its --database.\n");
    assert!(out.ends_with(&hint), "{out}");

    let refused = |from: &str, to: &str| {
        let (status, out, said) = copied(from, to);
        assert_eq!((status, out.as_str()), (2, ""), "{said}");
        said
    };
    assert!(refused(&one, &two).contains("was not copied") && refused(&one, &two).contains("it is not empty"));
    assert!(refused(&place("gone.db"), &place("new.db")).contains("there is no database `"));
    assert!(!folder.path().join("gone.db").exists(), "looking for one does not make it");
    assert!(refused(&one, &one).contains("name another to copy it to"));
    let said = refused(&one, "postgres:/ana:hunter2@db/desk");
    assert!(said.starts_with("frontdesk: the second database: ") && !said.contains("hunter2"), "{said}");

    let _lock = SqliteArchive::open(&folder.path().join("two.db"), Purpose::Read).unwrap();
    let said = refused(&two, &place("new.db"));
    assert!(said.contains("two.db`: ") && said.contains("a second `frontdesk serve`"), "{said}");
}
