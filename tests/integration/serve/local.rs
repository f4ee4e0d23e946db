//! Local mode: what a newcomer is told, and that it is true.

use super::server::Place;

#[tokio::test(flavor = "multi_thread")]
async fn there_is_no_webhook() {
    let server = Place::new().serve(&[]);
    let (status, said) = server.get("/webhooks/whatsapp").await;
    assert_eq!(status, 404);
    assert!(said.contains("/simulator"), "{said}");
}
