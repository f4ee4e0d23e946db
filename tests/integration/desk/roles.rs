use axum::Router;
use axum::body::Body;
use axum::http::header::COOKIE;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use frontdesk::desk::{self, Need};
use tower::ServiceExt;

use super::test_desk::{Browser, TestDesk, form};

fn filled(path: &str) -> String {
    let names = [("{contact}", "1"), ("{enquiry}", "1"), ("{name}", "desk.css"), ("{agent}", "Noa"), ("{token}", "00")];
    names.iter().fold(path.to_owned(), |path, (name, value)| path.replace(name, value))
}

#[tokio::test]
async fn no_path_of_the_table_lets_anybody_in_unsigned() {
    let desk = TestDesk::new().await;
    desk.admin().await;
    let paths = desk::paths();
    assert!(paths.len() > 20);
    for row in paths.iter().filter(|row| row.need != Need::Nothing) {
        let path = filled(row.path);
        for cookie in ["", "frontdesk=", "frontdesk=0123456789abcdef", "other=1"] {
            for method in row.methods {
                let request = match *method {
                    "GET" => Request::get(&path).header(COOKIE, cookie).body(Body::empty()).unwrap(),
                    _ => form(&path, cookie, &[("csrf", "0")]),
                };
                let answer = desk.ask(request).await;
                let refused = if *method == "GET" { StatusCode::SEE_OTHER } else { StatusCode::UNAUTHORIZED };
                assert_eq!(answer.status, refused, "{method} {path} with `{cookie}`");
                assert!(*method != "GET" || answer.to().starts_with("/desk/sign-in?to="), "{path}");
            }
        }
    }
}

#[tokio::test]
async fn every_answer_of_the_table_is_safe_to_show() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    for row in desk::paths() {
        let answer = desk.get(&admin, &filled(row.path).replace("/desk/live", "/desk/list")).await;
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{}: {policy}", row.path);
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{}", row.path);
        for inline in ["<script>", " onclick", " style=", "javascript:"] {
            answer.lacks(inline);
        }
    }
}

#[tokio::test]
async fn roles_open_what_they_are_for() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    let agent = desk.agent(&admin, "Noa", "agent", &["parcels"]).await;
    let supervisor = desk.agent(&admin, "Yossi", "supervisor", &["parcels", "billing"]).await;
    let designer = desk.agent(&admin, "Amir", "designer", &[]).await;
    let contact = desk.writes("972501", "Lea", "person").await;
    let case = format!("/desk/cases/{contact}");
    for (browser, name, leads, acts) in [
        (&admin, "Dana", true, true),
        (&agent, "Noa", false, true),
        (&supervisor, "Yossi", false, true),
        (&designer, "Amir", false, false),
    ] {
        let status = |yes: bool, good| if yes { good } else { StatusCode::FORBIDDEN };
        assert_eq!(desk.get(browser, "/desk/people").await.status, status(leads, StatusCode::OK), "{name}");
        let page = desk.get(browser, &case).await;
        assert_eq!(page.status, StatusCode::OK, "{name}");
        assert_eq!(page.text.contains("name=\"text\""), acts, "{name}");
        let note = desk.post(browser, &format!("{case}/say"), &[("text", "a note"), ("to", "note")]).await;
        assert_eq!(note.status, status(acts, StatusCode::SEE_OTHER), "{name}");
        let made = desk.post(browser, "/desk/people", &[("name", "Somebody"), ("role", "admin")]).await;
        assert_eq!(made.status != StatusCode::FORBIDDEN, leads, "{name}");
    }
    desk.get(&agent, "/desk/people").await.has("As agent you cannot do that");
}

#[tokio::test]
async fn other_routes_can_stand_behind_the_sign_in() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    let inner = Router::new().route("/simulator", get(|| async { "the simulator" }).post(|| async { "done" }));
    let guarded = desk::guard(inner, &desk.desk);
    let ask = |request| guarded.clone().oneshot(request);
    let nobody = ask(Request::get("/simulator").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(nobody.headers()["location"], "/desk/sign-in?to=%2Fsimulator");
    let get =
        |browser: &Browser| Request::get("/simulator").header(COOKIE, &browser.cookie).body(Body::empty()).unwrap();
    assert_eq!(ask(get(&admin)).await.unwrap().status(), StatusCode::OK);
    let post = form("/simulator", &admin.cookie, &[]);
    assert_eq!(ask(post).await.unwrap().status(), StatusCode::OK, "its forms need no token of ours");
    let mut foreign = form("/simulator", &admin.cookie, &[]);
    foreign.headers_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());
    assert_eq!(ask(foreign).await.unwrap().status(), StatusCode::FORBIDDEN);
}
