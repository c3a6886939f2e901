//! Rejects requests to the control API that may come from web pages of other origins.
//!
//! A browser lets any page send requests to an address of this machine. `Origin` or
//! `Sec-Fetch-Site` identifies a page of another origin. A page that uses DNS rebinding counts as
//! the same origin; its `Host` identifies it. Programs send neither `Origin` nor `Sec-Fetch-Site`,
//! and may omit `Host` in HTTP/1.0. Browsers always send `Host`, so requests without these headers
//! are accepted.
//!
//! A listener on all addresses accepts any address as `Host`, but no unknown name. The Android
//! emulator reaches it as 10.0.2.2, and the host of a container reaches it at an address that the
//! container does not have. DNS rebinding needs a name. An attacker could make a browser send a
//! `Host` with another address only by redirecting connections to this machine; such an attacker
//! can also connect to the listener directly. A listener on a loopback address accepts connections
//! only from this machine, so it rejects other addresses as `Host`: redirected connections would
//! bypass this restriction.

use std::net::IpAddr;

use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderName, HeaderValue};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The names and addresses of the listener, in addition to the loopback names and addresses.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    pub names: Vec<String>,
    pub addresses: Vec<IpAddr>,
}

/// The error for a request that may come from a web page of another origin.
#[derive(Debug, thiserror::Error)]
pub enum OtherOrigin {
    #[error(
        "The control API is available only where Host is a loopback address, localhost, or the name or address that serve listens on."
    )]
    Host,
    #[error("The control API rejects web pages of other origins, and the header {0} names another origin.")]
    Page(&'static str),
}

impl Hosts {
    /// Checks a request to the control API.
    ///
    /// `reached` is the address of this machine at which the connection arrived.
    pub fn check(&self, request: &Parts, reached: IpAddr) -> Result<(), OtherOrigin> {
        let host = request.headers.get(HOST);
        let hosts = host.map(HeaderValue::as_bytes).into_iter().chain(request.uri.authority().map(as_bytes));
        if !hosts.into_iter().all(|host| self.is_own(host, reached)) {
            return Err(OtherOrigin::Host);
        }
        let own_origin = [b"http://", host.map(HeaderValue::as_bytes).unwrap_or_default()].concat();
        let mut origins = request.headers.get_all(ORIGIN).iter();
        if !origins.all(|origin| origin.as_bytes().eq_ignore_ascii_case(&own_origin)) {
            return Err(OtherOrigin::Page("Origin"));
        }
        let mut sites = request.headers.get_all(SEC_FETCH_SITE).iter();
        // Browsers send `none` when the user typed the address.
        if !sites.all(|site| matches!(site.as_bytes(), b"same-origin" | b"none")) {
            return Err(OtherOrigin::Page("Sec-Fetch-Site"));
        }
        Ok(())
    }

    fn is_own(&self, host: &[u8], reached: IpAddr) -> bool {
        let Ok(authority) = Authority::try_from(host) else { return false };
        let host = authority.host().to_ascii_lowercase();
        let host = host.strip_suffix('.').unwrap_or(&host);
        let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if let Ok(address) = address.parse::<IpAddr>() {
            let address = address.to_canonical();
            return address.is_loopback()
                || address == reached.to_canonical()
                || self.addresses.iter().any(|own| own.is_unspecified() || *own == address);
        }
        host == "localhost"
            || host.ends_with(".localhost")
            || self.names.iter().any(|name| name.eq_ignore_ascii_case(host))
    }
}

fn as_bytes(authority: &Authority) -> &[u8] {
    authority.as_str().as_bytes()
}

#[cfg(test)]
mod tests {
    use http::Request;
    use rstest::rstest;

    use super::*;

    fn is_accepted(uri: &str, headers: &[(&str, &str)]) -> bool {
        is_accepted_by([10, 0, 0, 7].into(), uri, headers)
    }

    fn is_accepted_by(address: IpAddr, uri: &str, headers: &[(&str, &str)]) -> bool {
        let hosts = Hosts { names: vec!["simulator".to_owned()], addresses: vec![address] };
        let mut request = Request::get(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        hosts.check(&parts, [192, 168, 1, 5].into()).is_ok()
    }

    #[rstest]
    #[case("127.0.0.1:8080", true)]
    #[case("127.3.2.1", true)]
    #[case("[::1]:8080", true)]
    #[case("[::ffff:127.0.0.1]:8080", true)]
    #[case("localhost:8080", true)]
    #[case("LOCALHOST.", true)]
    #[case("app.localhost:80", true)]
    #[case("simulator:8080", true)]
    #[case("10.0.0.7:8080", true)]
    #[case("192.168.1.5:8080", true)]
    #[case("192.168.1.6:8080", false)]
    #[case("evil.example", false)]
    #[case("evil.example:8080", false)]
    #[case("localhost.evil.example", false)]
    #[case("127.0.0.1.evil.example", false)]
    #[case("notlocalhost", false)]
    #[case("127.0.0.1@evil.example", false)]
    #[case("", false)]
    fn the_control_api_accepts_only_names_of_this_machine(#[case] host: &str, #[case] is_own: bool) {
        assert_eq!(is_accepted("/__simulator/", &[("host", host)]), is_own);
    }

    #[rstest]
    #[case(&[("origin", "http://127.0.0.1:8080")], true)]
    #[case(&[("origin", "http://127.0.0.1:8081")], false)]
    #[case(&[("origin", "https://127.0.0.1:8080")], false)]
    #[case(&[("origin", "http://evil.example")], false)]
    #[case(&[("origin", "null")], false)]
    #[case(&[("origin", "http://127.0.0.1:8080"), ("origin", "null")], false)]
    #[case(&[("sec-fetch-site", "same-origin")], true)]
    #[case(&[("sec-fetch-site", "none")], true)]
    #[case(&[("sec-fetch-site", "same-site")], false)]
    #[case(&[("sec-fetch-site", "cross-site")], false)]
    #[case(&[("sec-fetch-mode", "cors")], true)]
    fn the_control_api_accepts_only_its_own_pages(#[case] headers: &[(&str, &str)], #[case] is_own: bool) {
        let headers = [&[("host", "127.0.0.1:8080")], headers].concat();
        assert_eq!(is_accepted("/__simulator/", &headers), is_own);
    }

    #[rstest]
    #[case::the_android_emulator("10.0.2.2:8080", true)]
    #[case::the_host_of_a_container("192.168.1.6:8080", true)]
    #[case::a_rebound_name("evil.example:8080", false)]
    #[case::a_name_like_an_address("10.0.2.2.evil.example", false)]
    fn a_listener_on_all_addresses_accepts_any_address_and_no_other_name(#[case] host: &str, #[case] is_own: bool) {
        for all in ["0.0.0.0", "::"] {
            assert_eq!(is_accepted_by(all.parse().unwrap(), "/__simulator/", &[("host", host)]), is_own);
        }
        let page = [("host", host), ("origin", "http://evil.example")];
        assert!(!is_accepted_by([0, 0, 0, 0].into(), "/__simulator/", &page));
    }

    #[test]
    fn a_program_may_leave_the_host_out_or_name_it_in_the_request_line() {
        assert!(is_accepted("/__simulator/", &[]));
        assert!(is_accepted("http://127.0.0.1:8080/__simulator/", &[]));
        assert!(!is_accepted("http://evil.example/__simulator/", &[("host", "127.0.0.1")]));
    }
}
