//! The sender of a request, and what they may see.

use bytes::Bytes;
use http::{Request, StatusCode};

use super::super::bindings::{Bindings, Scope, ValueKind};
use super::known::KnownWorld;
use super::private::{PrivateKind, PrivateValue};
use syncano_simulator::api::{Flag, Key};
use syncano_suite::file::{ChannelPermission, ObjectPermission};
use syncano_suite::{Name, Role};

/// The sender of a request, as far as it determines what they may see.
#[derive(Default)]
pub struct Viewer<'b> {
    /// The instance in the path.
    instance: Option<Scope>,
    /// The rank of the account; `None` without an account, and for a stranger.
    rank: Option<Rank>,
    /// The instance of the API key.
    app: Option<Scope>,
    ignore_acl: bool,
    anonymous_read: bool,
    /// The users whose keys are sent. Several are possible; which one counts is not decided here.
    users: Vec<&'b str>,
    /// The users who sign in.
    signs_in: Vec<&'b str>,
}

/// The rank of an administrator of the instance.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rank {
    /// May manage API keys.
    Full,
    /// May not.
    Other,
}

impl<'b> Viewer<'b> {
    /// Reads the keys, names and passwords in a request (`sent`). Returns `None` if it carries a
    /// key or a name that the scenario has created itself, because the owner is unknown.
    pub fn new(
        known: &KnownWorld<'b>,
        values: &[PrivateValue<'b>],
        request: &Request<Bytes>,
        status: StatusCode,
        sent: &str,
    ) -> Option<Viewer<'b>> {
        if carries_unknown_key(known.bindings, sent) {
            return None;
        }
        let path = request.uri().path();
        let signs_in = path.ends_with("/user/auth/") && status.is_success();
        let mut viewer = Viewer { instance: instance(known.bindings, path), ..Viewer::default() };
        values.iter().filter(|value| sent.contains(&value.text)).for_each(|value| viewer.sends(value, signs_in, known));
        // A sign-in without a known user: the scenario has changed name and password.
        (!signs_in || !viewer.signs_in.is_empty()).then_some(viewer)
    }

    /// Takes over what a value in the request reveals about its sender.
    fn sends(&mut self, value: &PrivateValue<'b>, signs_in: bool, known: &KnownWorld<'_>) {
        let owner = value.owner();
        match value.kind {
            PrivateKind::ApiKey(instance) => {
                self.app = Some(instance);
                let name = owner.strip_prefix("api:").unwrap_or_default();
                let mut keys = known.given.api_keys.iter();
                let flags = keys.find(|(known, _)| known.as_str() == name).map(|(_, flags)| flags);
                let has = |flag| known.changed.flags || flags.is_some_and(|flags| flags.contains(&flag));
                self.ignore_acl |= has(Flag::IgnoreAcl);
                self.anonymous_read |= has(Flag::AllowAnonymousRead);
            }
            PrivateKind::User(user, _) if value.reference.ends_with(".user_key") => self.users.push(user),
            PrivateKind::User(user, _) if signs_in => self.signs_in.push(user),
            PrivateKind::Never if signs_in && value.reference.ends_with(".password") => self.signs_in.push(owner),
            PrivateKind::Never if owner == "account" => self.rank = Some(Rank::Full),
            PrivateKind::Never => {
                self.rank = match owner.strip_prefix("account:").and_then(Role::named) {
                    Some(Role::Full) => Some(Rank::Full),
                    Some(Role::Write | Role::Read) => Some(Rank::Other),
                    Some(Role::Stranger) if known.changed.administrators => Some(Rank::Other),
                    _ => self.rank,
                }
            }
            PrivateKind::User(..)
            | PrivateKind::Note(..)
            | PrivateKind::OfObject(_)
            | PrivateKind::Message(_)
            | PrivateKind::Token(_) => {}
        }
    }

    /// Returns whether the viewer may see a value.
    pub fn may_see(&self, value: &PrivateValue<'_>, known: &KnownWorld<'_>) -> bool {
        let is_here = |instance| self.instance == Some(instance);
        let is_app_of = |instance| self.app == Some(instance) && is_here(instance);
        let administers = is_here(Scope::Own) && self.rank.is_some();
        let sees =
            |is_admitted: &dyn Fn() -> bool| administers || is_app_of(Scope::Own) && (self.ignore_acl || is_admitted());
        match value.kind {
            PrivateKind::Never => false,
            PrivateKind::User(user, _) | PrivateKind::Note(user, _) if self.signs_in.contains(&user) => true,
            PrivateKind::User(user, home) => {
                let by_app =
                    is_app_of(home) && if self.users.is_empty() { self.ignore_acl } else { self.users.contains(&user) };
                is_here(home) && self.rank.is_some() || by_app
            }
            PrivateKind::Note(user, home) => {
                let by_app = is_app_of(home) && (self.ignore_acl || self.users.contains(&user));
                known.changed.notes || is_here(home) && self.rank.is_some() || by_app
            }
            PrivateKind::ApiKey(home) => is_here(home) && self.rank == Some(Rank::Full),
            PrivateKind::OfObject(object) => known.changed.objects || sees(&|| self.is_admitted(object, known)),
            PrivateKind::Message(channel) => known.changed.channels || sees(&|| self.hears(channel, known)),
            PrivateKind::Token(device) => {
                let user = known.given.devices.iter().find(|(name, _)| name.as_str() == device).map(|(_, user)| user);
                known.changed.devices || sees(&|| self.is_one_of(user))
            }
        }
    }

    /// Returns whether one of the users is this one.
    fn is_one_of(&self, user: Option<&Name>) -> bool {
        user.is_some_and(|user| self.users.contains(&user.as_str()))
    }

    /// Returns whether one of the users is in this group.
    fn is_in(&self, group: Option<&Name>, known: &KnownWorld<'_>) -> bool {
        let members = group.and_then(|group| known.given.groups.get(group));
        members.is_some_and(|members| members.iter().any(|member| self.is_one_of(Some(member))))
    }

    /// Returns whether the viewer is one whom a permission of everybody admits.
    fn is_anybody(&self) -> bool {
        !self.users.is_empty() || self.anonymous_read
    }

    /// Returns whether the permissions of a channel admit the app or its user.
    fn hears(&self, channel: &str, known: &KnownWorld<'_>) -> bool {
        let mut channels = known.given.channels.iter();
        let Some((_, channel)) = channels.find(|(name, _)| name.as_str() == channel) else { return true };
        let hears = |permission: Option<ChannelPermission>| permission >= Some(ChannelPermission::Subscribe);
        hears(channel.other_permissions) && self.is_anybody()
            || hears(channel.group_permissions) && self.is_in(channel.group.as_ref(), known)
    }

    /// Returns whether an object's permissions admit the app or its user.
    fn is_admitted(&self, object: &str, known: &KnownWorld<'_>) -> bool {
        let mut objects = known.given.objects.iter();
        let Some((_, object)) = objects.find(|(name, _)| name.as_str() == object) else { return true };
        let reads = |permission: Option<ObjectPermission>| permission >= Some(ObjectPermission::Read);
        let as_owner =
            self.is_one_of(object.owner.as_ref()) && object.owner_permissions != Some(ObjectPermission::None);
        as_owner
            || reads(object.other_permissions) && self.is_anybody()
            || reads(object.group_permissions) && self.is_in(object.group.as_ref(), known)
    }
}

/// Returns whether a request carries a key that is not a value of the scenario.
fn carries_unknown_key(bindings: &Bindings, sent: &str) -> bool {
    let is = |known: Option<&str>, text: &str| known.is_some_and(|known| known.eq_ignore_ascii_case(text));
    let is_known =
        |text: &str| bindings.iter().any(|(_, bound)| bound.kind == ValueKind::Key && is(bound.value.as_str(), text));
    let words = sent.split(|c: char| !c.is_ascii_alphanumeric());
    words.filter(|word| word.parse::<Key>().is_ok()).any(|word| !is_known(word))
}

/// Returns the instance in a path.
fn instance(bindings: &Bindings, path: &str) -> Option<Scope> {
    let is_named = |reference: &str| {
        let name = bindings.text(reference).map(str::to_lowercase);
        name.is_some_and(|name| path.split('/').any(|part| part.to_lowercase() == name))
    };
    if is_named("foreign.name") {
        Some(Scope::Foreign)
    } else if is_named("instance.name") {
        Some(Scope::Own)
    } else {
        None
    }
}
