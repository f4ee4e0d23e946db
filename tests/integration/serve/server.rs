//! The program as a child process: started in a folder of its own, asked, signalled, and waited for with patience.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use frontdesk::store::{SqliteSettings, SqliteStore};
use frontdesk::whatsapp::signature;
use serde_json::Value;
use tempfile::TempDir;

use crate::fake_graph::{FakeGraph, TOKEN, reqwest_client};
use crate::parcel;

/// How long a test waits for something that ought to happen soon.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Signs deliveries.
pub const SECRET: &str = "an-app-secret";
/// The business number of the bot.
pub const NUMBER: &str = "106540352242922";

const ORDER_FLOW: &str = "
flow: order
hours: any
questions:
  number:
    ask: What is the number of your order?
    accept: { pattern: 'A-?\\d{5}', example: A-10234 }
    lookup: order
    valid_when: order.found
outcomes:
  - when: order.status == 'delivered'
    say: It was delivered.
  - otherwise:
    say: It is on its way.
";
const ORDER_INTENT: &str = "
intent: order
leads_to: { flow: order }
label: My order
keywords: [order]
examples:
  - where is my order
  - has my order been sent
  - I ordered something
  - order status
  - when will the order be here
";

/// A folder with a bot in it, in which the program keeps its data.
pub struct Place {
    folder: TempDir,
}

impl Place {
    /// A bot that answers at once.
    pub fn new() -> Self {
        Self::gathering("0s")
    }

    /// A bot that waits so long for further words.
    pub fn gathering(gather: &str) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        place.write(
            "bot.yaml",
            &format!(
                "bot: Parcel Post\nlanguages: [en]\nnumbers:\n  - {{ id: \"{NUMBER}\" }}\npolicy:\n  gather: {gather}\n\
                 templates:\n  answer_ready: {{ name: answer_ready, languages: [en] }}\n  closing: {{ name: closing, languages: [en] }}\n"
            ),
        );
        place.write("flows/parcel.yaml", parcel::FLOW);
        place.write("intents/parcel.yaml", parcel::INTENT);
        place
    }

    /// A bot that asks a shop which does not exist about orders.
    pub fn asking_a_shop() -> Self {
        let place = Self::new();
        let bot = fs::read_to_string(place.path().join("bot.yaml")).unwrap();
        let lookups = "lookups:\n  order:\n    get: \"https://shop.example/orders/{{ number }}\"\n    result: { found: $.found, status: $.status }\n";
        place.write("bot.yaml", &(bot + lookups));
        place.write("flows/order.yaml", ORDER_FLOW);
        place.write("intents/order.yaml", ORDER_INTENT);
        place
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Changes a file of the bot.
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path().join(file)).unwrap();
        assert!(text.contains(from));
        self.write(file, &text.replace(from, to));
    }

    fn command(&self, settings: &[(&str, &str)]) -> Command {
        let mut command = self.program();
        command.arg("serve").env("FRONTDESK_LISTEN", "127.0.0.1:0");
        command.envs(settings.iter().copied());
        command
    }

    /// The program, in this folder, with nothing in its environment.
    pub fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_frontdesk"));
        command.current_dir(self.path()).env_clear();
        command
    }

    /// Makes an empty database where a server would.
    pub fn make_database(&self) {
        fs::create_dir_all(self.database().parent().unwrap()).unwrap();
        drop(SqliteStore::open(&SqliteSettings::file(self.database())).unwrap());
    }

    /// Starts a server and waits until it says where it is.
    pub fn serve(&self, settings: &[(&str, &str)]) -> Server {
        Server::of(self.command(settings).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// Starts a server for WhatsApp, which is the fake.
    pub fn serve_live(&self, graph: &FakeGraph, more: &[(&str, &str)]) -> Server {
        let base = graph.base();
        let live = [
            ("WHATSAPP_ACCESS_TOKEN", TOKEN),
            ("WHATSAPP_APP_SECRET", SECRET),
            ("WHATSAPP_VERIFY_TOKEN", "let-me-in"),
            ("WHATSAPP_API_BASE", &base),
        ];
        self.serve(&[&live, more].concat())
    }

    /// Runs a server that cannot start: its exit status and what it says on stderr.
    pub fn refused(&self, settings: &[(&str, &str)]) -> (Option<i32>, String) {
        self.refused_from(".", settings)
    }

    /// As `refused`, from a folder below the bot's.
    pub fn refused_from(&self, folder: &str, settings: &[(&str, &str)]) -> (Option<i32>, String) {
        let output = self.command(settings).current_dir(self.path().join(folder)).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "", "nothing is promised");
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }

    pub fn database(&self) -> PathBuf {
        self.path().join("data/frontdesk.db")
    }
}

/// A running server; killed when the test is over.
pub struct Server {
    /// Of the process.
    pub pid: u32,
    alive: bool,
    status: Receiver<ExitStatus>,
    errors: Receiver<String>,
    said: Vec<String>,
    /// What it said when it was ready.
    pub hello: String,
    /// Where it is: `http://127.0.0.1:…`.
    pub base: String,
}

impl Server {
    fn of(mut child: Child) -> Self {
        let (out, err) = (lines(child.stdout.take().unwrap()), lines(child.stderr.take().unwrap()));
        let pid = child.id();
        let (tell, status) = channel();
        std::thread::spawn(move || tell.send(child.wait().unwrap()));
        let mut server =
            Self { pid, alive: true, status, errors: err, said: Vec::new(), hello: String::new(), base: String::new() };
        // The last line it says tells how it ends.
        while !server.hello.contains("--help") && !server.hello.contains("SIGTERM") {
            let Ok(line) = out.recv_timeout(PATIENCE) else {
                panic!("it never got ready; it said {}{:#?}", server.hello, server.errors.iter().collect::<Vec<_>>());
            };
            server.hello += &format!("{line}\n");
        }
        let address = server.hello.split("http://").nth(1).unwrap();
        server.base = format!("http://{}", address.split(['/', ' ', '\n']).next().unwrap());
        server
    }

    pub fn webhook(&self) -> String {
        format!("{}/webhooks/whatsapp", self.base)
    }

    /// Delivers as Meta does; the status it answers.
    pub async fn deliver(&self, delivery: &Value) -> u16 {
        let body = delivery.to_string();
        let signature = signature::sign(SECRET.as_bytes(), body.as_bytes());
        let request = reqwest_client().post(self.webhook()).header(signature::HEADER, signature).body(body);
        request.send().await.unwrap().status().as_u16()
    }

    /// Status and text at a path; redirections are not followed.
    pub async fn get(&self, path: &str) -> (u16, String) {
        let answer = reqwest_client().get(format!("{}{path}", self.base)).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Posts JSON as a page of its own does; the JSON it answers.
    pub async fn post(&self, path: &str, body: &Value) -> Value {
        let request = reqwest_client().post(format!("{}{path}", self.base)).json(body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    /// Listens to what changes, as a page does.
    pub async fn listen(&self, path: &str) -> Live {
        let answer = reqwest_client().get(format!("{}{path}", self.base)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        Live(answer)
    }

    /// Waits until it says this on stderr; everything it said there so far.
    pub fn wait_for(&mut self, words: &str) -> String {
        while !self.said.iter().any(|line| line.contains(words)) {
            match self.errors.recv_timeout(PATIENCE) {
                Ok(line) => self.said.push(line),
                Err(_) => panic!("it never said `{words}`, but {:#?}", self.said),
            }
        }
        std::mem::take(&mut self.said).join("\n")
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("sh").arg("-c").arg(format!("kill -{name} {}", self.pid)).status().unwrap();
        assert!(sent.success());
    }

    /// Closes the reading end of its stderr: with the next line that it writes there, the pipe is broken.
    pub fn stop_reading(&mut self) {
        self.errors = channel().1;
    }

    /// Ends it as `kill -9` does, in the middle of whatever it does.
    pub fn kill(self) {
        self.signal("KILL");
        self.ended();
    }

    /// Asks it to end, waits until it has; its status and all that it said on stderr and was not asked for yet.
    pub fn end(self, signal: &str) -> (Option<i32>, String) {
        self.signal(signal);
        self.ended()
    }

    /// Waits until it has ended by itself; as `end`.
    pub fn ended(mut self) -> (Option<i32>, String) {
        let code = self.status.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("it does not end"));
        self.alive = false;
        let rest: Vec<String> = self.said.iter().cloned().chain(self.errors.iter()).collect();
        (code.code(), rest.join("\n"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.alive {
            let _ = Command::new("sh").arg("-c").arg(format!("kill -KILL {}", self.pid)).status();
        }
    }
}

/// A page that waits for changes.
pub struct Live(reqwest::Response);

impl Live {
    async fn chunk(&mut self) -> Option<usize> {
        let next = tokio::time::timeout(PATIENCE, self.0.chunk()).await;
        let next = next.unwrap_or_else(|_| panic!("nothing changed"));
        next.ok().flatten().map(|bytes| bytes.len())
    }

    /// Waits for the next change.
    pub async fn next(&mut self) {
        assert!(self.chunk().await.is_some(), "it ended");
    }

    /// Waits until it has ended.
    pub async fn end(mut self) {
        while self.chunk().await.is_some() {}
    }
}

/// The lines of a stream, as they come.
fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (tell, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if tell.send(line).is_err() {
                break;
            }
        }
    });
    lines
}
