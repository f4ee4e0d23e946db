//! Files that customers send: kept soon after they came, shown to agents, and never believed to be what they are said to be.

use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use frontdesk::clock::{Clock, Timestamp};
use frontdesk::desk::DeskSettings;
use frontdesk::files::Files;
use frontdesk::message::{Content, Media, MediaKind};
use frontdesk::runtime::{Channel, Whatsapp};
use frontdesk::store::{AuditRow, SqliteSettings};
use tempfile::TempDir;

use super::test_desk::{Answer, Browser, NOON, PATIENCE, TestDesk, between};
use crate::fake_graph::{FakeGraph, File};

struct Place {
    desk: TestDesk,
    graph: FakeGraph,
    files: Files,
    agent: Browser,
    folder: TempDir,
}

/// A desk on the database and the files of a folder.
async fn desk_in(folder: &TempDir, graph: &FakeGraph, files: &Files) -> TestDesk {
    let channel = Whatsapp::new(graph.client(Duration::from_secs(5))).keeping(files.clone());
    let settings = DeskSettings { public_url: None, grace: Duration::ZERO };
    let clock = Clock::manual(Timestamp::from_timestamp(NOON, 0).unwrap());
    let kept = SqliteSettings::file(folder.path().join("desk.db"));
    TestDesk::through(settings, clock, &kept, Channel::Whatsapp(Box::new(channel))).await
}

/// Waits until this came about.
async fn until(done: impl Fn() -> bool) {
    let waiting = async {
        while !done() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap();
}

impl Place {
    async fn new() -> Self {
        let (graph, folder) = (FakeGraph::start().await, tempfile::tempdir().unwrap());
        let files = Files::at(folder.path().join("media"));
        let desk = desk_in(&folder, &graph, &files).await;
        let agent = desk.admin().await;
        Self { desk, graph, files, agent, folder }
    }

    fn put(&self, id: &str, bytes: &str) {
        let (mime, filename) = ("any".to_owned(), "any".to_owned());
        self.graph.put_file(id, File { mime, filename, bytes: bytes.into() });
    }

    async fn get(&self, path: &str) -> Answer {
        self.desk.get(&self.agent, path).await
    }
}

fn file(kind: MediaKind, id: &str, mime: &str, filename: Option<&str>) -> Media {
    let (id, mime, filename) = (id.to_owned(), mime.to_owned(), filename.map(str::to_owned));
    Media { kind, id, mime, caption: None, filename, sha256: None }
}

fn header(answer: &Answer, name: axum::http::HeaderName) -> &str {
    answer.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_photo_is_kept_while_whatsapp_has_it_and_shown_to_agents() {
    let place = Place::new().await;
    place.put("900", "the photo");
    let photo = file(MediaKind::Image, "900", "image/jpeg", None);
    let ana = place.desk.sends("15550001", "Ana", "a", Content::Media(photo.clone())).await;
    until(|| place.files.find(ana, &photo).is_some()).await;
    place.graph.lose_files();

    let page = place.get(&format!("/desk/cases/{ana}")).await;
    let path = format!("/desk/cases/{ana}/files/1");
    page.has(&format!("<img src=\"{path}\" alt=\"Photo\""));
    let shown = place.get(&path).await;
    assert_eq!((shown.status, shown.text.as_str()), (StatusCode::OK, "the photo"));
    assert_eq!((header(&shown, CONTENT_TYPE), header(&shown, CONTENT_DISPOSITION)), ("image/jpeg", "inline"));
    let nobody = place.desk.get(&Browser::default(), &path).await;
    assert_ne!(nobody.status, StatusCode::OK);
    nobody.lacks("the photo");
    for other in ["2", "3", "99", "0", "-1", "9223372036854775807"] {
        let none = place.get(&format!("/desk/cases/{ana}/files/{other}")).await;
        assert_eq!(none.status, StatusCode::NOT_FOUND, "{other}");
    }
}

#[tokio::test]
async fn what_could_act_is_only_saved_under_a_harmless_name() {
    let place = Place::new().await;
    for (seq, (kind, mime, name, saved)) in [
        (
            MediaKind::Document,
            "text/html",
            Some("../bill\r\n<b>.html"),
            "attachment; filename*=UTF-8''.._bill%0D%0A%3Cb%3E.html",
        ),
        (MediaKind::Image, "image/svg+xml", None, "attachment; filename*=UTF-8''image-"),
        (MediaKind::Voice, "audio/ogg; codecs=opus", None, "inline"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("90{seq}");
        place.put(&id, "<script>alert(1)</script>");
        let who = format!("1555000{seq}");
        let contact = place.desk.sends(&who, "Ana", &id, Content::Media(file(kind, &id, mime, name))).await;
        let shown = place.get(&format!("/desk/cases/{contact}/files/1")).await;
        assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
        assert!(header(&shown, CONTENT_DISPOSITION).starts_with(saved), "{:?}", shown.headers);
        let told = if saved == "inline" { "audio/ogg" } else { "application/octet-stream" };
        assert_eq!(header(&shown, CONTENT_TYPE), told);
        assert_eq!(shown.headers["x-content-type-options"], "nosniff");
    }
}

#[tokio::test]
async fn a_secret_file_is_shown_on_record_only() {
    let place = Place::new().await;
    place.put("900", "the pin on paper");
    place.desk.writes("15550001", "Lea", "where is my parcel").await;
    place.desk.writes("15550001", "Lea", "P-4711").await;
    let photo = file(MediaKind::Image, "900", "image/png", None);
    let lea = place.desk.sends("15550001", "Lea", "a", Content::Media(photo)).await;
    let case = place.get(&format!("/desk/cases/{lea}")).await;
    case.has("a secret answer").lacks("/files/");
    let revealed = place.desk.post(&place.agent, &format!("/desk/cases/{lea}/reveal"), &[]).await;
    let seq = between(&revealed.text, &format!("<img src=\"/desk/cases/{lea}/files/"), "\"").to_owned();
    place.get(&format!("/desk/cases/{lea}/files/{seq}")).await.has("the pin on paper");
    assert_eq!(place.desk.audit().await[0], format!("Dana reveal contact {lea}, file {seq}"));
}

#[tokio::test]
async fn what_whatsapp_has_no_more_is_said_with_a_way_out() {
    let place = Place::new().await;
    let video = file(MediaKind::Video, "901", "video/mp4", None);
    let ana = place.desk.sends("15550001", "Ana", "a", Content::Media(video.clone())).await;
    place.get(&format!("/desk/cases/{ana}")).await.has("<video class=\"file\"");
    let gone = place.get(&format!("/desk/cases/{ana}/files/1")).await;
    assert_eq!(gone.status, StatusCode::BAD_GATEWAY);
    gone.has("Ask the customer to send it again.");
    assert_eq!(gone.headers["cache-control"], "private, max-age=60");
    place.put("901", "found again");
    place.get(&format!("/desk/cases/{ana}/files/1")).await.has("found again");
}

#[tokio::test]
async fn the_files_of_those_who_were_erased_while_nobody_was_here_go_at_the_next_start() {
    let place = Place::new().await;
    let photo = file(MediaKind::Image, "900", "image/jpeg", None);
    let mut contacts = Vec::new();
    for who in ["15550001", "15550002"] {
        place.put("900", "the photo");
        let contact = place.desk.sends(who, "Ana", "a", Content::Media(photo.clone())).await;
        place.get(&format!("/desk/cases/{contact}/files/1")).await.has("the photo");
        contacts.push(contact);
    }
    let Place { desk, files, folder, graph, .. } = place;
    files.keep(99, &photo, b"of another database").unwrap();
    desk.runtime.stop().await;
    let erasure = AuditRow::erasure("Dana", contacts[0], desk.runtime.clock().now());
    assert!(desk.runtime.store().erase(contacts[0], erasure).await.unwrap());
    assert!(files.find(contacts[0], &photo).is_some());
    drop(desk);
    let desk = desk_in(&folder, &graph, &files).await;
    let left = || {
        let mut left = files.contacts().unwrap();
        left.sort_unstable();
        left
    };
    until(|| left() == [contacts[1], 99]).await;
    desk.runtime.stop().await;
}
