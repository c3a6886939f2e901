//! The paths of created resources, as requests and responses give them.

use serde_json::Value;

use syncano_simulator::api::Version;

/// The last segments of paths where a POST creates no resource with a path of its own.
const ACTIONS: [&str; 9] =
    ["auth", "user", "reset_key", "rename", "batch", "resend", "publish", "post", "remove_certificate"];

/// The place where a POST creates a resource.
pub struct Destination {
    /// The path of the collection.
    pub collection: String,
    /// The path of the resource, if the request names it.
    pub named: Option<String>,
}

/// Returns where a POST may create resources: one destination, or one for each request of a batch.
/// Memberships and objects are resources too; they are removed with the resource above them.
pub fn destinations(path: &str, body: &[u8]) -> Vec<Option<Destination>> {
    let path = path.split('?').next().unwrap_or_default();
    if !is_batch(path) {
        return vec![destination(path, || members(body))];
    }
    let body = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let requests = body.get("requests").and_then(Value::as_array).into_iter().flatten();
    let places = requests.map(|request| {
        let text = |member| request.get(member).and_then(Value::as_str);
        let path = text("path").filter(|_| text("method") == Some("POST"))?;
        destination(path.split('?').next()?, || request.get("body").cloned().unwrap_or_default())
    });
    places.collect()
}

/// Returns the names of the instances that a POST may create.
pub fn instances_named(path: &str, body: &[u8]) -> Vec<String> {
    let instances = destinations(path, body).into_iter().flatten().filter(|place| is_instances(&place.collection));
    instances.filter_map(|place| Some(last_segment(&place.named?).1.to_owned())).collect()
}

/// Returns a body as JSON. The fields of a form become the members of an object.
fn members(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| {
        form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), Value::from(value))).collect()
    })
}

/// Returns whether a path is a collection: names of collections alternate with those of items, but
/// for collections of two words.
fn is_collection(path: &[&str]) -> bool {
    path.len().is_multiple_of(2) || has_two_words(path)
}

/// Returns whether a path is a collection with a name of two words. Names identify its items.
fn has_two_words(path: &[&str]) -> bool {
    matches!(
        path,
        [_, "instances", _, "endpoints", "data"]
            | [_, "instances", _, "api", "objects"]
            | [_, "instances", _, "snippets", "templates"]
    )
}

fn destination(path: &str, body: impl FnOnce() -> Value) -> Option<Destination> {
    let segments = path.trim_matches('/').split('/').collect::<Vec<_>>();
    let (collection, own) = match segments.as_slice() {
        _ if !is_plain_path(path) => return None,
        // After a rename the instance must be removed under its new name.
        [version, "instances", _, "rename"] => {
            (format!("/{version}/instances/"), Some(body().get("new_name")?.clone()))
        }
        collection @ [_, .., last] if is_collection(collection) && !ACTIONS.contains(last) => {
            let member = ItemMember::new(path);
            (path.to_owned(), member.chosen().and_then(|member| body().get(member).cloned()))
        }
        _ => return None,
    };
    let named = own.as_ref().and_then(segment).and_then(|own| item(&collection, &own));
    Some(Destination { collection, named })
}

/// Returns the path of a resource that a response shows: by its name or number, or else by its
/// link, if that is one segment below the collection. Host and version of the link are ignored,
/// because checks judge them.
pub fn identified(collection: &str, answer: &Value) -> Option<String> {
    let own =
        answer.pointer(ItemMember::new(collection).shown()).and_then(segment).and_then(|own| item(collection, &own));
    let linked = || {
        let link = answer.pointer("/links/self")?.as_str()?;
        let own = below_version(link).strip_prefix(below_version(collection))?.strip_suffix('/')?;
        item(collection, own)
    };
    own.or_else(linked)
}

/// The member that identifies an item of a collection in its path.
enum ItemMember {
    /// The name, which the request gives.
    Name,
    /// The registration id of a device, which the request gives.
    RegistrationId,
    /// The number of the user, which the request gives.
    User,
    /// The number of the group, which the request gives.
    Group,
    /// The number, which the target gives.
    Id,
}

impl ItemMember {
    fn new(collection: &str) -> ItemMember {
        match collection.trim_matches('/').split('/').collect::<Vec<_>>().as_slice() {
            [_, "instances"] | [_, "instances", _, "classes" | "channels"] => ItemMember::Name,
            path if has_two_words(path) => ItemMember::Name,
            [_, "instances", _, "push_notifications", _, "devices"] => ItemMember::RegistrationId,
            [_, "instances", _, "groups", _, "users"] => ItemMember::User,
            [_, "instances", _, "users", _, "groups"] => ItemMember::Group,
            _ => ItemMember::Id,
        }
    }

    /// Returns the member of the request that gives it.
    fn chosen(&self) -> Option<&'static str> {
        match self {
            ItemMember::Name => Some("name"),
            ItemMember::RegistrationId => Some("registration_id"),
            ItemMember::User => Some("user"),
            ItemMember::Group => Some("group"),
            ItemMember::Id => None,
        }
    }

    /// Returns the JSON pointer to it in a response.
    fn shown(&self) -> &'static str {
        match self {
            ItemMember::Name => "/name",
            ItemMember::RegistrationId => "/registration_id",
            ItemMember::User => "/user/id",
            ItemMember::Group => "/group/id",
            ItemMember::Id => "/id",
        }
    }
}

/// Returns a name or a number as a segment of a path.
fn segment(own: &Value) -> Option<String> {
    match own {
        Value::String(name) => Some(name.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Returns the path of an item, if the harness may send it.
fn item(collection: &str, own: &str) -> Option<String> {
    let path = format!("{collection}{own}/");
    (!own.contains('/') && is_plain_path(&path)).then_some(path)
}

/// Splits a path into its collection and its last segment: `/v1.1/instances/` and `shop`.
pub fn last_segment(path: &str) -> (&str, &str) {
    let path = path.strip_suffix('/').unwrap_or(path);
    path.rfind('/').and_then(|slash| path.split_at_checked(slash + 1)).unwrap_or((path, ""))
}

/// Returns every name of a resource.
pub fn names(body: &Value) -> impl Iterator<Item = &str> {
    let places = [
        "/name",
        "/username",
        "/label",
        "/description",
        "/title",
        "/email",
        "/registration_id",
        "/user/username",
        "/group/label",
    ];
    places.into_iter().filter_map(|place| body.pointer(place)?.as_str())
}

/// Returns whether a name belongs to this run and scenario: it holds the id of the run, a
/// separator, and the number of the scenario.
pub fn belongs_to(run: &str, scenario: usize, name: &str) -> bool {
    name.match_indices(run).any(|(at, _)| {
        let number = name.get(at + run.len()..).and_then(|rest| rest.strip_prefix(['-', '_', 'n'])).unwrap_or_default();
        let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        number.get(..end).and_then(|number| number.parse().ok()) == Some(scenario)
    })
}

/// Returns a path without scheme, host and version: `/instances/<name>/`.
pub fn below_version(link: &str) -> &str {
    // Most are paths already.
    let host = if link.starts_with('/') { None } else { link.split_once("://") };
    let path = match host {
        Some((_, rest)) => rest.find('/').and_then(|slash| rest.get(slash..)).unwrap_or_default(),
        None => link,
    };
    let second = path.match_indices('/').nth(1).map(|(at, _)| at);
    second.and_then(|at| path.get(at..)).unwrap_or_default()
}

/// Returns whether a path is the list of instances: `/v1.1/instances/`.
pub fn is_instances(path: &str) -> bool {
    matches!(path.trim_matches('/').split('/').collect::<Vec<_>>().as_slice(), [_, "instances"])
}

/// Returns whether a path is a batch: `/v1.1/instances/<name>/batch/`.
pub fn is_batch(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    matches!(path.trim_matches('/').split('/').collect::<Vec<_>>().as_slice(), [_, "instances", _, "batch"])
}

/// The maximum length of a segment. Names of instances have at most 64 characters.
const MAX_SEGMENT: usize = 255;

/// Returns whether a path is `/v1.1/instances/` or below it, with segments of letters, digits,
/// hyphens and underscores.
pub fn is_plain_path(path: &str) -> bool {
    let segments = path.strip_prefix('/').and_then(|path| path.strip_suffix('/')).map(|path| path.split('/'));
    let segments = segments.into_iter().flatten().collect::<Vec<_>>();
    let is_plain = |segment: &&str| {
        (1..=MAX_SEGMENT).contains(&segment.len())
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    match segments.as_slice() {
        [version, "instances", below @ ..] => version.parse::<Version>().is_ok() && below.iter().all(is_plain),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_belongs_to_its_run_and_scenario() {
        for name in ["alice-p9rhx83j-24", "zoen p9rhx83jn24x", "ledger_p9rhx83j_24", "conformance-p9rhx83j-24-own"] {
            assert!(belongs_to("p9rhx83j", 24, name), "{name}");
        }
        for name in ["alice-p9rhx83j-2", "alice-p9rhx83j-240", "alice-p9rhx84j-24", "p9rhx83j", "24-p9rhx83j", ""] {
            assert!(!belongs_to("p9rhx83j", 24, name), "{name}");
        }
    }

    #[test]
    fn a_request_names_where_it_creates_resources() {
        let place = |path: &str, body: Value| {
            let places = destinations(path, body.to_string().as_bytes()).into_iter();
            places.map(|place| place.map(|place| (place.collection, place.named))).collect::<Vec<_>>()
        };
        let at = |collection: &str, path: Option<&str>| Some((collection.to_owned(), path.map(str::to_owned)));
        let json = serde_json::json!({"name": "a", "new_name": "b", "requests": [
            {"method": "GET", "path": "/v1/instances/i/users/"},
            {"method": "POST", "path": "/v1/instances/i/users/?fields=id"},
            {"method": "POST", "path": "/v1/instances/i/../users/"},
        ]});
        let users = at("/v1/instances/i/users/", None);
        assert_eq!(place("/v1.1/instances/", json.clone()), [at("/v1.1/instances/", Some("/v1.1/instances/a/"))]);
        assert_eq!(place("/v1/instances/x/rename/", json.clone()), [at("/v1/instances/", Some("/v1/instances/b/"))]);
        let members = serde_json::json!({"user": 5, "group": 7});
        let user = at("/v1/instances/i/groups/7/users/", Some("/v1/instances/i/groups/7/users/5/"));
        let group = at("/v1/instances/i/users/5/groups/", Some("/v1/instances/i/users/5/groups/7/"));
        assert_eq!(place("/v1/instances/i/groups/7/users/", members.clone()), [user]);
        assert_eq!(place("/v1/instances/i/users/5/groups/", members), [group]);
        let form = destinations("/v1/instances/", b"name=a&description=b").into_iter().flatten().next().unwrap();
        assert_eq!(form.named.as_deref(), Some("/v1/instances/a/"));
        let class = at("/v1/instances/i/classes/", Some("/v1/instances/i/classes/a/"));
        assert_eq!(place("/v1/instances/i/classes/", json.clone()), [class]);
        assert_eq!(place("/v1.1/instances/i/batch/", json.clone()), [None, users.clone(), None]);
        assert_eq!(place("/v1/instances/i/users/?page_size=1", json.clone()), [users]);
        for nothing in ["/v1/instances/i/user/auth/", "/v1/instances/i/users/1/reset_key/", "/v1/instances/i/users/1/"]
        {
            assert_eq!(place(nothing, json.clone()), [None], "{nothing}");
        }
        for other in ["/v1/instances/../account/", "/v1/account/register/", "/v2/instances/", "//instances/"] {
            assert_eq!(place(other, json.clone()), [None], "{other}");
        }
    }

    #[test]
    fn a_response_gives_the_path_of_a_resource_by_its_number_or_name_and_else_by_its_link() {
        let at = |collection: &str, answer: Value| identified(collection, &answer);
        let json = |own: &str, link: &str| {
            serde_json::from_str::<Value>(&format!(r#"{{{own} "links": {{"self": "{link}"}}}}"#)).unwrap()
        };
        let users = "/v1.1/instances/i/users/";
        let user = Some("/v1.1/instances/i/users/5/".to_owned());
        for link in ["/v1.1/instances/i/users/5/", "https://api.example.com/v1/instances/i/users/5/"] {
            assert_eq!(at(users, json("", link)), user, "{link}");
        }
        for link in ["/v1.1/instances/i/users/6/", "/v1.1/instances/other/", "https://elsewhere/", ""] {
            assert_eq!(at(users, json("\"id\": 5,", link)), user, "{link}");
        }
        for link in ["/v1.1/instances/i/users/../5/", "/v1.1/instances/i/groups/5/", "/v1.1/instances/i/users/5/x/", ""]
        {
            assert_eq!(at(users, json("", link)), None, "{link}");
        }
        assert_eq!(at(users, json("\"id\": \"../../i\",", "/v1/instances/i/users/5/")), user);
        assert_eq!(at(users, serde_json::json!({"id": "5".repeat(1 << 20), "links": {"self": 5}})), None);
        let own = at("/v1.1/instances/", json("\"name\": \"mine\",", "/v1.1/instances/other/"));
        assert_eq!(own.as_deref(), Some("/v1.1/instances/mine/"));
    }
}
