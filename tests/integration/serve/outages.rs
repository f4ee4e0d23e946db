//! A store that is read-only, full or out of order for a while, under the real program: the log says clearly what is wrong,
//! deliveries are put off with 503, nothing that was taken is lost, and it goes on by itself.

use super::crashes::{now, says};
use super::server::{NUMBER, PATIENCE, Place};
use crate::fake_graph::{FakeGraph, text_delivery};
use crate::postgres_server::{Server, shared};

const BEN: &str = "15550100077";

/// Lives through trouble that `begin` makes and `end` ends; of which the log has these words.
async fn survives(place: &Place, database: &str, words: &str, begin: impl AsyncFn(u32), end: impl AsyncFn(u32)) {
    let graph = FakeGraph::start().await;
    let settings = [("FRONTDESK_DATABASE", database)].into_iter().filter(|(_, url)| !url.is_empty());
    let mut server = place.serve_live(&graph, &settings.collect::<Vec<_>>());
    let early = text_delivery(NUMBER, BEN, "wamid.early", now(), "my parcel");
    assert_eq!(server.deliver(&early).await, 200);
    begin(server.pid).await;
    let late = says("wamid.late", "my parcel");
    assert_eq!(server.deliver(&late).await, 503);
    assert_eq!(server.get("/readyz").await.0, 503);
    assert_eq!(server.get("/healthz").await.0, 200, "it lives, and nobody needs to start it anew");
    let said = server.wait_for("a delivery could not be kept; WhatsApp will send it again");
    assert!(said.contains(words), "{said}");
    // What was taken before has its turn now, which cannot be kept either.
    let said = server.wait_for("the store is in trouble; nothing is lost, trying again");
    assert!(said.contains(words), "{said}");
    assert_eq!(server.deliver(&late).await, 503);

    end(server.pid).await;
    let taken = async { while server.deliver(&late).await != 200 {} };
    assert!(tokio::time::timeout(PATIENCE, taken).await.is_ok(), "it takes deliveries again");
    assert_eq!(server.get("/readyz").await.0, 200);
    assert_eq!(server.deliver(&early).await, 200, "delivered again, as after every outage");
    let mut sent: Vec<String> = graph.wait_for_taken(2).await.iter().map(|sent| sent.body["to"].to_string()).collect();
    sent.sort();
    assert_eq!(sent, [format!("\"+{BEN}\""), "\"+15550100099\"".to_owned()]);
    assert_eq!(server.end("TERM").0, Some(0));
    assert_eq!(graph.taken().len(), 2, "and nothing twice");
}

/// A bot that gathers for long enough that trouble begins meanwhile.
fn slow() -> Place {
    Place::gathering("1s")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_becomes_read_only() {
    let Some(postgres) = Server::own() else { return };
    let name = postgres.empty().await;
    let admin = postgres.sql("postgres").await;
    let set = async |change: &str| {
        admin.batch_execute(&format!("ALTER SYSTEM {change}")).await.unwrap();
        admin.batch_execute("SELECT pg_reload_conf()").await.unwrap();
        // The next statements of every session are to find it so.
        let wanted = if change.starts_with("SET") { "on" } else { "off" };
        let seen = async {
            while postgres
                .sql(&name)
                .await
                .query_one("SHOW default_transaction_read_only", &[])
                .await
                .unwrap()
                .get::<_, String>(0)
                != wanted
            {}
        };
        tokio::time::timeout(PATIENCE, seen).await.unwrap();
    };
    let words = "the database cannot be written to; give this user the right to write it";
    let url = postgres.url("frontdesk", &name);
    let begin = async |_| set("SET default_transaction_read_only = on").await;
    survives(&slow(), &url, words, begin, async |_| set("RESET default_transaction_read_only").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_whose_disk_is_full() {
    let Some(postgres) = shared() else { return };
    let name = postgres.empty().await;
    let admin = postgres.sql(&name).await;
    // What PostgreSQL says when a table cannot grow.
    let full = "CREATE FUNCTION full_disk() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN \
                RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$";
    let each = |change: &str| {
        format!(
            "DO $$ DECLARE wanted REGCLASS; BEGIN FOR wanted IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace \
             = 'public'::REGNAMESPACE LOOP EXECUTE format('{change}', wanted); END LOOP; END $$"
        )
    };
    let fill = each("CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON %s EXECUTE FUNCTION full_disk()");
    let free = each("DROP TRIGGER full_disk ON %s");
    let begin = async |_| {
        admin.batch_execute(full).await.unwrap();
        admin.batch_execute(&fill).await.unwrap();
    };
    let end = async |_| admin.batch_execute(&free).await.unwrap();
    let words = "no room left for the database; free space on its disk";
    survives(&slow(), &postgres.url("frontdesk", &name), words, begin, end).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_written_any_more() {
    // As on a disk that has become read-only, or in a quota that is used up.
    let limit = async |pid: u32, most: &str| {
        let mut command = std::process::Command::new("prlimit");
        assert!(command.args([format!("--pid={pid}"), format!("--fsize={most}:")]).status().unwrap().success());
    };
    let words = "the disk of the database cannot be read or written (disk I/O error)";
    survives(&slow(), "", words, async |pid| limit(pid, "1").await, async |pid| limit(pid, "unlimited").await).await;
}
