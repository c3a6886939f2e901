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
use crate::api::{Flag, Key};
use crate::scenario::file::ObjectPermission;
use crate::scenario::{Given, Name, Role};

/// What may not be looked for any more.
#[derive(Clone, Copy, Debug, Default)]
pub struct Changed {
    notes: bool,
    titles: bool,
    flags: bool,
    administrators: bool,
}

impl Changed {
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
    let text = text.to_lowercase();
    for canary in hidden.iter().filter(|canary| text.contains(&canary.text)) {
        found.push(format!("{} {place}", canary.reference));
    }
}

fn is(known: Option<&str>, text: &str) -> bool {
    known.is_some_and(|known| known.eq_ignore_ascii_case(text))
}
