//! What changes, as a stream of server-sent events that ends when the server goes down.

use std::convert::Infallible;

use axum::response::sse::{Event, KeepAlive, Sse};
use tokio::sync::broadcast::error::RecvError;
use tokio_stream::Stream;

use crate::runtime::{Live, Runtime};

/// Sends what `tell` makes of each change. A listener that was too slow is told `reload` and goes on from there.
pub fn stream<T: Fn(&Live) -> Option<Event> + Send + 'static>(
    runtime: &Runtime,
    tell: T,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<T>> {
    let mut live = runtime.live();
    let mut stopping = runtime.stopping();
    // Browsers drop an event without data.
    let events = async_stream::stream! {
        yield Ok(Event::default().event("hello").data("{}"));
        loop {
            tokio::select! {
                biased;
                () = &mut stopping => break,
                change = live.recv() => match change {
                    Ok(Live::Anything) => yield Ok(Event::default().event("reload").data("{}")),
                    Ok(change) => if let Some(event) = tell(&change) {
                        yield Ok(event);
                    },
                    Err(RecvError::Lagged(_)) => yield Ok(Event::default().event("reload").data("{}")),
                    Err(RecvError::Closed) => break,
                },
            }
        }
    };
    Sse::new(events).keep_alive(KeepAlive::default())
}
