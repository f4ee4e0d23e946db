//! Deliveries of strangers, many and slow: they keep nobody out whom Meta's signature lets in.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use axum::body::Body;
use axum::http::StatusCode;
use tokio::task::unconstrained;
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
    unconstrained(answer).await.ok_or(asking)
}

/// Lets them go on; those that were answered, which is that there is no room for them, are gone.
async fn go_on(slow: &mut Vec<Asking<'_>>) {
    let going = poll_fn(|context| {
        slow.retain_mut(|asking| match asking.as_mut().poll(context) {
            Poll::Ready(answer) => {
                assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
                false
            }
            Poll::Pending => true,
        });
        Poll::Ready(())
    });
    // They are tasks of their own elsewhere; here the one task must not hold them back for polling so many.
    unconstrained(going).await;
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
async fn long_ones_that_stop_half_way_are_bounded_and_give_way_to_who_comes_after_them() {
    let front = Front::new(Front::noon()).await;
    let mut slow = Vec::new();
    for _ in 0..100 {
        slow.extend(begin(&front, endless(3 << 20)).await.err());
        go_on(&mut slow).await;
    }
    assert!((10..30).contains(&slow.len()), "{} of 3 MiB are held", slow.len());
    let long = [signed("wamid.1"), vec![b' '; 200_000]].concat();
    let others = async {
        loop {
            go_on(&mut slow).await;
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        answer = front.deliver(&long) => assert_eq!(answer.status, StatusCode::OK),
        () = others => {}
    }
    assert_eq!(front.deliver(&signed("wamid.2")).await.status, StatusCode::OK);
}
