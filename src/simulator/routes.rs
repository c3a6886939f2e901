//! From a path to an endpoint.

use std::borrow::Cow;

use http::Method;
use matchit::{Params, Router};
use percent_encoding::percent_decode_str;

use crate::api::{ABSENT_ENDPOINTS, AbsentEndpoint, ENDPOINTS, Endpoint, Form, Version, within_instance};

/// The endpoints, built once.
pub struct Routes(Router<(Endpoint, &'static str)>);

/// The path of a request with its percent escapes resolved and doubled slashes made one, as the proxy before the
/// deployment hands it on.
pub struct Path<'r> {
    text: Cow<'r, str>,
    /// `users.json` without its suffix: `users/`, and the suffix.
    suffixed: Option<(String, String)>,
}

/// An endpoint and what the path says beside its name.
pub struct Route<'p> {
    pub endpoint: Endpoint,
    /// The path of the endpoint with names in the place of values.
    pub template: &'static str,
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
        for (endpoint, template) in ENDPOINTS.iter().chain(ABSENT_ENDPOINTS) {
            #[expect(clippy::expect_used, reason = "the templates are constants, and every test uses them")]
            router.insert(*template, (*endpoint, *template)).expect("templates that do not contradict each other");
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
        let (endpoint, template) = *found.value;
        // A dot in the place of an id begins a format.
        let looked_up = looked_up_by(endpoint).and_then(|name| found.params.get(name));
        if looked_up.is_some_and(|text| text.contains('.')) {
            return None;
        }
        let version = match found.params.get("version") {
            Some(text) => text.parse().ok()?,
            None => Version::default(),
        };
        if endpoint.only_in().is_some_and(|only| only != version) {
            return None;
        }
        Some(Route { endpoint, template, version, format, params: found.params })
    }
}

impl<'p> Route<'p> {
    /// What stands in the path in the place of that name.
    pub fn param(&self, name: &str) -> &'p str {
        self.params.get(name).unwrap_or_default()
    }

    /// Whether the endpoint has that method.
    pub fn allows(&self, method: &Method) -> bool {
        methods(self.endpoint).split(", ").any(|allowed| allowed == method.as_str())
    }

    /// Whether the endpoint is about the account that calls.
    pub fn is_own_account(&self) -> bool {
        matches!(
            self.endpoint,
            Endpoint::Account | Endpoint::AccountResetKey | Endpoint::AccountPassword | Endpoint::AccountPasswordSet
        )
    }

    /// Whether the path goes through an instance, which has to exist before anything else is looked at. The endpoint of
    /// an instance itself does not go through it.
    pub fn is_inside_instance(&self) -> bool {
        within_instance(self.template).is_some()
    }
}

/// The methods of an endpoint, as the header `Allow` lists them.
pub fn methods(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Root
        | Endpoint::Links
        | Endpoint::AccountBackups
        | Endpoint::Usage
        | Endpoint::AccountInvitations
        | Endpoint::Backups
        | Endpoint::Snippets
        | Endpoint::Endpoints
        | Endpoint::PushNotifications
        | Endpoint::GcmPushNotifications
        | Endpoint::ApnsPushNotifications
        | Endpoint::Admins => "GET, HEAD, OPTIONS",
        Endpoint::Absent(absent) => absent.form.allow(),
        Endpoint::Account | Endpoint::CurrentUser => "GET, PUT, PATCH, HEAD, OPTIONS",
        Endpoint::AccountRegister
        | Endpoint::AccountAuth
        | Endpoint::AccountSocialAuth
        | Endpoint::AccountResetKey
        | Endpoint::AccountPassword
        | Endpoint::AccountPasswordSet
        | Endpoint::AccountPasswordReset
        | Endpoint::AcceptInvitation
        | Endpoint::InstanceRename
        | Endpoint::Batch
        | Endpoint::InvitationResend
        | Endpoint::ApiKeyResetKey
        | Endpoint::Login
        | Endpoint::SocialLogin
        | Endpoint::UserResetKey => "POST, OPTIONS",
        Endpoint::Instances
        | Endpoint::Invitations
        | Endpoint::ApiKeys
        | Endpoint::Users
        | Endpoint::UserGroups
        | Endpoint::Groups
        | Endpoint::GroupUsers
        | Endpoint::Classes
        | Endpoint::Objects => "GET, POST, HEAD, OPTIONS",
        Endpoint::Instance
        | Endpoint::Admin
        | Endpoint::Invitation
        | Endpoint::ApiKey
        | Endpoint::User
        | Endpoint::Group
        | Endpoint::Class => "GET, PUT, PATCH, DELETE, HEAD, OPTIONS",
        Endpoint::AccountInvitation | Endpoint::UserGroup | Endpoint::GroupUser => "GET, DELETE, HEAD, OPTIONS",
        Endpoint::Object => "GET, POST, PATCH, DELETE, HEAD, OPTIONS",
    }
}

/// Whether an endpoint is a list: POST there creates.
pub fn is_list(endpoint: Endpoint) -> bool {
    matches!(
        endpoint,
        Endpoint::Instances
            | Endpoint::Absent(AbsentEndpoint { form: Form::List, .. })
            | Endpoint::Invitations
            | Endpoint::ApiKeys
            | Endpoint::Users
            | Endpoint::UserGroups
            | Endpoint::Groups
            | Endpoint::GroupUsers
            | Endpoint::Classes
            | Endpoint::Objects
    )
}

/// Which part of the path names the one object that the endpoint is about.
fn looked_up_by(endpoint: Endpoint) -> Option<&'static str> {
    match endpoint {
        Endpoint::Instance | Endpoint::InstanceRename => Some("instance"),
        Endpoint::Absent(_) => Some("id"),
        Endpoint::Admin => Some("admin"),
        Endpoint::AccountInvitation | Endpoint::Invitation | Endpoint::InvitationResend => Some("invitation"),
        Endpoint::ApiKey | Endpoint::ApiKeyResetKey => Some("api_key"),
        Endpoint::User | Endpoint::UserResetKey | Endpoint::GroupUser => Some("user"),
        Endpoint::Group | Endpoint::UserGroup => Some("group"),
        Endpoint::Class => Some("class"),
        Endpoint::Object => Some("object"),
        _ => None,
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

    fn endpoint(path: &str) -> Option<(Endpoint, Option<String>)> {
        let routes = Routes::new();
        let path = Path::new(path);
        routes.find(&path).map(|route| (route.endpoint, route.format.map(str::to_owned)))
    }

    #[rstest]
    #[case("/", Endpoint::Root, None)]
    #[case("/v1/", Endpoint::Links, None)]
    #[case("/v1.1/instances/i/users/", Endpoint::Users, None)]
    #[case("//v1.1//instances/i/%75sers/", Endpoint::Users, None)]
    #[case("/v1.1/instances/i/users.json", Endpoint::Users, Some("json"))]
    #[case("/v1.1/instances/i/users.json/", Endpoint::Users, Some("json"))]
    #[case("/v1.1/instances/i/users/1.json", Endpoint::User, Some("json"))]
    #[case("/v1.1/instances/i/users/1.5/", Endpoint::User, Some("5"))]
    #[case("/v1.1/instances/i/users/1.5/groups/", Endpoint::UserGroups, None)]
    #[case("/v1.1/instances/.json", Endpoint::Instances, Some("json"))]
    #[case("/v1.1/instances/i.json", Endpoint::Instance, Some("json"))]
    #[case("/v1.1/.json", Endpoint::Links, Some("json"))]
    #[case("/v1.1/account/invitations/accept/", Endpoint::AcceptInvitation, None)]
    #[case("/v1.1/account/invitations/7/", Endpoint::AccountInvitation, None)]
    #[case("/v1.1/instances/i/snippets/", Endpoint::Snippets, None)]
    fn a_path_has_an_endpoint(#[case] path: &str, #[case] found: Endpoint, #[case] format: Option<&str>) {
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
