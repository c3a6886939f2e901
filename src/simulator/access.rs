//! Who may do what. All of it stands here.

use http::Method;

use super::caller::Caller;
use super::quirks::{Quirk, Quirks};
use super::routes;
use super::world::{AccountId, ClassPermission, Role, UserId};
use crate::api::{Absent, Endpoint, Flag};

/// What a request is about to do, as far as rights go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Read,
    Create,
    Update,
    Delete,
}

/// What the path goes through on the way to an endpoint, as far as rights go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parent {
    /// Nothing that matters.
    Nothing,
    User(UserId),
    /// A class, with what it lets this caller do.
    Class {
        permission: ClassPermission,
        holds_profiles: bool,
    },
}

impl Deed {
    /// What a method is to an endpoint. POST creates in a list and changes anything else; a method that nobody knows is
    /// judged as reading. The rights come before the question whether the endpoint has the method at all.
    pub fn of(method: &Method, endpoint: Endpoint) -> Deed {
        match *method {
            Method::POST if routes::is_list(endpoint) => Deed::Create,
            Method::POST | Method::PUT | Method::PATCH => Deed::Update,
            Method::DELETE => Deed::Delete,
            _ => Deed::Read,
        }
    }
}

/// Whether the caller may do that on that endpoint, below that parent: what is right, unless a known bug gives more.
pub fn may(caller: &Caller, endpoint: Endpoint, deed: Deed, parent: Parent, quirks: Quirks) -> bool {
    let is_given = match endpoint {
        Endpoint::Admins | Endpoint::Admin => quirks.has(Quirk::AdminsOpen),
        Endpoint::Login => caller.account().is_some() && quirks.has(Quirk::StrangerLogin),
        _ => false,
    };
    is_given || rightly_may(caller, endpoint, deed, parent)
}

/// Whether the caller should be let do that on that endpoint, below that parent.
///
/// An administrator reads from the role `read` on and changes from `write` on, API keys of the instance from `full` on.
/// An app alone does little; its flags and its user add to that:
///
/// | endpoint | app | with a user | `ignore_acl` | other flags |
/// |---|---|---|---|---|
/// | `/users/` and below | - | reads, updates | everything | `allow_user_create` creates |
/// | `/users/<id>/groups/` and below | - | reads the own ones | as without | |
/// | `/groups/`, `/groups/<id>/` | reads | reads | reads | `allow_group_create` creates |
/// | `/groups/<id>/users/` and below | - | reads | as without | |
/// | `/user/` | - | everything | as without | |
/// | `/user/auth/` | logs in | logs in | logs in | |
/// | `/api_keys/`, `/instances/` and below | reads | reads | reads | |
/// | `/admins/`, `/invitations/` and below | - | - | - | |
/// | `/batch/` | sends | sends | sends | |
/// | `/account/` and below | - | - | - | |
/// | `/classes/`, `/classes/<name>/` | reads | reads | reads | |
/// | `/classes/<name>/objects/` and below | - | what the class lets him | everything | `allow_anonymous_read` reads |
///
/// Nobody makes an object of the class of profiles. Which classes and objects there are for a caller, and what he may do
/// with one of them, is a question of each. What the platform has beside these is in [`may_absent`].
pub fn rightly_may(caller: &Caller, endpoint: Endpoint, deed: Deed, parent: Parent) -> bool {
    match endpoint {
        Endpoint::Root
        | Endpoint::Links
        | Endpoint::AccountBackups
        | Endpoint::Usage
        | Endpoint::Backups
        | Endpoint::Snippets
        | Endpoint::Endpoints
        | Endpoint::PushNotifications
        | Endpoint::GcmPushNotifications
        | Endpoint::ApnsPushNotifications
        | Endpoint::AccountRegister
        | Endpoint::AccountAuth
        | Endpoint::AccountSocialAuth
        | Endpoint::AccountPasswordReset => true,

        Endpoint::Account
        | Endpoint::AccountResetKey
        | Endpoint::AccountPassword
        | Endpoint::AccountPasswordSet
        | Endpoint::AccountInvitations
        | Endpoint::AccountInvitation
        | Endpoint::AcceptInvitation => matches!(caller, Caller::Account { .. }),

        Endpoint::Absent(absent) => may_absent(caller, absent.resource, deed),

        // Each item of a batch is judged by itself.
        Endpoint::Batch => !matches!(caller, Caller::Anonymous),

        // What an administrator may do to another one is a question of who that is: see `may_change_administrator`.
        Endpoint::Admins | Endpoint::Admin => matches!(caller, Caller::Account { role: Some(_), .. }),

        Endpoint::Invitations | Endpoint::Invitation | Endpoint::InvitationResend => match caller {
            Caller::Account { role, .. } => full_administrator_may(*role, deed),
            Caller::Anonymous | Caller::Api { .. } => false,
        },

        // What an account may do with one instance is a question of its role there: see `may_change_instance`.
        Endpoint::Instances | Endpoint::Instance | Endpoint::InstanceRename => match caller {
            Caller::Anonymous => false,
            Caller::Account { .. } => true,
            Caller::Api { .. } => deed == Deed::Read,
        },

        Endpoint::ApiKeys | Endpoint::ApiKey | Endpoint::ApiKeyResetKey => match caller {
            Caller::Anonymous => false,
            Caller::Account { role, .. } => *role >= Some(Role::Full),
            Caller::Api { .. } => deed == Deed::Read,
        },

        Endpoint::CurrentUser => match caller {
            Caller::Anonymous | Caller::Account { .. } => false,
            Caller::Api { user, .. } => user.is_some(),
        },

        Endpoint::Login | Endpoint::SocialLogin => match caller {
            Caller::Anonymous => false,
            Caller::Account { role, .. } => role.is_some(),
            Caller::Api { .. } => true,
        },

        Endpoint::Users | Endpoint::User | Endpoint::UserResetKey => match caller {
            Caller::Anonymous => false,
            Caller::Account { role, .. } => administrator_may(*role, deed),
            Caller::Api { flags, user, .. } => {
                flags.has(Flag::IgnoreAcl)
                    || user.is_some() && matches!(deed, Deed::Read | Deed::Update)
                    || flags.has(Flag::AllowUserCreate) && deed == Deed::Create
            }
        },

        Endpoint::UserGroups | Endpoint::UserGroup => match caller {
            Caller::Anonymous => false,
            Caller::Account { role, .. } => administrator_may(*role, deed),
            Caller::Api { user, .. } => user.is_some_and(|user| parent == Parent::User(user)) && deed == Deed::Read,
        },

        Endpoint::Groups | Endpoint::Group => match caller {
            Caller::Anonymous => false,
            Caller::Account { role, .. } => administrator_may(*role, deed),
            Caller::Api { flags, .. } => {
                deed == Deed::Read || flags.has(Flag::AllowGroupCreate) && deed == Deed::Create
            }
        },

        Endpoint::GroupUsers | Endpoint::GroupUser => match caller {
            Caller::Anonymous => false,
            Caller::Account { role, .. } => administrator_may(*role, deed),
            Caller::Api { user, .. } => user.is_some() && deed == Deed::Read,
        },

        Endpoint::Classes | Endpoint::Class => match caller {
            Caller::Anonymous => false,
            Caller::Account { role, .. } => administrator_may(*role, deed),
            Caller::Api { .. } => deed == Deed::Read,
        },

        Endpoint::Objects | Endpoint::Object => {
            let Parent::Class { permission, holds_profiles } = parent else { return false };
            let needed = if deed == Deed::Create { ClassPermission::CreateObjects } else { ClassPermission::Read };
            let is_possible = !(holds_profiles && deed == Deed::Create);
            is_possible
                && match caller {
                    Caller::Anonymous => false,
                    Caller::Account { role, .. } => administrator_may(*role, deed),
                    Caller::Api { flags, user, .. } => {
                        let reads = flags.has(Flag::AllowAnonymousRead) && deed == Deed::Read;
                        flags.has(Flag::IgnoreAcl) || (reads || user.is_some()) && permission >= needed
                    }
                }
        }
    }
}

/// Whether an administrator may change an instance that he can see. Its owner alone deletes and renames it.
pub fn may_change_instance(role: Role, endpoint: Endpoint, deed: Deed) -> bool {
    match (endpoint, deed) {
        (_, Deed::Read) => true,
        (Endpoint::Instance, Deed::Update) => role >= Role::Full,
        _ => role == Role::Owner,
    }
}

/// Whether a caller may do that to an administrator of the instance. Nobody changes or removes the owner; anybody else may
/// remove himself.
pub fn may_change_administrator(caller: &Caller, deed: Deed, id: AccountId, owner: AccountId) -> bool {
    match caller {
        Caller::Account { id: own, role, .. } => {
            let is_owner = id == owner && deed != Deed::Read;
            !is_owner && (full_administrator_may(*role, deed) || *own == id && deed == Deed::Delete)
        }
        Caller::Anonymous | Caller::Api { .. } => false,
    }
}

/// Whether the caller might do that to a resource of the platform that the simulator does not have.
///
/// | resource | administrator | app | with a user | `ignore_acl` | `allow_anonymous_read` |
/// |---|---|---|---|---|---|
/// | scripts, schedules, triggers, script endpoints | changes from `write` on | - | - | - | |
/// | what became of their runs | reads | - | - | - | |
/// | data endpoints | changes from `write` on | reads | reads | reads | |
/// | templates, configuration | changes from `full` on | reads | reads | reads | |
/// | channels, devices | changes from `write` on | - | everything | everything | reads |
/// | push notifications | changes from `write` on | - | - | - | |
/// | hosting | changes from `full` on | - | - | - | |
/// | backups | from `full` on | - | - | - | |
/// | backups of a part | - | - | - | - | |
fn may_absent(caller: &Caller, resource: Absent, deed: Deed) -> bool {
    match (resource, caller) {
        (Absent::Mail, _) => true,
        (Absent::Usage | Absent::AccountBackup, _) => caller.account().is_some(),
        (Absent::PartialBackup, _) | (_, Caller::Anonymous) => false,

        (
            Absent::ScriptTrace | Absent::ScheduleTrace | Absent::TriggerTrace | Absent::ScriptEndpointTrace,
            Caller::Account { role, .. },
        ) => role.is_some() && deed == Deed::Read,
        (Absent::Backup, Caller::Account { role, .. }) => *role >= Some(Role::Full),
        (
            Absent::Template | Absent::Configuration | Absent::Hosting | Absent::HostingFile,
            Caller::Account { role, .. },
        ) => full_administrator_may(*role, deed),
        (_, Caller::Account { role, .. }) => administrator_may(*role, deed),

        (Absent::DataEndpoint | Absent::Template | Absent::Configuration, Caller::Api { .. }) => deed == Deed::Read,
        (
            Absent::Channel | Absent::ChannelPoll | Absent::ChannelHistory | Absent::Device,
            Caller::Api { flags, user, .. },
        ) => user.is_some() || flags.has(Flag::IgnoreAcl) || flags.has(Flag::AllowAnonymousRead) && deed == Deed::Read,
        (_, Caller::Api { .. }) => false,
    }
}

fn administrator_may(role: Option<Role>, deed: Deed) -> bool {
    match deed {
        Deed::Read => role.is_some(),
        Deed::Create | Deed::Update | Deed::Delete => role >= Some(Role::Write),
    }
}

fn full_administrator_may(role: Option<Role>, deed: Deed) -> bool {
    match deed {
        Deed::Read => role.is_some(),
        Deed::Create | Deed::Update | Deed::Delete => role >= Some(Role::Full),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::world::Flags;

    fn administrator_may(role: Option<Role>, endpoint: Endpoint, deed: Deed) -> bool {
        let caller = Caller::Account { id: 1, role };
        rightly_may(&caller, endpoint, deed, Parent::User(1))
    }

    #[test]
    fn each_role_may_do_more_than_the_one_before() {
        let roles = [None, Some(Role::Read), Some(Role::Write), Some(Role::Full), Some(Role::Owner)];
        let deeds = [Deed::Read, Deed::Create, Deed::Update, Deed::Delete];
        let below_users = [Endpoint::Users, Endpoint::User, Endpoint::UserResetKey, Endpoint::UserGroups];
        let below_groups = [Endpoint::Groups, Endpoint::Group, Endpoint::GroupUsers, Endpoint::GroupUser];
        for role in roles {
            for endpoint in below_users.into_iter().chain(below_groups) {
                assert_eq!(administrator_may(role, endpoint, Deed::Read), role.is_some(), "{role:?} {endpoint:?}");
                for deed in [Deed::Create, Deed::Update, Deed::Delete] {
                    let writes = role >= Some(Role::Write);
                    assert_eq!(administrator_may(role, endpoint, deed), writes, "{role:?} {endpoint:?} {deed:?}");
                }
            }
            for deed in deeds {
                let manages = role >= Some(Role::Full);
                assert_eq!(administrator_may(role, Endpoint::ApiKeys, deed), manages, "{role:?} {deed:?}");
            }
            assert!(!administrator_may(role, Endpoint::CurrentUser, Deed::Read), "{role:?}");
            assert_eq!(administrator_may(role, Endpoint::Login, Deed::Update), role.is_some(), "{role:?}");
        }
    }

    #[test]
    fn what_the_simulator_lacks_is_opened_as_the_table_says() {
        let api = |flag: Option<Flag>, user| Caller::Api {
            instance: 1,
            key: 1,
            flags: flag.into_iter().fold(Flags::default(), |flags, flag| flags.with(flag, true)),
            user,
        };
        let channels = [Absent::Channel, Absent::ChannelPoll, Absent::ChannelHistory, Absent::Device];
        let readable = [Absent::DataEndpoint, Absent::Template, Absent::Configuration];
        for deed in [Deed::Read, Deed::Create, Deed::Update, Deed::Delete] {
            let reads = deed == Deed::Read;
            for channel in channels {
                let may = |flag, user| may_absent(&api(flag, user), channel, deed);
                assert!(may(None, Some(7)), "a user, {channel:?}");
                assert!(may(Some(Flag::IgnoreAcl), None), "ignore_acl, {channel:?}");
                assert_eq!(may(Some(Flag::AllowAnonymousRead), None), reads, "allow_anonymous_read, {channel:?}");
                assert!(!may(None, None) && !may(Some(Flag::AllowUserCreate), None), "an API key alone, {channel:?}");
            }
            for resource in readable {
                assert_eq!(may_absent(&api(None, None), resource, deed), reads, "{resource:?} {deed:?}");
            }
            assert!(!may_absent(&api(Some(Flag::IgnoreAcl), Some(7)), Absent::Script, deed));
            for role in [None, Some(Role::Read), Some(Role::Write), Some(Role::Full), Some(Role::Owner)] {
                let may = |resource| may_absent(&Caller::Account { id: 1, role }, resource, deed);
                let from = |least: Role| if reads { role.is_some() } else { role >= Some(least) };
                assert_eq!(may(Absent::Script), from(Role::Write), "scripts, {role:?} {deed:?}");
                assert_eq!(may(Absent::ScriptTrace), reads && role.is_some(), "traces, {role:?} {deed:?}");
                assert_eq!(may(Absent::Template), from(Role::Full), "templates, {role:?} {deed:?}");
                assert_eq!(may(Absent::Backup), role >= Some(Role::Full), "backups, {role:?} {deed:?}");
                assert!(!may(Absent::PartialBackup));
                assert!(may(Absent::Usage), "usage is an account's own");
            }
            assert!(may_absent(&Caller::Anonymous, Absent::Mail, deed));
            assert!(!may_absent(&Caller::Anonymous, Absent::Channel, deed));
        }
    }

    #[test]
    fn an_instance_is_changed_from_full_on_and_ended_by_its_owner() {
        for role in [Role::Read, Role::Write, Role::Full, Role::Owner] {
            let may = |endpoint, deed| may_change_instance(role, endpoint, deed);
            assert!(may(Endpoint::Instance, Deed::Read));
            assert_eq!(may(Endpoint::Instance, Deed::Update), role >= Role::Full);
            assert_eq!(may(Endpoint::Instance, Deed::Delete), role == Role::Owner);
            assert_eq!(may(Endpoint::InstanceRename, Deed::Update), role == Role::Owner);
        }
    }
}
