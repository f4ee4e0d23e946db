//! `frontdesk load`: drives a running server and says how it held. Only what is on this machine, unless the operator says
//! that the server is theirs.

use std::io::{IsTerminal, Write};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use secrecy::SecretString;
use tokio::net::TcpListener;

use crate::gateway;
use crate::load::{Length, Load, Pace, Plan, Report, Script, Target, page};

use super::serve::listen;
use super::{CouldNotRun, FAILED, FINE, Outcome};

/// Runs against the same store are about other people: a run's number is drawn below this.
const RUNS: u16 = 10_000;

/// Drive a running server with many simulated customers.
#[derive(Debug, Args)]
#[command(
    after_help = "The server must send to this command instead of to WhatsApp, and both must know the same app secret:\n  export WHATSAPP_APP_SECRET=only-for-tests\n  WHATSAPP_API_BASE=http://127.0.0.1:9191 WHATSAPP_ACCESS_TOKEN=x WHATSAPP_VERIFY_TOKEN=x frontdesk serve --database sqlite:/tmp/load.db\n\nExamples:\n  frontdesk load --customers 500                      everybody talks until they have said 4 messages\n  frontdesk load --rate 200 --duration 60s --numbers 5   200 messages a second, however fast the server is\n  frontdesk load --flood --concurrency 64 --numbers 50 --messages 20 --customers 5000\n  frontdesk load --script tests/bills.chat --html report.html --json\n\nAnswers are limited by WhatsApp's 80 a second and business number: for more, let customers write to more --numbers.\nExit status 1 says that something was lost, doubled, out of order, or never taken."
)]
pub struct LoadArguments {
    /// The server
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// Signs the deliveries, as the server expects it (better as a variable)
    #[arg(long, value_name = "SECRET", env = "WHATSAPP_APP_SECRET", hide_env_values = true)]
    whatsapp_app_secret: Option<SecretString>,
    /// Where this command receives what the server sends: what the server's WHATSAPP_API_BASE names
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9191")]
    listen: SocketAddr,
    /// How many customers write
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=99_999_999))]
    customers: u32,
    /// How many messages each of them sends [default: as many as the script has, at most 4 without one]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "duration")]
    messages: Option<u32>,
    /// How long customers write, such as 90s or 10m
    #[arg(long, value_name = "TIME", value_parser = time)]
    duration: Option<Duration>,
    /// Send so many messages a second, whatever the server does; latency counts from when a message was due
    #[arg(long, value_name = "N", value_parser = rate, conflicts_with = "flood")]
    rate: Option<f64>,
    /// Send the next message as soon as the one before was taken, without waiting for answers
    #[arg(long)]
    flood: bool,
    /// How many deliveries, or conversations, are under way at the same time
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    concurrency: u16,
    /// How long a customer thinks between an answer and the next message
    #[arg(long, value_name = "TIME", default_value = "200ms", value_parser = time)]
    think: Duration,
    /// How long a customer waits for anything to come of a message
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time)]
    patience: Duration,
    /// The first business number's id; the others count on from it
    #[arg(long, value_name = "ID", default_value_t = 100_000_000_000_001)]
    number: u64,
    /// To how many business numbers customers write
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    numbers: u16,
    /// What customers say: the `>` lines of a transcript, or a message a line [default: some words, then whatever is
    /// offered to tap]
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// Do not tell the server that its messages were sent, delivered and read
    #[arg(long)]
    no_statuses: bool,
    /// Count silence as a loss even after an answer (for bots in which no person takes over)
    #[arg(long)]
    strict: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Write a report with charts
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Drive a server that is not on this machine; every message of it would cost its owner
    #[arg(long)]
    i_own_this_server: bool,
}

/// Runs the command.
///
/// # Errors
/// The server is not there, refuses the signature, or is none that may be driven; a file cannot be read or written.
pub fn run(arguments: &LoadArguments, out: &mut dyn Write, err: &mut dyn Write) -> Outcome {
    let plan = plan(arguments)?;
    let machine = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = machine.block_on(drive(plan, arguments, err))?;
    if let Some(file) = &arguments.html {
        let page = page(&report).map_err(CouldNotRun)?;
        std::fs::write(file, page).map_err(|error| CouldNotRun::file(file, "written", &error))?;
    }
    if arguments.json {
        writeln!(out, "{:#}", serde_json::to_value(&report)?)?;
    } else {
        write!(out, "{}", report.words())?;
    }
    Ok(if report.passed { FINE } else { FAILED })
}

fn plan(arguments: &LoadArguments) -> Result<Plan, CouldNotRun> {
    let secret = arguments.whatsapp_app_secret.clone().ok_or_else(|| {
        CouldNotRun(
            "WHATSAPP_APP_SECRET is not set; give the server and this command the same one, for tests only".to_owned(),
        )
    })?;
    let script = match &arguments.script {
        None => Script::default(),
        Some(file) => {
            let text = std::fs::read_to_string(file).map_err(|error| CouldNotRun::file(file, "read", &error))?;
            Script::read(&text).map_err(|why| CouldNotRun(format!("`{}` cannot be used: {why}", file.display())))?
        }
    };
    let said = arguments.messages.map_or_else(
        || if arguments.script.is_some() { script.longest() } else { script.longest().min(4) },
        |messages| usize::try_from(messages).unwrap_or(usize::MAX),
    );
    let pace = match (arguments.rate, arguments.flood) {
        (Some(rate), _) => Pace::Rate(rate),
        (None, true) => Pace::Flood,
        (None, false) => Pace::Conversations { think: arguments.think },
    };
    Ok(Plan {
        target: Arc::new(target(&arguments.url, arguments.i_own_this_server)?),
        secret,
        numbers: (0..u64::from(arguments.numbers)).map(|n| arguments.number.saturating_add(n).to_string()).collect(),
        customers: usize::try_from(arguments.customers).unwrap_or(usize::MAX),
        length: arguments.duration.map_or(Length::Messages(said), Length::Time),
        pace,
        connections: usize::from(arguments.concurrency),
        patience: arguments.patience,
        statuses: !arguments.no_statuses,
        strict: arguments.strict,
        script,
    })
}

/// The webhook at an address; one on another machine only if it is the operator's.
fn target(url: &str, owned: bool) -> Result<Target, CouldNotRun> {
    let wrong = |why: &str| CouldNotRun(format!("`{url}` {why}"));
    let parsed = reqwest::Url::parse(url).map_err(|_| wrong("is no address such as http://127.0.0.1:8080"))?;
    if parsed.scheme() != "http" {
        return Err(wrong(
            "is not http; drive the server itself, not the web server in front of it, which has the TLS",
        ));
    }
    let (Some(name), Some(port)) = (parsed.host_str(), parsed.port_or_known_default()) else {
        return Err(wrong("names no host"));
    };
    let found = (name.trim_matches(['[', ']']), port).to_socket_addrs().ok().and_then(|mut found| found.next());
    let address = found.ok_or_else(|| wrong("names a host that cannot be found"))?;
    if !address.ip().is_loopback() && !owned {
        return Err(wrong(
            "is not on this machine; if that server is yours and may be loaded, add --i-own-this-server",
        ));
    }
    let path = if parsed.path() == "/" { gateway::PATH } else { parsed.path() };
    Ok(Target { address, host: format!("{name}:{port}"), path: path.to_owned() })
}

async fn drive(plan: Plan, arguments: &LoadArguments, err: &mut dyn Write) -> Result<Report, CouldNotRun> {
    let listener: TcpListener = listen::bind(arguments.listen).await?;
    let here = listener.local_addr()?;
    let load = Load::new(plan, listener, rand::random::<u16>() % RUNS);
    load.knock().await.map_err(CouldNotRun)?;
    let live = std::io::stderr().is_terminal() && !arguments.json;
    if live {
        say(err, &format!("receiving at http://{here}, which must be the server's WHATSAPP_API_BASE\n"));
    }
    let mut running = std::pin::pin!(load.run());
    let mut each_second = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            report = &mut running => {
                if live {
                    say(err, "\r\x1b[K");
                }
                return Ok(report);
            }
            _ = each_second.tick() => if live {
                say(err, &format!("\r\x1b[K{}", load.progress()));
            },
            // What was measured until then is worth telling.
            _ = tokio::signal::ctrl_c() => load.stop(),
        }
    }
}

/// Nobody may be looking.
fn say(to: &mut dyn Write, words: &str) {
    drop(to.write_all(words.as_bytes()).and_then(|()| to.flush()));
}

/// `250ms`, `90s`, `10m`, `2h`.
fn time(text: &str) -> Result<Duration, String> {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let wrong = || format!("`{text}` is no time such as 250ms, 90s, 10m or 2h");
    let number: u32 = number.parse().map_err(|_| wrong())?;
    let unit = match unit {
        "ms" => Duration::from_millis(1),
        "s" => Duration::from_secs(1),
        "m" => Duration::from_mins(1),
        "h" => Duration::from_hours(1),
        _ => return Err(wrong()),
    };
    Ok(unit * number)
}

fn rate(text: &str) -> Result<f64, String> {
    let wrong = || format!("`{text}` is no number of messages a second such as 200 or 0.5");
    text.parse().ok().filter(|rate| (0.001..=1e6).contains(rate)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_driven_unless_the_server_is_the_operators() {
        let at = |url| target(url, false).map(|target| target.to_string()).map_err(|CouldNotRun(why)| why);
        assert_eq!(at("http://127.0.0.1:8080").unwrap(), "http://127.0.0.1:8080/webhooks/whatsapp");
        assert_eq!(at("http://[::1]:81/hook").unwrap(), "http://[::1]:81/hook");
        for (url, words) in [
            ("http://192.0.2.7", "--i-own-this-server"),
            ("https://127.0.0.1", "not http"),
            ("127.0.0.1:8080", "no address"),
            ("nonsense", "no address"),
        ] {
            let why = at(url).unwrap_err();
            assert!(why.contains(words), "{why}");
        }
        assert_eq!(target("http://192.0.2.7", true).unwrap().host, "192.0.2.7:80");
    }

    #[test]
    fn times_and_rates_are_read() {
        assert_eq!(time("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(time("2h"), Ok(Duration::from_secs(7_200)));
        assert!(["", "5", "s", "-5s", "5 days", "99999999999s"].iter().all(|text| time(text).is_err()));
        assert_eq!(rate("0.5"), Ok(0.5));
        assert!(["0", "-1", "inf", "NaN", "many"].iter().all(|text| rate(text).is_err()));
    }
}
