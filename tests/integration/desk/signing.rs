use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::http::StatusCode;
use axum::http::header::{ORIGIN, RETRY_AFTER, SET_COOKIE};
use frontdesk::desk::DeskSettings;

use super::test_desk::{Answer, Browser, PASSWORD, TestDesk, form};

#[tokio::test]
async fn the_first_admin_is_made_by_a_link_that_works_once() {
    let desk = TestDesk::new().await;
    let old = desk.desk.first_admin().await.unwrap().unwrap();
    let link = desk.desk.first_admin().await.unwrap().unwrap();
    assert_ne!(old, link);
    let nobody = Browser::default();
    assert_eq!(desk.get(&nobody, &old).await.status, StatusCode::GONE, "a newer link replaces an older one");
    desk.get(&nobody, &link).await.has("You are the first one here");

    let mut fields = [("name", "Dana"), ("password", "short"), ("again", "short")];
    let refused = desk.ask(form(&link, "", &fields)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.has("at least 10 characters").has("value=\"Dana\"");
    (fields[1].1, fields[2].1) = (PASSWORD, "four words in a raw");
    desk.ask(form(&link, "", &fields)).await.has("The two passwords differ.");
    (fields[1].1, fields[2].1) = ("dana dana dana", "dana dana dana");
    desk.ask(form(&link, "", &fields)).await.has("may not contain the name");
    (fields[1].1, fields[2].1) = (PASSWORD, PASSWORD);
    assert_eq!(desk.ask(form(&link, "", &fields)).await.status, StatusCode::SEE_OTHER);

    assert_eq!(desk.ask(form(&link, "", &fields)).await.status, StatusCode::GONE);
    assert_eq!(desk.desk.first_admin().await.unwrap(), None, "there is an admin now");
    assert_eq!(desk.audit().await, ["Dana first_admin"]);
}

#[tokio::test]
async fn two_who_use_the_first_link_at_once_are_not_both_admin() {
    let desk = TestDesk::new().await;
    let link = desk.desk.first_admin().await.unwrap().unwrap();
    let ask = |name| desk.ask(form(&link, "", &[("name", name), ("password", PASSWORD), ("again", PASSWORD)]));
    let (one, two) = tokio::join!(ask("Dana"), ask("Noa"));
    let mut statuses = [one.status, two.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::GONE]);
    assert_eq!(desk.runtime.store().agents().await.unwrap().len(), 1);
}

#[tokio::test]
async fn name_and_password_open_a_session_that_is_only_a_digest_in_the_store() {
    let desk = TestDesk::new().await;
    desk.admin().await;
    let (answer, browser) = desk.sign_in("  dana ", PASSWORD).await;
    assert_eq!((answer.status, answer.to()), (StatusCode::SEE_OTHER, "/desk"));
    let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
    assert!(cookie.ends_with("; Path=/; Max-Age=50400; HttpOnly; SameSite=Lax"), "{cookie}");
    desk.get(&browser, "/desk").await.has("Must answer").has("Dana");
    let token = browser.cookie.split_once('=').unwrap().1.to_owned();
    let stored = desk.runtime.store().session(token, desk.runtime.clock().now()).await.unwrap();
    assert_eq!(stored, None, "the cookie itself is nowhere in the store");
    assert_eq!(desk.get(&browser, "/desk/sign-in").await.to(), "/desk", "whoever is signed in need not do it again");
}

#[tokio::test]
async fn over_https_the_cookie_insists_on_it() {
    let public_url = Some("https://chat.example.com".to_owned());
    let desk = TestDesk::with(DeskSettings { public_url, ..DeskSettings::default() }).await;
    let browser = desk.admin().await;
    let (answer, _) = desk.sign_in("Dana", PASSWORD).await;
    let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-frontdesk=") && cookie.ends_with("; Secure"), "{cookie}");
    let mut request = form("/desk/presence", &browser.cookie, &[("csrf", &browser.csrf), ("online", "yes")]);
    request.headers_mut().insert(ORIGIN, "https://chat.example.com".parse().unwrap());
    assert_eq!(desk.ask(request).await.status, StatusCode::SEE_OTHER, "a proxy may have changed the host");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_get_the_same_answer() {
    let desk = TestDesk::new().await;
    desk.admin().await;
    let (wrong, _) = desk.sign_in("Dana", "not the password").await;
    let (unknown, _) = desk.sign_in("Nobody", "not the password").await;
    assert_eq!((wrong.status, unknown.status), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
    assert_eq!(wrong.text.replace("Dana", "X"), unknown.text.replace("Nobody", "X"));
    wrong.has("do not go together");
    assert!(wrong.headers.get(SET_COOKIE).is_none());
}

#[tokio::test]
async fn too_many_tries_have_to_wait_and_are_told_how_long() {
    let desk = TestDesk::new().await;
    desk.admin().await;
    for _ in 0..10 {
        assert_eq!(desk.sign_in("Dana", "not the password").await.0.status, StatusCode::UNAUTHORIZED);
    }
    desk.pass(60).await;
    let (stopped, _) = desk.sign_in("Dana", PASSWORD).await;
    assert_eq!(stopped.status, StatusCode::TOO_MANY_REQUESTS, "even the right password");
    stopped.has("Too many tries. Try again in 14 minutes.");
    assert_eq!(stopped.headers[RETRY_AFTER], "840");
    desk.pass(14 * 60).await;
    assert_eq!(desk.sign_in("Dana", PASSWORD).await.0.status, StatusCode::SEE_OTHER);
}

/// Signs in from an address, with what the browser keeps.
async fn from(desk: &TestDesk, address: [u8; 4], cookie: &str, name: &str, password: &str) -> Answer {
    let mut request = form("/desk/sign-in", cookie, &[("name", name), ("password", password)]);
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((address, 5000))));
    desk.ask(request).await
}

#[tokio::test]
async fn one_address_may_not_try_name_after_name() {
    let desk = TestDesk::new().await;
    desk.admin().await;
    for number in 0..40 {
        let tried = from(&desk, [9, 9, 9, 9], "", &format!("name {number}"), PASSWORD).await;
        assert_eq!(tried.status, StatusCode::UNAUTHORIZED, "{number}");
    }
    assert_eq!(from(&desk, [9, 9, 9, 9], "", "Dana", PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(from(&desk, [8, 8, 8, 8], "", "Dana", PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn whoever_guesses_a_password_does_not_shut_its_owner_out() {
    let desk = TestDesk::new().await;
    desk.admin().await;
    let first = from(&desk, [8, 8, 8, 8], "", "Dana", PASSWORD).await;
    for _ in 0..10 {
        from(&desk, [9, 9, 9, 9], "", "Dana", "not the password").await;
    }
    assert_eq!(from(&desk, [9, 9, 9, 9], "", "Dana", PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(from(&desk, [8, 8, 8, 8], "", "Dana", PASSWORD).await.status, StatusCode::SEE_OTHER, "she is elsewhere");

    let device = first.headers.get_all(SET_COOKIE).iter().nth(1).unwrap().to_str().unwrap();
    let (device, more) = device.split_once(';').unwrap();
    assert_eq!(more, " Path=/desk; Max-Age=15552000; HttpOnly; SameSite=Lax");
    assert_eq!(
        desk.get(&Browser { cookie: device.to_owned(), ..Browser::default() }, "/desk").await.status,
        StatusCode::SEE_OTHER,
        "it opens nothing"
    );
    let here = from(&desk, [9, 9, 9, 9], device, "Dana", PASSWORD).await;
    assert_eq!(here.status, StatusCode::SEE_OTHER, "behind the same address, on a device she signed in on before");
    for forged in ["frontdesk-device=00.00", "frontdesk-device=.", &device.replace('.', "0.")] {
        let tried = from(&desk, [9, 9, 9, 9], forged, "Dana", PASSWORD).await;
        assert_eq!(tried.status, StatusCode::TOO_MANY_REQUESTS, "{forged}");
    }
    for _ in 0..10 {
        assert_eq!(from(&desk, [9, 9, 9, 9], device, "Dana", "wrong").await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(from(&desk, [9, 9, 9, 9], device, "Dana", PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn an_expired_session_leads_to_the_sign_in_page_and_back() {
    let desk = TestDesk::new().await;
    let browser = desk.admin().await;
    desk.pass(14 * 3600).await;
    let answer = desk.get(&browser, "/desk/cases/1?show=all").await;
    assert_eq!(
        (answer.status, answer.to()),
        (StatusCode::SEE_OTHER, "/desk/sign-in?to=%2Fdesk%2Fcases%2F1%3Fshow%3Dall")
    );
    let page = desk.get(&browser, answer.to()).await;
    page.has("name=\"to\" value=\"/desk/cases/1?show=all\"");
    let fields = [("name", "Dana"), ("password", PASSWORD), ("to", "/desk/cases/1?show=all")];
    assert_eq!(desk.ask(form("/desk/sign-in", "", &fields)).await.to(), "/desk/cases/1?show=all");
    let acts = desk.post(&browser, "/desk/presence", &[("online", "yes")]).await;
    assert_eq!(acts.status, StatusCode::UNAUTHORIZED);
    acts.has("nothing was done");
}

#[tokio::test]
async fn nobody_is_led_elsewhere_after_signing_in() {
    let desk = TestDesk::new().await;
    desk.admin().await;
    let fields = [("name", "Dana"), ("password", PASSWORD), ("to", "//evil.example/desk")];
    assert_eq!(desk.ask(form("/desk/sign-in", "", &fields)).await.to(), "/desk");
}

#[tokio::test]
async fn signing_out_ends_the_session_and_gives_no_more_work() {
    let desk = TestDesk::new().await;
    let browser = desk.admin().await;
    desk.post(&browser, "/desk/presence", &[("online", "yes")]).await;
    assert_eq!(desk.runtime.online(), ["Dana"]);
    assert_eq!(desk.post(&browser, "/desk/sign-out", &[]).await.to(), "/desk/sign-in");
    assert!(desk.runtime.online().is_empty());
    assert_eq!(desk.get(&browser, "/desk").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_changes_something_needs_the_sessions_token_and_a_page_of_ours() {
    let desk = TestDesk::new().await;
    let browser = desk.admin().await;
    let online = ("online", "yes");
    let bare = desk.ask(form("/desk/presence", &browser.cookie, &[online])).await;
    assert_eq!(bare.status, StatusCode::FORBIDDEN);
    bare.has("nothing was done");
    let wrong = desk.ask(form("/desk/presence", &browser.cookie, &[online, ("csrf", "0000")])).await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    let headers = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ];
    for (name, value) in headers {
        for (path, cookie) in [("/desk/presence", browser.cookie.as_str()), ("/desk/sign-in", "")] {
            let mut request =
                form(path, cookie, &[online, ("csrf", &browser.csrf), ("name", "Dana"), ("password", PASSWORD)]);
            request.headers_mut().insert("host", "desk.example".parse().unwrap());
            request.headers_mut().insert(name, value.parse().unwrap());
            assert_eq!(desk.ask(request).await.status, StatusCode::FORBIDDEN, "{path} {name}: {value}");
        }
    }
    assert!(desk.runtime.online().is_empty());
    let mut request = form("/desk/presence", &browser.cookie, &[online, ("csrf", &browser.csrf)]);
    request.headers_mut().insert("host", "desk.example".parse().unwrap());
    request.headers_mut().insert("origin", "http://desk.example".parse().unwrap());
    assert_eq!(desk.ask(request).await.status, StatusCode::SEE_OTHER);
    assert_eq!(desk.runtime.online(), ["Dana"]);
}

#[tokio::test]
async fn a_form_without_end_is_not_read() {
    let desk = TestDesk::new().await;
    let browser = desk.admin().await;
    let long = "x".repeat(70_000);
    let answer = desk.post(&browser, "/desk/presence", &[("online", &long)]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}
