//! Files to and from WhatsApp.

use reqwest::multipart::{Form, Part};
use reqwest::{Method, Url};
use secrecy::ExposeSecret;

use super::answer::{bounded, id};
use super::problem::{SendError, check, retry_after};
use super::{Graph, answer};
use crate::whatsapp::errors::Class;

/// Files may take this much longer than messages.
const PATIENCE: u32 = 10;

/// Where a file of a customer's can be fetched for five minutes, and what WhatsApp says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaAddress {
    /// The address; only with our token.
    pub url: String,
    /// Its kind, as the sender said; untrusted.
    pub mime: String,
    /// WhatsApp's digest of it, as written there.
    pub sha256: Option<String>,
    /// Its length in bytes, as WhatsApp said.
    pub bytes: Option<u64>,
}

impl Graph {
    /// Gives WhatsApp a file to send from this number within 30 days; its id.
    ///
    /// # Errors
    /// It may be tried again whatever the class: a file uploaded twice reaches nobody twice.
    pub async fn upload_media(
        &self,
        number_id: &str,
        bytes: Vec<u8>,
        mime: &str,
        filename: &str,
    ) -> Result<String, SendError> {
        let part = Part::bytes(bytes).file_name(filename.to_owned()).mime_str(mime);
        let part = part.map_err(|_| SendError::new(Class::Rejected, format!("`{mime}` is not a kind of file")))?;
        let form = Form::new().text("messaging_product", "whatsapp").text("type", mime.to_owned()).part("file", part);
        let request = self.request(Method::POST, &[number_id, "media"]).timeout(self.timeout * PATIENCE);
        let answer = self.answer(request.multipart(form)).await?;
        id(&answer, "id").ok_or_else(|| SendError::new(Class::OutcomeUnknown, "WhatsApp gave the file no id"))
    }

    /// Asks where a file of a customer's is, by the id that came with the message (good for 7 days).
    ///
    /// # Errors
    /// It is gone, or WhatsApp is in trouble.
    pub async fn media_address(&self, number_id: &str, media_id: &str) -> Result<MediaAddress, SendError> {
        let request = self.request(Method::GET, &[media_id]).query(&[("phone_number_id", number_id)]);
        let answer = self.answer(request).await?;
        let bytes = answer["file_size"].as_u64();
        Ok(MediaAddress {
            url: id(&answer, "url").ok_or_else(|| SendError::new(Class::Rejected, "WhatsApp gave no address"))?,
            mime: id(&answer, "mime_type").unwrap_or_default(),
            sha256: id(&answer, "sha256"),
            bytes: bytes.or_else(|| answer["file_size"].as_str()?.parse().ok()),
        })
    }

    /// Fetches a file of a customer's of at most `max` bytes, by the id that came with the message.
    ///
    /// # Errors
    /// It is longer, or gone, or WhatsApp is in trouble.
    pub async fn fetch_media(&self, number_id: &str, media_id: &str, max: usize) -> Result<Vec<u8>, SendError> {
        let address = self.media_address(number_id, media_id).await?;
        self.download(&address, max).await
    }

    /// Fetches a file of at most `max` bytes.
    ///
    /// # Errors
    /// It is longer, or its address is no longer good (ask for a new one), or WhatsApp is in trouble.
    pub async fn download(&self, address: &MediaAddress, max: usize) -> Result<Vec<u8>, SendError> {
        let too_large = || SendError::new(Class::Rejected, format!("the file is longer than {max} bytes"));
        if address.bytes.is_some_and(|bytes| bytes > max as u64) {
            return Err(too_large());
        }
        let request = self.files.get(self.trusted(&address.url)?).bearer_auth(self.token.expose_secret());
        let response = request.timeout(self.timeout * PATIENCE).send().await;
        let response = response.map_err(|error| SendError::transport(&error))?;
        let status = response.status();
        if status.is_success() {
            return bounded(response, max).await?.ok_or_else(too_large);
        }
        let wait = retry_after(response.headers());
        let body = bounded(response, answer::MAX).await?.unwrap_or_default();
        let error = SendError::new(Class::Rejected, format!("the file's address answered {}", status.as_u16()));
        Err(check(status.as_u16(), wait, &body).err().unwrap_or(error))
    }

    /// The address of a file, if it may be told our token: encrypted wherever the API itself is.
    fn trusted(&self, url: &str) -> Result<Url, SendError> {
        let url = Url::parse(url).ok().filter(|url| url.scheme() == "https" || url.scheme() == self.root.scheme());
        url.ok_or_else(|| SendError::new(Class::Rejected, "the file's address is not one to tell the token to"))
    }
}
