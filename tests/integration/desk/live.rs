use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use axum::http::header::COOKIE;
use tokio_stream::StreamExt;
use tower::ServiceExt;

use super::test_desk::{Browser, PATIENCE, TestDesk};

/// An open page: what it is told.
struct Page {
    told: BodyDataStream,
    buffer: String,
}

impl Page {
    async fn open(desk: &TestDesk, browser: &Browser) -> Self {
        let request = Request::get("/desk/live").header(COOKIE, &browser.cookie).body(Body::empty()).unwrap();
        let answer = desk.router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let mut page = Self { told: answer.into_body().into_data_stream(), buffer: String::new() };
        page.until("event: hello").await;
        page
    }

    /// Reads until something was told.
    async fn until(&mut self, words: &str) {
        while !self.buffer.contains(words) {
            let next = tokio::time::timeout(PATIENCE, self.told.next()).await.unwrap().unwrap().unwrap();
            self.buffer.push_str(std::str::from_utf8(&next).unwrap());
        }
        self.buffer.clear();
    }
}

/// Waits for tasks that wait for nothing.
async fn until_online(desk: &TestDesk, names: &[&str]) {
    let waited = async {
        while desk.runtime.online() != names {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waited).await.unwrap();
}

#[tokio::test]
async fn pages_hear_of_changes_and_of_alerts_that_are_for_them() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    let noa = desk.agent(&admin, "Noa", "agent", &["parcels"]).await;
    desk.post(&noa, "/desk/presence", &[("online", "yes")]).await;
    let (mut hers, mut danas) = (Page::open(&desk, &noa).await, Page::open(&desk, &admin).await);
    let contact = desk.writes("972501", "Lea", "person").await;
    hers.until("Lea is yours now").await;
    danas.until(&format!("event: changed\ndata: {contact}")).await;
    assert!(!danas.buffer.contains("yours now"), "it is not hers");
}

#[tokio::test]
async fn whoever_is_seen_off_hears_nothing_more() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    let noa = desk.agent(&admin, "Noa", "agent", &["parcels"]).await;
    let (mut hers, mut danas) = (Page::open(&desk, &noa).await, Page::open(&desk, &admin).await);
    desk.post(&admin, "/desk/people/active", &[("name", "Noa"), ("active", "no")]).await;
    let contact = desk.writes("972501", "Lea", "person").await;
    danas.until(&format!("event: changed\ndata: {contact}")).await;
    let heard = tokio::time::timeout(std::time::Duration::ZERO, hers.told.next()).await;
    assert!(heard.is_err(), "{heard:?}");
}

#[tokio::test]
async fn an_agent_is_at_the_desk_while_a_page_is_open() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    let (one, two) = (Page::open(&desk, &admin).await, Page::open(&desk, &admin).await);
    assert!(desk.runtime.online().is_empty(), "an open page alone wants no work");
    desk.post(&admin, "/desk/presence", &[("online", "yes")]).await;
    assert_eq!(desk.runtime.online(), ["Dana"]);
    drop(one);
    tokio::task::yield_now().await;
    assert_eq!(desk.runtime.online(), ["Dana"], "another page is open");
    drop(two);
    until_online(&desk, &[]).await;
    desk.get(&admin, "/desk").await.has("aria-checked=\"true\"");
    let again = Page::open(&desk, &admin).await;
    assert_eq!(desk.runtime.online(), ["Dana"], "she wanted work and is back");
    desk.post(&admin, "/desk/presence", &[("online", "no")]).await;
    drop(again);
    let _open = Page::open(&desk, &admin).await;
    assert!(desk.runtime.online().is_empty(), "she wants no work");
}
