//! The access rules: who may do what. Each endpoint names one of these functions in its row.
//!
//! An administrator reads from the role `read` on, makes changes from `write` on and manages API
//! keys from `full` on. The rights of an API key grow with its flags and with a user key:
//!
//! | rule | administrator | app | with a user | `ignore_acl` | other flags |
//! |---|---|---|---|---|---|
//! | [`users`] | changes from `write` on | - | reads, updates | everything | `allow_user_create` creates |
//! | [`groups_of_user`] | changes from `write` on | - | reads their own | as without | |
//! | [`users_of_group`] | changes from `write` on | - | reads | as without | |
//! | [`groups`] | changes from `write` on | reads | reads | reads | `allow_group_create` creates |
//! | [`current_user`] | - | - | everything | as without | |
//! | [`login`] | signs users in | signs users in | signs users in | signs users in | |
//! | [`api_keys`] | from `full` on | reads | reads | reads | |
//! | [`instances`] | see [`may_change_instance`] | reads | reads | reads | |
//! | [`administrators`] | see [`may_change_administrator`] | - | - | - | |
//! | [`invitations`] | changes from `full` on | - | - | - | |
//! | [`classes`] | changes from `write` on | reads | reads | reads | |
//! | [`objects`] | changes from `write` on | - | what the class permits | everything | `allow_anonymous_read` reads |
//! | [`channels`] | changes from `write` on | - | reads | everything | `allow_anonymous_read` reads |
//! | [`publishers`] | from `write` on | - | yes | yes | |
//! | [`devices`] | changes from `write` on | - | everything | everything | |
//! | [`data_endpoints`] | changes from `write` on | reads | reads | reads | |
//! | [`templates`] | changes from `full` on | reads | reads | reads | |
//! | [`from_write`] | changes from `write` on | - | - | - | |
//! | [`from_full`] | changes from `full` on | - | - | - | |
//! | [`traces`] | reads | - | - | - | |
//! | [`backups`] | from `full` on | - | - | - | |
//!
//! Each resource decides which of its objects a caller sees and may change.

use http::Method;

use super::caller::Caller;
use super::world::{AccountId, Channel, ChannelPermission, Class, ClassPermission, Instance, Role, UserId};
use crate::api::Flag;

/// The action of a request, for the access rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Read,
    Create,
    Update,
    Delete,
}

/// The parent resource in the path, for the access rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessParent {
    /// No parent, or one that does not affect access.
    Nothing,
    User(UserId),
    /// A class, with the caller's permission on it.
    Class {
        permission: ClassPermission,
        holds_profiles: bool,
    },
    /// A channel, with the permissions of the caller's user and of everybody.
    Channel {
        of_user: ChannelPermission,
        of_everybody: ChannelPermission,
    },
}

impl AccessParent {
    /// Returns a channel as a parent, with the permissions of the caller and of everybody.
    pub fn of_channel(caller: &Caller, instance: &Instance, channel: &Channel) -> AccessParent {
        AccessParent::Channel {
            of_user: instance.channel_permission(channel, caller.user()),
            of_everybody: channel.other_permissions,
        }
    }

    /// Returns a class as a parent, with the caller's permission on it.
    pub fn of_class(caller: &Caller, instance: &Instance, class: &Class) -> AccessParent {
        AccessParent::Class {
            permission: instance.class_permission(class, caller.user()),
            holds_profiles: class.holds_profiles(),
        }
    }
}

/// An access rule. Returns whether the caller may perform the action below that parent.
pub type May = fn(&Caller, Action, AccessParent) -> bool;

impl Action {
    /// Returns the action of a method. POST creates in a list and updates anywhere else; an unknown
    /// method counts as a read. Access is checked before the method, so an unsupported method of a
    /// forbidden endpoint is answered with 403.
    pub fn new(method: &Method, is_list: bool) -> Action {
        match *method {
            Method::POST if is_list => Action::Create,
            Method::POST | Method::PUT | Method::PATCH => Action::Update,
            Method::DELETE => Action::Delete,
            _ => Action::Read,
        }
    }
}

pub fn everyone(_: &Caller, _: Action, _: AccessParent) -> bool {
    true
}

pub fn no_one(_: &Caller, _: Action, _: AccessParent) -> bool {
    false
}

pub fn any_account(caller: &Caller, _: Action, _: AccessParent) -> bool {
    caller.account().is_some()
}

/// Admits every caller with a key; each item of a batch is checked separately.
pub fn any_key(caller: &Caller, _: Action, _: AccessParent) -> bool {
    *caller != Caller::Anonymous
}

pub fn administrators(caller: &Caller, _: Action, _: AccessParent) -> bool {
    matches!(caller, Caller::Account { role: Some(_), .. })
}

pub fn invitations(caller: &Caller, action: Action, through: AccessParent) -> bool {
    from_full(caller, action, through)
}

pub fn instances(caller: &Caller, action: Action, _: AccessParent) -> bool {
    match caller {
        Caller::Anonymous => false,
        Caller::Account { .. } => true,
        Caller::Api { .. } => action == Action::Read,
    }
}

pub fn api_keys(caller: &Caller, action: Action, _: AccessParent) -> bool {
    match caller {
        Caller::Anonymous => false,
        Caller::Account { role, .. } => *role >= Some(Role::Full),
        Caller::Api { .. } => action == Action::Read,
    }
}

pub fn current_user(caller: &Caller, _: Action, _: AccessParent) -> bool {
    caller.user().is_some()
}

pub fn login(caller: &Caller, _: Action, _: AccessParent) -> bool {
    match caller {
        Caller::Anonymous => false,
        Caller::Account { role, .. } => role.is_some(),
        Caller::Api { .. } => true,
    }
}

pub fn users(caller: &Caller, action: Action, _: AccessParent) -> bool {
    match caller {
        Caller::Anonymous => false,
        Caller::Account { role, .. } => changes_from(Role::Write, *role, action),
        Caller::Api { flags, user, .. } => {
            flags.has(Flag::IgnoreAcl)
                || user.is_some() && matches!(action, Action::Read | Action::Update)
                || flags.has(Flag::AllowUserCreate) && action == Action::Create
        }
    }
}

pub fn groups_of_user(caller: &Caller, action: Action, through: AccessParent) -> bool {
    match caller {
        Caller::Anonymous => false,
        Caller::Account { role, .. } => changes_from(Role::Write, *role, action),
        Caller::Api { user, .. } => {
            user.is_some_and(|user| through == AccessParent::User(user)) && action == Action::Read
        }
    }
}

pub fn users_of_group(caller: &Caller, action: Action, _: AccessParent) -> bool {
    match caller {
        Caller::Anonymous => false,
        Caller::Account { role, .. } => changes_from(Role::Write, *role, action),
        Caller::Api { user, .. } => user.is_some() && action == Action::Read,
    }
}

pub fn groups(caller: &Caller, action: Action, _: AccessParent) -> bool {
    match caller {
        Caller::Anonymous => false,
        Caller::Account { role, .. } => changes_from(Role::Write, *role, action),
        Caller::Api { flags, .. } => {
            action == Action::Read || flags.has(Flag::AllowGroupCreate) && action == Action::Create
        }
    }
}

pub fn classes(caller: &Caller, action: Action, _: AccessParent) -> bool {
    match caller {
        Caller::Anonymous => false,
        Caller::Account { role, .. } => changes_from(Role::Write, *role, action),
        Caller::Api { .. } => action == Action::Read,
    }
}

/// Rejects creating objects of the profile class, for all callers.
pub fn objects(caller: &Caller, action: Action, through: AccessParent) -> bool {
    let AccessParent::Class { permission, holds_profiles } = through else { return false };
    let needed = if action == Action::Create { ClassPermission::CreateObjects } else { ClassPermission::Read };
    let is_possible = !(holds_profiles && action == Action::Create);
    is_possible
        && match caller {
            Caller::Anonymous => false,
            Caller::Account { role, .. } => changes_from(Role::Write, *role, action),
            Caller::Api { flags, user, .. } => {
                let reads = flags.has(Flag::AllowAnonymousRead) && action == Action::Read;
                flags.has(Flag::IgnoreAcl) || (reads || user.is_some()) && permission >= needed
            }
        }
}

pub fn channels(caller: &Caller, action: Action, _: AccessParent) -> bool {
    match caller {
        Caller::Anonymous => false,
        Caller::Account { role, .. } => changes_from(Role::Write, *role, action),
        Caller::Api { flags, user, .. } => {
            let reads = (flags.has(Flag::AllowAnonymousRead) || user.is_some()) && action == Action::Read;
            flags.has(Flag::IgnoreAcl) || reads
        }
    }
}

/// Admits every user to every action on channels.
pub fn user_channels(caller: &Caller, action: Action, through: AccessParent) -> bool {
    channels(caller, action, through) || caller.user().is_some()
}

/// Admits an `allow_anonymous_read` key to reading.
pub fn anonymous_channels(caller: &Caller, action: Action, through: AccessParent) -> bool {
    let is_anonymous = matches!(caller, Caller::Api { flags, .. } if flags.has(Flag::AllowAnonymousRead));
    is_anonymous && channels(caller, action, through)
}

/// Admits a caller who may subscribe to the channel.
pub fn subscribed_channel(caller: &Caller, action: Action, through: AccessParent) -> bool {
    user_channels(caller, action, through) && on_channel(caller, through, ChannelPermission::Subscribe)
}

/// Admits a caller who acts as a user, as an administrator or without permissions.
pub fn publishers(caller: &Caller, action: Action, through: AccessParent) -> bool {
    match caller {
        Caller::Api { flags, user, .. } => user.is_some() || flags.has(Flag::IgnoreAcl),
        caller => channels(caller, action, through),
    }
}

/// Admits a caller who may publish to the channel.
pub fn published_channel(caller: &Caller, action: Action, through: AccessParent) -> bool {
    publishers(caller, action, through) && on_channel(caller, through, ChannelPermission::Publish)
}

/// Returns whether the caller has a permission on a channel, or the path has no channel.
fn on_channel(caller: &Caller, through: AccessParent, needed: ChannelPermission) -> bool {
    let AccessParent::Channel { of_user, of_everybody } = through else { return true };
    match caller {
        Caller::Anonymous => false,
        Caller::Account { .. } => true,
        Caller::Api { flags, .. } if flags.has(Flag::IgnoreAcl) => true,
        Caller::Api { user, .. } => (if user.is_some() { of_user } else { of_everybody }) >= needed,
    }
}

pub fn devices(caller: &Caller, action: Action, _: AccessParent) -> bool {
    match caller {
        Caller::Anonymous => false,
        Caller::Account { role, .. } => changes_from(Role::Write, *role, action),
        Caller::Api { flags, user, .. } => user.is_some() || flags.has(Flag::IgnoreAcl),
    }
}

pub fn data_endpoints(caller: &Caller, action: Action, through: AccessParent) -> bool {
    classes(caller, action, through)
}

pub fn templates(caller: &Caller, action: Action, _: AccessParent) -> bool {
    match caller {
        Caller::Anonymous => false,
        Caller::Account { role, .. } => changes_from(Role::Full, *role, action),
        Caller::Api { .. } => action == Action::Read,
    }
}

/// Admits every API key, and the administrators who may change templates.
pub fn template_rendering(caller: &Caller, action: Action, through: AccessParent) -> bool {
    matches!(caller, Caller::Api { .. }) || templates(caller, action, through)
}

pub fn from_write(caller: &Caller, action: Action, _: AccessParent) -> bool {
    matches!(caller, Caller::Account { role, .. } if changes_from(Role::Write, *role, action))
}

pub fn from_full(caller: &Caller, action: Action, _: AccessParent) -> bool {
    matches!(caller, Caller::Account { role, .. } if changes_from(Role::Full, *role, action))
}

pub fn traces(caller: &Caller, action: Action, through: AccessParent) -> bool {
    administrators(caller, action, through) && action == Action::Read
}

pub fn backups(caller: &Caller, _: Action, _: AccessParent) -> bool {
    matches!(caller, Caller::Account { role, .. } if *role >= Some(Role::Full))
}

/// Returns whether an administrator with this role may update, delete or rename the instance. Only
/// the owner deletes and renames it.
pub fn may_change_instance(role: Role, action: Action, renames: bool) -> bool {
    match action {
        Action::Read => true,
        Action::Update if !renames => role >= Role::Full,
        _ => role == Role::Owner,
    }
}

/// Returns whether the caller may perform the action on an administrator of the instance. The owner
/// cannot be changed or removed; any other administrator may remove themselves.
pub fn may_change_administrator(caller: &Caller, action: Action, id: AccountId, owner: AccountId) -> bool {
    match caller {
        Caller::Account { id: own, role, .. } => {
            let is_owner = id == owner && action != Action::Read;
            !is_owner && (changes_from(Role::Full, *role, action) || *own == id && action == Action::Delete)
        }
        Caller::Anonymous | Caller::Api { .. } => false,
    }
}

/// Returns whether a role permits the action: every role reads, and changes need at least `least`.
fn changes_from(least: Role, role: Option<Role>, action: Action) -> bool {
    match action {
        Action::Read => role.is_some(),
        Action::Create | Action::Update | Action::Delete => role >= Some(least),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Flags;

    const ACTIONS: [Action; 4] = [Action::Read, Action::Create, Action::Update, Action::Delete];
    const ROLES: [Option<Role>; 5] = [None, Some(Role::Read), Some(Role::Write), Some(Role::Full), Some(Role::Owner)];

    fn administrator(role: Option<Role>) -> Caller {
        Caller::Account { id: 1, role }
    }

    fn app(flag: Option<Flag>, user: Option<UserId>) -> Caller {
        let flags = flag.into_iter().fold(Flags::default(), |flags, flag| flags.with(flag, true));
        Caller::Api { instance: 1, key: 1, flags, user }
    }

    #[test]
    fn each_role_may_do_more_than_the_one_before() {
        for role in ROLES {
            let may = |rule: May, action| rule(&administrator(role), action, AccessParent::User(1));
            for rule in [users as May, groups_of_user, users_of_group, groups, classes, channels, devices, from_write] {
                assert_eq!(may(rule, Action::Read), role.is_some(), "{role:?}");
                for action in [Action::Create, Action::Update, Action::Delete] {
                    assert_eq!(may(rule, action), role >= Some(Role::Write), "{role:?} {action:?}");
                }
            }
            for action in ACTIONS {
                assert_eq!(may(api_keys, action), role >= Some(Role::Full), "{role:?} {action:?}");
                assert_eq!(may(backups, action), role >= Some(Role::Full), "{role:?} {action:?}");
                assert_eq!(may(traces, action), action == Action::Read && role.is_some(), "{role:?} {action:?}");
                assert!(!may(no_one, action) && !may(current_user, action));
            }
            for rule in [from_full as May, templates, invitations] {
                assert_eq!(may(rule, Action::Update), role >= Some(Role::Full), "{role:?}");
            }
            assert_eq!(may(login, Action::Update), role.is_some(), "{role:?}");
        }
    }

    #[test]
    fn an_api_key_gains_rights_with_its_flags_and_its_user() {
        for action in ACTIONS {
            let reads = action == Action::Read;
            let may = |rule: May, flag, user| rule(&app(flag, user), action, AccessParent::Nothing);
            assert!(may(devices, None, Some(7)) && may(channels, Some(Flag::IgnoreAcl), None));
            assert_eq!(may(channels, None, Some(7)), reads, "a user changes no channel");
            assert_eq!(may(channels, Some(Flag::AllowAnonymousRead), None), reads);
            assert!(may(devices, None, Some(7)) && may(devices, Some(Flag::IgnoreAcl), None));
            assert!(!may(devices, None, None) && !may(devices, Some(Flag::AllowAnonymousRead), None));
            assert!(!may(channels, None, None) && !may(channels, Some(Flag::AllowUserCreate), None));
            for rule in [data_endpoints as May, templates, classes, api_keys, instances] {
                assert_eq!(may(rule, None, None), reads, "{action:?}");
            }
            for rule in [from_write as May, from_full, administrators, backups] {
                assert!(!may(rule, Some(Flag::IgnoreAcl), Some(7)), "{action:?}");
            }
        }
    }

    #[test]
    fn an_instance_is_changed_from_full_on_and_deleted_by_its_owner() {
        for role in [Role::Read, Role::Write, Role::Full, Role::Owner] {
            assert!(may_change_instance(role, Action::Read, false));
            assert_eq!(may_change_instance(role, Action::Update, false), role >= Role::Full);
            assert_eq!(may_change_instance(role, Action::Delete, false), role == Role::Owner);
            assert_eq!(may_change_instance(role, Action::Update, true), role == Role::Owner);
        }
    }
}
