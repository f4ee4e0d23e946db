//! Deliveries of strangers, many and slow: they keep nobody out whom Meta's signature lets in.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use axum::body::Body;
use axum::http::StatusCode;
use tokio_stream::StreamExt;

use super::front::{Answer, Front, NUMBER};
use crate::fake_graph::text_delivery;

/// Well formed, and nobody's.
const FORGED: &str = "sha256=0000000000000000000000000000000000000000000000000000000000000000";

type Asking<'a> = Pin<Box<dyn Future<Output = Answer> + 'a>>;

/// A body that begins like this and never ends.
fn endless(beginning: usize) -> Body {
    let first = tokio_stream::once(Ok::<_, std::io::Error>(vec![b'{'; beginning]));
    Body::from_stream(first.chain(tokio_stream::pending()))
}

/// Begins to post; the answer, if there is one at once.
async fn begin<'a>(front: &'a Front, body: Body) -> Result<Answer, Asking<'a>> {
    let mut asking: Asking<'a> = Box::pin(front.post(body, Some(FORGED)));
    let answer = poll_fn(|context| match asking.as_mut().poll(context) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending => Poll::Ready(None),
    });
    answer.await.ok_or(asking)
}

fn signed(id: &str) -> Vec<u8> {
    text_delivery(NUMBER, "15550100099", id, Front::noon().timestamp(), "parcel").to_string().into_bytes()
}

#[tokio::test]
async fn thousands_that_trickle_take_no_room_from_signed_ones() {
    let front = Front::new(Front::noon()).await;
    let mut slow = Vec::new();
    for _ in 0..10_000 {
        slow.push(begin(&front, endless(1)).await.err());
    }
    assert_eq!(front.deliver(&signed("wamid.1")).await.status, StatusCode::OK);
    assert!(slow.iter().all(Option::is_some), "they wait themselves");
}

#[tokio::test]
async fn long_ones_that_stop_half_way_are_bounded_and_keep_no_short_one_out() {
    let front = Front::new(Front::noon()).await;
    let mut slow = Vec::new();
    let refused = loop {
        match begin(&front, endless(3 << 20)).await {
            Ok(answer) => break answer.status,
            Err(asking) => slow.push(asking),
        }
        assert!(slow.len() < 1_000, "{} of 3 MiB are held", slow.len());
    };
    assert_eq!(refused, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(front.deliver(&signed("wamid.1")).await.status, StatusCode::OK);
    drop(slow);
    assert!(begin(&front, endless(3 << 20)).await.is_err(), "what they took is given back");
}
