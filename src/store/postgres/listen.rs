//! Hears what other nodes change. A connection of its own; when it is lost, whoever listens is told that anything may have
//! changed, again and again until it is there again.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{broadcast, oneshot};
use tokio_postgres::{AsyncMessage, Client, Connection};

use super::link::{Again, Link, Open, open};
use super::param::params;
use crate::store::{Change, ContactId, StoreError};

/// How long after a failed try the next one comes.
const AGAIN: Duration = Duration::from_secs(5);

/// A notice holds 8,000 bytes.
const NEWS_MAX: usize = 7_900;

/// Listens until it is aborted. `ready` is told, or dropped, once the first try is over.
pub async fn listen(link: Arc<Link>, changes: broadcast::Sender<Change>, ready: oneshot::Sender<()>) {
    let mut ready = Some(ready);
    loop {
        let ended = match open(&link.address).await {
            Ok(Open::Plain(client, connection)) => hear(&link, client, *connection, &changes, &mut ready).await,
            Ok(Open::Safe(client, connection)) => hear(&link, client, *connection, &changes, &mut ready).await,
            Err(error) => Err(error),
        };
        if let Err(error) = ended {
            tracing::warn!(%error, "changes by other nodes are not heard of at once; looking around instead");
        }
        drop(ready.take());
        // Nobody may be listening.
        drop(changes.send(Change::Anything));
        tokio::time::sleep(AGAIN).await;
    }
}

/// Listens on one connection until it ends.
async fn hear<S, T>(
    link: &Link,
    client: Client,
    mut connection: Connection<S, T>,
    changes: &broadcast::Sender<Change>,
    ready: &mut Option<oneshot::Sender<()>>,
) -> Result<(), StoreError>
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let asked = async {
        client.batch_execute("LISTEN frontdesk").await?;
        match ready.take() {
            // Whoever opens the store may have stopped waiting.
            Some(ready) => drop(ready.send(())),
            // What happened while nobody listened.
            None => drop(changes.send(Change::Anything)),
        }
        // The connection lives as long as this client.
        std::future::pending::<Result<(), tokio_postgres::Error>>().await
    };
    let heard = async {
        loop {
            match poll_fn(|context| connection.poll_message(context)).await {
                Some(Ok(AsyncMessage::Notification(notice))) => {
                    for change in read(notice.payload(), &link.node) {
                        drop(changes.send(change));
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
                None => return Ok(()),
            }
        }
    };
    tokio::select! {
        ended = asked => Ok(ended?),
        ended = heard => Ok(ended?),
    }
}

/// What a notice says, unless it is our own.
fn read(notice: &str, node: &str) -> Vec<Change> {
    let Some((from, what)) = notice.split_once(' ') else { return Vec::new() };
    if from == node {
        return Vec::new();
    }
    match what.split_once(' ') {
        Some(("contacts", ids)) => {
            let ids: Vec<ContactId> = ids.split(',').filter_map(|id| id.parse().ok()).collect();
            vec![Change::Contacts(ids)]
        }
        Some(("told", news)) => vec![Change::Told(news.to_owned())],
        None if what == "people" => vec![Change::People],
        None if what == "version" => vec![Change::Version],
        // A later release has more to say.
        _ => Vec::new(),
    }
}

/// Tells other nodes something. What is too long for a notice is not told.
pub async fn tell(link: &Link, news: String) -> Result<(), StoreError> {
    if news.len() > NEWS_MAX {
        return Ok(());
    }
    let notice = format!("{} told {news}", link.node);
    link.ask(Again::No, "SELECT pg_notify('frontdesk', $1)", params![notice]).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_says_what_others_changed() {
        assert_eq!(read("other contacts 1,20", "me"), [Change::Contacts(vec![1, 20])]);
        assert_eq!(read("other people", "me"), [Change::People]);
        assert_eq!(read("other version", "me"), [Change::Version]);
        assert_eq!(read("other told {\"a\": 1}", "me"), [Change::Told("{\"a\": 1}".into())]);
        assert_eq!(read("me contacts 1", "me"), []);
        assert_eq!(read("other weather fine", "me"), []);
        assert_eq!(read("", "me"), []);
    }
}
