//! Detects redirects to another host.

use bytes::Bytes;
use http::Response;
use http::header::LOCATION;
use reqwest::Url;

/// The maximum length of a host name.
const MAX_HOST: usize = 253;

/// Returns the host of a redirect, if its scheme, host or port differ from those of the target. The
/// rest of the address is left out, because it may hold keys.
pub fn astray(base: &str, response: &Response<Bytes>) -> Option<String> {
    if !response.status().is_redirection() {
        return None;
    }
    let location = response.headers().get(LOCATION)?;
    let own = Url::parse(base).ok()?;
    // A browser resolves the location like this: relative to the target, with slashes of either
    // kind.
    let Some(there) = location.to_str().ok().and_then(|location| own.join(location).ok()) else {
        return Some("an address that cannot be read".to_owned());
    };
    if there.origin() == own.origin() {
        return None;
    }
    let port = there.port().map(|port| format!(":{port}")).unwrap_or_default();
    let host = there.host_str().unwrap_or_default();
    let named = format!("{}://{host}{port}", there.scheme());
    Some(named.chars().take(MAX_HOST).collect())
}

/// Returns how to fix a redirect away from a target to this scheme and host.
pub fn hint(base: &str, there: &str) -> String {
    let [here, url] = [base, there].map(|url| Url::parse(url).ok());
    let is_same_host = matches!((&here, &url), (Some(here), Some(url)) if here.host() == url.host());
    match url.as_ref().map(Url::scheme) {
        Some("https") if is_same_host => format!("the deployment speaks TLS: begin the URL with {there}"),
        Some("http") if is_same_host && base.starts_with("https") => {
            "the server redirects to http, where keys would travel unencrypted: check the configuration of the server; \
             often it does not learn from its proxy that the request came over https"
                .to_owned()
        }
        _ => {
            format!("a run sends keys only to the host in the URL; if {there} is the deployment, write that in the URL")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hint_tells_another_scheme_from_another_host() {
        let hint = |base, there| super::hint(base, there);
        assert!(hint("http://a.example/sub", "https://a.example").contains("begin the URL with https://a.example"));
        assert!(hint("https://a.example", "http://a.example").contains("unencrypted"));
        assert!(hint("http://a.example", "https://b.example").contains("only to the host in the URL"));
        assert!(hint("https://a.example", "http://b.example").contains("only to the host in the URL"));
    }

    fn sent_to(location: &[u8]) -> Option<String> {
        let response = Response::builder().status(302).header("Location", location).body(Bytes::new()).unwrap();
        astray("https://api.example.com/sub", &response)
    }

    #[test]
    fn the_hint_names_only_another_host_without_its_path() {
        for (location, host) in [
            ("https://evil.example/?key=1", "https://evil.example"),
            ("//evil.example/a", "https://evil.example"),
            (r"\\evil.example\a", "https://evil.example"),
            ("https://api.example.com@evil.example/", "https://evil.example"),
            ("https://user:password@evil.example:8443/", "https://evil.example:8443"),
            ("http://api.example.com/", "http://api.example.com"),
            ("https://api.example.com:444/", "https://api.example.com:444"),
            ("javascript:alert(1)", "javascript://"),
            ("https://[", "an address that cannot be read"),
        ] {
            assert_eq!(sent_to(location.as_bytes()).as_deref(), Some(host), "{location}");
        }
        assert_eq!(sent_to(b"https://\xff/").as_deref(), Some("an address that cannot be read"));
        for location in ["", "/", "elsewhere/", "?a=https://evil.example", "HTTPS://API.example.com:443/a"] {
            assert_eq!(sent_to(location.as_bytes()), None, "{location}");
        }
    }

    #[test]
    fn a_response_that_is_not_a_redirect_names_no_host() {
        let created = Response::builder().status(201).header("Location", "https://evil.example/").body(Bytes::new());
        assert_eq!(astray("https://api.example.com", &created.unwrap()), None);
        let unchanged = Response::builder().status(304).body(Bytes::new()).unwrap();
        assert_eq!(astray("https://api.example.com", &unchanged), None);
    }
}
