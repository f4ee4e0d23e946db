//! `frontdesk load`: a server that does well passes, and each kind of mistake is found.

mod faulty;

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use faulty::{Fault, SECRET};
use frontdesk::cli;
use frontdesk::load::{Length, Load, Pace, Plan, Report, Script, Target};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::serve::server::Place;

/// How long a test waits for something that ought to happen soon.
const PATIENCE: Duration = Duration::from_secs(60);

fn plan(address: std::net::SocketAddr) -> Plan {
    let path = "/webhooks/whatsapp".to_owned();
    Plan {
        target: Arc::new(Target { address, host: address.to_string(), path }),
        secret: SECRET.into(),
        numbers: (1..=5).map(|number| number.to_string()).collect(),
        customers: 10,
        length: Length::Messages(3),
        pace: Pace::Conversations { think: Duration::ZERO },
        connections: 5,
        patience: PATIENCE,
        statuses: true,
        strict: false,
        script: Script::default(),
    }
}

/// Drives a server with this mistake.
async fn drive(fault: Fault, change: impl FnOnce(&mut Plan)) -> Report {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let graph = format!("http://{}", listener.local_addr().unwrap());
    let mut plan = plan(faulty::start(fault, graph).await);
    change(&mut plan);
    let load = Load::new(plan, listener, 7);
    load.knock().await.unwrap();
    load.run().await
}

#[tokio::test(flavor = "multi_thread")]
async fn frontdesk_loses_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let place = Place::new();
    let server = place.serve(&[
        ("WHATSAPP_ACCESS_TOKEN", "any"),
        ("WHATSAPP_APP_SECRET", SECRET),
        ("WHATSAPP_VERIFY_TOKEN", "any"),
        ("WHATSAPP_API_BASE", &base),
    ]);
    let address = server.base.trim_start_matches("http://").parse().unwrap();
    let script = Script::read("> my parcel\n> tap Small\n> no\n").unwrap();
    let load = Load::new(Plan { customers: 20, script, ..plan(address) }, listener, 7);
    load.knock().await.unwrap();
    let report = load.run().await;
    assert!(report.passed, "{}", report.words());
    assert_eq!((report.messages.accepted, report.customers), (60, 20));
    assert_eq!((report.answers.count, report.answers.marks), (60, 60), "{}", report.words());
    assert_eq!(
        (report.answers.after_words.count, report.answers.after_tap.count),
        (40, 20),
        "what was offered was tapped"
    );
    assert_eq!(report.statuses.count, 180);
    assert_eq!(report.findings(), Vec::<String>::new());
    assert_eq!(server.end("TERM").0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_mistakes_passes_at_every_pace() {
    for pace in [Pace::Conversations { think: Duration::from_millis(1) }, Pace::Flood, Pace::Rate(500.0)] {
        let report = drive(Fault::None, |plan| plan.pace = pace).await;
        assert!(report.passed, "{pace:?}: {}", report.words());
        assert_eq!((report.messages.accepted, report.answers.marks), (30, 30), "{pace:?}");
        assert_eq!(report.checks.silent, 0);
        assert_eq!(report.timeline.iter().map(|second| second.accepted).sum::<u64>(), 30);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn time_ends_a_load_too() {
    let time = Length::Time(Duration::from_millis(300));
    for pace in [Pace::Conversations { think: Duration::ZERO }, Pace::Flood, Pace::Rate(100.0)] {
        let report = drive(Fault::None, |plan| (plan.pace, plan.length) = (pace, time)).await;
        assert!(report.passed && report.messages.accepted > 0, "{pace:?}: {}", report.words());
        assert!(pace != Pace::Rate(100.0) || report.messages.accepted == 30, "{}", report.words());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_and_forgotten_is_found() {
    let report = drive(Fault::Drops, |plan| {
        (plan.length, plan.customers) = (Length::Messages(1), 12);
        plan.patience = Duration::from_secs(2);
    })
    .await;
    assert!(!report.passed);
    assert_eq!(report.checks.lost, 4, "{}", report.words());
    assert!(report.findings()[0].contains("LOST"));
    let flooded = drive(Fault::Drops, |plan| {
        (plan.length, plan.customers, plan.pace) = (Length::Messages(1), 12, Pace::Flood);
        plan.patience = Duration::from_secs(2);
    })
    .await;
    assert_eq!(flooded.checks.lost, 4, "{}", flooded.words());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_twice_is_found() {
    let report = drive(Fault::Doubles, |_| {}).await;
    assert!(!report.passed && report.checks.lost == 0);
    assert_eq!(report.checks.doubled, 10, "{}", report.words());
    assert!(report.findings()[0].contains("DOUBLED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_out_of_order_is_found() {
    let report = drive(Fault::Reorders, |plan| plan.length = Length::Messages(1)).await;
    assert!(!report.passed && report.checks.doubled == 0);
    assert_eq!(report.checks.disordered, 10, "{}", report.words());
    assert!(report.findings()[0].contains("OUT OF ORDER"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_off_is_sent_again_and_what_is_refused_is_told() {
    let report = drive(Fault::Busy, |plan| (plan.statuses, plan.length) = (false, Length::Messages(2))).await;
    assert!(report.passed, "{}", report.words());
    assert_eq!(report.messages.accepted, 20);
    assert!(report.messages.put_off >= 20, "{}", report.words());
    assert!(report.messages.latency.max >= 100.0, "the wait counts");

    let report = drive(Fault::Refuses, |plan| (plan.pace, plan.patience) = (Pace::Flood, Duration::from_secs(1))).await;
    assert!(!report.passed);
    assert_eq!((report.messages.accepted, report.checks.not_taken), (0, 30));
    assert_eq!(report.messages.refused.get(&400), Some(&30));
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_after_an_answer_is_a_loss_only_where_no_person_takes_over() {
    for (strict, lost, silent) in [(false, 0, 10), (true, 10, 0)] {
        let report = drive(Fault::FallsSilent, |plan| {
            (plan.strict, plan.patience, plan.connections) = (strict, Duration::from_secs(2), 10);
        })
        .await;
        assert_eq!((report.checks.lost, report.checks.silent), (lost, silent), "{}", report.words());
        assert_eq!(report.passed, !strict);
    }
}

/// Runs `frontdesk load` against a server with this mistake: its exit status, what it prints, and its page.
async fn command(fault: Fault, secret: &'static str) -> (u8, String, String, Option<String>) {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let server = faulty::start(fault, format!("http://{free}")).await;
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("report.html");
    let arguments = format!(
        "frontdesk load --url http://{server} --listen {free} --whatsapp-app-secret {secret} --customers 6 --messages 2 \
         --concurrency 6 --patience 2s --think 0s --strict --json --html {}",
        page.display()
    );
    let arguments: Vec<OsString> = arguments.split_whitespace().map(OsString::from).collect();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let ran = tokio::task::spawn_blocking(move || (cli::run(arguments, &mut out, &mut err), out, err));
    let (status, out, err) = ran.await.unwrap();
    let page = std::fs::read_to_string(page).ok();
    (status, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap(), page)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exit_status_says_how_it_went() {
    let (status, out, err, page) = command(Fault::None, SECRET).await;
    assert_eq!((status, err.as_str()), (0, ""), "{out}");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&report["passed"], &report["messages"]["accepted"]), (&true.into(), &12.into()));
    assert!(report["answers"]["after_tap"]["p99"].as_f64().unwrap() > 0.0);
    let page = page.unwrap();
    assert_eq!(page.matches("<svg class=\"chart\"").count(), 2);
    assert!(page.contains("Nothing lost") && !page.contains("<script") && !page.contains("href"));

    for (fault, check) in [(Fault::Drops, "lost"), (Fault::Doubles, "doubled"), (Fault::Reorders, "disordered")] {
        let (status, out, _, page) = command(fault, SECRET).await;
        assert_eq!(status, 1, "{out}");
        let report: Value = serde_json::from_str(&out).unwrap();
        assert!(report["checks"][check].as_u64().unwrap() > 0, "{check}: {out}");
        assert!(page.unwrap().contains("Failed"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_it_from_running_is_said() {
    let (status, out, err, _) = command(Fault::None, "another-secret").await;
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(err.contains("refuses our signature") && err.contains("WHATSAPP_APP_SECRET"), "{err}");
}
