//! Interprets errors of the HTTP client.

use std::error::Error;
use std::io;

use rustls::{AlertDescription, CertificateError};

use super::retry::{FailedAttempt, Fate};

/// The maximum length of an error in characters: a certificate can hold thousands of names.
const LONGEST: usize = 600;

/// Returns why a request got no complete response, and whether the target may have received it.
/// `is_encrypted` says whether the URL is https.
pub fn failure(error: &reqwest::Error, is_encrypted: bool) -> FailedAttempt {
    let hyper = || causes(error).filter_map(|cause| cause.downcast_ref::<hyper::Error>());
    let is_unreadable = hyper().any(|error| error.is_parse() || error.is_parse_too_large());
    let (fate, hint) = if let Some(hint) = rejection(error) {
        (Fate::Unreachable, Some(hint))
    } else if error.is_connect() {
        (Fate::NotSent, Some(if error.is_timeout() { NO_CONNECTION_IN_TIME } else { NO_CONNECTION }))
    } else if hyper().any(hyper::Error::is_canceled) {
        // The server has closed the connection before the request was written.
        (Fate::NotSent, (!is_encrypted).then_some(EXPECTS_TLS))
    } else if is_unreadable {
        (Fate::Unreadable, (!is_encrypted).then_some(EXPECTS_TLS))
    } else if error.is_timeout() {
        (Fate::Unknown, Some(NO_RESPONSE_IN_TIME))
    } else {
        (Fate::Unknown, (!is_encrypted && is_closed(error)).then_some(EXPECTS_TLS))
    };
    FailedAttempt { why: reasons(error), hint, fate }
}

/// Returns how to fix an error that makes every connection fail.
fn rejection(error: &reqwest::Error) -> Option<&'static str> {
    let hint = lasting(error)?;
    // TLS 1.3 rejects a client certificate only after the connection was made; any other error at
    // that point may be temporary.
    (error.is_connect() || hint == CLIENT_CERTIFICATE).then_some(hint)
}

fn lasting(error: &reqwest::Error) -> Option<&'static str> {
    if causes(error).any(|cause| cause.to_string().ends_with("proxy authorization required")) {
        return Some(PROXY_LOGIN);
    }
    match causes(error).find_map(tls_error) {
        Some(error) => tls_rejection(error),
        None => {
            let broke_off = |cause: &(dyn Error + 'static)| cause.to_string().contains("tls handshake eof");
            causes(error).any(broke_off).then_some(NO_TLS)
        }
    }
}

const NO_CONNECTION: &str = "nothing answers at this address: check the host and the port of the URL, and whether this \
                             machine reaches it (VPN, firewall, --proxy)";

const NO_CONNECTION_IN_TIME: &str = "check the host and the port of the URL, and whether a firewall or a missing VPN keeps \
                                     this machine from it; --connect-timeout waits longer";

const NO_RESPONSE_IN_TIME: &str = "the server takes the request and is too slow, or does not speak HTTP at this port: \
                                   --timeout waits longer";

/// The hint for a server that does not respond to http.
pub const EXPECTS_TLS: &str = "if the server expects TLS, write https:// in the URL";

/// The hint for a target that responds with 429 for too long.
pub const BUSY: &str = "lower --rate, or try again later";

/// The hint for a proxy that responds with 407.
pub const PROXY_LOGIN: &str = "the proxy requires a valid user name and password: give them with --proxy-user, or as \
                               `proxy_user` in the profile";

const NO_TLS: &str = "the server does not speak TLS at this port; check the port, or write http:// in the URL";

const CLIENT_CERTIFICATE: &str = "the server requires a client certificate that it accepts: give one with \
                                  --client-cert and --client-key, or as `client_cert` and `client_key` in the profile";

fn tls_rejection(error: &rustls::Error) -> Option<&'static str> {
    use AlertDescription::{
        AccessDenied, BadCertificate, CertificateExpired, CertificateRequired, CertificateRevoked, CertificateUnknown,
        DecryptError, HandshakeFailure, ProtocolVersion, UnknownCA, UnrecognisedName, UnsupportedCertificate,
    };
    use CertificateError::{
        BadSignature, Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet,
        NotValidYetContext, Other, UnknownIssuer,
    };

    Some(match error {
        rustls::Error::InvalidCertificate(BadSignature | UnknownIssuer) => {
            "this machine does not trust the issuer of the certificate: for an authority of your own, name its \
             certificate with --ca-cert, as `ca_cert` in the profile, or in SSL_CERT_FILE"
        }
        rustls::Error::InvalidCertificate(Expired | ExpiredContext { .. }) => {
            "the certificate of the server has expired, or the clock of this machine is wrong"
        }
        rustls::Error::InvalidCertificate(NotValidYet | NotValidYetContext { .. }) => {
            "the certificate is not valid yet, or the clock of this machine is wrong"
        }
        rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => {
            "the certificate is for another host: use a host name for which it is valid in the URL"
        }
        rustls::Error::InvalidCertificate(Other(other)) if other.to_string().contains("CaUsedAsEndEntity") => {
            "the server presents the certificate of an authority itself, which no client can verify: give the server a \
             certificate that the authority has issued"
        }
        rustls::Error::InvalidCertificate(_) => "the certificate of the server is not valid",
        rustls::Error::InvalidMessage(_) => NO_TLS,
        rustls::Error::AlertReceived(ProtocolVersion) | rustls::Error::PeerIncompatible(_) => {
            "the server does not support TLS 1.2 or 1.3"
        }
        rustls::Error::AlertReceived(UnrecognisedName) => "the server does not know this host name: check the URL",
        rustls::Error::AlertReceived(
            AccessDenied
            | BadCertificate
            | CertificateExpired
            | CertificateRequired
            | CertificateRevoked
            | CertificateUnknown
            | DecryptError
            | HandshakeFailure
            | UnknownCA
            | UnsupportedCertificate,
        ) => CLIENT_CERTIFICATE,
        _ => return None,
    })
}

/// Returns the TLS error in a cause. I/O errors wrap it, and each other, without naming it as their
/// source.
fn tls_error<'e>(cause: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    cause.downcast_ref().or_else(|| tls_error(cause.downcast_ref::<io::Error>()?.get_ref()?))
}

/// Returns whether the server has closed the connection before the head of a response was complete.
pub fn is_closed(error: &reqwest::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof};

    let is_closed = |cause: &(dyn Error + 'static)| {
        let by_hyper = cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_incomplete_message);
        let by_system = cause.downcast_ref::<io::Error>().is_some_and(|error| {
            matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof)
        });
        by_hyper || by_system
    };
    !error.is_connect() && !error.is_timeout() && causes(error).any(is_closed)
}

/// Returns the text of an error of the HTTP client with its causes, without the URL, which may hold
/// keys.
pub fn reasons(error: &reqwest::Error) -> String {
    let what = match (error.is_connect(), error.is_timeout()) {
        (true, true) => "no connection within the time-out",
        (true, false) => "no connection",
        (false, true) => "no complete answer within the time-out",
        (false, false) => "no complete answer",
    };
    let mut text = what.to_owned();
    for cause in causes(error) {
        let words = cause.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
    }
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(Error::source(error), |cause| (*cause).source())
}
