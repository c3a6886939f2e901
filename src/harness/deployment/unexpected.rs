//! Finds the cause of a response that the harness did not expect.

use bytes::Bytes;
use http::header::WWW_AUTHENTICATE;
use http::{Response, StatusCode};

use super::failure::EXPECTS_TLS;

/// The texts of nginx, Apache and Go for plain HTTP on a TLS port.
const PLAIN_ON_TLS: [&str; 3] = [
    "plain http request was sent to https port",
    "speaking plain http to an ssl-enabled",
    "an http request to an https",
];

/// Returns how to fix the cause of an unexpected response, if the response shows the cause.
pub fn hint(response: &Response<Bytes>) -> Option<&'static str> {
    let is_json = serde_json::from_slice::<serde_json::Value>(response.body()).is_ok();
    match response.status() {
        StatusCode::UNAUTHORIZED if asks_for_login(response) => Some(
            "a server in front of the API asks for a user name and a password that it accepts: give them with --basic \
             env:NAME, where NAME holds user:password, or as `basic` in the profile",
        ),
        StatusCode::BAD_REQUEST if is_plain_on_tls(response) => Some(EXPECTS_TLS),
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            Some("a gateway answers that the deployment behind it does not: check that it is up, and try again later")
        }
        status if status.is_server_error() => {
            Some("the deployment itself failed at this request: its log says why; the URL and the keys may be right")
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if !is_json => Some(
            "a server in front of the API rejects the request: check whether it admits this machine (VPN, list of addresses)",
        ),
        _ if !is_json => Some("this is not a response of the API: check that the URL is the part before /v1.1/"),
        _ => None,
    }
}

fn asks_for_login(response: &Response<Bytes>) -> bool {
    let mut schemes = response.headers().get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    schemes.any(|value| value.to_ascii_lowercase().contains("basic"))
}

fn is_plain_on_tls(response: &Response<Bytes>) -> bool {
    let body = String::from_utf8_lossy(response.body()).to_ascii_lowercase();
    PLAIN_ON_TLS.iter().any(|text| body.contains(text))
}
