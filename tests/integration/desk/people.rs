use axum::http::StatusCode;

use super::test_desk::{Browser, PASSWORD, TestDesk, between, form};

async fn link_of(desk: &TestDesk, admin: &Browser, path: &str, fields: &[(&str, &str)]) -> String {
    let made = desk.post(admin, path, fields).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text);
    between(&made.text, "fixed\" value=\"", "\"").to_owned()
}

#[tokio::test]
async fn an_agent_is_made_with_a_link_that_works_once_and_not_for_ever() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    let fields = [("name", "Noa Levi"), ("role", "agent"), ("queue-parcels", "yes")];
    let first = link_of(&desk, &admin, "/desk/people", &fields).await;
    let link = link_of(&desk, &admin, "/desk/people/link", &[("name", "Noa Levi")]).await;
    let nobody = Browser::default();
    assert_eq!(desk.get(&nobody, &first).await.status, StatusCode::GONE, "a newer link replaces an older one");
    desk.get(&nobody, &link).await.has("Noa Levi, choose the password");
    let chosen = [("password", PASSWORD), ("again", PASSWORD)];
    assert_eq!(desk.ask(form(&link, "", &chosen)).await.to(), "/desk");
    assert_eq!(desk.ask(form(&link, "", &chosen)).await.status, StatusCode::GONE);
    assert_eq!(desk.sign_in("Noa Levi", PASSWORD).await.0.status, StatusCode::SEE_OTHER);
    let row = desk.runtime.store().agent("Noa Levi".to_owned()).await.unwrap().unwrap();
    assert_eq!((row.role.as_str(), row.queues), ("agent", Some(vec!["parcels".to_owned()])));

    let late = link_of(&desk, &admin, "/desk/people/link", &[("name", "Noa Levi")]).await;
    desk.runtime.clock().advance(chrono::Duration::days(3));
    assert_eq!(desk.get(&nobody, &late).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_from_before() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    let noa = desk.agent(&admin, "Noa", "agent", &["parcels"]).await;
    let link = link_of(&desk, &admin, "/desk/people/link", &[("name", "Noa")]).await;
    assert_eq!(desk.get(&noa, "/desk").await.status, StatusCode::OK);
    desk.ask(form(&link, "", &[("password", "other words in a row"), ("again", "other words in a row")])).await;
    assert_eq!(desk.get(&noa, "/desk").await.status, StatusCode::SEE_OTHER);
    assert_eq!(desk.sign_in("Noa", PASSWORD).await.0.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn names_are_told_apart_and_safe() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    for (name, why) in [
        ("dana", "There is somebody called dana already."),
        ("x", "2 to 40 letters"),
        ("a/b c", "letters, digits"),
        ("<b>bold</b>", "letters, digits"),
        ("Noa\u{202e}evil", "letters, digits"),
    ] {
        let refused = desk.post(&admin, "/desk/people", &[("name", name), ("role", "agent")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        refused.has(why);
    }
    let refused = desk.post(&admin, "/desk/people", &[("name", "Noa"), ("role", "king")]).await;
    refused.has("Choose what they do here.");
    assert_eq!(desk.runtime.store().agents().await.unwrap().len(), 1);
}

#[tokio::test]
async fn whoever_is_seen_off_is_out_at_once_and_can_come_back() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    let noa = desk.agent(&admin, "Noa", "agent", &["parcels"]).await;
    desk.post(&noa, "/desk/presence", &[("online", "yes")]).await;
    let contact = desk.writes("972501", "Lea", "person").await;
    assert_eq!(desk.state(contact).await, "needs_reply");
    let link = link_of(&desk, &admin, "/desk/people/link", &[("name", "Noa")]).await;
    desk.post(&admin, "/desk/people/active", &[("name", "Noa"), ("active", "no")]).await.has("signed out everywhere");
    assert_eq!(desk.get(&noa, "/desk").await.status, StatusCode::SEE_OTHER);
    assert_eq!(desk.sign_in("Noa", PASSWORD).await.0.status, StatusCode::UNAUTHORIZED);
    assert_eq!(desk.get(&Browser::default(), &link).await.status, StatusCode::GONE);
    desk.pass(3 * 60).await;
    assert_eq!(desk.state(contact).await, "waiting", "what waited for her went back to the queue");

    desk.post(&admin, "/desk/people/active", &[("name", "Noa"), ("active", "yes")]).await;
    assert_eq!(desk.sign_in("Noa", PASSWORD).await.0.status, StatusCode::SEE_OTHER);
    let refused = desk.post(&admin, "/desk/people/active", &[("name", "Dana"), ("active", "no")]).await;
    refused.has("You cannot see yourself off");
    let refused = desk.post(&admin, "/desk/people/change", &[("name", "Dana"), ("role", "agent")]).await;
    refused.has("You cannot take your own role away");
}

#[tokio::test]
async fn role_and_queues_can_change_and_hold_at_once() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    let noa = desk.agent(&admin, "Noa", "agent", &["billing"]).await;
    desk.post(&noa, "/desk/presence", &[("online", "yes")]).await;
    let contact = desk.writes("972501", "Lea", "person").await;
    assert_eq!(desk.state(contact).await, "waiting", "she works in another queue");
    let fields = [("name", "Noa"), ("role", "supervisor"), ("queue-parcels", "yes")];
    desk.post(&admin, "/desk/people/change", &fields).await.has("Noa was changed.");
    assert_eq!(desk.state(contact).await, "needs_reply", "work is given the moment something changes");
    assert_eq!(desk.audit().await[0], "Dana agent_changed Noa, supervisor");
}
