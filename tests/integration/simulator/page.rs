use axum::body::Body;
use axum::http::{Request, StatusCode, header};

use super::help::{Simulator, text};

#[tokio::test]
async fn the_page_holds_nothing_inline_and_says_so() {
    let simulator = Simulator::start().await;
    let answer = simulator.get("/simulator").await;
    assert_eq!(answer.status(), StatusCode::OK);
    let policy = answer.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(answer.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    let page = text(answer).await;
    for (at, _) in page.match_indices("<script") {
        assert!(page[at..].starts_with("<script type=\"module\" src=\"/simulator/assets/"), "{}", &page[at..at + 60]);
    }
    assert!(!page.contains("<style"), "styles are files");
    let inline = regex::Regex::new(r#"<[^>]*\s(style|on[a-z]+)="#).unwrap();
    assert!(!inline.is_match(&page), "{:?}", inline.find(&page));
    assert!(!page.contains("http://") || page.contains("http://www.w3.org/2000/svg"), "nothing from elsewhere");
}

#[tokio::test]
async fn what_the_bot_is_called_cannot_leave_its_place() {
    let page = text(Simulator::start().await.get("/simulator").await).await;
    assert!(!page.contains("<shop>"), "escaped");
    let data = page.split("data-about=\"").nth(1).unwrap().split('"').next().unwrap();
    let data = data.replace("&#34;", "\"").replace("&#39;", "'").replace("&#60;", "<").replace("&#62;", ">");
    let about: serde_json::Value = serde_json::from_str(&data.replace("&#38;", "&")).unwrap();
    assert_eq!(about["bot"], "Tom & \"Jerry's\" <shop>");
    assert_eq!(about["languages"][1]["right_to_left"], true);
    assert_eq!(about["numbers"][1]["department"], "money");
    assert_eq!(about["starters"]["he"][1], "המנורה לא עובדת");
}

#[tokio::test]
async fn every_file_the_page_names_is_there_and_kept_until_it_changes() {
    let simulator = Simulator::start().await;
    let page = text(simulator.get("/simulator").await).await;
    let named = regex::Regex::new(r#""(/simulator/assets/[^"]+)""#).unwrap();
    let mut files: Vec<&str> = named.captures_iter(&page).map(|found| found.get(1).unwrap().as_str()).collect();
    files.sort_unstable();
    files.dedup();
    assert!(files.len() > 10, "{files:?}");
    let mut weight = 0;
    for file in files {
        let answer = simulator.get(file).await;
        assert_eq!(answer.status(), StatusCode::OK, "{file}");
        let tag = answer.headers()[header::ETAG].clone();
        let kind = answer.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        let expected = if file.ends_with(".js") {
            "text/javascript"
        } else if file.ends_with(".css") {
            "text/css"
        } else {
            "image/svg"
        };
        assert!(kind.starts_with(expected), "{file}: {kind}");
        let body = text(answer).await;
        weight += body.len();
        for import in body.match_indices("from \"./").map(|(at, _)| body[at + 8..].split('"').next().unwrap()) {
            let imported = format!("/simulator/assets/{import}");
            assert!(page.contains(&imported), "{file} imports {import}, which the page does not preload");
        }
        let again = Request::get(file).header(header::IF_NONE_MATCH, tag).body(Body::empty()).unwrap();
        assert_eq!(simulator.send(again).await.status(), StatusCode::NOT_MODIFIED, "{file}");
    }
    assert!(weight < 100_000, "the page weighs {weight} bytes before compression");
    assert_eq!(simulator.get("/simulator/assets/../mod.rs").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn scripts_make_elements_of_text_not_of_html() {
    let simulator = Simulator::start().await;
    for file in ["simulator", "phone", "panel", "sheet", "clock", "server", "dom", "words"] {
        let script = text(simulator.get(&format!("/simulator/assets/{file}.js")).await).await;
        assert!(!script.contains("innerHTML") && !script.contains("eval("), "{file}.js");
    }
    let thread = text(simulator.get("/simulator/assets/thread.js").await).await;
    assert_eq!(thread.matches("innerHTML").count(), 1, "only the words that the server escaped");
}

#[tokio::test]
async fn a_sandbox_leads_to_no_desk() {
    let simulator = Simulator::start().await;
    let page = text(simulator.get("/simulator").await).await;
    assert!(page.contains("&#34;has_desk&#34;:true") && page.contains("/demo"), "the desk serves the same customers");
    let routes = frontdesk::simulator::sandbox(simulator.runtime.clone());
    let page = Simulator { routes, ..simulator }.get("/simulator").await;
    let page = text(page).await;
    assert!(page.contains("&#34;has_desk&#34;:false") && !page.contains("/demo"), "{page}");
}
