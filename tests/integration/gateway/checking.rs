//! Meta's check of the address (GET).

use axum::http::{StatusCode, header};

use super::front::{Front, VERIFY};

async fn check(query: &str) -> (StatusCode, String) {
    let answer = Front::new(Front::noon()).await.get(&format!("/webhooks/whatsapp{query}")).await;
    (answer.status, answer.text)
}

#[tokio::test]
async fn the_challenge_comes_back_exactly() {
    let front = Front::new(Front::noon()).await;
    for (asked, challenge) in [("1158201444", "1158201444"), ("a%20b%2Bc+d", "a b+c d"), ("%3Cb%3E", "<b>"), ("", "")] {
        let query = format!("?hub.mode=subscribe&hub.challenge={asked}&hub.verify_token={VERIFY}");
        for _ in 0..2 {
            let answer = front.get(&format!("/webhooks/whatsapp{query}")).await;
            assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, challenge), "as often as Meta likes");
            assert_eq!(answer.headers[header::CONTENT_TYPE], "text/plain; charset=utf-8");
        }
    }
}

#[tokio::test]
async fn another_word_or_mode_is_refused() {
    for query in [
        "?hub.mode=subscribe&hub.challenge=1&hub.verify_token=let-me-i",
        "?hub.mode=subscribe&hub.challenge=1&hub.verify_token=let-me-in2",
        "?hub.mode=subscribe&hub.challenge=1&hub.verify_token=",
        "?hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=let-me-in",
    ] {
        let (status, text) = check(query).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{query}");
        assert!(!text.contains('1') && !text.contains(VERIFY), "{text}");
    }
}

#[tokio::test]
async fn what_is_missing_is_said() {
    for query in [
        "",
        "?",
        "?hub.mode=subscribe",
        "?hub.mode=subscribe&hub.challenge=1",
        "?hub.challenge=1&hub.verify_token=let-me-in",
        "?hub.mode=subscribe&hub.mode=subscribe&hub.challenge=1&hub.verify_token=let-me-in",
    ] {
        let (status, text) = check(query).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
        assert!(text.contains("`hub.verify_token`"), "{text}");
    }
    let long = format!("?hub.mode=subscribe&hub.challenge={}&hub.verify_token={VERIFY}", "1".repeat(2_000));
    assert_eq!(check(&long).await.0, StatusCode::BAD_REQUEST);
}
