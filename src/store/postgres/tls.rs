//! TLS to the server: certificates are always checked, by what this machine trusts or by a file that the URL names.

use std::path::Path;
use std::sync::Arc;

use rustls::client::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{Error, RootCertStore};
use rustls_platform_verifier::Verifier;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::store::StoreError;

/// How a connection becomes safe, for the server at `place`.
pub fn connector(root: Option<&Path>, place: &str) -> Result<MakeRustlsConnect, StoreError> {
    config(root).map(MakeRustlsConnect::new).map_err(|reason| StoreError::Refused {
        place: place.to_owned(),
        reason,
        help: "name the certificate of your authority with `sslrootcert=FILE` in the URL, or install the package \
               `ca-certificates`"
            .to_owned(),
    })
}

fn config(root: Option<&Path>) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let words = |error: Error| error.to_string();
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let builder = builder.map_err(words)?;
    let Some(file) = root else {
        let verifier = Arc::new(Verifier::new(provider).map_err(words)?);
        return Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth());
    };
    let unread =
        |error: &dyn std::fmt::Display| format!("`{}` cannot be read as certificates: {error}", file.display());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unread(&error))? {
        let certificate = certificate.map_err(|error| unread(&error))?;
        roots.add(certificate).map_err(|error| unread(&error))?;
    }
    if roots.is_empty() {
        return Err(format!("`{}` holds no certificate", file.display()));
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
