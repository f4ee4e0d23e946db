//! A PostgreSQL server of the tests' own: made in a temporary folder, reached by its socket, gone with the process that made
//! it, however that ends.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio_postgres::{Client, NoTls};

/// Makes a server, says where it is, and obeys `start` and `stop`. When nobody can tell it anything any more, the server is
/// ended and its folder removed. PostgreSQL refuses to run as root.
const KEEPER: &str = r#"
set -eu
trap '' INT TERM HUP PIPE
PATH="$PATH:$(echo /usr/lib/postgresql/*/bin | tr ' ' ':')"
command -v initdb >/dev/null && command -v postgres >/dev/null || { echo missing; exit 0; }
dir=$(mktemp -d -t frontdesk-pg.XXXXXX)
pid=""
stop() {
  [ -z "$pid" ] || { kill -QUIT "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; }
  pid=""
}
# Also when nobody is there to hear that it is ready.
trap 'stop; cd /; rm -rf "$dir"' EXIT
as=""
if [ "$(id -u)" = 0 ]; then
  chown nobody "$dir"
  as="setpriv --reuid=nobody --regid=$(id -g nobody) --clear-groups"
fi
cd "$dir"
$as initdb -D "$dir/data" -U frontdesk --auth=trust --encoding=UTF8 --locale=C --no-sync >"$dir/initdb.log" 2>&1 ||
  { echo "failed: $(tail -3 "$dir/initdb.log" | tr '\n' ' ')"; exit 0; }
printf 'local all frontdesk trust\nlocal all all scram-sha-256\n' >"$dir/data/pg_hba.conf"
start() {
  $as postgres -D "$dir/data" -k "$dir" -c listen_addresses= -c max_connections=300 -c max_wal_size=256MB "$@" \
    >>"$dir/data/log" 2>&1 &
  pid=$!
  tries=0
  until $as pg_isready -q -h "$dir" -d postgres -U frontdesk; do
    tries=$((tries + 1))
    [ $tries -lt 600 ] || { echo "failed: $(tail -3 "$dir/data/log" | tr '\n' ' ')"; return; }
    sleep 0.05
  done
  echo "$dir"
}
start "$@"
while read -r word; do
  case $word in
    start) start "$@" ;;
    stop) stop; echo stopped ;;
  esac
done
"#;

/// A server.
pub struct Server {
    /// Where its socket is.
    folder: String,
    keeper: Mutex<Keeper>,
}

struct Keeper {
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    // It ends when nobody gives orders any more.
    _child: Child,
}

impl Keeper {
    fn hear(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    fn order(&mut self, word: &str) -> String {
        writeln!(self.orders, "{word}").unwrap();
        self.hear()
    }
}

impl Server {
    /// Makes a server; none where PostgreSQL is not installed.
    pub fn make(durable: bool) -> Option<Self> {
        let speed: &[&str] = if durable { &[] } else { &["-c", "fsync=off", "-c", "full_page_writes=off"] };
        let mut command = Command::new("setsid");
        command.args(["sh", "-c", KEEPER, "keeper"]).args(speed).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let (orders, answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut keeper = Keeper { orders, answers, _child: child };
        let folder = keeper.hear();
        if folder == "missing" {
            let required = std::env::var_os("FRONTDESK_TEST_POSTGRES").is_some_and(|value| value == "required");
            assert!(!required, "PostgreSQL is not installed (Debian: `apt-get install postgresql`)");
            return None;
        }
        assert!(folder.starts_with('/'), "PostgreSQL does not start: {folder}");
        Some(Self { folder, keeper: Mutex::new(keeper) })
    }

    /// A server whose disk is to be trusted.
    pub fn own() -> Option<Self> {
        Self::make(true)
    }

    /// Ends it without a word to anybody, as a crash does.
    pub fn stop(&self) {
        assert_eq!(self.keeper.lock().unwrap().order("stop"), "stopped");
    }

    pub fn start(&self) {
        assert_eq!(self.keeper.lock().unwrap().order("start"), self.folder);
    }

    /// The URL of a database on it.
    pub fn url(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}@{}/{database}", self.folder.replace('/', "%2F"))
    }

    /// A connection beside the store's.
    pub async fn sql(&self, database: &str) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url("frontdesk", database), NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// A new database, empty.
    pub async fn empty(&self) -> String {
        self.make_from("template0").await
    }

    /// A new database like another, which nobody may be connected to; its name.
    pub async fn make_from(&self, template: &str) -> String {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let name = format!("desk_{}", MADE.fetch_add(1, Ordering::SeqCst));
        let make = format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY wal_log");
        self.sql("postgres").await.batch_execute(&make).await.unwrap();
        name
    }
}
