//! Routing: finds the row of a path.

use http::HeaderValue;
use matchit::Router;

use super::endpoints::EndpointRow;
use super::path::{Path, Route};
use crate::api::Version;

/// The rows by path, each with its `Allow` header.
pub struct Routes(Router<(&'static EndpointRow, HeaderValue)>);

/// The row of a path, with its parameters.
pub struct RouteMatch<'p> {
    pub row: &'static EndpointRow,
    pub allow: &'p HeaderValue,
    pub route: Route<'p>,
}

impl Routes {
    pub fn new(rows: &[&'static EndpointRow]) -> Routes {
        let mut router = Router::new();
        for row in rows {
            #[expect(clippy::expect_used, reason = "the rows are constants that every test uses")]
            {
                let allow = HeaderValue::from_str(&row.allow()).expect("names of methods");
                router.insert(row.spec.template, (*row, allow)).expect("templates that do not contradict each other");
            }
        }
        Routes(router)
    }

    /// Finds the endpoint of a path.
    pub fn find<'p>(&'p self, path: &'p Path<'_>) -> Option<RouteMatch<'p>> {
        if let Some(route) = self.at(path.as_str(), None) {
            return Some(route);
        }
        let (path, format) = path.suffixed()?;
        self.at(path, Some(format))
    }

    fn at<'p>(&'p self, path: &'p str, format: Option<&'p str>) -> Option<RouteMatch<'p>> {
        let found = self.0.at(path).ok()?;
        let (row, allow) = found.value;
        // A dot in an id starts the format suffix.
        let looked_up = row.spec.lookup.and_then(|name| found.params.get(name));
        if looked_up.is_some_and(|text| text.contains('.')) {
            return None;
        }
        let version = match found.params.get("version") {
            Some(text) => text.parse().ok()?,
            None => Version::default(),
        };
        if row.spec.only_in.is_some_and(|only| only != version) {
            return None;
        }
        Some(RouteMatch { row, allow, route: Route::new(&row.spec, version, format, found.params) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources;
    use rstest::rstest;

    fn endpoint(path: &str) -> Option<(&'static str, Option<String>)> {
        let routes = Routes::new(resources::rows());
        let path = Path::new(path);
        routes.find(&path).map(|found| (found.row.spec.name, found.route.format.map(str::to_owned)))
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
