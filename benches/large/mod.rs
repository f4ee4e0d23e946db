//! A database as it is after years: what a few customers left, many times over.

use std::path::Path;

use rusqlite::Connection;

/// Copies a database with every contact `times` times more, with what they are known by, their threads and reasons. The
/// first `open` copies are open enquiries with three timers each, due in a year; the others have ended. How many contacts,
/// open enquiries and timers there are then.
pub fn multiply(from: &Path, file: &Path, times: usize, open: usize) -> [i64; 3] {
    // Whole, also what still lies in the write-ahead log.
    let source = Connection::open(from).unwrap();
    source.execute("VACUUM INTO ?1", [file.to_str().unwrap()]).unwrap();
    let connection = Connection::open(file).unwrap();
    let step: i64 = connection.query_row("SELECT max(id) FROM contacts", (), |row| row.get(0)).unwrap();
    let copies =
        format!("(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {times}) SELECT i FROM n)");
    let copy = |table: &str, changed: &[(&str, &str)]| {
        let columns = columns(&connection, table);
        let values = columns.iter().map(|column| {
            let new = changed.iter().find(|(name, _)| name == column).map(|(_, new)| *new);
            new.map_or_else(|| format!("was.{column}"), str::to_owned)
        });
        let (names, values) = (columns.join(", "), values.collect::<Vec<_>>().join(", "));
        let sql = format!("INSERT INTO {table} ({names}) SELECT {values} FROM {table} AS was, {copies} AS n");
        connection.execute(&sql, ()).unwrap();
    };
    let moved = format!("was.contact + {step} * i");
    connection.execute_batch("PRAGMA synchronous = OFF; BEGIN").unwrap();
    let timers = format!(
        "INSERT INTO timers (contact, kind, due, armed_by) \
         SELECT id + {step} * i, 'copied_' || kind, {due}, 1 FROM contacts, {copies}, \
         (SELECT 1 AS kind UNION SELECT 2 UNION SELECT 3) WHERE i <= {open}",
        due = "created_at + 31536000000 + id"
    );
    connection.execute(&timers, ()).unwrap();
    copy("contact_identities", &[("contact", &moved), ("value", "was.value || '-' || i")]);
    copy("entries", &[("contact", &moved), ("message_id", "NULL")]);
    copy("turns", &[("contact", &moved)]);
    let state = format!("CASE WHEN i <= {open} THEN was.enquiry_state ELSE 'ended' END");
    copy("contacts", &[("id", &format!("was.id + {step} * i")), ("enquiry_state", &state)]);
    connection.execute_batch("COMMIT").unwrap();
    ["contacts", "contacts WHERE enquiry_state <> 'ended'", "timers"]
        .map(|of| connection.query_row(&format!("SELECT count(*) FROM {of}"), (), |row| row.get(0)).unwrap())
}

fn columns(connection: &Connection, table: &str) -> Vec<String> {
    let mut asked = connection.prepare(&format!("SELECT name FROM pragma_table_info('{table}')")).unwrap();
    let names = asked.query_map((), |row| row.get(0)).unwrap();
    names.map(Result::unwrap).collect()
}

/// How much memory this process has, in MB; nothing where the system does not say.
pub fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? / 1024)
}
