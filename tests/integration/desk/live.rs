use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use axum::http::header::COOKIE;
use frontdesk::clock::{Clock, Timestamp};
use frontdesk::conversation::event::Act;
use frontdesk::desk::{self, Desk, DeskSettings};
use frontdesk::simulator;
use frontdesk::store::SqliteSettings;
use tokio_stream::StreamExt;
use tower::ServiceExt;

use super::test_desk::{Browser, NOON, PATIENCE, TestDesk, between, form};

/// An open page: what it is told.
struct Page {
    told: BodyDataStream,
    buffer: String,
}

impl Page {
    async fn open(desk: &TestDesk, browser: &Browser) -> Self {
        Self::of(desk.router.clone(), "/desk/live", browser).await
    }

    async fn of(router: Router, path: &str, browser: &Browser) -> Self {
        let request = Request::get(path).header(COOKIE, &browser.cookie).body(Body::empty()).unwrap();
        let answer = router.oneshot(request).await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let mut page = Self { told: answer.into_body().into_data_stream(), buffer: String::new() };
        page.until("event: hello").await;
        page
    }

    /// Reads until something was told: what was told so far.
    async fn until(&mut self, words: &str) -> String {
        while !self.buffer.contains(words) {
            let next = tokio::time::timeout(PATIENCE, self.told.next()).await.unwrap().unwrap().unwrap();
            self.buffer.push_str(std::str::from_utf8(&next).unwrap());
        }
        std::mem::take(&mut self.buffer)
    }

    /// Reads until it has ended: what was told last.
    async fn rest(mut self) -> String {
        let ended = async {
            while let Some(next) = self.told.next().await {
                self.buffer.push_str(std::str::from_utf8(&next.unwrap()).unwrap());
            }
        };
        tokio::time::timeout(PATIENCE, ended).await.unwrap_or_else(|_| panic!("it does not end"));
        self.buffer
    }
}

/// Noa's page is open, something is done, and a second later a customer writes: her page ends without hearing of it, Dana's
/// goes on.
async fn ends_after<D: AsyncFnOnce(&TestDesk, &Browser, &Browser)>(why: &str, done: D) {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    let noa = desk.agent(&admin, "Noa", "agent", &["parcels"]).await;
    let (hers, mut danas) = (Page::open(&desk, &noa).await, Page::open(&desk, &admin).await);
    done(&desk, &admin, &noa).await;
    desk.pass(1).await;
    let contact = desk.writes("972501", "Lea", "person").await;
    danas.until(&format!("event: changed\ndata: {contact}")).await;
    assert_eq!(hers.rest().await, "", "{why}");
}

#[tokio::test]
async fn a_page_ends_with_its_session_and_with_what_its_agent_may() {
    ends_after("signed out", async |desk, _, noa| {
        desk.post(noa, "/desk/sign-out", &[]).await;
    })
    .await;
    ends_after("seen off", async |desk, admin, _| {
        desk.post(admin, "/desk/people/active", &[("name", "Noa"), ("active", "no")]).await;
    })
    .await;
    ends_after("another role", async |desk, admin, _| {
        let fields = [("name", "Noa"), ("role", "designer"), ("queue-parcels", "yes")];
        desk.post(admin, "/desk/people/change", &fields).await;
    })
    .await;
    ends_after("other queues", async |desk, admin, _| {
        let fields = [("name", "Noa"), ("role", "agent"), ("queue-billing", "yes")];
        desk.post(admin, "/desk/people/change", &fields).await;
    })
    .await;
    ends_after("another password", async |desk, admin, _| {
        let made = desk.post(admin, "/desk/people/link", &[("name", "Noa")]).await;
        let link = between(&made.text, "fixed\" value=\"", "\"").to_owned();
        let chosen = [("password", "other words in a row"), ("again", "other words in a row")];
        assert_eq!(desk.ask(form(&link, "", &chosen)).await.to(), "/desk");
    })
    .await;
}

#[tokio::test]
async fn routes_behind_the_sign_in_end_their_streams_likewise() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    let guarded = desk::guard(simulator::sandbox(desk.runtime.clone()), &desk.desk);
    let mut page = Page::of(guarded, "/simulator/api/live", &admin).await;
    let contact = desk.writes("972501", "Lea", "person").await;
    page.until(&format!("\"contact\":{contact}")).await;
    desk.post(&admin, "/desk/sign-out", &[]).await;
    desk.pass(1).await;
    desk.writes("972501", "Lea", "are you there?").await;
    assert_eq!(page.rest().await, "");
}

/// Makes the sessions unreadable, or readable again, behind the desk's back.
fn sessions(file: &Path, readable: bool) {
    let (from, to) = if readable { ("hidden", "sessions") } else { ("sessions", "hidden") };
    let store = rusqlite::Connection::open(file).unwrap();
    store.execute_batch(&format!("ALTER TABLE {from} RENAME TO {to}")).unwrap();
}

/// A desk over a file, so that something can be done to it meanwhile.
async fn over(file: &Path) -> TestDesk {
    let noon = Clock::manual(Timestamp::from_timestamp(NOON, 0).unwrap());
    TestDesk::over(patient(), noon, &SqliteSettings::file(file)).await
}

#[tokio::test]
async fn a_store_that_cannot_be_read_for_a_while_ends_no_page() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("frontdesk.db");
    let desk = over(&file).await;
    let admin = desk.admin().await;
    let mut page = Page::open(&desk, &admin).await;
    desk.post(&admin, "/desk/presence", &[("online", "yes")]).await;
    desk.pass(1).await;
    sessions(&file, false);
    desk.writes("972501", "Lea", "hello").await;
    assert!(
        tokio::time::timeout(Duration::from_millis(100), page.told.next()).await.is_err(),
        "it goes on, and is quiet"
    );
    desk.pass(60).await;
    assert_eq!(desk.runtime.online(), ["Dana"]);
    sessions(&file, true);
    desk.writes("972502", "Omer", "hello").await;
    page.until("event: reload").await;
    desk.post(&admin, "/desk/sign-out", &[]).await;
    desk.pass(1).await;
    desk.writes("972502", "Omer", "are you there?").await;
    page.rest().await;
}

#[tokio::test]
async fn what_changes_within_a_second_is_told_without_asking_the_store_each_time_and_an_alert_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("frontdesk.db");
    let desk = over(&file).await;
    let admin = desk.admin().await;
    let contact = desk.writes("972501", "Lea", "person").await;
    let mut page = Page::open(&desk, &admin).await;
    desk.post(&admin, "/desk/presence", &[("online", "yes")]).await;
    page.until("event: alert").await;
    let changed = format!("event: changed\ndata: {contact}");
    let act = async |act: Act| desk.runtime.act(contact, "Dana", act).await.unwrap();
    page.until(&changed).await;
    sessions(&file, false);
    act(Act::Note { text: "between us".to_owned() }).await;
    page.until(&changed).await;
    act(Act::TransferToAgent { agent: "Dana".to_owned() }).await;
    let told = page.until(&changed).await;
    assert!(told.contains("event: reload") && !told.contains("event: alert"), "{told}");
    sessions(&file, true);
    act(Act::TransferToAgent { agent: "Dana".to_owned() }).await;
    page.until("event: alert").await;
}

/// A desk that waits ten seconds for a page that was left for the next one.
fn patient() -> DeskSettings {
    DeskSettings { public_url: None, grace: Duration::from_secs(10) }
}

#[tokio::test]
async fn an_agent_is_at_the_desk_while_a_page_is_open() {
    let desk = TestDesk::with(patient()).await;
    let admin = desk.admin().await;
    let (one, two) = (Page::open(&desk, &admin).await, Page::open(&desk, &admin).await);
    assert!(desk.runtime.online().is_empty(), "an open page alone wants no work");
    desk.post(&admin, "/desk/presence", &[("online", "yes")]).await;
    assert_eq!(desk.runtime.online(), ["Dana"]);
    drop(one);
    desk.pass(60).await;
    assert_eq!(desk.runtime.online(), ["Dana"], "another page is open");
    drop(two);
    desk.pass(9).await;
    assert_eq!(desk.runtime.online(), ["Dana"], "she may be on her way to the next page");
    let next = Page::open(&desk, &admin).await;
    desk.pass(60).await;
    assert_eq!(desk.runtime.online(), ["Dana"], "she was");
    drop(next);
    desk.pass(11).await;
    assert!(desk.runtime.online().is_empty());
    desk.get(&admin, "/desk").await.has("aria-checked=\"true\"");
    let again = Page::open(&desk, &admin).await;
    assert_eq!(desk.runtime.online(), ["Dana"], "she wanted work and is back");
    desk.post(&admin, "/desk/presence", &[("online", "no")]).await;
    drop(again);
    let _open = Page::open(&desk, &admin).await;
    assert!(desk.runtime.online().is_empty(), "she wants no work");
}

#[tokio::test]
async fn what_waits_for_an_agent_who_left_goes_to_others_at_its_time_however_far_the_clock_is_moved() {
    let desk = TestDesk::with(patient()).await;
    let admin = desk.admin().await;
    let page = Page::open(&desk, &admin).await;
    desk.post(&admin, "/desk/presence", &[("online", "yes")]).await;
    let contact = desk.writes("972501", "Lea", "person").await;
    assert_eq!(desk.state(contact).await, "needs_reply");
    drop(page);
    let left = desk.runtime.clock().now();
    desk.pass(3600).await;
    let enquiry = desk.conversation(contact).await.enquiry.unwrap();
    assert_eq!((enquiry.agent, enquiry.state.name()), (None, "waiting"));
    assert_eq!(enquiry.since - left, chrono::Duration::seconds(10 + 120), "the grace and then two minutes");
}

#[tokio::test]
async fn moving_the_clock_by_a_weekend_leaves_whoever_is_here_at_the_desk() {
    let desk = TestDesk::on(patient(), Clock::system()).await;
    let admin = desk.admin().await;
    let mut page = Page::open(&desk, &admin).await;
    desk.post(&admin, "/desk/presence", &[("online", "yes")]).await;
    desk.pass(3 * 24 * 3600).await;
    assert_eq!(desk.runtime.online(), ["Dana"]);
    desk.get(&admin, "/desk").await.has("Must answer");
    let contact = desk.writes("972501", "Lea", "person").await;
    page.until(&format!("event: changed\ndata: {contact}")).await;
}

#[tokio::test]
async fn whoever_was_online_when_the_server_went_down_and_does_not_come_back_is_away() {
    let desk = TestDesk::with(patient()).await;
    let admin = desk.admin().await;
    desk.post(&admin, "/desk/presence", &[("online", "yes")]).await;
    let _after_a_restart = Desk::new(desk.runtime.clone(), patient());
    let online = async || desk.runtime.store().agents().await.unwrap()[0].online;
    desk.pass(9).await;
    assert!(online().await);
    desk.pass(2).await;
    assert!(!online().await);
}

#[tokio::test]
async fn whoever_may_answer_nobody_any_more_is_given_nobody_any_more() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    let noa = desk.agent(&admin, "Noa", "agent", &["parcels"]).await;
    desk.post(&noa, "/desk/presence", &[("online", "yes")]).await;
    assert_eq!(desk.runtime.online(), ["Noa"]);
    desk.post(&admin, "/desk/people/change", &[("name", "Noa"), ("role", "designer")]).await;
    assert!(desk.runtime.online().is_empty());
    desk.post(&admin, "/desk/people/change", &[("name", "Noa"), ("role", "agent")]).await;
    let _page = Page::open(&desk, &noa).await;
    assert!(desk.runtime.online().is_empty(), "she has to say again that she wants work");
}
