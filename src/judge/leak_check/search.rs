//! Searches an answer for values that the caller must not see.

use bytes::Bytes;
use http::{Request, Response};
use serde_json::Value;

use super::super::place::{self, Place};
use super::known::KnownWorld;
use super::private::{PrivateKind, PrivateValue};
use super::viewer::Viewer;
use syncano_suite::Name;

/// The maximum number of reported leaks in an answer.
const MOST_LEAKS: usize = 100;

/// A value in an answer that the caller must not see.
pub struct Leak {
    /// The value and its place in words: `bob.user_key is at $.objects[1].user_key`.
    pub words: String,
    /// The names of the members beside it.
    pub beside: Option<String>,
}

impl Leak {
    /// Returns the value and its place, and the names of the members beside it on a second line.
    pub fn lines(&self) -> String {
        match &self.beside {
            Some(beside) => format!("{}\n  {beside}", self.words),
            None => self.words.clone(),
        }
    }
}

/// Returns the leaks in an answer.
pub fn leaks(known: &KnownWorld<'_>, request: &Request<Bytes>, response: &Response<Bytes>) -> Vec<Leak> {
    let sent = sent(request);
    let values = PrivateValue::all(known.bindings);
    let Some(viewer) = Viewer::new(known, &values, request, response.status(), &sent) else {
        return Vec::new();
    };
    let hidden = values.iter().filter(|value| !sent.contains(&value.text));
    let hidden = hidden.filter(|value| !viewer.may_see(value, known)).collect::<Vec<_>>();
    if hidden.is_empty() {
        return Vec::new();
    }
    let mut leaks = Vec::new();
    each_text(response, &hidden, |place| {
        if leaks.len() >= MOST_LEAKS {
            return;
        }
        let text = place.text.to_lowercase();
        leaks.extend(hidden.iter().filter(|value| text.contains(&value.text)).map(|value| Leak {
            words: format!("{} is {}", value.reference, place.words),
            beside: place.beside(known.bindings),
        }));
    });
    leaks
}

/// Returns whether the caller must not see this user.
pub fn hides(user: &Name, known: &KnownWorld<'_>, request: &Request<Bytes>, response: &Response<Bytes>) -> bool {
    let values = PrivateValue::all(known.bindings);
    let viewer = Viewer::new(known, &values, request, response.status(), &sent(request));
    let is_of_the_user =
        |value: &&PrivateValue<'_>| matches!(value.kind, PrivateKind::User(owner, _) if owner == user.as_str());
    viewer.is_some_and(|viewer| values.iter().filter(is_of_the_user).any(|value| !viewer.may_see(value, known)))
}

/// Returns all texts of a request, in lower case.
fn sent(request: &Request<Bytes>) -> String {
    let mut sent = request.uri().to_string();
    for value in request.headers().values() {
        sent.push('\n');
        sent.push_str(&String::from_utf8_lossy(value.as_bytes()));
    }
    sent.push('\n');
    sent.push_str(&String::from_utf8_lossy(request.body()));
    sent.to_lowercase()
}

/// Visits every text of an answer that can hold one of these values.
fn each_text(response: &Response<Bytes>, hidden: &[&PrivateValue<'_>], mut visit: impl FnMut(&Place<'_>)) {
    place::in_headers(response.headers(), &mut visit);
    let text = String::from_utf8_lossy(response.body());
    let lower = text.to_lowercase();
    // Most bodies contain no private value and need no parsing. An escape could hide one here.
    if hidden.iter().any(|value| lower.contains(&value.text)) || lower.contains("\\u") {
        place::in_body(serde_json::from_str::<Value>(&text).ok().as_ref(), &text, visit);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rstest::rstest;
    use serde_json::json;

    use super::super::changed::Changed;
    use super::*;
    use crate::judge::bindings::{Bindings, FOREIGN_KEY, Scope, ValueKind, home_reference};
    use syncano_simulator::api::Resource;
    use syncano_suite::{Given, SuiteFiles};

    const SCENARIO: &str = "
title: A world with everything that not everybody may see
given:
  users: [alice, bob]
  groups: {crew: [bob]}
  api_keys: {spare: [ignore_acl], reader: [allow_anonymous_read]}
  classes: {post: {}}
  objects:
    poem: {class: post, owner: alice}
    draft: {class: post, owner: alice, owner_permissions: none}
    circular: {class: post, group: crew, group_permissions: read}
    sealed: {class: post, group: crew, group_permissions: none}
    notice: {class: post, other_permissions: read, file: true}
    photo: {class: post, owner: bob, file: true}
  channels:
    lobby: {other_permissions: publish}
    bridge: {group: crew, group_permissions: subscribe}
    hold: {group: crew, group_permissions: none}
  devices: {phone: alice, tablet: bob}
  foreign: {users: [zoe]}
steps: [{name: anything, as: account, send: GET /users/}]
";
    const OBJECTS: [&str; 6] = ["poem", "draft", "circular", "sealed", "notice", "photo"];
    const FILES: [&str; 2] = ["notice", "photo"];
    const CHANNELS: [&str; 3] = ["lobby", "bridge", "hold"];
    const DEVICES: [&str; 2] = ["phone", "tablet"];
    const ADMINISTRATORS: [&str; 5] = ["account", "account:full", "account:write", "account:read", "account:stranger"];
    const OWN: &str = "/v1.1/instances/ship-4711/users/";
    const FOREIGN: &str = "/v1.1/instances/port-4711/users/";
    const OUTSIDE: &str = "/v1.1/account/";
    const LOGIN: &str = "/v1.1/instances/ship-4711/user/auth/";

    struct TestWorld {
        given: Given,
        bindings: Bindings,
        changed: Changed,
    }

    impl TestWorld {
        fn new() -> TestWorld {
            let scenarios = [("a/world.yaml".to_owned(), SCENARIO.to_owned())].into_iter().collect();
            let suite = SuiteFiles { scenarios, ..SuiteFiles::default() }.read().unwrap();
            let mut bindings = Bindings::default();
            let mut keys = 0;
            let mut key = |bindings: &mut Bindings, reference: &str| {
                keys += 1;
                bindings.bind(reference, json!(format!("{keys:040X}")), ValueKind::Key);
            };
            for (user, home) in [("alice", "api.key"), ("bob", "api.key"), ("zoe", FOREIGN_KEY)] {
                bindings.bind(&format!("{user}.username"), json!(format!("{user}-Name")), ValueKind::Word);
                bindings.bind(&format!("{user}.note"), json!(format!("{user}-note")), ValueKind::Word);
                bindings.bind(&format!("{user}.password"), json!(format!("{user}-password")), ValueKind::Secret);
                bindings.bind(&format!("{user}.id"), json!(7), ValueKind::Id(Resource::User, Scope::Own));
                bindings.bind(&home_reference(user), json!(home), ValueKind::Nothing);
                key(&mut bindings, &format!("{user}.user_key"));
            }
            key(&mut bindings, &Bindings::revoked("alice"));
            for administrator in ADMINISTRATORS {
                key(&mut bindings, &format!("{administrator}.key"));
            }
            for api_key in ["api.key", "api:spare.key", "api:reader.key", FOREIGN_KEY, "unknown.user_key"] {
                key(&mut bindings, api_key);
            }
            for object in OBJECTS {
                bindings.bind(&format!("{object}.title"), json!(format!("{object}-title")), ValueKind::Word);
            }
            for object in FILES {
                bindings.bind(&format!("{object}.file"), json!(format!("/media/{object}-file")), ValueKind::Word);
            }
            for channel in CHANNELS {
                let message = json!(format!("{channel}-message"));
                bindings.bind(&format!("{channel}.message.text"), message, ValueKind::Word);
            }
            for device in DEVICES {
                bindings.bind(&format!("{device}.token"), json!(format!("{device}-token")), ValueKind::Word);
            }
            bindings.bind("instance.name", json!("ship-4711"), ValueKind::Word);
            bindings.bind("foreign.name", json!("port-4711"), ValueKind::Word);
            bindings.bind("unique.username", json!("somebody-4711"), ValueKind::Word);
            TestWorld { given: suite.scenarios[0].given.clone(), bindings, changed: Changed::default() }
        }

        fn text(&self, reference: &str) -> &str {
            self.bindings.text(reference).unwrap()
        }

        /// Builds a request for a path that carries the values of these references.
        fn request(&self, path: &str, carried: &[&str]) -> Request<Bytes> {
            let carried = carried.iter().map(|reference| self.text(reference)).collect::<Vec<_>>();
            Request::post(path).header("x-keys", carried.join(" ")).body(Bytes::new()).unwrap()
        }

        fn known(&self) -> KnownWorld<'_> {
            KnownWorld { given: &self.given, bindings: &self.bindings, changed: self.changed }
        }

        fn leaks(&self, request: &Request<Bytes>, body: impl Into<Bytes>) -> Vec<String> {
            words(leaks(&self.known(), request, &Response::new(body.into())))
        }

        /// Returns the values that the caller may see of an answer that shows the whole world.
        fn sees(&self, path: &str, carried: &[&str]) -> BTreeSet<String> {
            let all = self.bindings.iter().filter(|(_, bound)| bound.value.is_string());
            let body = json!(all.map(|(reference, bound)| (reference, &bound.value)).collect::<Vec<_>>());
            let leaks = self.leaks(&self.request(path, carried), body.to_string());
            let leaks = leaks.iter().map(|leak| leak.split_once(' ').unwrap().0.to_owned()).collect::<BTreeSet<_>>();
            let mut looked_for = references("alice bob zoe keys objects channels devices never foreign.api_key");
            assert!(leaks.is_subset(&looked_for), "nobody looks for some of {leaks:?}");
            looked_for.retain(|reference| !leaks.contains(reference) && !carried.contains(&reference.as_str()));
            looked_for
        }
    }

    fn words(leaks: Vec<Leak>) -> Vec<String> {
        leaks.into_iter().map(|leak| leak.words).collect()
    }

    /// Returns the references to the title of an object and to its file.
    fn of_object(object: &str) -> Vec<String> {
        let file = FILES.contains(&object).then(|| format!("{object}.file"));
        [format!("{object}.title")].into_iter().chain(file).collect()
    }

    /// Returns the references that a word stands for: all values of a user, all API keys of the
    /// instance, the values that no caller may see, the title and the file of an object, the message
    /// of a channel, the token of a device.
    fn references(words: &str) -> BTreeSet<String> {
        let of = |word: &str| match word {
            "keys" => ["api.key", "api:spare.key", "api:reader.key"].map(str::to_owned).to_vec(),
            "objects" => OBJECTS.iter().flat_map(|object| of_object(object)).collect(),
            "channels" => CHANNELS.map(|channel| format!("{channel}.message.text")).to_vec(),
            "devices" => DEVICES.map(|device| format!("{device}.token")).to_vec(),
            "never" => {
                let passwords = ["alice", "bob", "zoe"].map(|user| format!("{user}.password"));
                let keys = ADMINISTRATORS.map(|administrator| format!("{administrator}.key"));
                passwords.into_iter().chain(keys).chain([Bindings::revoked("alice")]).collect()
            }
            "alice" | "bob" | "zoe" => {
                ["username", "user_key", "note"].map(|member| format!("{word}.{member}")).to_vec()
            }
            reference if reference.contains('.') => vec![reference.to_owned()],
            device if DEVICES.contains(&device) => vec![format!("{device}.token")],
            channel if CHANNELS.contains(&channel) => vec![format!("{channel}.message.text")],
            object => of_object(object),
        };
        words.split_whitespace().flat_map(of).collect()
    }

    #[rstest]
    #[case::nobody(OWN, "", "")]
    #[case::the_administrator(OWN, "account.key", "alice bob keys objects channels devices")]
    #[case::the_administrator_with_a_user_key(
        OWN,
        "account.key alice@revoked",
        "alice bob keys objects channels devices"
    )]
    #[case::the_administrator_of_another_instance(FOREIGN, "account.key", "zoe foreign.api_key")]
    #[case::the_administrator_outside(OUTSIDE, "account.key", "")]
    #[case::full(OWN, "account:full.key", "alice bob keys objects channels devices")]
    #[case::write(OWN, "account:write.key", "alice bob objects channels devices")]
    #[case::read(OWN, "account:read.key", "alice bob objects channels devices")]
    #[case::a_stranger(OWN, "account:stranger.key", "")]
    #[case::an_app(OWN, "api.key", "")]
    #[case::ignore_acl(OWN, "api:spare.key", "alice bob objects channels devices")]
    #[case::ignore_acl_in_another_instance(FOREIGN, "api:spare.key", "")]
    #[case::allow_anonymous_read(OWN, "api:reader.key", "notice lobby")]
    #[case::a_user(OWN, "api.key alice.user_key", "alice poem notice lobby phone")]
    #[case::a_member_of_the_group(OWN, "api.key bob.user_key", "bob circular notice photo lobby bridge tablet")]
    #[case::a_user_with_ignore_acl(OWN, "api:spare.key alice.user_key", "alice bob.note objects channels devices")]
    #[case::a_user_without_an_app(OWN, "alice.user_key", "")]
    #[case::a_user_in_another_instance(FOREIGN, "api.key alice.user_key", "")]
    #[case::a_user_with_an_app_of_another_instance(OWN, "foreign.api_key alice.user_key", "")]
    #[case::an_app_of_another_instance(FOREIGN, "foreign.api_key", "")]
    #[case::a_user_of_another_instance(FOREIGN, "foreign.api_key zoe.user_key", "zoe")]
    #[case::a_user_of_another_instance_in_this_one(OWN, "foreign.api_key zoe.user_key", "")]
    #[case::a_login_by_name(LOGIN, "api.key alice.username", "alice")]
    #[case::a_login_by_password(LOGIN, "api.key alice.password", "alice")]
    #[case::a_password_outside_login(OWN, "api.key alice.password", "")]
    #[case::the_administrator_logs_a_user_in(
        LOGIN,
        "account.key alice.username",
        "alice bob keys objects channels devices"
    )]
    fn each_caller_may_see_the_values_in_the_table(#[case] path: &str, #[case] carried: &str, #[case] seen: &str) {
        let carried = carried.replace("alice@revoked", &Bindings::revoked("alice"));
        let carried = carried.split_whitespace().collect::<Vec<_>>();
        let mut expected = references(seen);
        expected.retain(|reference| !carried.contains(&reference.as_str()));
        assert_eq!(TestWorld::new().sees(path, &carried), expected);
    }

    #[test]
    fn a_rejected_login_logs_nobody_in() {
        let world = TestWorld::new();
        let request = world.request(LOGIN, &["api.key", "alice.username"]);
        let leaks = |status| {
            let body = Bytes::from(world.text("alice.note").to_owned());
            let response = Response::builder().status(status).body(body).unwrap();
            words(leaks(&world.known(), &request, &response))
        };
        assert_eq!(leaks(200), [""; 0]);
        assert_eq!(leaks(403), ["alice.note is in the body"]);
    }

    #[rstest]
    #[case::unknown_name_and_password(LOGIN, "api.key")]
    #[case::a_key_created_by_the_scenario(OWN, "api.key new_key")]
    fn nothing_is_searched_if_the_caller_is_unknown(#[case] path: &str, #[case] carried: &str) {
        let mut world = TestWorld::new();
        world.bindings.bind("new_key", json!("f".repeat(40)), ValueKind::Nothing);
        let request = world.request(path, &carried.split(' ').collect::<Vec<_>>());
        assert_eq!(world.leaks(&request, world.text("bob.note").to_owned()), [""; 0]);
    }

    #[test]
    fn changed_values_are_not_searched() {
        let sees = |changed, carried| TestWorld { changed, ..TestWorld::new() }.sees(OWN, &[carried]);
        let nothing = Changed::default();
        assert_eq!(sees(Changed { notes: true, ..nothing }, "api.key"), references("alice.note bob.note zoe.note"));
        assert_eq!(sees(Changed { objects: true, ..nothing }, "api.key"), references("objects"));
        assert_eq!(sees(Changed { channels: true, ..nothing }, "api.key"), references("channels"));
        assert_eq!(sees(Changed { devices: true, ..nothing }, "api.key"), references("devices"));
        let all = references("alice bob objects channels devices");
        assert_eq!(sees(Changed { flags: true, ..nothing }, "api.key"), all);
        let strangers = sees(Changed { administrators: true, ..nothing }, "account:stranger.key");
        assert_eq!(strangers, all);
    }

    #[test]
    fn a_leak_reports_its_location() {
        let world = TestWorld::new();
        let request = world.request(OWN, &["api.key"]);
        let note = world.text("bob.note");
        let places = [
            (json!({"a": [1, {"b": format!("(The {})", note.to_uppercase())}]}).to_string(), "at $.a[1].b"),
            (json!({"a": {note: 1}}).to_string(), "the name of a member of $.a"),
            (r#"{"a": "bob\u002dnote"}"#.to_owned(), "at $.a"),
            (format!("<p>{note}</p>"), "in the body"),
        ];
        for (body, place) in places {
            assert_eq!(world.leaks(&request, body), [format!("bob.note is {place}")]);
        }
        let response = Response::builder().header("Location", format!("/{note}/")).body(Bytes::new()).unwrap();
        let found = words(leaks(&world.known(), &request, &response));
        assert_eq!(found, ["bob.note is in the header location"]);
    }

    #[test]
    fn a_leak_is_shown_with_the_names_beside_it_and_no_other_value() {
        let world = TestWorld::new();
        let note = world.text("bob.note");
        let body = json!({"objects": [{"id": 7, "profile": {"note": note, "mood": "secret"}, "we ird": 1}]});
        let found = leaks(&world.known(), &world.request(OWN, &["api.key"]), &Response::new(body.to_string().into()));
        let beside = found.iter().map(|leak| leak.beside.as_deref()).collect::<Vec<_>>();
        assert_eq!(beside, [Some("beside mood")]);
    }

    #[test]
    fn short_and_sent_values_are_not_leaks() {
        let mut world = TestWorld::new();
        world.bindings.bind("bob.note", json!("1234567"), ValueKind::Word);
        assert_eq!(world.leaks(&world.request(OWN, &["api.key"]), "1234567"), [""; 0]);
        assert_eq!(world.leaks(&world.request(OWN, &["api.key"]), world.text("alice.note").to_owned()).len(), 1);
        assert_eq!(
            world.leaks(&world.request(OWN, &["api.key", "alice.note"]), world.text("alice.note").to_owned()).len(),
            0
        );
    }

    #[test]
    fn a_user_is_hidden_from_callers_that_must_not_see_them() {
        let mut world = TestWorld::new();
        world.bindings.bind("new_key", json!("f".repeat(40)), ValueKind::Nothing);
        let hides = |user: &str, carried: &[&str]| {
            let (request, response) = (world.request(OWN, carried), Response::new(Bytes::new()));
            hides(&user.parse().unwrap(), &world.known(), &request, &response)
        };
        assert!(hides("alice", &["api.key", "bob.user_key"]));
        assert!(!hides("bob", &["api.key", "bob.user_key"]));
        assert!(!hides("alice", &["account.key"]));
        assert!(!hides("alice", &["api.key", "new_key"]), "nobody knows who that is");
    }
}
