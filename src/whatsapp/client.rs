//! The only caller of the Graph API. Sends what was rendered, marks as read, moves files; every wait and every answer is
//! bounded. Tells a message that was certainly not sent from one that may have been (R39); tries nothing again itself.

mod answer;
mod media;
mod problem;

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use reqwest::{Method, RequestBuilder, Url, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::render;
pub use answer::SentId;
pub use media::MediaAddress;
pub use problem::SendError;

/// Where the Graph API is, and how to talk to it.
#[derive(Debug, Clone)]
pub struct GraphSettings {
    /// `https://graph.facebook.com`, or a stand-in.
    pub base: String,
    /// The API's version.
    pub version: String,
    /// A system user's token; never printed.
    pub token: SecretString,
    /// How long a request may take in all; files take up to ten times as long.
    pub timeout: Duration,
    /// How long making a connection may take.
    pub connect_timeout: Duration,
    /// The proxy to go through; none is taken from the environment.
    pub proxy: Option<String>,
}

impl GraphSettings {
    /// Meta's own API with this token.
    #[must_use]
    pub fn new(token: SecretString) -> Self {
        Self {
            base: "https://graph.facebook.com".to_owned(),
            version: "v25.0".to_owned(),
            token,
            timeout: Duration::from_secs(20),
            connect_timeout: Duration::from_secs(5),
            proxy: None,
        }
    }
}

/// Settings with which nothing could be sent.
#[derive(Debug, PartialEq, Eq)]
pub struct SettingsProblem(String);

impl fmt::Display for SettingsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SettingsProblem {}

/// What comes of a request; it borrows nothing, so it can be spawned.
pub type Answer<T> = Pin<Box<dyn Future<Output = Result<T, SendError>> + Send>>;

/// What is asked of WhatsApp to reach customers: the seam at which a simulation stands in for it.
pub trait Api: fmt::Debug + Send + Sync {
    /// [`Graph::send`].
    fn send(&self, number_id: &str, body: Value) -> Answer<SentId>;

    /// [`Graph::mark_read`].
    fn mark_read(&self, number_id: &str, message_id: &str, typing: bool) -> Answer<()>;

    /// [`Graph::upload_media`].
    fn upload_media(&self, number_id: &str, bytes: Vec<u8>, mime: &str, filename: &str) -> Answer<String>;

    /// [`Graph::fetch_media`].
    fn fetch_media(&self, number_id: &str, media_id: &str, max: usize) -> Answer<Vec<u8>>;
}

impl Api for Graph {
    fn send(&self, number_id: &str, body: Value) -> Answer<SentId> {
        let (graph, number_id) = (self.clone(), number_id.to_owned());
        Box::pin(async move { graph.send(&number_id, &body).await })
    }

    fn mark_read(&self, number_id: &str, message_id: &str, typing: bool) -> Answer<()> {
        let (graph, number_id, message_id) = (self.clone(), number_id.to_owned(), message_id.to_owned());
        Box::pin(async move { graph.mark_read(&number_id, &message_id, typing).await })
    }

    fn upload_media(&self, number_id: &str, bytes: Vec<u8>, mime: &str, filename: &str) -> Answer<String> {
        let (graph, number_id, mime) = (self.clone(), number_id.to_owned(), mime.to_owned());
        let filename = filename.to_owned();
        Box::pin(async move { graph.upload_media(&number_id, bytes, &mime, &filename).await })
    }

    fn fetch_media(&self, number_id: &str, media_id: &str, max: usize) -> Answer<Vec<u8>> {
        let (graph, number_id, media_id) = (self.clone(), number_id.to_owned(), media_id.to_owned());
        Box::pin(async move { graph.fetch_media(&number_id, &media_id, max).await })
    }
}

/// A connection to the Graph API; cheap to clone.
#[derive(Debug, Clone)]
pub struct Graph {
    api: reqwest::Client,
    files: reqwest::Client,
    root: Url,
    token: SecretString,
    timeout: Duration,
}

impl Graph {
    /// Makes a client; connects to nothing yet.
    ///
    /// # Errors
    /// The base or the proxy is no address, or the machine has no certificates to check `https` with.
    pub fn new(settings: &GraphSettings) -> Result<Self, SettingsProblem> {
        let root = root(settings)?;
        let client = |redirects| client(settings, &root, redirects);
        Ok(Self {
            api: client(redirect::Policy::none())?,
            files: client(redirect::Policy::limited(5))?,
            root,
            token: settings.token.clone(),
            timeout: settings.timeout,
        })
    }

    /// Sends a body that [`render::render`] made, from a business number.
    ///
    /// # Errors
    /// [`SendError::class`] says whether it was sent and whether to try again.
    pub async fn send(&self, number_id: &str, body: &Value) -> Result<SentId, SendError> {
        let request = self.request(Method::POST, &[number_id, "messages"]).json(body);
        answer::sent(&self.answer(request).await?)
    }

    /// Marks a customer's message as read; see [`render::read_mark`].
    ///
    /// # Errors
    /// It was not marked, which is no reason to do anything.
    pub async fn mark_read(&self, number_id: &str, message_id: &str, typing: bool) -> Result<(), SendError> {
        let body = render::read_mark(message_id, typing);
        let request = self.request(Method::POST, &[number_id, "messages"]).json(&body);
        self.answer(request).await.map(|_| ())
    }

    /// A request to `path` below the version, with the token. Every part of the path is escaped.
    fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let mut address = self.root.clone();
        if let Ok(mut segments) = address.path_segments_mut() {
            segments.extend(path);
        }
        self.api.request(method, address).bearer_auth(self.token.expose_secret()).timeout(self.timeout)
    }

    /// Sends a request and reads its answer as JSON.
    async fn answer(&self, request: RequestBuilder) -> Result<Value, SendError> {
        let response = request.send().await.map_err(|error| SendError::transport(&error))?;
        let status = response.status().as_u16();
        let wait = problem::retry_after(response.headers());
        let body = answer::bounded(response, answer::MAX).await?.unwrap_or_default();
        problem::check(status, wait, &body)
    }
}

fn root(settings: &GraphSettings) -> Result<Url, SettingsProblem> {
    let bad = || SettingsProblem(format!("`{}` is not an address such as `https://graph.facebook.com`", settings.base));
    let mut root = Url::parse(&settings.base).map_err(|_| bad())?;
    if !matches!(root.scheme(), "https" | "http") || !root.has_host() {
        return Err(bad());
    }
    root.path_segments_mut().map_err(|()| bad())?.pop_if_empty().push(&settings.version);
    Ok(root)
}

/// A client over rustls. Its provider is the process's, or *ring* if none was chosen. For a stand-in at `http://` no
/// certificates are needed, so none are looked for.
fn client(
    settings: &GraphSettings,
    root: &Url,
    redirects: redirect::Policy,
) -> Result<reqwest::Client, SettingsProblem> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Losing the race to another thread is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("frontdesk/", env!("CARGO_PKG_VERSION")))
        .no_proxy()
        .redirect(redirects)
        .connect_timeout(settings.connect_timeout)
        .pool_idle_timeout(Duration::from_secs(30));
    if root.scheme() == "http" {
        builder = builder.tls_certs_only(std::iter::empty());
    }
    if let Some(proxy) = &settings.proxy {
        let proxy = reqwest::Proxy::all(proxy);
        builder = builder.proxy(proxy.map_err(|_| SettingsProblem("the proxy is not an address".to_owned()))?);
    }
    builder.build().map_err(|error| SettingsProblem(format!("no client for WhatsApp can be made: {error}")))
}
