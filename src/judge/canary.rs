//! Looks in every answer for what whoever asked must not see.
//!
//! What the harness makes carries names, notes, titles, passwords and keys that nobody could guess. Where one of them stands
//! in an answer, the target has put it there. Who asks is read off the request: a key or a password that it carries says
//! who it is, whoever the step says it should be.
//!
//! | of a world | who may see it |
//! |---|---|
//! | name, note and key of a user | administrators of the instance; the user; an app with `ignore_acl` that sends no user key, and the note in any case; who signs in |
//! | a key that a reset has ended | nobody |
//! | a password, an account key | nobody |
//! | an API key | itself; administrators of the instance from `full` on |
//! | title of a data object | administrators of the instance, `ignore_acl`, and whom its permissions admit |
//!
//! All of it only at paths of the instance in which it is. What a request carries is known to whoever sends it. What a step
//! has changed so that the table no longer tells is not looked for any more: the checks of the scenario do that.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde_json::Value;

use super::bindings::{Bindings, Bound, FOREIGN_KEY, Kind, home_reference};
use crate::scenario::file::ObjectPermission;
use crate::scenario::{Given, Name, Role};
use syncano_simulator::api::{Flag, Key};

/// What may not be looked for any more.
#[derive(Clone, Copy, Debug, Default)]
pub struct Changed {
    notes: bool,
    titles: bool,
    flags: bool,
    administrators: bool,
}

impl Changed {
    /// After a write whose effect is unknown: anything may have changed.
    pub fn unknown() -> Changed {
        Changed { notes: true, titles: true, flags: true, administrators: true }
    }

    /// Takes note of a request that was answered well.
    pub fn by(&mut self, request: &Request<Bytes>) {
        if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
            return;
        }
        let path = request.uri().path();
        let is_batch = path.ends_with("/batch/");
        let is_about = |word: &str| is_batch || path.contains(word);
        self.notes |= is_about("/classes/") || String::from_utf8_lossy(request.body()).contains("profile");
        self.titles |= is_about("/classes/") || is_about("/groups/");
        self.flags |= is_about("/api_keys/");
        self.administrators |= is_about("/admins/") || is_about("/invitations/");
    }
}

/// Something of a world that not everybody may see.
struct Canary<'b> {
    reference: &'b str,
    /// In lower case.
    text: String,
    what: What<'b>,
}

enum What<'b> {
    /// Name or key of a user; where he lives.
    User(&'b str, Home),
    Note(&'b str, Home),
    /// A key, a password or an account key that nobody is ever shown.
    Never,
    ApiKey(Home),
    Title(&'b str),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Home {
    Own,
    Foreign,
}

/// Who asks, as far as that decides what may be seen.
struct Viewer<'b> {
    /// In which instance something is asked for.
    place: Option<Home>,
    /// What an account is here; `None` for no account and for a stranger.
    rank: Option<Rank>,
    /// The instance whose API key is sent.
    app: Option<Home>,
    ignore_acl: bool,
    anonymous_read: bool,
    /// Whose user keys are sent. Which of several counts is for others to say.
    users: Vec<&'b str>,
    /// Who signs in.
    signs_in: Vec<&'b str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rank {
    /// Manages API keys.
    Full,
    /// Does not.
    Other,
}

/// So many places of an answer are named at most.
const MOST_LEAKS: usize = 100;

/// What an answer shows and should not, one line each: `bob.user_key in the body at $.objects[1].user_key`.
pub fn leaks(
    given: &Given,
    bindings: &Bindings,
    changed: Changed,
    request: &Request<Bytes>,
    response: &Response<Bytes>,
) -> Vec<String> {
    let sent = sent(request);
    let canaries = canaries(bindings);
    let Some(viewer) = Viewer::of(given, bindings, &canaries, changed, request, response.status(), &sent) else {
        return Vec::new();
    };
    let hidden = canaries.iter().filter(|canary| !sent.contains(&canary.text));
    let hidden = hidden.filter(|canary| !viewer.may_see(canary, given, changed)).collect::<Vec<_>>();
    let mut found = Vec::new();
    if hidden.is_empty() {
        return found;
    }
    for (name, value) in response.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        note(&value, &hidden, &format!("in the header {name}"), &mut found);
    }
    let text = String::from_utf8_lossy(response.body());
    let lower = text.to_lowercase();
    // Only a body that holds one somewhere is taken apart. An escape could hide one from this look.
    if hidden.iter().any(|canary| lower.contains(&canary.text)) || lower.contains("\\u") {
        match serde_json::from_str::<Value>(&text) {
            Ok(body) => walk(&body, "$", &hidden, &mut found),
            Err(_) => note(&text, &hidden, "in the body", &mut found),
        }
    }
    found
}

/// Whether who sends a request must not see this user.
pub fn hides(
    user: &Name,
    given: &Given,
    bindings: &Bindings,
    changed: Changed,
    request: &Request<Bytes>,
    response: &Response<Bytes>,
) -> bool {
    let sent = sent(request);
    let canaries = canaries(bindings);
    let viewer = Viewer::of(given, bindings, &canaries, changed, request, response.status(), &sent);
    let is_of_the_user = |canary: &Canary<'_>| matches!(canary.what, What::User(owner, _) if owner == user.as_str());
    let mut known = canaries.iter().filter(|canary| is_of_the_user(canary));
    viewer.is_some_and(|viewer| known.any(|canary| !viewer.may_see(canary, given, changed)))
}

/// Everything that a request carries, as text in lower case.
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

fn canaries(bindings: &Bindings) -> Vec<Canary<'_>> {
    bindings.iter().filter_map(|(reference, bound)| Canary::of(reference, bound, bindings)).collect()
}

impl<'b> Canary<'b> {
    fn of(reference: &'b str, bound: &'b Bound, bindings: &Bindings) -> Option<Canary<'b>> {
        let (owner, member) = reference.split_once('.')?;
        let home = || match bindings.text(&home_reference(owner)) {
            Some(FOREIGN_KEY) => Home::Foreign,
            _ => Home::Own,
        };
        let what = match member {
            _ if matches!(owner, "unknown" | "unique" | "instance") => return None,
            "username" | "user_key" => What::User(owner, home()),
            "note" => What::Note(owner, home()),
            "title" => What::Title(owner),
            "password" => What::Never,
            "key" if owner == "account" || owner.starts_with("account:") => What::Never,
            "key" => What::ApiKey(Home::Own),
            "api_key" => What::ApiKey(Home::Foreign),
            _ if reference == Bindings::revoked(owner) => What::Never,
            _ => return None,
        };
        // What is short could stand somewhere by chance.
        let text = bound.value.as_str().filter(|text| text.len() >= 8)?.to_lowercase();
        Some(Canary { reference, text, what })
    }
}

impl<'b> Viewer<'b> {
    /// Nothing where the request carries a key or a name that the scenario has brought about itself: nobody can say whose
    /// it is.
    fn of(
        given: &Given,
        bindings: &'b Bindings,
        canaries: &'b [Canary<'_>],
        changed: Changed,
        request: &Request<Bytes>,
        status: StatusCode,
        sent: &str,
    ) -> Option<Viewer<'b>> {
        let carried = || canaries.iter().filter(|canary| sent.contains(&canary.text));
        let is_known =
            |text: &str| bindings.iter().any(|(_, bound)| bound.kind == Kind::Key && is(bound.value.as_str(), text));
        let words = sent.split(|c: char| !c.is_ascii_alphanumeric());
        if words.filter(|word| word.parse::<Key>().is_ok()).any(|word| !is_known(word)) {
            return None;
        }
        let named = |reference: &str| {
            let name = bindings.text(reference).map(str::to_lowercase);
            name.is_some_and(|name| request.uri().path().split('/').any(|part| part.to_lowercase() == name))
        };
        let place = if named("foreign.name") {
            Some(Home::Foreign)
        } else if named("instance.name") {
            Some(Home::Own)
        } else {
            None
        };
        let mut viewer = Viewer {
            place,
            rank: None,
            app: None,
            ignore_acl: false,
            anonymous_read: false,
            users: Vec::new(),
            signs_in: Vec::new(),
        };
        let signs_in = request.uri().path().ends_with("/user/auth/") && status.is_success();
        for canary in carried() {
            let owner = canary.reference.split('.').next().unwrap_or_default();
            match canary.what {
                What::ApiKey(home) => {
                    viewer.app = Some(home);
                    let name = owner.strip_prefix("api:").unwrap_or_default();
                    let flags = given.api_keys.iter().find(|(known, _)| known.as_str() == name).map(|(_, flags)| flags);
                    let has = |flag| changed.flags || flags.is_some_and(|flags| flags.contains(&flag));
                    viewer.ignore_acl |= has(Flag::IgnoreAcl);
                    viewer.anonymous_read |= has(Flag::AllowAnonymousRead);
                }
                What::User(user, _) if canary.reference.ends_with(".user_key") => viewer.users.push(user),
                What::User(user, _) if signs_in => viewer.signs_in.push(user),
                What::Never if signs_in && canary.reference.ends_with(".password") => viewer.signs_in.push(owner),
                What::Never if owner == "account" => viewer.rank = Some(Rank::Full),
                What::Never => {
                    viewer.rank = match owner.strip_prefix("account:").and_then(Role::named) {
                        Some(Role::Full) => Some(Rank::Full),
                        Some(Role::Write | Role::Read) => Some(Rank::Other),
                        Some(Role::Stranger) if changed.administrators => Some(Rank::Other),
                        _ => viewer.rank,
                    }
                }
                _ => {}
            }
        }
        // Who has another name by now and another password cannot be told.
        (!signs_in || !viewer.signs_in.is_empty()).then_some(viewer)
    }

    fn may_see(&self, canary: &Canary<'_>, given: &Given, changed: Changed) -> bool {
        let is_here = |home| self.place == Some(home);
        let is_app_of = |home| self.app == Some(home) && is_here(home);
        match canary.what {
            What::Never => false,
            What::User(user, _) | What::Note(user, _) if self.signs_in.contains(&user) => true,
            What::User(user, home) => {
                let by_app =
                    is_app_of(home) && if self.users.is_empty() { self.ignore_acl } else { self.users.contains(&user) };
                is_here(home) && self.rank.is_some() || by_app
            }
            What::Note(user, home) => {
                let by_app = is_app_of(home) && (self.ignore_acl || self.users.contains(&user));
                changed.notes || is_here(home) && self.rank.is_some() || by_app
            }
            What::ApiKey(home) => is_here(home) && self.rank == Some(Rank::Full),
            What::Title(object) => {
                let administers = is_here(Home::Own) && self.rank.is_some();
                changed.titles || administers || is_app_of(Home::Own) && self.admitted(object, given)
            }
        }
    }

    /// Whether an object's permissions let an app or its user see it.
    fn admitted(&self, object: &str, given: &Given) -> bool {
        let Some((_, object)) = given.objects.iter().find(|(name, _)| name.as_str() == object) else { return true };
        let is = |name: &Option<Name>| name.as_ref().is_some_and(|name| self.users.contains(&name.as_str()));
        let reads = |permission: Option<ObjectPermission>| permission >= Some(ObjectPermission::Read);
        let in_group = object
            .group
            .as_ref()
            .and_then(|group| given.groups.get(group))
            .is_some_and(|members| members.iter().any(|member| self.users.contains(&member.as_str())));
        let for_everybody = reads(object.other_permissions) && (!self.users.is_empty() || self.anonymous_read);
        let as_owner = is(&object.owner) && object.owner_permissions != Some(ObjectPermission::None);
        self.ignore_acl || for_everybody || as_owner || in_group && reads(object.group_permissions)
    }
}

fn walk(value: &Value, at: &str, hidden: &[&Canary<'_>], found: &mut Vec<String>) {
    match value {
        Value::String(text) => note(text, hidden, &format!("in the body at {at}"), found),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &format!("{at}[{index}]"), hidden, found);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                note(name, hidden, &format!("in the body as a name at {at}"), found);
                walk(member, &format!("{at}.{name}"), hidden, found);
            }
        }
        _ => {}
    }
}

fn note(text: &str, hidden: &[&Canary<'_>], place: &str, found: &mut Vec<String>) {
    if found.len() >= MOST_LEAKS {
        return;
    }
    let text = text.to_lowercase();
    for canary in hidden.iter().filter(|canary| text.contains(&canary.text)) {
        found.push(format!("{} {place}", canary.reference));
    }
}

fn is(known: Option<&str>, text: &str) -> bool {
    known.is_some_and(|known| known.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::judge::Scope;
    use crate::scenario::SuiteFiles;
    use syncano_simulator::api::Resource;

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
    notice: {class: post, other_permissions: read}
  foreign: {users: [zoe]}
steps: [{name: anything, as: account, send: GET /users/}]
";
    const OBJECTS: [&str; 5] = ["poem", "draft", "circular", "sealed", "notice"];
    const ADMINISTRATORS: [&str; 5] = ["account", "account:full", "account:write", "account:read", "account:stranger"];
    const OWN: &str = "/v1.1/instances/ship-4711/users/";
    const FOREIGN: &str = "/v1.1/instances/port-4711/users/";
    const OUTSIDE: &str = "/v1.1/account/";
    const LOGIN: &str = "/v1.1/instances/ship-4711/user/auth/";

    struct World {
        given: Given,
        bindings: Bindings,
        changed: Changed,
    }

    impl World {
        fn new() -> World {
            let scenarios = [("a/world.yaml".to_owned(), SCENARIO.to_owned())].into_iter().collect();
            let suite = SuiteFiles { scenarios, ..SuiteFiles::default() }.read().unwrap();
            let mut bindings = Bindings::default();
            let mut keys = 0;
            let mut key = |bindings: &mut Bindings, reference: &str| {
                keys += 1;
                bindings.bind(reference, json!(format!("{keys:040X}")), Kind::Key);
            };
            for (user, home) in [("alice", "api.key"), ("bob", "api.key"), ("zoe", FOREIGN_KEY)] {
                bindings.bind(&format!("{user}.username"), json!(format!("{user}-Name")), Kind::Word);
                bindings.bind(&format!("{user}.note"), json!(format!("{user}-note")), Kind::Word);
                bindings.bind(&format!("{user}.password"), json!(format!("{user}-password")), Kind::Secret);
                bindings.bind(&format!("{user}.id"), json!(7), Kind::Id(Resource::User, Scope::Own));
                bindings.bind(&home_reference(user), json!(home), Kind::Nothing);
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
                bindings.bind(&format!("{object}.title"), json!(format!("{object}-title")), Kind::Word);
            }
            bindings.bind("instance.name", json!("ship-4711"), Kind::Word);
            bindings.bind("foreign.name", json!("port-4711"), Kind::Word);
            bindings.bind("unique.username", json!("somebody-4711"), Kind::Word);
            World { given: suite.scenarios[0].given.clone(), bindings, changed: Changed::default() }
        }

        fn text(&self, reference: &str) -> &str {
            self.bindings.text(reference).unwrap()
        }

        /// A request for a path that carries the values of these references.
        fn request(&self, path: &str, carried: &[&str]) -> Request<Bytes> {
            let carried = carried.iter().map(|reference| self.text(reference)).collect::<Vec<_>>();
            Request::post(path).header("x-keys", carried.join(" ")).body(Bytes::new()).unwrap()
        }

        fn leaks(&self, request: &Request<Bytes>, body: impl Into<Bytes>) -> Vec<String> {
            leaks(&self.given, &self.bindings, self.changed, request, &Response::new(body.into()))
        }

        /// What of the world an answer may show that shows all of it.
        fn sees(&self, path: &str, carried: &[&str]) -> BTreeSet<String> {
            let all = self.bindings.iter().filter(|(_, bound)| bound.value.is_string());
            let body = json!(all.map(|(reference, bound)| (reference, &bound.value)).collect::<Vec<_>>());
            let leaks = self.leaks(&self.request(path, carried), body.to_string());
            let leaks = leaks.iter().map(|leak| leak.split_once(' ').unwrap().0.to_owned()).collect::<BTreeSet<_>>();
            let mut looked_for = references("alice bob zoe keys titles never foreign.api_key");
            assert!(leaks.is_subset(&looked_for), "nobody looks for some of {leaks:?}");
            looked_for.retain(|reference| !leaks.contains(reference) && !carried.contains(&reference.as_str()));
            looked_for
        }
    }

    /// What a word stands for: all that is shown of a user, all API keys of the instance, what nobody is ever shown, the
    /// title of an object.
    fn references(words: &str) -> BTreeSet<String> {
        let of = |word: &str| match word {
            "keys" => ["api.key", "api:spare.key", "api:reader.key"].map(str::to_owned).to_vec(),
            "titles" => OBJECTS.map(|object| format!("{object}.title")).to_vec(),
            "never" => {
                let passwords = ["alice", "bob", "zoe"].map(|user| format!("{user}.password"));
                let keys = ADMINISTRATORS.map(|administrator| format!("{administrator}.key"));
                passwords.into_iter().chain(keys).chain([Bindings::revoked("alice")]).collect()
            }
            "alice" | "bob" | "zoe" => {
                ["username", "user_key", "note"].map(|member| format!("{word}.{member}")).to_vec()
            }
            reference if reference.contains('.') => vec![reference.to_owned()],
            object => vec![format!("{object}.title")],
        };
        words.split_whitespace().flat_map(of).collect()
    }

    #[rstest]
    #[case::nobody(OWN, "", "")]
    #[case::the_administrator(OWN, "account.key", "alice bob keys titles")]
    #[case::the_administrator_with_a_user_key(OWN, "account.key alice@revoked", "alice bob keys titles")]
    #[case::the_administrator_elsewhere(FOREIGN, "account.key", "zoe foreign.api_key")]
    #[case::the_administrator_outside(OUTSIDE, "account.key", "")]
    #[case::full(OWN, "account:full.key", "alice bob keys titles")]
    #[case::write(OWN, "account:write.key", "alice bob titles")]
    #[case::read(OWN, "account:read.key", "alice bob titles")]
    #[case::a_stranger(OWN, "account:stranger.key", "")]
    #[case::an_app(OWN, "api.key", "")]
    #[case::ignore_acl(OWN, "api:spare.key", "alice bob titles")]
    #[case::ignore_acl_elsewhere(FOREIGN, "api:spare.key", "")]
    #[case::allow_anonymous_read(OWN, "api:reader.key", "notice")]
    #[case::a_user(OWN, "api.key alice.user_key", "alice poem notice")]
    #[case::a_member_of_the_group(OWN, "api.key bob.user_key", "bob circular notice")]
    #[case::a_user_with_ignore_acl(OWN, "api:spare.key alice.user_key", "alice bob.note titles")]
    #[case::a_user_without_an_app(OWN, "alice.user_key", "")]
    #[case::a_user_elsewhere(FOREIGN, "api.key alice.user_key", "")]
    #[case::a_user_with_a_foreign_app(OWN, "foreign.api_key alice.user_key", "")]
    #[case::a_foreign_app(FOREIGN, "foreign.api_key", "")]
    #[case::a_foreign_user(FOREIGN, "foreign.api_key zoe.user_key", "zoe")]
    #[case::a_foreign_user_here(OWN, "foreign.api_key zoe.user_key", "")]
    #[case::who_signs_in_by_name(LOGIN, "api.key alice.username", "alice")]
    #[case::who_signs_in_by_password(LOGIN, "api.key alice.password", "alice")]
    #[case::a_password_elsewhere(OWN, "api.key alice.password", "")]
    #[case::the_administrator_signs_in_a_user(LOGIN, "account.key alice.username", "alice bob keys titles")]
    fn everybody_sees_what_the_table_says(#[case] path: &str, #[case] carried: &str, #[case] seen: &str) {
        let carried = carried.replace("alice@revoked", &Bindings::revoked("alice"));
        let carried = carried.split_whitespace().collect::<Vec<_>>();
        let mut expected = references(seen);
        expected.retain(|reference| !carried.contains(&reference.as_str()));
        assert_eq!(World::new().sees(path, &carried), expected);
    }

    #[test]
    fn nobody_has_signed_in_where_that_was_refused() {
        let world = World::new();
        let request = world.request(LOGIN, &["api.key", "alice.username"]);
        let leaks = |status| {
            let body = Bytes::from(world.text("alice.note").to_owned());
            let response = Response::builder().status(status).body(body).unwrap();
            leaks(&world.given, &world.bindings, world.changed, &request, &response)
        };
        assert_eq!(leaks(200), [""; 0]);
        assert_eq!(leaks(403), ["alice.note in the body"]);
    }

    #[rstest]
    #[case::a_name_and_password_that_nobody_had(LOGIN, "api.key")]
    #[case::a_key_that_the_scenario_has_made(OWN, "api.key new_key")]
    fn nothing_is_looked_for_where_nobody_can_say_who_asks(#[case] path: &str, #[case] carried: &str) {
        let mut world = World::new();
        world.bindings.bind("new_key", json!("f".repeat(40)), Kind::Nothing);
        let request = world.request(path, &carried.split(' ').collect::<Vec<_>>());
        assert_eq!(world.leaks(&request, world.text("bob.note").to_owned()), [""; 0]);
    }

    #[rstest]
    #[case::reading("GET", "/classes/post/objects/", "profile", [false, false, false, false])]
    #[case::a_note("PATCH", "/users/7/", r#"{"profile": {}}"#, [true, false, false, false])]
    #[case::a_user("PATCH", "/users/7/", r#"{"username": "ann"}"#, [false, false, false, false])]
    #[case::an_object("PATCH", "/classes/post/objects/7/", "", [true, true, false, false])]
    #[case::a_member("POST", "/groups/7/users/", "", [false, true, false, false])]
    #[case::an_api_key("PATCH", "/api_keys/7/", "", [false, false, true, false])]
    #[case::an_administrator("DELETE", "/admins/7/", "", [false, false, false, true])]
    #[case::an_invitation("POST", "/invitations/", "", [false, false, false, true])]
    #[case::many_at_once("POST", "/batch/", "", [true, true, true, true])]
    fn a_write_changes_what_it_is_about(
        #[case] method: &str,
        #[case] path: &str,
        #[case] body: &'static str,
        #[case] expected: [bool; 4],
    ) {
        let request = |method: &str, path: &str, body: &'static str| {
            Request::builder().method(method).uri(path).body(Bytes::from_static(body.as_bytes())).unwrap()
        };
        let of = |changed: Changed| [changed.notes, changed.titles, changed.flags, changed.administrators];
        let mut changed = Changed::default();
        changed.by(&request(method, path, body));
        assert_eq!(of(changed), expected);
        // What has changed once stays changed.
        changed.by(&request("PATCH", "/users/7/", ""));
        assert_eq!(of(changed), expected);
    }

    #[test]
    fn what_has_changed_is_not_looked_for() {
        let sees = |changed, carried| World { changed, ..World::new() }.sees(OWN, &[carried]);
        let nothing = Changed::default();
        assert_eq!(sees(Changed { notes: true, ..nothing }, "api.key"), references("alice.note bob.note zoe.note"));
        assert_eq!(sees(Changed { titles: true, ..nothing }, "api.key"), references("titles"));
        assert_eq!(sees(Changed { flags: true, ..nothing }, "api.key"), references("alice bob titles"));
        let strangers = sees(Changed { administrators: true, ..nothing }, "account:stranger.key");
        assert_eq!(strangers, references("alice bob titles"));
    }

    #[test]
    fn a_leak_says_where_it_stands() {
        let world = World::new();
        let request = world.request(OWN, &["api.key"]);
        let note = world.text("bob.note");
        let places = [
            (json!({"a": [1, {"b": format!("(The {})", note.to_uppercase())}]}).to_string(), "in the body at $.a[1].b"),
            (json!({"a": {note: 1}}).to_string(), "in the body as a name at $.a"),
            (r#"{"a": "bob\u002dnote"}"#.to_owned(), "in the body at $.a"),
            (format!("<p>{note}</p>"), "in the body"),
        ];
        for (body, place) in places {
            assert_eq!(world.leaks(&request, body), [format!("bob.note {place}")]);
        }
        let response = Response::builder().header("Location", format!("/{note}/")).body(Bytes::new()).unwrap();
        let found = leaks(&world.given, &world.bindings, world.changed, &request, &response);
        assert_eq!(found, ["bob.note in the header location"]);
    }

    #[test]
    fn what_is_short_or_was_sent_is_no_leak() {
        let mut world = World::new();
        world.bindings.bind("bob.note", json!("1234567"), Kind::Word);
        assert_eq!(world.leaks(&world.request(OWN, &["api.key"]), "1234567"), [""; 0]);
        assert_eq!(world.leaks(&world.request(OWN, &["api.key"]), world.text("alice.note").to_owned()).len(), 1);
        assert_eq!(
            world.leaks(&world.request(OWN, &["api.key", "alice.note"]), world.text("alice.note").to_owned()).len(),
            0
        );
    }

    #[test]
    fn a_user_is_hidden_from_whoever_must_not_see_him() {
        let mut world = World::new();
        world.bindings.bind("new_key", json!("f".repeat(40)), Kind::Nothing);
        let hides = |user: &str, carried: &[&str]| {
            let (request, response) = (world.request(OWN, carried), Response::new(Bytes::new()));
            hides(&user.parse().unwrap(), &world.given, &world.bindings, world.changed, &request, &response)
        };
        assert!(hides("alice", &["api.key", "bob.user_key"]));
        assert!(!hides("bob", &["api.key", "bob.user_key"]));
        assert!(!hides("alice", &["account.key"]));
        assert!(!hides("alice", &["api.key", "new_key"]), "nobody knows who that is");
    }
}
