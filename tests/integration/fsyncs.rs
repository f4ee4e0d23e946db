//! The reader of traces that `cargo run --example crash -- --fsyncs` rests on sees a 200 that came too early.

#[path = "../crash/trace.rs"]
mod trace;

use trace::{Seen, read};

const READ: &str = r#"11 recvfrom(9<socket:[7]>, "POST /webhooks/whatsapp HTTP/1.1\r\n{\"id\":\"wamid.1\"}", 8192, 0, NULL, NULL) = 90"#;
const WRITTEN: &str = r#"12 pwrite64(5</d/desk.db-wal>, "\0\1{\"id\":\"wamid.1\"}", 4096, 32) = 4096"#;
const SYNC: &str = "12 fsync(5</d/desk.db-wal> <unfinished ...>";
const SYNCED: &str = "12 <... fsync resumed>)         = 0";
const ANSWERED: &str = r#"13 sendto(9<socket:[7]>, "HTTP/1.1 200 OK\r\n", 75, MSG_NOSIGNAL, NULL, 0) = 75"#;

fn seen(lines: &[&str]) -> Seen {
    read(lines.join("\n").as_bytes(), &[r#"wamid.1\""#.to_owned()]).unwrap()
}

/// Received, answered, synced and synced with its own words.
fn counts(lines: &[&str]) -> [u64; 4] {
    let Seen { received, answered, synced, own_synced, early, .. } = seen(lines);
    assert_eq!(early.is_empty(), answered == synced);
    [received, answered, synced, own_synced]
}

#[test]
fn a_sync_between_a_delivery_and_its_200_counts() {
    assert_eq!(counts(&[READ, WRITTEN, SYNC, SYNCED, ANSWERED]), [1, 1, 1, 1]);
    let postgres = "14 fdatasync(7</pg/data/pg_wal/000000010000000000000001>) = 0";
    assert_eq!(counts(&[READ, postgres, ANSWERED]), [1, 1, 1, 0]);
}

#[test]
fn a_sync_too_early_too_late_of_something_else_or_in_vain_does_not() {
    assert_eq!(counts(&[READ, WRITTEN, SYNC, ANSWERED, SYNCED]), [1, 1, 0, 0]);
    assert_eq!(counts(&[SYNC, READ, WRITTEN, SYNCED, ANSWERED]), [1, 1, 0, 0]);
    assert_eq!(counts(&[READ, SYNC, WRITTEN, SYNCED, ANSWERED]), [1, 1, 1, 0]);
    assert_eq!(counts(&[READ, "12 fsync(5</d/other.txt>) = 0", ANSWERED]), [1, 1, 0, 0]);
    assert_eq!(counts(&[READ, "12 fsync(5</d/desk.db-wal>) = -1 EIO (Input/output error)", ANSWERED]), [1, 1, 0, 0]);
    assert_eq!(counts(&[ANSWERED]), [0, 0, 0, 0]);
}

#[test]
fn what_is_to_be_traced_is_read() {
    for call in ["recvfrom", "pwrite64", "fsync", "fdatasync", "sendto"] {
        assert!(trace::CALLS.contains(call));
    }
    assert_eq!(seen(&[READ, WRITTEN, SYNC, SYNCED, ANSWERED]).syncs, 1);
}
