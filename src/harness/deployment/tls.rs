//! The certificates of TLS connections: trusted authorities, and the client's own certificate.
//!
//! Every certificate is verified. No option disables that.

use std::sync::Arc;

use rustls::client::ResolvesClientCert;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

/// Certificates in addition to those of the machine. The default is none.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    authorities: Vec<CertificateDer<'static>>,
    client: Option<Arc<CertifiedKey>>,
}

/// The reason why certificates cannot be used. It holds no part of a file.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The text holds no certificate.
    #[error("it holds no certificate in PEM form (`-----BEGIN CERTIFICATE-----`)")]
    NoCertificate,
    /// A certificate cannot be parsed.
    #[error("it holds a certificate that cannot be parsed")]
    BadCertificate,
    /// The text holds no private key.
    #[error("it holds no private key in PEM form (`-----BEGIN PRIVATE KEY-----`)")]
    NoKey,
    /// The private key is encrypted.
    #[error("the private key is encrypted; decrypt it first, as with `openssl pkey -in FILE -out FILE`")]
    EncryptedKey,
    /// The private key cannot be used.
    #[error("the private key cannot be used: {0}")]
    BadKey(String),
    /// The private key belongs to another certificate.
    #[error("the private key does not belong to the client certificate")]
    AnotherKey,
    /// There are no trusted authorities.
    #[error(
        "this machine has no certificates of authorities; install them (the package is often called ca-certificates), \
         set SSL_CERT_FILE, or name one with --ca-cert"
    )]
    NoAuthorities,
    /// Any other error.
    #[error("{0}")]
    Other(String),
}

impl Tls {
    /// Adds trusted authorities to those of the machine.
    pub fn trusting(mut self, pem: &[u8]) -> Result<Tls, TlsError> {
        let authorities = certificates(pem)?;
        let mut store = RootCertStore::empty();
        authorities.iter().try_for_each(|one| store.add(one.clone())).map_err(|_| TlsError::BadCertificate)?;
        self.authorities.extend(authorities);
        Ok(self)
    }

    /// Sets the client certificate, which may come with intermediate certificates, for servers that
    /// require one.
    pub fn presenting(mut self, certificate: &[u8], key: &[u8]) -> Result<Tls, TlsError> {
        let certificates = certificates(certificate)?;
        let key = private_key(key)?;
        let certified =
            CertifiedKey::from_der(certificates, key, &ring::default_provider()).map_err(|error| match error {
                rustls::Error::InconsistentKeys(_) => TlsError::AnotherKey,
                error => TlsError::BadKey(error.to_string()),
            })?;
        self.client = Some(Arc::new(certified));
        Ok(self)
    }

    /// Returns the configuration of the HTTP client.
    pub(super) fn config(&self) -> Result<ClientConfig, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let verifier = self.verifier(Arc::clone(&provider))?;
        let other = |error: rustls::Error| TlsError::Other(error.to_string());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        // rustls calls every custom verifier dangerous; this one is the verifier of the operating
        // system.
        let config = config.map_err(other)?.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
        Ok(match &self.client {
            Some(client) => {
                let client: Arc<dyn ResolvesClientCert> = Arc::new(SingleCertAndKey::from(Arc::clone(client)));
                config.with_client_cert_resolver(client)
            }
            None => config.with_no_client_auth(),
        })
    }

    fn verifier(&self, provider: Arc<CryptoProvider>) -> Result<Verifier, TlsError> {
        Verifier::new_with_extra_roots(self.authorities.iter().cloned(), provider).map_err(|error| match error {
            // The verifier returns this error only if it finds no authorities.
            rustls::Error::General(_) => TlsError::NoAuthorities,
            error => TlsError::Other(error.to_string()),
        })
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let certificates = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    match certificates {
        Ok(certificates) if certificates.is_empty() => Err(TlsError::NoCertificate),
        Ok(certificates) => Ok(certificates),
        Err(_) => Err(TlsError::BadCertificate),
    }
}

fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, TlsError> {
    let holds = |words: &[u8]| pem.windows(words.len()).any(|part| part == words);
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| {
        // OpenSSL writes an encrypted key in one of these two ways.
        if holds(b"ENCRYPTED PRIVATE KEY") || holds(b"Proc-Type: 4,ENCRYPTED") {
            TlsError::EncryptedKey
        } else {
            TlsError::NoKey
        }
    })
}
