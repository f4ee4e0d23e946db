//! What strace wrote down, read line by line: when a delivery was read, when its words were written to the log of the store,
//! when that was synced to the disk, and when the 200 was written.

use std::collections::BTreeMap;
use std::io::{BufRead, Result};

/// The system calls that must be traced.
pub const CALLS: &str = "trace=read,recvfrom,write,writev,pwrite64,pwritev,sendto,sendmsg,fsync,fdatasync";

/// What was seen of the deliveries.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Read from the network.
    pub received: u64,
    /// Answered with 200.
    pub answered: u64,
    /// Answered when something had been synced that was begun after the delivery was read.
    pub synced: u64,
    /// Answered when the delivery's own id had been written to the log, and the log had been synced after that.
    pub own_synced: u64,
    /// All syncs.
    pub syncs: u64,
    /// Answered too early: their ids.
    pub early: Vec<String>,
}

/// The delivery that is under way.
#[derive(Debug, Default)]
struct Delivery {
    id: String,
    written: bool,
    synced: bool,
    own_synced: bool,
}

/// A line of the trace: who called what, with what is to be read of it.
struct Line<'a> {
    process: &'a str,
    call: &'a str,
    /// It begins here, or is only told to have ended.
    begins: bool,
    ends: bool,
    rest: &'a str,
}

impl<'a> Line<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let (process, rest) = line.trim_start().split_once(' ')?;
        let rest = rest.trim_start();
        if let Some(resumed) = rest.strip_prefix("<... ") {
            let (call, rest) = resumed.split_once(" resumed>")?;
            return Some(Self { process, call, begins: false, ends: true, rest });
        }
        let (call, rest) = rest.split_once('(')?;
        Some(Self { process, call, begins: true, ends: !rest.ends_with("<unfinished ...>"), rest })
    }

    /// The log of the store: SQLite's, or PostgreSQL's.
    fn is_of_log(&self) -> bool {
        let file = self.rest.split_once('>').map_or("", |(file, _)| file);
        file.ends_with("-wal") || file.contains("/pg_wal/")
    }
}

/// Reads a trace of deliveries that came one after the other; `ids` are what stands in them.
pub fn read(trace: impl BufRead, ids: &[String]) -> Result<Seen> {
    let mut seen = Seen::default();
    let mut coming = ids.iter();
    let mut next = coming.next();
    let mut current: Option<Delivery> = None;
    // Syncs under way, by process, with whether the delivery under way had been written when they began.
    let mut syncing: BTreeMap<String, Option<bool>> = BTreeMap::new();
    for line in trace.split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        let Some(line) = Line::read(&line) else { continue };
        match line.call {
            "read" | "recvfrom" if line.ends => {
                let Some(id) = next.filter(|id| line.rest.contains("POST /webhooks") && line.rest.contains(*id)) else {
                    continue;
                };
                seen.received += 1;
                current = Some(Delivery { id: id.clone(), ..Delivery::default() });
                // What was begun before covers nothing of it.
                syncing.values_mut().for_each(|written| *written = None);
                next = coming.next();
            }
            "fsync" | "fdatasync" => {
                if line.begins && line.is_of_log() {
                    let written = current.as_ref().map(|delivery| delivery.written);
                    syncing.insert(line.process.to_owned(), written);
                }
                if line.ends
                    && let Some(written) = syncing.remove(line.process)
                {
                    let done = line.rest.trim_end().ends_with("= 0");
                    seen.syncs += u64::from(done);
                    if let (true, Some(written), Some(delivery)) = (done, written, &mut current) {
                        delivery.synced = true;
                        delivery.own_synced |= written;
                    }
                }
            }
            "write" | "writev" | "sendto" | "sendmsg" if line.begins && line.rest.contains("HTTP/1.1 200 OK") => {
                let Some(delivery) = current.take() else { continue };
                seen.answered += 1;
                seen.synced += u64::from(delivery.synced);
                seen.own_synced += u64::from(delivery.own_synced);
                if !delivery.synced {
                    seen.early.push(delivery.id);
                }
            }
            "write" | "writev" | "pwrite64" | "pwritev" if line.begins && line.is_of_log() => {
                if let Some(delivery) = &mut current {
                    delivery.written |= line.rest.contains(&delivery.id);
                }
            }
            _ => {}
        }
    }
    Ok(seen)
}
