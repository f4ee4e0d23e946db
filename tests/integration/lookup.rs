//! Lookups against a small shop on loopback (R18).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use frontdesk::lookup::{HostRule, LookupOutcome, LookupSettings, Lookups, Names};
use frontdesk::message::{Fields, Value};
use frontdesk::policy::Lookup;

const ORDER: &str = r#"{"found": true, "delivery": {"eta": "2026-11-26", "stops": 3}, "note": null}"#;

/// How the shop answers, once.
#[derive(Clone, Copy)]
enum Answer {
    Order,
    Status(u16),
    Body(&'static str),
    Large { announced: bool },
    Redirect,
    Silence,
    BreakOff,
}

#[derive(Default)]
struct Seen {
    answers: Vec<Answer>,
    calls: Vec<(String, HeaderMap)>,
}

/// A shop's order system; it ends with the test's runtime.
struct Shop {
    at: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

impl Shop {
    /// Starts a shop that gives these answers in turn, the last of them for ever.
    async fn start(answers: &[Answer]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen { answers: answers.iter().rev().copied().collect(), calls: Vec::new() }));
        let app = Router::new().fallback(serve).with_state(seen.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { at, seen }
    }

    fn calls(&self) -> Vec<String> {
        self.seen.lock().unwrap().calls.iter().map(|(path, _)| path.clone()).collect()
    }

    /// A caller that may call what `rules` say; `PORT` in them is the shop's.
    fn caller(&self, rules: &str, hosts: &[(&str, &[&str])]) -> Arc<Lookups> {
        let table = hosts
            .iter()
            .map(|(host, at)| ((*host).to_owned(), at.iter().map(|address| address.parse().unwrap()).collect()))
            .collect();
        Lookups::new(LookupSettings {
            allowed_hosts: HostRule::parse_list(&rules.replace("PORT", &self.at.port().to_string())).unwrap(),
            env: BTreeMap::from([("ORDERS_TOKEN".to_owned(), "s3cret".into()), ("BAD".to_owned(), "s3cret\n".into())]),
            names: Names::Fixed(table),
        })
    }

    /// Calls the shop by its address, which is listed, about order `A-1`.
    async fn order(&self, timeout: i64) -> LookupOutcome {
        let lookup = self.lookup("http://127.0.0.1:PORT/orders/{{ order_number }}", timeout);
        self.caller("127.0.0.1:PORT", &[]).call(&lookup, &number("A-1"), &BTreeMap::new()).await
    }

    fn lookup(&self, get: &str, timeout: i64) -> Lookup {
        Lookup {
            name: "order".to_owned(),
            get: get.replace("PORT", &self.at.port().to_string()),
            headers: BTreeMap::new(),
            timeout: chrono::Duration::milliseconds(timeout),
            result: [
                ("found", "$.found"),
                ("eta", "$.delivery.eta"),
                ("stops", "$.delivery.stops"),
                ("note", "$.note"),
            ]
            .map(|(field, path)| (field.to_owned(), path.to_owned()))
            .into(),
        }
    }
}

async fn serve(State(seen): State<Arc<Mutex<Seen>>>, request: Request) -> Response {
    let answer = {
        let mut seen = seen.lock().unwrap();
        seen.calls.push((request.uri().to_string(), request.headers().clone()));
        if seen.answers.len() > 1 { seen.answers.pop() } else { seen.answers.last().copied() }
    };
    match answer.unwrap() {
        Answer::Order => ORDER.into_response(),
        Answer::Status(code) => StatusCode::from_u16(code).unwrap().into_response(),
        Answer::Body(text) => text.into_response(),
        Answer::Large { announced: true } => vec![b' '; 256 * 1024 + 1].into_response(),
        Answer::Large { announced: false } => {
            let chunk = || Ok::<_, std::io::Error>(Bytes::from(vec![b' '; 64 * 1024]));
            Body::from_stream(tokio_stream::iter((0..5).map(move |_| chunk()))).into_response()
        }
        Answer::Redirect => (StatusCode::FOUND, [(header::LOCATION, "/elsewhere")]).into_response(),
        Answer::Silence => std::future::pending().await,
        Answer::BreakOff => {
            let parts = [Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("cut"))];
            Body::from_stream(tokio_stream::iter(parts)).into_response()
        }
    }
}

/// Long enough for a call that ought to be answered at once.
const AMPLE: i64 = 10_000;

fn number(text: &str) -> BTreeMap<String, Value> {
    BTreeMap::from([("order_number".to_owned(), Value::Text(text.to_owned()))])
}

fn order() -> Fields {
    let eta = Value::Date(chrono::NaiveDate::from_ymd_opt(2026, 11, 26).unwrap());
    [("found", Value::Bool(true)), ("eta", eta), ("stops", Value::Number(3.0)), ("note", Value::None)]
        .map(|(field, value)| (field.to_owned(), value))
        .into()
}

fn why(outcome: LookupOutcome) -> String {
    let LookupOutcome::Failed(why) = outcome else { panic!("{outcome:?}") };
    why
}

#[tokio::test]
async fn an_answer_gives_its_fields() {
    let shop = Shop::start(&[Answer::Order]).await;
    assert_eq!(shop.order(AMPLE).await, LookupOutcome::Found(order()));
    assert_eq!(shop.calls(), ["/orders/A-1"]);
}

#[tokio::test]
async fn a_404_is_an_answer() {
    let shop = Shop::start(&[Answer::Status(404)]).await;
    assert_eq!(shop.order(AMPLE).await, LookupOutcome::NotFound);
    assert_eq!(shop.calls().len(), 1);
}

#[tokio::test]
async fn a_passing_failure_is_tried_once_more() {
    for first in [Answer::Status(500), Answer::Status(503), Answer::BreakOff] {
        let shop = Shop::start(&[first, Answer::Order]).await;
        assert_eq!(shop.order(AMPLE).await, LookupOutcome::Found(order()));
        assert_eq!(shop.calls().len(), 2);
    }
    let shop = Shop::start(&[Answer::Silence, Answer::Status(404)]).await;
    assert_eq!(shop.order(200).await, LookupOutcome::NotFound);
}

#[tokio::test]
async fn a_lasting_failure_ends_after_the_second_try() {
    let shop = Shop::start(&[Answer::Status(502)]).await;
    assert_eq!(why(shop.order(AMPLE).await), "`127.0.0.1` answered 502 Bad Gateway");
    assert_eq!(shop.calls().len(), 2);
    let shop = Shop::start(&[Answer::Silence]).await;
    assert_eq!(why(shop.order(100).await), "`127.0.0.1` did not answer within 0.1 seconds");
    assert_eq!(shop.calls().len(), 2);
    let shop = Shop::start(&[Answer::BreakOff]).await;
    assert_eq!(why(shop.order(AMPLE).await), "`127.0.0.1` broke off the connection");
}

#[tokio::test]
async fn what_no_second_try_mends_is_not_tried_again() {
    for (answer, said) in [
        (Answer::Status(401), "`127.0.0.1` answered 401 Unauthorized"),
        (Answer::Body("<html>"), "what `127.0.0.1` answered is no JSON"),
        (Answer::Body(""), "what `127.0.0.1` answered is no JSON"),
        (Answer::Large { announced: true }, "what `127.0.0.1` answered is larger than 256 KB"),
        (Answer::Large { announced: false }, "what `127.0.0.1` answered is larger than 256 KB"),
        (Answer::Redirect, "`127.0.0.1` sends the caller elsewhere (302 Found), which is not followed"),
    ] {
        let shop = Shop::start(&[answer]).await;
        assert_eq!(why(shop.order(AMPLE).await), said);
        assert_eq!(shop.calls(), ["/orders/A-1"]);
    }
}

#[tokio::test]
async fn nobody_listening_is_said() {
    let shop = Shop::start(&[Answer::Order]).await;
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let lookup = shop.lookup(&format!("http://{free}/"), AMPLE);
    let outcome = shop.caller(&free.to_string(), &[]).call(&lookup, &BTreeMap::new(), &BTreeMap::new()).await;
    assert_eq!(why(outcome), "`127.0.0.1` cannot be reached");
}

#[tokio::test]
async fn only_listed_hosts_and_ports_are_called() {
    let shop = Shop::start(&[Answer::Order]).await;
    let hosts: [(&str, &[&str]); 1] = [("shop.example.com", &["127.0.0.1"])];
    for (rules, get) in [
        ("", "http://127.0.0.1:PORT/"),
        ("127.0.0.1", "http://127.0.0.1:PORT/"),
        ("127.0.0.2:PORT", "http://127.0.0.1:PORT/"),
        ("example.com:PORT", "http://shop.example.com:PORT/"),
        ("*.shop.example.com:PORT", "http://shop.example.com:PORT/"),
        ("shop.example.com:PORT", "http://shop.example.com.evil.example:PORT/"),
    ] {
        let outcome =
            shop.caller(rules, &hosts).call(&shop.lookup(get, AMPLE), &BTreeMap::new(), &BTreeMap::new()).await;
        assert!(
            why(outcome).contains("may not be called: the operator can add it to FRONTDESK_LOOKUP_HOSTS"),
            "{rules}"
        );
    }
    assert_eq!(shop.calls().len(), 0);
}

#[tokio::test]
async fn a_name_that_leads_to_a_private_address_is_refused_unless_listed_itself() {
    let shop = Shop::start(&[Answer::Order]).await;
    let lookup = shop.lookup("http://Shop.example.com:PORT/", AMPLE);
    for (at, rules, called) in [
        (["127.0.0.1"].as_slice(), "*.example.com:PORT", false),
        (&["127.0.0.1"], "*.example.com:PORT, shop.example.com", false),
        (&["127.0.0.1"], "*.example.com:PORT, 127.0.0.1", false),
        (&["127.0.0.1"], "shop.example.com:PORT", true),
        (&["127.0.0.1"], "*.example.com:PORT, 127.0.0.1:PORT", true),
        (&["10.0.0.1", "169.254.169.254", "127.0.0.1"], "*.example.com:PORT, 127.0.0.1:PORT", true),
    ] {
        let outcome =
            shop.caller(rules, &[("shop.example.com", at)]).call(&lookup, &BTreeMap::new(), &BTreeMap::new()).await;
        let expected = if called {
            LookupOutcome::Found(order())
        } else {
            LookupOutcome::Failed(
                "`shop.example.com` leads to a private address: the operator must list the host or the address itself \
                 in FRONTDESK_LOOKUP_HOSTS"
                    .to_owned(),
            )
        };
        assert_eq!(outcome, expected, "{rules}");
    }
    assert_eq!(shop.calls().len(), 3);
}

#[tokio::test]
async fn what_a_customer_wrote_stays_in_its_place() {
    let shop = Shop::start(&[Answer::Status(404)]).await;
    let caller = shop.caller("127.0.0.1:PORT", &[]);
    let lookup = shop.lookup("http://127.0.0.1:PORT/orders/{{ order_number }}/eta?of={{ order_number }}", AMPLE);
    for given in ["שלום", "../admin?x=1&of=2#"] {
        assert_eq!(caller.call(&lookup, &number(given), &BTreeMap::new()).await, LookupOutcome::NotFound);
    }
    let (hebrew, path) = ("%D7%A9%D7%9C%D7%95%D7%9D", "..%2Fadmin%3Fx%3D1%26of%3D2%23");
    assert_eq!(shop.calls(), [hebrew, path].map(|text| format!("/orders/{text}/eta?of={text}")));
    let outcome = caller.call(&lookup, &number(".."), &BTreeMap::new()).await;
    assert_eq!(why(outcome), "a part of the address's path would be `.` or `..`, which leads elsewhere");
    assert_eq!(shop.calls().len(), 2);
}

#[tokio::test]
async fn an_earlier_lookup_s_result_may_stand_in_the_address() {
    let shop = Shop::start(&[Answer::Status(404)]).await;
    let lookup = shop.lookup("http://127.0.0.1:PORT/{{ customer.id }}", AMPLE);
    let results = BTreeMap::from([("customer".to_owned(), Fields::from([("id".to_owned(), Value::Number(7.0))]))]);
    shop.caller("127.0.0.1:PORT", &[]).call(&lookup, &BTreeMap::new(), &results).await;
    assert_eq!(shop.calls(), ["/7"]);
}

#[tokio::test]
async fn a_header_s_secret_is_sent_and_never_told() {
    let shop = Shop::start(&[Answer::Order, Answer::Status(401)]).await;
    let caller = shop.caller("127.0.0.1:PORT", &[]);
    let mut lookup = shop.lookup("http://127.0.0.1:PORT/", AMPLE);
    let mut call = async |value: &str| {
        lookup.headers = BTreeMap::from([("Authorization".to_owned(), value.to_owned())]);
        caller.call(&lookup, &BTreeMap::new(), &BTreeMap::new()).await
    };
    assert_eq!(call("Bearer {{ env.ORDERS_TOKEN }}").await, LookupOutcome::Found(order()));
    let whys = [why(call("Bearer {{ env.ORDERS_TOKEN }}").await), why(call("{{ env.BAD }}").await)];
    assert_eq!(whys, ["`127.0.0.1` answered 401 Unauthorized", "the header `Authorization` holds what no header may"]);
    assert!(!format!("{caller:?}").contains("s3cret"));
    let seen = shop.seen.lock().unwrap();
    assert_eq!(seen.calls.len(), 2);
    assert_eq!(seen.calls[0].1[header::AUTHORIZATION], "Bearer s3cret");
    assert_eq!(seen.calls[0].1[header::ACCEPT], "application/json");
}
