//! Rights that deviations give to callers who should not have them, and take from callers who should.

use super::access::{Deed, Parent};
use super::caller::Caller;
use super::variation::{Variation, Variations};
use super::world::{ClassPermission, Role};
use crate::api::{Absent, Endpoint, Flag};

/// What only administrators have to do with, among what the simulator does not have.
const ADMINISTRATION: [Absent; 7] = [
    Absent::Trigger,
    Absent::Schedule,
    Absent::ScriptEndpoint,
    Absent::Backup,
    Absent::PartialBackup,
    Absent::Hosting,
    Absent::HostingFile,
];

/// How a deviation answers whether the caller may do that on that endpoint, below that parent; `None` where none does.
pub fn verdict(
    caller: &Caller,
    endpoint: Endpoint,
    deed: Deed,
    parent: Parent,
    variations: Variations,
) -> Option<bool> {
    if variations.is_empty() {
        return None;
    }
    let (is_account, role) = match caller {
        Caller::Account { role, .. } => (true, *role),
        Caller::Anonymous | Caller::Api { .. } => (false, None),
    };
    let is_app = matches!(caller, Caller::Api { .. });
    let is_user = caller.user().is_some();
    let has = |flag| matches!(caller, Caller::Api { flags, .. } if flags.has(flag));
    let at = |endpoints: &[Endpoint]| endpoints.contains(&endpoint);
    let (permission, holds_profiles) = match parent {
        Parent::Class { permission, holds_profiles } => (Some(permission), holds_profiles),
        Parent::Nothing | Parent::User(_) => (None, false),
    };
    let is_readable = permission == Some(ClassPermission::Read) && !holds_profiles;
    let is_open = permission == Some(ClassPermission::CreateObjects) && !holds_profiles;

    let current_user = endpoint == Endpoint::CurrentUser;
    let login = endpoint == Endpoint::Login;
    let reset = endpoint == Endpoint::UserResetKey;
    let users = at(&[Endpoint::Users, Endpoint::User]);
    let user_groups = at(&[Endpoint::UserGroups, Endpoint::UserGroup]);
    let memberships = user_groups || at(&[Endpoint::GroupUsers, Endpoint::GroupUser]);
    let groups = at(&[Endpoint::Groups, Endpoint::Group]);
    let api_keys = at(&[Endpoint::ApiKeys, Endpoint::ApiKey, Endpoint::ApiKeyResetKey]);
    let classes = at(&[Endpoint::Classes, Endpoint::Class]);
    let objects = at(&[Endpoint::Objects, Endpoint::Object]);
    let scripts = matches!(endpoint, Endpoint::Absent(absent) if absent.resource == Absent::Script);
    let administration = at(&[
        Endpoint::Admins,
        Endpoint::Admin,
        Endpoint::Invitations,
        Endpoint::Invitation,
        Endpoint::InvitationResend,
    ]) || matches!(endpoint, Endpoint::Absent(absent) if ADMINISTRATION.contains(&absent.resource));
    let items = at(&[Endpoint::User, Endpoint::UserGroup, Endpoint::GroupUser]);
    let is_closed = permission == Some(ClassPermission::None) && !holds_profiles;
    let has_flag = Flag::ALL.iter().any(|flag| has(*flag));
    let (reads, creates, deletes) = (deed == Deed::Read, deed == Deed::Create, deed == Deed::Delete);
    let changes = matches!(deed, Deed::Update | Deed::Delete);

    let taken = [
        (Variation::EverythingIsRefused, is_app),
        (Variation::OwnResetRefused, reset && is_user && !has(Flag::IgnoreAcl)),
        (Variation::IgnoreAclResetRefused, reset && has(Flag::IgnoreAcl) && !is_user),
        (Variation::IgnoreAclTooLittle, users && reads && has(Flag::IgnoreAcl) && !is_user),
        (Variation::UserCreateTooLittle, users && creates && has(Flag::AllowUserCreate) && !has(Flag::IgnoreAcl)),
        (Variation::GroupCreateTooLittle, groups && creates && has(Flag::AllowGroupCreate)),
        (Variation::AnonymousReadTooLittle, objects && has(Flag::AllowAnonymousRead) && !is_user),
        (Variation::LoginRefusedToAccounts, login && is_account),
        (Variation::UserClosedToFlags, current_user && has_flag),
        (Variation::UserKeyClosesTheRest, (api_keys || classes) && is_user),
        (Variation::AdministratorItemsRefused, items && reads && is_account),
        (Variation::AdministratorChangesRefused, (users || groups || api_keys || reset) && changes && is_account),
        (Variation::WriterChangesNothing, !reads && role == Some(Role::Write)),
        (Variation::ApiKeyResetRefused, endpoint == Endpoint::ApiKeyResetKey && !reads),
        (Variation::OwnProfileLocked, objects && holds_profiles && changes && is_user && !has(Flag::IgnoreAcl)),
    ];
    let given = [
        (Variation::AccountKeyOnUser, current_user && matches!(caller, Caller::Account { user: Some(_), .. })),
        (Variation::IgnoreAclOnUser, current_user && has(Flag::IgnoreAcl)),
        (Variation::AppCreatesUsers, users && creates && is_app),
        (Variation::UserDeletesHimself, users && deletes && is_user),
        (Variation::UserCreateListsUsers, users && reads && has(Flag::AllowUserCreate)),
        (Variation::UserCreateDeletesUsers, users && deletes && has(Flag::AllowUserCreate)),
        (Variation::UserCreateResetsKeys, reset && has(Flag::AllowUserCreate)),
        (Variation::GroupsOfOthersShown, user_groups && reads && is_user),
        (Variation::UserJoinsGroups, memberships && creates && is_user),
        (Variation::UserLeavesGroups, memberships && deletes && is_user),
        (Variation::GroupsShownWithoutKey, groups && reads && *caller == Caller::Anonymous),
        (Variation::AppCreatesGroups, groups && creates && is_app),
        (Variation::UserChangesGroups, groups && changes && is_user),
        (Variation::GroupCreateChangesGroups, groups && changes && has(Flag::AllowGroupCreate)),
        (Variation::AppChangesApiKeys, api_keys && is_app),
        (Variation::AppChangesInstance, endpoint == Endpoint::Instance && is_app),
        (Variation::AppReadsAccount, endpoint == Endpoint::Account && reads && is_app),
        (Variation::LoginNeedsNoKey, login && *caller == Caller::Anonymous),
        (Variation::ScriptsOpenToUsers, scripts && reads && is_user),
        (Variation::InvitationsOpenToUsers, endpoint == Endpoint::Invitations && reads && is_user),
        (Variation::AppChangesClasses, classes && is_app),
        (Variation::ClosedClassOpen, objects && !creates && is_user),
        (Variation::ReadableClassTakesObjects, objects && creates && is_user && is_readable),
        (Variation::AnonymousReadWrites, objects && !reads && has(Flag::AllowAnonymousRead) && is_open),
        (Variation::ReaderChangesUsers, users && role == Some(Role::Read)),
        (Variation::WriterManagesApiKeys, api_keys && role == Some(Role::Write)),
        (Variation::StrangerReadsUsers, users && reads && is_account),
        (Variation::UsersOpenToApps, users && is_app && !is_user),
        (Variation::UserOpenToApps, current_user && is_app),
        (Variation::AccountKeyAloneOnUser, current_user && is_account),
        (Variation::AdministrationOpenToUsers, administration && is_user),
        (Variation::RolesIgnored, role.is_some()),
        (Variation::AppRenamesInstance, endpoint == Endpoint::InstanceRename && is_app),
        (Variation::AppMakesInstances, endpoint == Endpoint::Instances && creates && is_app),
        (Variation::IgnoreAclDeletesInstance, endpoint == Endpoint::Instance && deletes && has(Flag::IgnoreAcl)),
        (Variation::UserChangesApiKeys, endpoint == Endpoint::ApiKey && !deletes && is_user),
        (Variation::UserResetsApiKeys, endpoint == Endpoint::ApiKeyResetKey && is_user),
        (Variation::AppDeletesApiKeys, api_keys && deletes && is_app),
        (Variation::AppMakesApiKeys, api_keys && creates && is_app),
        (Variation::AppChangesGroups, groups && changes && is_app && !is_user),
        (Variation::ClosedClassTakesObjects, objects && creates && is_user && is_closed),
        (Variation::AnonymousReadOpensClasses, objects && reads && has(Flag::AllowAnonymousRead) && is_closed),
        (Variation::ProfilesMadeByHand, objects && creates && holds_profiles && *caller != Caller::Anonymous),
        (Variation::AppChangesProfiles, objects && changes && holds_profiles && is_app && !is_user),
        (Variation::AdminsOpen, at(&[Endpoint::Admins, Endpoint::Admin])),
        (Variation::StrangerLogin, login && is_account),
    ];
    let is_any =
        |rights: &[(Variation, bool)]| rights.iter().any(|(variation, here)| *here && variations.has(*variation));
    match (is_any(&taken), is_any(&given)) {
        (true, _) => Some(false),
        (false, true) => Some(true),
        (false, false) => None,
    }
}
