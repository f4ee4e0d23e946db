//! Posts over one connection that stays open: as little work as possible for each delivery, so that the machine is the
//! server's. HTTP/1.1 without TLS. Knows neither what is posted nor what an answer means.

use std::fmt;
use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::whatsapp::signature::HEADER;

/// An answer that takes longer is none; Meta waits less.
const PATIENCE: Duration = Duration::from_secs(30);
/// More than this before the end of an answer's headers is none of a server we know.
const HEAD_MAX: usize = 64 * 1024;

/// Where deliveries go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Where to connect.
    pub address: SocketAddr,
    /// What stands in `Host`.
    pub host: String,
    /// The webhook's path.
    pub path: String,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.host, self.path)
    }
}

/// A connection, made when it is needed and made anew when the server closed it.
#[derive(Debug)]
pub struct Connection {
    target: Arc<Target>,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

/// What is known of an answer so far.
enum Head {
    Unfinished,
    /// Its status, and how long it is in all; `None` when it ends with the connection.
    Read(u16, Option<usize>),
}

impl Connection {
    /// A connection to be made.
    #[must_use]
    pub const fn new(target: Arc<Target>) -> Self {
        Self { target, stream: None, buffer: Vec::new() }
    }

    /// Posts a signed body; the status of the answer.
    ///
    /// # Errors
    /// The server cannot be reached, broke off, or took too long.
    pub async fn post(&mut self, signature: &str, body: &[u8]) -> Result<u16> {
        let result = tokio::time::timeout(PATIENCE, self.exchange(signature, body)).await;
        let result = result.unwrap_or_else(|_| Err(Error::new(ErrorKind::TimedOut, "no answer within 30 seconds")));
        if result.is_err() {
            self.stream = None;
        }
        result
    }

    async fn exchange(&mut self, signature: &str, body: &[u8]) -> Result<u16> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => {
                let stream = TcpStream::connect(self.target.address).await?;
                stream.set_nodelay(true)?;
                none.insert(stream)
            }
        };
        self.buffer.clear();
        let Target { host, path, .. } = &*self.target;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n{HEADER}: {signature}\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        self.buffer.extend_from_slice(head.as_bytes());
        self.buffer.extend_from_slice(body);
        stream.write_all(&self.buffer).await?;
        self.buffer.clear();
        loop {
            if stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            match head_of(&self.buffer)? {
                Head::Unfinished if self.buffer.len() > HEAD_MAX => return Err(ErrorKind::InvalidData.into()),
                Head::Unfinished => {}
                Head::Read(status, length) => {
                    return self.finish(status, length).await;
                }
            }
        }
    }

    /// Reads the rest, so that the connection can be used again.
    async fn finish(&mut self, status: u16, length: Option<usize>) -> Result<u16> {
        let (Some(stream), Some(length)) = (&mut self.stream, length) else {
            self.stream = None;
            return Ok(status);
        };
        while self.buffer.len() < length {
            if stream.read_buf(&mut self.buffer).await? == 0 {
                self.stream = None;
                break;
            }
        }
        Ok(status)
    }
}

fn head_of(bytes: &[u8]) -> Result<Head> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut answer = httparse::Response::new(&mut headers);
    let parsed = answer.parse(bytes).map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
    let httparse::Status::Complete(head) = parsed else { return Ok(Head::Unfinished) };
    let named = |name: &str| answer.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
    let closes = named("connection").is_some_and(|header| header.value.eq_ignore_ascii_case(b"close"));
    let length = named("content-length").and_then(|header| std::str::from_utf8(header.value).ok()?.trim().parse().ok());
    let length = length.filter(|_| !closes).map(|length: usize| head.saturating_add(length));
    Ok(Head::Read(answer.code.unwrap_or_default(), length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// Answers each request of each connection with the next of `answers`; closes after one that says so or has no length.
    async fn server(answers: &'static [&'static str]) -> Arc<Target> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let mut answers = answers.iter();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut asked = [0; 4096];
                while stream.read(&mut asked).await.is_ok_and(|read| read > 0) {
                    let Some(answer) = answers.next() else { return };
                    for part in answer.split_inclusive('|') {
                        stream.write_all(part.trim_end_matches('|').as_bytes()).await.unwrap();
                        stream.flush().await.unwrap();
                        tokio::task::yield_now().await;
                    }
                    if !answer.contains("content-length") || answer.contains("close") {
                        break;
                    }
                }
            }
        });
        Arc::new(Target { address, host: address.to_string(), path: "/hook".to_owned() })
    }

    #[tokio::test]
    async fn a_connection_serves_many_deliveries_and_is_made_anew_when_closed() {
        let target = server(&[
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 503 Service Un|available\r\nContent-Length: 5\r\ncontent-length: 5\r\n\r\nla|ter",
            "HTTP/1.1 200 OK\r\nConnection: close\r\ncontent-length: 2\r\n\r\nok",
            "HTTP/1.1 413 Payload Too Large\r\n\r\nmuch",
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "nonsense\r\n\r\ncontent-length",
        ])
        .await;
        let mut connection = Connection::new(target);
        let mut statuses = Vec::new();
        for _ in 0..5 {
            statuses.push(connection.post("sha256=00", b"{}").await.unwrap());
        }
        assert_eq!(statuses, [200, 503, 200, 413, 200]);
        assert_eq!(connection.post("sha256=00", b"{}").await.unwrap_err().kind(), ErrorKind::InvalidData);
    }
}
