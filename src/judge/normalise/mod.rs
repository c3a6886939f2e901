//! Normalises answers: replaces values by the scenario's names, so that the answers of all targets
//! look alike.
//!
//! * A number becomes `"<alice.id:int>"` in the place of an identifier: the member `id` of an
//!   object (its `links.self` or its place determines the resource); `owner`, `group` and `user`; a
//!   segment of a path. A text in such a place becomes `"<alice.id:text>"`, which shows that a
//!   number became a text. Other numbers stay.
//! * A text that the scenario knows becomes its name wherever it is a whole word; never as part of
//!   a longer word.
//! * Any other key or identifier becomes a placeholder, `<key-1>` or `<user-1.id:int>`, numbered in
//!   order of appearance.
//! * The version at the beginning of a path becomes `<root>` if it is the scenario's version.
//! * The numbers of the instance and of the class in the URL of a file become `<number>`.
//! * A time stamp in the format of the API becomes `<time>`; other formats stay visible.

mod placeholders;
mod resource;
mod visible;
mod words;

use std::sync::LazyLock;

pub use placeholders::Placeholders;

use bytes::Bytes;
use http::Response;
use regex::{Captures, Regex};
use serde_json::{Map, Value, json};

use super::bindings::{Bindings, Bound, Scope, ValueKind};
use super::exchange::Exchange;
use resource::{is_global, is_memberships, is_number, resource_of_collection, resource_of_path};
use syncano_simulator::api::Resource;
use syncano_simulator::pattern;
use visible::visible;
use words::Words;

static KEY: LazyLock<Regex> = LazyLock::new(|| pattern::constant(r"\b[0-9A-Fa-f]{40}\b"));
static TIME: LazyLock<Regex> = LazyLock::new(|| pattern::constant(r"\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z"));
static MEDIA: LazyLock<Regex> = LazyLock::new(|| pattern::constant(r"/media/\d+/\d+/"));
static LAST_PK: LazyLock<Regex> = LazyLock::new(|| pattern::constant(r"\blast_pk=(\d+)"));
/// The headers that are shown; others depend on proxies.
const HEADERS: [&str; 5] = ["content-type", "allow", "location", "www-authenticate", "retry-after"];
/// The lengths of a key and of a time. Shorter texts are not searched.
const KEY_LENGTH: usize = 40;
const TIME_LENGTH: usize = 27;

/// A normalised answer.
#[derive(Debug)]
pub struct Shown {
    /// The body, if it is JSON.
    pub body: Option<Value>,
    /// The whole answer, as in a snapshot.
    pub text: String,
}

/// Normalises the parts of one answer.
pub struct Normaliser<'a> {
    bindings: &'a Bindings,
    placeholders: &'a mut Placeholders,
    /// The version at the beginning of a path.
    root: &'a str,
    scope: Scope,
    words: Words<'a>,
    /// The resource of an `id` in an object without `links.self`.
    resource: Option<Resource>,
}

impl<'a> Normaliser<'a> {
    /// Creates a normaliser for the answer to a request for this path.
    pub fn new(path: &str, bindings: &'a Bindings, placeholders: &'a mut Placeholders) -> Normaliser<'a> {
        let foreign = bindings.text("foreign.name").is_some_and(|name| path.split(['/', '?']).any(|part| part == name));
        Normaliser {
            bindings,
            placeholders,
            root: bindings.text("root").unwrap_or_default(),
            scope: if foreign { Scope::Foreign } else { Scope::Own },
            words: Words::new(bindings),
            resource: resource_of_path(path),
        }
    }

    /// Creates a normaliser for the answer of an exchange.
    pub fn from_exchange(
        exchange: &Exchange,
        bindings: &'a Bindings,
        placeholders: &'a mut Placeholders,
    ) -> Normaliser<'a> {
        Normaliser::new(&exchange.request.uri().to_string(), bindings, placeholders)
    }

    /// Normalises a whole answer: status, headers, an empty line, the body.
    pub fn answer(&mut self, response: &Response<Bytes>) -> Shown {
        let body = serde_json::from_slice(response.body()).ok().map(|body| self.body(&body));
        let mut text = format!("{}\n", response.status().as_u16());
        for name in HEADERS {
            for value in response.headers().get_all(name) {
                let value = self.text(&visible::text(value.as_bytes()));
                text.push_str(&format!("{name}: {}\n", visible(&value)));
            }
        }
        let below = match &body {
            Some(body) => pretty(body),
            None => self.text(&visible::text(response.body())),
        };
        let below = visible(&below);
        if !below.is_empty() {
            text.push('\n');
            text.push_str(&below);
        }
        text.truncate(text.trim_end().len());
        Shown { body, text }
    }

    /// Normalises a JSON body.
    pub fn body(&mut self, body: &Value) -> Value {
        self.value(body, self.resource)
    }

    /// Normalises a text: a header, or a body that is not JSON.
    pub fn text(&mut self, text: &str) -> String {
        let host_end = text.find("://").and_then(|scheme| Some(scheme + 3 + text.get(scheme + 3..)?.find('/')?));
        let text = match text.split_at_checked(host_end.unwrap_or_default()) {
            Some((host, path)) if path.starts_with('/') => format!("{host}{}", self.path(path)),
            _ => text.to_owned(),
        };
        let text = self.words.replace(text);
        let text = match text.contains("/media/") {
            true => MEDIA.replace_all(&text, "/media/<number>/<number>/").into_owned(),
            false => text,
        };
        let text = match text.len() {
            KEY_LENGTH.. => {
                KEY.replace_all(&text, |found: &Captures<'_>| self.placeholders.key(&found[0])).into_owned()
            }
            _ => text,
        };
        match text.len() {
            TIME_LENGTH.. => TIME.replace_all(&text, "<time>").into_owned(),
            _ => text,
        }
    }

    fn value(&mut self, value: &Value, resource: Option<Resource>) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.value(item, resource)).collect(),
            Value::Object(members) => Value::Object(self.object(members, resource)),
            other => other.clone(),
        }
    }

    fn object(&mut self, members: &Map<String, Value>, resource: Option<Resource>) -> Map<String, Value> {
        let own_path = members.get("links").and_then(|links| links.get("self")).and_then(Value::as_str);
        let itself = own_path.and_then(resource_of_path).or(resource);
        members
            .iter()
            .map(|(name, member)| {
                let what = match name.as_str() {
                    "id" => itself,
                    "owner" if member.is_object() => Some(Resource::Account),
                    "admin" => Some(Resource::Account),
                    "api_key" if member.is_number() => Some(Resource::ApiKey),
                    "owner" | "user" => Some(Resource::User),
                    "group" | "groups" => Some(Resource::Group),
                    "profile" => Some(Resource::Object),
                    "objects" => resource,
                    _ => None,
                };
                let member = match (name.as_str(), what, member) {
                    ("id" | "owner" | "group" | "user" | "admin" | "api_key", Some(what), Value::Number(number)) => {
                        Value::String(format!("<{}:int>", self.identifier(what, &number.to_string())))
                    }
                    ("id" | "owner" | "group" | "user", Some(what), Value::String(text)) if is_number(text) => {
                        Value::String(format!("<{}:text>", self.identifier(what, text)))
                    }
                    _ => self.value(member, what),
                };
                (self.text(name), member)
            })
            .collect()
    }

    /// Normalises a path or a relative link: the collection before an identifier determines its
    /// resource.
    fn path(&mut self, text: &str) -> String {
        let (path, query) = text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query)));
        let mut collection = None;
        let mut out = Vec::new();
        // The version of the request is the scenario's own; others stay visible.
        let path = match path.strip_prefix(self.root) {
            Some(below) if !self.root.is_empty() && below.starts_with('/') => {
                out.push("<root>".to_owned());
                below.strip_prefix('/').unwrap_or_default()
            }
            _ => path,
        };
        for segment in path.split('/') {
            match collection.and_then(resource_of_collection) {
                Some(resource) if is_number(segment) => out.push(format!("<{}>", self.identifier(resource, segment))),
                _ => out.push(segment.to_owned()),
            }
            collection = Some(segment);
        }
        let path = out.join("/");
        match query {
            None => path,
            Some(query) => {
                let query = match resource_of_path(text) {
                    Some(_) if is_memberships(text) => LAST_PK.replace_all(query, "last_pk=<cursor>").into_owned(),
                    Some(resource) => LAST_PK
                        .replace_all(query, |found: &Captures<'_>| {
                            format!("last_pk=<{}>", self.identifier(resource, &found[1]))
                        })
                        .into_owned(),
                    None => query.to_owned(),
                };
                format!("{path}?{query}")
            }
        }
    }

    /// Returns `alice.id` for an identifier that the scenario knows, `user-1.id` for any other.
    fn identifier(&mut self, resource: Resource, digits: &str) -> String {
        let is_here =
            |kind| matches!(kind, ValueKind::Id(of, scope) if of == resource && (scope == self.scope || is_global(of)));
        let is_it = |bound: &Bound| bound.value.as_i64().is_some_and(|id| Ok(id) == digits.parse());
        match self.bindings.iter().find(|(_, bound)| is_here(bound.kind) && is_it(bound)) {
            Some((reference, _)) => reference.to_owned(),
            None => self.placeholders.identifier(resource, self.scope, digits),
        }
    }
}

/// Formats a value as in a snapshot: indented JSON.
pub(super) fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| json!(null).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    /// A world of two users and a group, and the API's list of the group's members.
    #[derive(Clone, Debug)]
    struct TestWorld {
        alice: i64,
        bob: i64,
        crew: i64,
        instance: String,
        names: [String; 2],
        keys: [String; 2],
    }

    impl TestWorld {
        fn bindings(&self) -> Bindings {
            let mut bindings = Bindings::default();
            for (user, id, name, key) in
                [("alice", self.alice, &self.names[0], &self.keys[0]), ("bob", self.bob, &self.names[1], &self.keys[1])]
            {
                bindings.bind(&format!("{user}.id"), json!(id), ValueKind::Id(Resource::User, Scope::Own));
                bindings.bind(&format!("{user}.username"), json!(name), ValueKind::Word);
                bindings.bind(&format!("{user}.user_key"), json!(key), ValueKind::Key);
            }
            bindings.bind("crew.id", json!(self.crew), ValueKind::Id(Resource::Group, Scope::Own));
            bindings.bind("instance.name", json!(self.instance), ValueKind::Word);
            bindings
        }

        fn path(&self) -> String {
            format!("/v1.1/instances/{}/groups/{}/users/", self.instance, self.crew)
        }

        fn answer(&self) -> Value {
            let user = |id: i64, name: &str, key: &str| {
                let own = format!("/v1.1/instances/{}/users/{id}/", self.instance);
                json!({
                    "user": {"id": id, "username": name, "user_key": key, "revision": 1,
                             "groups": [{"id": self.crew, "label": format!("the crew of {name}")}],
                             "profile": {"owner": id, "group": null, "created_at": "2026-11-22T20:22:11.259247Z"},
                             "links": {"self": own}},
                    "links": {"self": format!("{}{id}/", self.path())}
                })
            };
            json!({"next": format!("{}?page_size=2&last_pk={}", self.path(), self.bob), "prev": null, "objects": [
                user(self.alice, &self.names[0], &self.keys[0]),
                user(self.bob, &self.names[1], &self.keys[1])
            ]})
        }

        fn normalised(&self, answer: &Value) -> Value {
            Normaliser::new(&self.path(), &self.bindings(), &mut Placeholders::default()).body(answer)
        }
    }

    prop_compose! {
        fn worlds()(
            ids in proptest::collection::hash_set(1i64..5000, 3),
            instance in "[a-z][a-z0-9-]{5,20}[a-z]",
            names in ["q[a-z0-9]{3,12}", "z[a-z0-9]{3,12}"],
            keys in ["[0-9a-f]{38}a0", "[0-9a-f]{38}b2"],
        ) -> TestWorld {
            let ids = ids.into_iter().collect::<Vec<_>>();
            TestWorld { alice: ids[0], bob: ids[1], crew: ids[2], instance, names, keys }
        }
    }

    proptest! {
        #[test]
        fn renaming_the_world_changes_nothing(one in worlds(), other in worlds()) {
            prop_assert_eq!(one.normalised(&one.answer()), other.normalised(&other.answer()));
        }

        #[test]
        fn a_number_that_became_a_text_is_visible(world in worlds()) {
            let mut answer = world.answer();
            answer["objects"][0]["user"]["id"] = json!(world.alice.to_string());
            prop_assert_ne!(world.normalised(&answer), world.normalised(&world.answer()));
        }

        #[test]
        fn values_of_another_user_are_visible(world in worlds()) {
            let mut answer = world.answer();
            answer["objects"][0]["user"]["user_key"] = json!(world.keys[1]);
            prop_assert_ne!(world.normalised(&answer), world.normalised(&world.answer()));
            answer = world.answer();
            answer["objects"][0]["user"]["profile"]["owner"] = json!(world.bob);
            prop_assert_ne!(world.normalised(&answer), world.normalised(&world.answer()));
        }

        #[test]
        fn an_unchanged_key_differs_from_a_new_key(world in worlds(), new in "[0-9a-f]{38}c4") {
            let reset = |key: &str| world.normalised(&json!({"user_key": key}));
            prop_assert_eq!(reset(&new), json!({"user_key": "<key-1>"}));
            prop_assert_eq!(reset(&world.keys[0]), json!({"user_key": "<alice.user_key>"}));
        }

        #[test]
        fn only_whole_words_are_replaced(world in worlds(), more in "[a-z0-9_-]{1,5}") {
            let name = &world.names[0];
            let longer = json!({"a": format!("{name}{more}"), "b": format!("{more}{name}"), "c": format!("<{name}>")});
            let expected = json!({"a": format!("{name}{more}"), "b": format!("{more}{name}"), "c": "<<alice.username>>"});
            prop_assert_eq!(world.normalised(&longer), expected);
        }

        #[test]
        fn no_key_remains_after_normalising(world in worlds(), key in "[0-9a-fA-F]{40}", around in "[ /:\"=&]{0,2}") {
            let text = world.normalised(&json!({"detail": format!("{around}{key}{around}"), key.as_str(): 1})).to_string();
            prop_assert!(!text.contains(&key), "{}", text);
        }
    }

    #[test]
    fn unknown_identifiers_are_numbered_by_kind() {
        let body = json!({"objects": [
            {"id": 7, "links": {"self": "/v1.1/instances/i/users/7/", "profile": "/v1.1/instances/i/classes/user_profile/objects/7/"}},
            {"id": 9, "links": {"self": "/v1.1/instances/i/users/9/"}},
        ]});
        let seen =
            Normaliser::new("/v1.1/instances/i/users/", &Bindings::default(), &mut Placeholders::default()).body(&body);
        assert_eq!(
            seen,
            json!({"objects": [
                {"id": "<user-1.id:int>", "links": {"self": "/v1.1/instances/i/users/<user-1.id>/",
                    "profile": "/v1.1/instances/i/classes/user_profile/objects/<object-1.id>/"}},
                {"id": "<user-2.id:int>", "links": {"self": "/v1.1/instances/i/users/<user-2.id>/"}},
            ]})
        );
    }

    #[test]
    fn links_with_and_without_a_host_are_split() {
        let mut bindings = Bindings::default();
        bindings.bind("bob.id", json!(5), ValueKind::Id(Resource::User, Scope::Own));
        let seen = |text: &str| Normaliser::new("/", &bindings, &mut Placeholders::default()).text(text);
        assert_eq!(seen("/v1.1/instances/i/users/5/"), "/v1.1/instances/i/users/<bob.id>/");
        assert_eq!(seen("https://h:1/v1.1/instances/i/users/5/"), "https://h:1/v1.1/instances/i/users/<bob.id>/");
        assert_eq!(seen("see users/5/"), "see users/5/");
        assert_eq!(seen("users/5/"), "users/5/", "that is no path from the root on");
        let of = ["groups/5/", "api_keys/5/", "classes/post/objects/5/", "admins/5/", "triggers/5/"];
        let named = [
            "groups/<group-1.id>/",
            "api_keys/<api-key-1.id>/",
            "classes/post/objects/<object-1.id>/",
            "admins/<account-1.id>/",
            "triggers/5/",
        ];
        assert_eq!(of.map(|below| seen(&format!("/{below}"))), named.map(|below| format!("/{below}")));
    }

    #[test]
    fn an_identifier_as_text_has_only_digits() {
        let body = json!([{"id": "7"}, {"id": "seven"}, {"id": ""}]);
        let seen =
            Normaliser::new("/v1.1/instances/i/users/", &Bindings::default(), &mut Placeholders::default()).body(&body);
        assert_eq!(seen, json!([{"id": "<user-1.id:text>"}, {"id": "seven"}, {"id": ""}]));
    }

    #[test]
    fn the_url_of_a_file_is_the_same_in_every_instance() {
        let url = |numbers: &str| format!("/media/{numbers}/{}.txt", "0123456789".repeat(4));
        let seen = |text: &str| Normaliser::new("/", &Bindings::default(), &mut Placeholders::default()).text(text);
        assert_eq!(seen(&url("14/2")), "/media/<number>/<number>/<key-1>.txt");
        assert_eq!(seen(&url("x/2")), "/media/x/2/<key-1>.txt");
    }

    #[test]
    fn the_version_of_the_scenario_is_the_root_and_other_versions_are_visible() {
        let mut bindings = Bindings::default();
        bindings.bind("root", json!("/v1.1"), ValueKind::Nothing);
        let seen = |text: &str| Normaliser::new("/", &bindings, &mut Placeholders::default()).text(text);
        assert_eq!(seen("/v1.1/instances/"), "<root>/instances/");
        assert_eq!(seen("https://h/v1.1/instances/"), "https://h<root>/instances/");
        assert_eq!(seen("/v1/instances/"), "/v1/instances/");
        assert_eq!(seen("/v1.10/instances/"), "/v1.10/instances/");
        let without = |text: &str| Normaliser::new("/", &Bindings::default(), &mut Placeholders::default()).text(text);
        assert_eq!(without("/v1.1/instances/"), "/v1.1/instances/", "a scenario that has no version shows any");
    }

    #[test]
    fn the_members_around_an_identifier_decide_its_kind() {
        let body = json!({"id": 1, "profile": {"id": 2}, "owner": {"id": 3}, "group": 4, "groups": [{"id": 4}], "user": {"owner": 1}});
        let seen = Normaliser::new("/v1.1/instances/i/users/1/", &Bindings::default(), &mut Placeholders::default())
            .body(&body);
        assert_eq!(
            seen,
            json!({"id": "<user-1.id:int>", "profile": {"id": "<object-1.id:int>"}, "owner": {"id": "<account-1.id:int>"},
                   "group": "<group-1.id:int>", "groups": [{"id": "<group-1.id:int>"}], "user": {"owner": "<user-1.id:int>"}})
        );
    }

    #[rstest]
    #[case("/v1.1/account/", "account-1")]
    #[case("/v1.1/instances/i/user/?page_size=1", "user-1")]
    #[case("/v1.1/instances/i/api_keys/", "api-key-1")]
    #[case("/v1.1/instances/i/groups/4/users/", "user-1")]
    fn the_path_decides_the_kind_of_other_identifiers(#[case] path: &str, #[case] name: &str) {
        let body = json!([{"id": 1}, {"objects": [{"id": 1}], "more": {"id": 1}}]);
        let seen = Normaliser::new(path, &Bindings::default(), &mut Placeholders::default()).body(&body);
        let named = format!("<{name}.id:int>");
        assert_eq!(seen, json!([{"id": named}, {"objects": [{"id": named}], "more": {"id": 1}}]));
    }

    /// Each instance counts its users: the same number is another user there. Accounts and API keys
    /// are global.
    #[test]
    fn another_instance_has_its_own_identifiers() {
        let mut bindings = Bindings::default();
        bindings.bind("foreign.name", json!("port"), ValueKind::Word);
        bindings.bind("alice.id", json!(5), ValueKind::Id(Resource::User, Scope::Own));
        bindings.bind("zoe.id", json!(6), ValueKind::Id(Resource::User, Scope::Foreign));
        bindings.bind("account.id", json!(1), ValueKind::Id(Resource::Account, Scope::Own));
        let mut placeholders = Placeholders::default();
        let mut seen = |instance: &str, id: i64, owner: i64| {
            let path = format!("/v1.1/instances/{instance}/users/");
            Normaliser::new(&path, &bindings, &mut placeholders).body(&json!([id, {"id": id, "owner": {"id": owner}}]))
        };
        let named = |id: i64, name: &str, owner: &str| json!([id, {"id": format!("<{name}:int>"), "owner": {"id": format!("<{owner}:int>")}}]);
        assert_eq!(seen("ship", 5, 1), named(5, "alice.id", "account.id"));
        assert_eq!(seen("port", 5, 1), named(5, "foreign-user-1.id", "account.id"));
        assert_eq!(seen("port", 6, 2), named(6, "zoe.id", "account-1.id"));
        assert_eq!(seen("ship", 6, 2), named(6, "user-1.id", "account-1.id"));
    }

    #[test]
    fn answers_with_different_invisible_characters_are_shown_differently() {
        let shown = |body: &'static [u8]| {
            let response = Response::new(Bytes::from_static(body));
            Normaliser::new("/", &Bindings::default(), &mut Placeholders::default()).answer(&response).text
        };
        let bodies: [&[u8]; 12] = [
            b"a",
            b"a ",
            b"a  ",
            b"a\t",
            b"a\xfe",
            b"a\xff",
            "a\u{fffd}".as_bytes(),
            b"a\r\n",
            b"a\0",
            b"a\x1b",
            "a\u{85}".as_bytes(),
            "a\u{a0}".as_bytes(),
        ];
        let texts = bodies.map(shown);
        for (number, text) in texts.iter().enumerate() {
            assert!(!texts[..number].contains(text), "{text:?} is shown twice");
            assert!(text.lines().all(|line| line.trim_end() == line), "{text:?}");
            assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
        }
        assert_eq!(shown(b"a \r\nb \n\xff\x1b"), "200\n\na \\u{d}\nb\\u{20}\n\\x{ff}\\u{1b}");
        assert_eq!(shown("[\"\u{85} \"]".as_bytes()), "200\n\n[\n  \"\\u{85} \"\n]");
    }

    #[test]
    fn a_time_in_another_format_is_unchanged() {
        let seen = |text: &str| Normaliser::new("/", &Bindings::default(), &mut Placeholders::default()).text(text);
        assert_eq!(seen("2026-11-22T20:22:11.259247Z"), "<time>");
        assert_eq!(seen("2026-11-22T20:22:11Z"), "2026-11-22T20:22:11Z");
    }
}
