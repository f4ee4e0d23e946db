//! Refuses what a page of another site would have done in the visitor's name. Reading is never refused: what a page may read
//! of us is the browser's to decide, and it decides well.

use axum::extract::Request;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;

/// Lets a request through that reads, or that a page of ours (or no page at all) sends.
pub async fn same_origin(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if reads || is_ours(request.headers()) {
        return next.run(request).await;
    }
    Problem::refused("this came from a page of another site, so nothing was done").into_response()
}

/// Whether a page of ours, or no page at all, sends this. Browsers say where a request comes from in `Sec-Fetch-Site`, older
/// ones in `Origin`; programs say nothing.
#[must_use]
pub fn is_ours(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    origin.is_some_and(|(_, origin)| Some(origin) == host)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::is_ours;

    fn ours(headers: &[(&'static str, &'static str)]) -> bool {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        is_ours(&headers)
    }

    #[test]
    fn pages_of_other_sites_are_told_apart() {
        assert!(ours(&[]));
        assert!(ours(&[("sec-fetch-site", "same-origin")]));
        assert!(ours(&[("host", "localhost:8080"), ("origin", "http://localhost:8080")]));
        assert!(!ours(&[("sec-fetch-site", "cross-site"), ("host", "a.example"), ("origin", "https://a.example")]));
        assert!(!ours(&[("sec-fetch-site", "same-site")]));
        assert!(!ours(&[("host", "localhost:8080"), ("origin", "http://localhost:9090")]));
        assert!(!ours(&[("host", "localhost:8080"), ("origin", "null")]));
        assert!(!ours(&[("origin", "http://localhost:8080")]));
    }
}
