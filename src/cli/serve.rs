//! `frontdesk serve`: everything in one process. Puts the parts together, says where to go, and ends them in order; each
//! part's work is its own.

mod callers;
mod connections;
mod hello;
pub(super) mod listen;
pub(super) mod open;
mod reload;
mod routes;
mod signals;
mod standing;
mod telemetry;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::bot::Bot;
use crate::diagnostic::{Counts, Problem, Sources};
use crate::runtime::Runtime;

use super::aids::{self, Aids};
use super::config::{Environment, LogFormat, Mode, SettingFlags, Settings};
use super::project::{self, BotFolder, Stamps};
use super::{CouldNotRun, FINE, Outcome};
use connections::Bounds;
use hello::Hello;
use open::Opened;
use reload::{Reloaded, Watch, reload};
use signals::{Asked, Signals};
use standing::Meaning;

/// So long the server waits for what is under way when it is told to end; what is left is taken up by the next start.
const PATIENCE: Duration = Duration::from_secs(30);
/// So long it then waits for connections that nobody closes.
const LAST_PATIENCE: Duration = Duration::from_secs(2);

/// Serve customers on WhatsApp, agents at the desk, and the simulator
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  frontdesk serve                          try the bot of this folder in the browser, without WhatsApp\n  frontdesk serve ../my-bot --listen 127.0.0.1:0\n  WHATSAPP_ACCESS_TOKEN=… WHATSAPP_APP_SECRET=… WHATSAPP_VERIFY_TOKEN=… frontdesk serve\n\nA file `.env` beside bot.yaml, or where the command is given, may hold the settings as NAME=value lines."
)]
pub struct ServeArguments {
    /// The bot's folder
    folder: Option<PathBuf>,
    #[command(flatten)]
    bot: BotFolder,
    #[command(flatten)]
    settings: SettingFlags,
}

/// What is served, and how.
struct Plan {
    settings: Settings,
    aids: Aids,
    folder: PathBuf,
    /// Of the files before they were read.
    stamps: Stamps,
    bot: Arc<Bot>,
    sources: Sources,
}

/// Runs the command until it is told to end.
///
/// # Errors
/// A setting is wrong, the bot has errors, the store or the port cannot be had.
pub fn run(arguments: &ServeArguments, out: &mut dyn Write, err: &mut dyn Write) -> Outcome {
    let (environment, folder) = place(arguments)?;
    let settings = Settings::read(&arguments.settings, &environment).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(|problem| format!("  {problem}")).collect();
        CouldNotRun(format!("the settings cannot be used:\n{}", lines.join("\n")))
    })?;
    let aids = Aids { cache: settings.cache.clone(), semantic: aids::open(settings.semantic.as_deref())? };
    telemetry::start(&settings)?;
    let stamps = project::stamps(&folder)?;
    let (bot, sources, problems) = project::compile_with(&folder, &aids)?;
    mention(&problems);
    let machine = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = machine.block_on(serve(Plan { settings, aids, folder, stamps, bot, sources }, out, err));
    machine.shutdown_timeout(LAST_PATIENCE);
    outcome
}

/// The environment and the bot's folder. `.env` lies beside `bot.yaml`, or where the command is given.
fn place(arguments: &ServeArguments) -> Result<(Environment, PathBuf), CouldNotRun> {
    let here = Environment::of_process(Path::new("."));
    let named = arguments.folder.clone().or_else(|| arguments.bot.bot.clone());
    let named = named.or_else(|| here.get("FRONTDESK_BOT").map(PathBuf::from));
    let folder = arguments.bot.find(named.as_deref())?;
    let beside_bot = folder.join(".env").exists().then(|| Environment::of_process(&folder));
    Ok((beside_bot.unwrap_or(here), folder))
}

/// Warnings do not stop a bot, and are too long to print at each start.
fn mention(problems: &[Problem]) {
    match Counts::of(problems).warnings {
        0 => {}
        1 => tracing::warn!("the bot has a warning; `frontdesk check` shows it"),
        warnings => tracing::warn!("the bot has {warnings} warnings; `frontdesk check` shows them"),
    }
}

async fn serve(plan: Plan, out: &mut dyn Write, err: &mut dyn Write) -> Outcome {
    let Plan { settings, aids, folder, stamps, bot, sources } = plan;
    let local = matches!(settings.mode, Mode::Local);
    let mut signals = Signals::new(local)?;
    let listener = listen::bind(settings.listen).await?;
    let bound = listener.local_addr()?;
    let name = bot.name.clone();
    let opened = Opened::new(&settings, &aids, bound, bot, sources).await?;
    miss_nothing(&opened.runtime).await?;
    let (ending, server) = start(listener, &opened);
    let here = format!("http://{}", listen::reached_at(bound));
    let first_admin = opened.desk.first_admin().await?;
    let hello = Hello {
        bot: &name,
        folder: &folder,
        local,
        alone: bound.ip().is_loopback(),
        here: &here,
        public: settings.public_url.as_deref(),
        first_admin: first_admin.as_deref(),
    };
    say(out, &hello.words());
    let format = settings.log_format;
    let mut watch = local.then(|| Watch::new(&folder, stamps));
    let runtimes = opened.runtimes();
    let again = || reload(&folder, &aids, &runtimes, local);
    loop {
        tokio::select! {
            asked = signals.next() => match asked {
                Asked::End => break,
                Asked::Reload => tell(again().await, true, format, err),
            },
            () = changed(&mut watch) => tell(again().await, false, format, err),
        }
    }
    end(&ending, server, &opened, &mut signals).await;
    Ok(FINE)
}

/// A start publishes what the files say, whatever it takes from people on older versions: a server that does not start would
/// take more. It is said loudly.
async fn miss_nothing(runtime: &Runtime) -> Result<(), CouldNotRun> {
    let standing = runtime.store().standing().await?;
    if let Some(why) = Meaning::of(&runtime.bot(), &runtime.editions(), &standing).refusal() {
        tracing::warn!("{why}");
    }
    Ok(())
}

type Server = JoinHandle<()>;

/// Serves until `ending` says otherwise.
fn start(listener: TcpListener, opened: &Opened) -> (watch::Sender<bool>, Server) {
    let (ending, mut told) = watch::channel(false);
    let told = async move {
        // When nobody can tell any more, it is time too.
        drop(told.wait_for(|ending| *ending).await);
    };
    (ending, tokio::spawn(connections::serve(listener, routes::all(opened), Bounds::USUAL, told)))
}

async fn changed(watch: &mut Option<Watch>) {
    match watch {
        Some(watch) => watch.changed().await,
        None => std::future::pending().await,
    }
}

/// Says what came of reading the files anew: drawn for people, as a line of the log for programs.
fn tell(reloaded: Reloaded, asked: bool, format: LogFormat, err: &mut dyn Write) {
    let words = match reloaded {
        Reloaded::Published(words) | Reloaded::Kept(words) => words,
        Reloaded::Same if asked => "The bot's files say what they said before.\n".to_owned(),
        Reloaded::Same => return,
    };
    if format == LogFormat::Json {
        tracing::warn!("{}", words.trim_end());
    } else {
        say(err, &words);
    }
}

/// Whoever listened may have gone; that is no reason to stop serving.
fn say(to: &mut dyn Write, words: &str) {
    drop(to.write_all(words.as_bytes()).and_then(|()| to.flush()));
}

/// Lets turns and sends that are under way come to their end, then takes no more connections and lets answers come to
/// theirs; stops waiting when asked a second time. Until then it says that it is not ready, and keeps what still arrives.
async fn end(ending: &watch::Sender<bool>, server: Server, opened: &Opened, signals: &mut Signals) {
    let all = async {
        opened.stop().await;
        ending.send_replace(true);
        drop(server.await);
    };
    tokio::select! {
        () = all => {}
        () = tokio::time::sleep(PATIENCE) => tracing::warn!("something did not come to its end; it is taken up by the next start"),
        () = signals.end() => tracing::warn!("asked again: ending at once"),
    }
}
