//! The path of a request, and what it says beside the name of its endpoint.

use std::borrow::Cow;

use matchit::Params;
use percent_encoding::percent_decode_str;

use super::endpoint_spec::EndpointSpec;
use crate::api::Version;

/// The path of a request with its percent escapes resolved and doubled slashes made one, as the proxy before the
/// deployment hands it on.
pub struct Path<'r> {
    text: Cow<'r, str>,
    /// `users.json` without its suffix: `users/`, and the suffix.
    suffixed: Option<(String, String)>,
}

/// An endpoint and what the path says beside its name.
pub struct Route<'p> {
    pub spec: &'static EndpointSpec,
    pub version: Version,
    /// The format asked for by the end of the path, as in `users.json`.
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

    /// The path as links to it show it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The path without the format at its end, and the format.
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

    /// What stands in the path in the place of that name.
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

/// `/v1.1/instances/i/users.json` or `users.json/` as (`/v1.1/instances/i/users/`, `json`).
///
/// Where the paths of a resource hang under a prefix, the suffix of its first path stands alone, as in
/// `/v1.1/instances/.json`; there `instances.json` is no path.
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
