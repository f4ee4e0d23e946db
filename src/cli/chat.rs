//! `frontdesk chat`: a conversation with the bot in the terminal, on the engine of the tests and with a clock that moves
//! when it is told to. Reads lines, prints what the session says.

mod input;

use std::fs;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono_tz::Tz;
use clap::Args;

use crate::clock::{Clock, Timestamp};
use crate::language::Language;
use crate::message::Outbound;
use crate::text::nearest;
use crate::transcript::matching::{choices, show};
use crate::transcript::script::{Step, When, Who};
use crate::transcript::session::{self, Asked, Happened, Heard, Session};
use crate::transcript::{self, RunOptions};

use super::aids::AidFlags;
use super::project::{self, BotFolder};
use super::{CouldNotRun, FINE, Outcome};

use input::Input;

const HELP: &str = "\
What you write is what the customer writes; `[voice]`, `[image: caption]` and the like send files.
  /tap 2, /tap LABEL     tap a button or row of the bot
  /wait 3h               let time pass; /at Fri 19:40 goes to a moment
  /why                   why the bot did what it did last
  /state                 what a test could check now
  /lookup NAME {json}    what a lookup answers from here on; also /lookup NAME status 404, /lookup NAME timeout
                         (a lookup that has no answer yet asks you for one)
  /agent Noa: online     an agent comes; then /agent Noa> words, /agent Noa: promise 2h, and whatever agents can do
  /contact Yossi he      another customer writes from here on; /number billing: to another number
  /phone> words          staff answer in the WhatsApp app; /deliver failed 131047: the last message did not arrive
  /bot DIR               another version of the bot is published
  /save FILE.chat        write the conversation as a test that passes
  /help                  this; Ctrl-D ends";

/// What only a conversation has.
const COMMANDS: [&str; 6] = ["help", "why", "state", "save", "tap", "lookup"];
/// The lines of a transcript by which something happens.
const LINES: [&str; 8] = ["at", "wait", "contact", "number", "agent", "phone", "deliver", "bot"];

/// Chat with the bot in the terminal.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  frontdesk chat\n  frontdesk chat --at \"Fri 19:40\" --language he\n  printf 'hello\\n/tap 1\\n/save tests/hello.chat\\n' | frontdesk chat --at \"2026-03-06 19:40\""
)]
pub struct ChatArguments {
    /// The bot's folder
    folder: Option<PathBuf>,
    #[command(flatten)]
    bot: BotFolder,
    #[command(flatten)]
    aids: AidFlags,
    /// When it begins, in the bot's zone: `2026-03-06 19:40`, `Fri 19:40`, `19:40`; left out: now
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// The language the customer is known to write
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<Language>,
    /// What the customer is called
    #[arg(long, value_name = "NAME", default_value = "Dana")]
    name: String,
}

/// Runs the command; lines come from `input`, else from the terminal or what is piped in.
///
/// # Errors
/// There is no bot, it has errors, or `--at` is no moment.
pub fn run(arguments: &ChatArguments, input: Option<&mut dyn BufRead>, out: &mut dyn Write) -> Outcome {
    let folder = arguments.bot.find(arguments.folder.as_deref())?;
    let aids = arguments.aids.open()?;
    let (bot, ..) = project::compile_with(&folder, &aids)?;
    let at = arguments.at.as_deref().map(moment).transpose()?;
    let who = Who { name: arguments.name.trim().to_owned(), number: None, language: arguments.language };
    let others = aids.uncached();
    let version =
        |dir: &str| project::compile_with(&folder.join(dir), &others).map(|(bot, ..)| bot).map_err(|error| error.0);
    let session = Session::new(&bot, &version, who, Clock::system().now(), at).map_err(CouldNotRun)?;
    let options = RunOptions { bot: Arc::clone(&bot), version: &version };
    let mut chat = Chat { session, options, zone: bot.hours.zone(), shown: None, out };
    chat.say_time()?;
    writeln!(chat.out, "You are the customer, {} is the bot. /help lists what you can do, Ctrl-D ends.", bot.name)?;
    let mut input = Input::open(input)?;
    while let Some(line) = input.next("> ", chat.out)? {
        chat.line(line.trim(), &mut input)?;
    }
    Ok(FINE)
}

fn moment(text: &str) -> Result<When, CouldNotRun> {
    match session::read(&format!("at {text}")) {
        Ok(Step::At(when)) => Ok(when),
        Ok(_) => Err(CouldNotRun(format!("`{text}` is not a moment"))),
        Err(why) => Err(CouldNotRun(why)),
    }
}

struct Chat<'a> {
    session: Session<'a>,
    options: RunOptions<'a>,
    zone: Tz,
    /// The moment that was shown last.
    shown: Option<Timestamp>,
    out: &'a mut dyn Write,
}

impl Chat<'_> {
    fn line(&mut self, line: &str, input: &mut Input<'_>) -> Result<(), CouldNotRun> {
        let Some(command) = line.strip_prefix('/') else {
            return if line.is_empty() { Ok(()) } else { self.step(session::read(&format!("> {line}")), input) };
        };
        let (word, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let rest = rest.trim();
        match word {
            "help" => writeln!(self.out, "{HELP}")?,
            "why" => self.each(&self.session.why(), "nothing happened yet")?,
            "state" => {
                let state = self.session.state();
                writeln!(self.out, "= {state}")?;
            }
            "save" => self.save(rest)?,
            "tap" => {
                let tap = self.session.tap(rest);
                self.step(Ok(tap), input)?;
            }
            "lookup" => self.step(lookup(rest), input)?,
            _ if LINES.contains(&word.trim_end_matches([':', '>'])) => self.step(session::read(command), input)?,
            _ => {
                let near = nearest(word, COMMANDS.into_iter().chain(LINES));
                let near = near.map_or_else(|| ";".to_owned(), |near| format!(": did you mean `/{near}`?"));
                writeln!(self.out, "  there is no `/{word}`{near} /help lists what there is")?;
            }
        }
        Ok(())
    }

    fn each(&mut self, lines: &[String], none: &str) -> Result<(), CouldNotRun> {
        if lines.is_empty() {
            writeln!(self.out, "  {none}")?;
        }
        for line in lines {
            writeln!(self.out, "  {line}")?;
        }
        Ok(())
    }

    fn step(&mut self, step: Result<Step, String>, input: &mut Input<'_>) -> Result<(), CouldNotRun> {
        let mut happened = step.and_then(|step| self.session.take(&step));
        loop {
            match happened {
                Err(why) => {
                    writeln!(self.out, "  {why}")?;
                    return Ok(());
                }
                Ok(now) => {
                    self.tell(&now)?;
                    let Some(asked) = now.asked else { return Ok(()) };
                    let Some(step) = self.answer(&asked, input)? else { return Ok(()) };
                    happened = self.session.take(&step);
                }
            }
        }
    }

    /// Asks for what a lookup answers until that reads; none when the input ends.
    fn answer(&mut self, asked: &Asked, input: &mut Input<'_>) -> Result<Option<Step>, CouldNotRun> {
        let with: Vec<String> = asked.names.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let with = if with.is_empty() { String::new() } else { format!(" with {}", with.join(", ")) };
        writeln!(self.out, "  The lookup `{}` is called{with}. What does it answer?", asked.lookup)?;
        writeln!(self.out, "  Write JSON such as {{\"found\": true}}, `status 404`, or `timeout`.")?;
        while let Some(line) = input.next(&format!("{}: ", asked.lookup), self.out)? {
            match lookup(&format!("{} {line}", asked.lookup)) {
                Ok(step) => return Ok(Some(step)),
                Err(_) => writeln!(self.out, "  That is neither JSON, nor `status` with a number, nor `timeout`.")?,
            }
        }
        Ok(None)
    }

    fn tell(&mut self, happened: &Happened) -> Result<(), CouldNotRun> {
        for heard in &happened.heard {
            self.say_moment(heard.at)?;
            self.hear(heard)?;
        }
        self.say_time()?;
        for alert in &happened.alerts {
            writeln!(self.out, "! {alert}")?;
        }
        if let Some(state) = &happened.state {
            writeln!(self.out, "= {state}")?;
        }
        Ok(())
    }

    fn hear(&mut self, heard: &Heard) -> Result<(), CouldNotRun> {
        let choices = choices(&heard.message);
        let mut mark = match &heard.to {
            Some(name) => format!("< (to {name}) "),
            None => "< ".to_owned(),
        };
        for line in words(&heard.message) {
            writeln!(self.out, "{}", format!("{mark}{line}").trim_end())?;
            "  ".clone_into(&mut mark);
        }
        for (number, choice) in choices.iter().enumerate() {
            let hint = choice.description.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
            writeln!(self.out, "  {}. [{}]{hint}", number + 1, choice.title)?;
        }
        Ok(())
    }

    fn say_time(&mut self) -> Result<(), CouldNotRun> {
        self.say_moment(self.session.now())
    }

    /// Tells the time where it is another than the one told last.
    fn say_moment(&mut self, at: Timestamp) -> Result<(), CouldNotRun> {
        if self.shown != Some(at) {
            self.shown = Some(at);
            writeln!(self.out, "── {} ──", at.with_timezone(&self.zone).format("%a %Y-%m-%d %H:%M"))?;
        }
        Ok(())
    }

    fn save(&mut self, file: &str) -> Result<(), CouldNotRun> {
        if file.is_empty() {
            writeln!(self.out, "  name a file: /save tests/hello.chat")?;
            return Ok(());
        }
        let path = Path::new(file);
        let path = if path.extension().is_some() { path.to_owned() } else { path.with_extension("chat") };
        let name = path.file_stem().map(|stem| stem.to_string_lossy().replace(['_', '-'], " ")).unwrap_or_default();
        let text = self.session.transcript(&name);
        match write_new(&path, &text) {
            Ok(()) => writeln!(self.out, "  saved as {}; `frontdesk test {0}` plays it", path.display())?,
            Err(why) => writeln!(self.out, "  `{}` was not saved: {why}", path.display())?,
        }
        if let Some(why) = self.fails(&text) {
            writeln!(self.out, "  it does not pass yet: {why}")?;
        }
        Ok(())
    }

    /// Why the transcript does not pass.
    fn fails(&self, text: &str) -> Option<String> {
        let script = match transcript::parse(&Arc::from("chat"), text) {
            Ok(script) => script,
            Err(problems) => return problems.first().map(|problem| problem.message.clone()),
        };
        script.tests.iter().find_map(|test| transcript::run(&script, test, &self.options).failure).map(|f| f.message)
    }
}

/// A lookup's answer; the colon behind its name may be left out.
fn lookup(text: &str) -> Result<Step, String> {
    let (name, reply) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    session::read(&format!("lookup {}: {}", name.trim_end_matches(':'), reply.trim()))
}

/// The words of a message, without its buttons and rows.
fn words(message: &Outbound) -> Vec<String> {
    if choices(message).is_empty() || matches!(message, Outbound::Template { .. }) {
        return show(message);
    }
    message.text().lines().map(str::to_owned).collect()
}

fn write_new(path: &Path, text: &str) -> Result<(), String> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    }
    let file = fs::OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = file.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => "there is such a file already; name another".to_owned(),
        _ => error.to_string(),
    })?;
    file.write_all(text.as_bytes()).map_err(|error| error.to_string())
}
