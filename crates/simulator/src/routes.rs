//! From a path to an endpoint.

use std::borrow::Cow;

use http::HeaderValue;
use matchit::{Params, Router};
use percent_encoding::percent_decode_str;

use super::endpoints::Row;
use super::resources;
use crate::api::Version;

/// The rows, built once, each with its methods as the header `Allow` lists them.
pub struct Routes(Router<(&'static Row, HeaderValue)>);

/// The path of a request with its percent escapes resolved and doubled slashes made one, as the proxy before the
/// deployment hands it on.
pub struct Path<'r> {
    text: Cow<'r, str>,
    /// `users.json` without its suffix: `users/`, and the suffix.
    suffixed: Option<(String, String)>,
}

/// An endpoint and what the path says beside its name.
pub struct Route<'p> {
    pub row: &'static Row,
    pub allow: &'p HeaderValue,
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
}

impl Routes {
    pub fn new() -> Routes {
        let mut router = Router::new();
        for row in resources::rows() {
            #[expect(clippy::expect_used, reason = "the rows are constants, and every test uses them")]
            {
                let allow = HeaderValue::from_str(&row.allow()).expect("names of methods");
                router.insert(row.template, (*row, allow)).expect("templates that do not contradict each other");
            }
        }
        Routes(router)
    }

    /// The endpoint of a path; `None` if there is none.
    pub fn find<'p>(&'p self, path: &'p Path<'_>) -> Option<Route<'p>> {
        if let Some(route) = self.at(&path.text, None) {
            return Some(route);
        }
        let (path, format) = path.suffixed.as_ref()?;
        self.at(path, Some(format))
    }

    fn at<'p>(&'p self, path: &'p str, format: Option<&'p str>) -> Option<Route<'p>> {
        let found = self.0.at(path).ok()?;
        let (row, allow) = found.value;
        // A dot in the place of an id begins a format.
        let looked_up = row.lookup.and_then(|name| found.params.get(name));
        if looked_up.is_some_and(|text| text.contains('.')) {
            return None;
        }
        let version = match found.params.get("version") {
            Some(text) => text.parse().ok()?,
            None => Version::default(),
        };
        if row.only_in.is_some_and(|only| only != version) {
            return None;
        }
        Some(Route { row, allow, version, format, params: found.params })
    }
}

impl<'p> Route<'p> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn endpoint(path: &str) -> Option<(&'static str, Option<String>)> {
        let routes = Routes::new();
        let path = Path::new(path);
        routes.find(&path).map(|route| (route.row.name, route.format.map(str::to_owned)))
    }

    #[rstest]
    #[case("/", "Root", None)]
    #[case("/v1/", "Links", None)]
    #[case("/v1.1/instances/i/users/", "Users", None)]
    #[case("//v1.1//instances/i/%75sers/", "Users", None)]
    #[case("/v1.1/instances/i/users.json", "Users", Some("json"))]
    #[case("/v1.1/instances/i/users.json/", "Users", Some("json"))]
    #[case("/v1.1/instances/i/users/1.json", "User", Some("json"))]
    #[case("/v1.1/instances/i/users/1.5/", "User", Some("5"))]
    #[case("/v1.1/instances/i/users/1.5/groups/", "UserGroups", None)]
    #[case("/v1.1/instances/.json", "Instances", Some("json"))]
    #[case("/v1.1/instances/i.json", "Instance", Some("json"))]
    #[case("/v1.1/.json", "Links", Some("json"))]
    #[case("/v1.1/account/invitations/accept/", "AcceptInvitation", None)]
    #[case("/v1.1/account/invitations/7/", "AccountInvitation", None)]
    #[case("/v1.1/instances/i/snippets/", "Snippets", None)]
    fn a_path_has_an_endpoint(#[case] path: &str, #[case] found: &str, #[case] format: Option<&str>) {
        assert_eq!(endpoint(path), Some((found, format.map(str::to_owned))));
    }

    #[rstest]
    #[case("")]
    #[case("/v1.1")]
    #[case("/v2/")]
    #[case("/v1.1/instances/i/users")]
    #[case("/v1.1/instances/i/users.JSON")]
    #[case("/v1.1/instances/i/users/.json")]
    #[case("/v1.1/instances/i/users/1.5.json")]
    #[case("/v1.1/instances.json")]
    #[case("/v1.1/instances/i/nosuch/")]
    #[case("/.json")]
    #[case("/v1/instances/i/snippets/")]
    #[case("/v1/instances/i/hosting/")]
    #[case("/v1.1/instances/i/codeboxes/")]
    fn a_path_has_no_endpoint(#[case] path: &str) {
        assert_eq!(endpoint(path), None);
    }
}
