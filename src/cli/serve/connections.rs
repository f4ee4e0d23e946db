//! Serves connections: so many at once, so many to each caller, and none of them for long to somebody who says nothing or
//! hears nothing. What is asked and answered is the routes' work.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{ConnectInfo, Request};
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;
use tokio_stream::StreamExt;
use tower::Service;

use super::callers::Callers;

/// What connections may take.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// So many are served; whoever comes on top waits to be let in. A process may have 1,024 files open on most machines,
    /// and the database and the messages on their way out need some.
    pub at_once: usize,
    /// So many of them each caller may have; more are hung up on. An office of many shares one address.
    pub each: usize,
    /// So long the head of a request may take, and so long a connection may lie idle before it.
    pub head: Duration,
    /// So long the body of a request may take.
    pub body: Duration,
    /// So long whoever is told something may take none of it.
    pub write: Duration,
}

impl Bounds {
    /// What suits people, browsers and Meta.
    pub const USUAL: Self = Self {
        at_once: 768,
        each: 128,
        head: Duration::from_secs(20),
        body: Duration::from_secs(60),
        write: Duration::from_secs(30),
    };
}

/// The most that is read ahead of one connection; heads longer than this are refused.
const AHEAD_MAX: usize = 64 * 1024;

/// Serves until `told` comes back and everything that was under way then is answered.
pub async fn serve<L>(mut listener: L, routes: Router, bounds: Bounds, told: impl Future<Output = ()>)
where
    L: Listener<Addr = SocketAddr>,
{
    let callers = Callers::new(bounds.each);
    let places = Arc::new(Semaphore::new(bounds.at_once));
    let open = GracefulShutdown::new();
    let mut told = pin!(told);
    loop {
        let come = async {
            // Places are never taken away.
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, (stream, peer)) = tokio::select! {
            come = come => come,
            () = &mut told => break,
        };
        let Some(call) = callers.enter(peer.ip()) else { continue };
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(bounds.write));
        let routes = routes.clone();
        let answer = service_fn(move |request| routes.clone().call(taken(request, peer, bounds.body)));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(bounds.head)
            .max_buf_size(AHEAD_MAX)
            .serve_connection(TokioIo::new(Box::pin(stream)), answer);
        let connection = open.watch(connection);
        tokio::spawn(async move {
            // How somebody hangs up is their affair.
            drop(connection.await);
            drop((place, call));
        });
    }
    drop(listener);
    open.shutdown().await;
}

/// A request as the routes take it: with who asks, and a body that ends in time.
fn taken(request: hyper::Request<Incoming>, peer: SocketAddr, within: Duration) -> Request {
    let mut request = request.map(|body| if body.is_end_stream() { Body::empty() } else { in_time(body, within) });
    request.extensions_mut().insert(ConnectInfo(peer));
    request
}

fn in_time(body: Incoming, within: Duration) -> Body {
    let late = tokio::time::sleep(within);
    let mut bytes = Body::new(body).into_data_stream();
    Body::from_stream(async_stream::stream! {
        let mut late = pin!(late);
        loop {
            let next = tokio::select! {
                next = bytes.next() => next,
                () = &mut late => Some(Err(axum::Error::new(std::io::Error::from(std::io::ErrorKind::TimedOut)))),
            };
            let Some(next) = next else { break };
            let ends = next.is_err();
            yield next;
            if ends {
                break;
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use axum::routing::{get, post};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::oneshot;

    use super::*;

    /// No test waits this long.
    const LONG: Duration = Duration::from_secs(600);

    /// What has not come after this long does not come.
    const PATIENCE: Duration = Duration::from_secs(20);
    /// More than what is told and not taken can lie in between.
    const LONGER_THAN_BUFFERS: usize = 64 << 20;

    /// Hears callers as if each came from the next of these addresses.
    struct Elsewhere(TcpListener, std::vec::IntoIter<&'static str>);

    impl Listener for Elsewhere {
        type Io = TcpStream;
        type Addr = SocketAddr;

        async fn accept(&mut self) -> (TcpStream, SocketAddr) {
            let (stream, _) = Listener::accept(&mut self.0).await;
            (stream, self.1.next().unwrap().parse().unwrap())
        }

        fn local_addr(&self) -> std::io::Result<SocketAddr> {
            self.0.local_addr()
        }
    }

    /// Where it serves, and what ends it.
    async fn served(bounds: Bounds) -> (SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
        served_by(TcpListener::bind("127.0.0.1:0").await.unwrap(), bounds)
    }

    fn served_by<L: Listener<Addr = SocketAddr>>(
        listener: L,
        bounds: Bounds,
    ) -> (SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
        let address = listener.local_addr().unwrap();
        let who = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() };
        let routes = Router::new().route("/", get(who)).route("/", post(|words: String| async { words }));
        let routes = routes.route("/long", get(|| async { vec![b'x'; LONGER_THAN_BUFFERS] }));
        let (end, told) = oneshot::channel::<()>();
        let told = async { drop(told.await) };
        (address, end, tokio::spawn(serve(listener, routes, bounds, told)))
    }

    async fn saying(address: SocketAddr, words: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(words.as_bytes()).await.unwrap();
        stream
    }

    /// Everything that comes until the other side hangs up.
    async fn rest(mut stream: TcpStream) -> String {
        let mut said = Vec::new();
        // A connection that is reset has ended, too.
        drop(stream.read_to_end(&mut said).await);
        String::from_utf8(said).unwrap()
    }

    const ASK: &str = "GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";

    #[tokio::test]
    async fn the_routes_learn_who_asks() {
        let (address, _end, _) = served(Bounds::USUAL).await;
        assert!(rest(saying(address, ASK).await).await.ends_with("\r\n\r\n127.0.0.1"));
    }

    #[tokio::test]
    async fn whoever_does_not_finish_the_head_is_hung_up_on() {
        let bounds = Bounds { head: Duration::from_millis(50), body: LONG, ..Bounds::USUAL };
        let (address, _end, _) = served(bounds).await;
        for words in ["", "GET / HTTP/1.1\r\nHost: he", "GET / HTTP/1.1\r\nHost: here\r\n\r\n"] {
            let said = rest(saying(address, words).await).await;
            assert_eq!(said.contains("200 OK"), words.ends_with("\r\n\r\n"), "{words}: {said}");
        }
    }

    #[tokio::test]
    async fn whoever_does_not_finish_the_body_is_hung_up_on() {
        let bounds = Bounds { head: LONG, body: Duration::from_millis(50), ..Bounds::USUAL };
        let (address, _end, _) = served(bounds).await;
        let head = "POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\n";
        assert!(rest(saying(address, &format!("{head}12345")).await).await.starts_with("HTTP/1.1 400 "));
        let mut whole = saying(address, &format!("{head}1234567890")).await;
        let mut answer = [0; 12];
        whole.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
    }

    #[tokio::test]
    async fn whoever_takes_nothing_of_the_answer_is_hung_up_on() {
        let bounds = Bounds { at_once: 1, head: LONG, write: Duration::from_millis(50), ..Bounds::USUAL };
        let (address, _end, _) = served(bounds).await;
        let _deaf = saying(address, "GET /long HTTP/1.1\r\nHost: here\r\n\r\n").await;
        let next = tokio::time::timeout(PATIENCE, rest(saying(address, ASK).await)).await;
        assert!(next.unwrap().contains("200 OK"), "the place is free again");
    }

    #[tokio::test]
    async fn no_caller_takes_the_places_of_others() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let from = vec!["8.8.8.8:1", "8.8.8.8:2", "8.8.8.8:3", "8.8.4.4:1"].into_iter();
        let (address, _end, _) = served_by(Elsewhere(listener, from), Bounds { each: 2, ..Bounds::USUAL });
        let _two = (saying(address, "GET").await, saying(address, "GET").await);
        let third = tokio::time::timeout(PATIENCE, rest(TcpStream::connect(address).await.unwrap())).await;
        assert_eq!(third.unwrap(), "");
        assert!(rest(saying(address, ASK).await).await.contains("200 OK"));
    }

    #[tokio::test]
    async fn who_comes_on_top_waits_until_somebody_goes() {
        let (address, _end, _) = served(Bounds { at_once: 2, head: LONG, body: LONG, ..Bounds::USUAL }).await;
        let (first, _second) = (saying(address, "GET").await, saying(address, "GET").await);
        let third = tokio::spawn(rest(saying(address, ASK).await));
        let fourth = tokio::spawn(rest(saying(address, ASK).await));
        tokio::task::yield_now().await;
        assert!(!third.is_finished());
        drop(first);
        assert!(third.await.unwrap().contains("200 OK") && fourth.await.unwrap().contains("200 OK"));
    }

    #[tokio::test]
    async fn what_is_under_way_is_answered_before_it_ends() {
        let (address, end, served) = served(Bounds::USUAL).await;
        let mut half = saying(address, "POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n\r\nhe").await;
        // An answer on another connection shows that this one was seen.
        rest(saying(address, ASK).await).await;
        end.send(()).unwrap();
        half.write_all(b"re").await.unwrap();
        assert!(rest(half).await.ends_with("here"));
        served.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }
}
