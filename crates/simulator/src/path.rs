//! Request paths and their parameters.

use std::borrow::Cow;

use matchit::Params;
use percent_encoding::percent_decode_str;

use super::endpoint_spec::EndpointSpec;
use crate::api::Version;

/// A request path, percent-decoded and with duplicate slashes merged, as the proxy of the
/// deployment forwards it.
pub struct Path<'r> {
    text: Cow<'r, str>,
    /// The path without the suffix of `users.json`, and the suffix: `users/` and `json`.
    suffixed: Option<(String, String)>,
}

/// An endpoint with the parameters of a path.
#[derive(Clone)]
pub struct Route<'p> {
    pub spec: &'static EndpointSpec,
    pub version: Version,
    /// The format in the suffix of the path, as in `users.json`.
    pub format: Option<&'p str>,
    params: Params<'p, 'p>,
}

impl<'r> Path<'r> {
    pub fn new(sent: &'r str) -> Path<'r> {
        let has_escapes = sent.contains('%');
        let decoded = if has_escapes { percent_decode_str(sent).decode_utf8_lossy() } else { Cow::Borrowed(sent) };
        let text = if decoded.contains("//") { Cow::Owned(merge_slashes(&decoded)) } else { decoded };
        let suffixed = without_suffix(&text);
        Path { text, suffixed }
    }

    /// Returns the path as it appears in links.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the path without its suffix, and the suffix.
    pub fn suffixed(&self) -> Option<(&str, &str)> {
        self.suffixed.as_ref().map(|(path, format)| (path.as_str(), format.as_str()))
    }
}

impl<'p> Route<'p> {
    pub fn new(
        spec: &'static EndpointSpec,
        version: Version,
        format: Option<&'p str>,
        params: Params<'p, 'p>,
    ) -> Route<'p> {
        Route { spec, version, format, params }
    }

    /// Returns the value of a path parameter; empty if there is none.
    pub fn param(&self, name: &str) -> &'p str {
        self.params.get(name).unwrap_or_default()
    }
}

fn merge_slashes(path: &str) -> String {
    let mut merged = String::with_capacity(path.len());
    for c in path.chars() {
        if !(c == '/' && merged.ends_with('/')) {
            merged.push(c);
        }
    }
    merged
}

/// Splits `/v1.1/instances/i/users.json` or `users.json/` into (`/v1.1/instances/i/users/`,
/// `json`).
///
/// If the paths of a resource share a prefix, the suffix of its list is a separate segment, as in
/// `/v1.1/instances/.json`; `instances.json` is not a path there.
fn without_suffix(path: &str) -> Option<(String, String)> {
    const STANDS_ALONE: [&str; 4] = ["instances", "account", "backups", "usage"];
    let (directory, last) = path.strip_suffix('/').unwrap_or(path).rsplit_once('/')?;
    let (name, format) = last.rsplit_once('.')?;
    let is_format = !format.is_empty() && format.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let depth = directory.matches('/').count();
    let parent = directory.rsplit_once('/').map_or("", |(_, parent)| parent);
    let stands_alone = depth == 1 || depth == 2 && STANDS_ALONE.contains(&parent);
    let is_prefix = depth == 1 && STANDS_ALONE.contains(&name);
    match name {
        _ if !is_format || is_prefix || directory.is_empty() => None,
        "" if stands_alone => Some((format!("{directory}/"), format.to_owned())),
        "" => None,
        name => Some((format!("{directory}/{name}/"), format.to_owned())),
    }
}
