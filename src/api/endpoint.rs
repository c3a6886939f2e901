//! The endpoints: one template a path.

use super::{AbsentEndpoint, Version};

/// A path of the API, without the values that stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `/`: links to the versions.
    Root,
    /// `/v1.1/`: links to the resources of an account.
    Links,
    /// `/v1.1/backups/`: a link.
    AccountBackups,
    /// `/v1.1/usage/`: links.
    Usage,
    /// A resource of the platform that is not simulated.
    Absent(AbsentEndpoint),
    /// `/v1.1/account/`: the administrator that the account key belongs to.
    Account,
    /// `/v1.1/account/register/`
    AccountRegister,
    /// `/v1.1/account/auth/`
    AccountAuth,
    /// `/v1.1/account/auth/<backend>/`: login with the token of a social network.
    AccountSocialAuth,
    /// `/v1.1/account/reset_key/`
    AccountResetKey,
    /// `/v1.1/account/password/`
    AccountPassword,
    /// `/v1.1/account/password/set/`: for an account that was made without one.
    AccountPasswordSet,
    /// `/v1.1/account/password/reset/`: asks for an e-mail with a link.
    AccountPasswordReset,
    /// `/v1.1/account/invitations/`: what the account is invited to.
    AccountInvitations,
    /// `/v1.1/account/invitations/<id>/`
    AccountInvitation,
    /// `/v1.1/account/invitations/accept/`
    AcceptInvitation,
    /// `/v1.1/instances/`
    Instances,
    /// `/v1.1/instances/<instance>/`
    Instance,
    /// `/v1.1/instances/<instance>/rename/`
    InstanceRename,
    /// `.../backups/`: a link.
    Backups,
    /// `.../snippets/`: links, in v1.1.
    Snippets,
    /// `.../endpoints/`: links, in v1.1.
    Endpoints,
    /// `.../push_notifications/`: links.
    PushNotifications,
    /// `.../push_notifications/gcm/`: links.
    GcmPushNotifications,
    /// `.../push_notifications/apns/`: links.
    ApnsPushNotifications,
    /// `.../batch/`: several requests in one.
    Batch,
    /// `.../admins/`: who administers the instance.
    Admins,
    /// `.../admins/<id>/`
    Admin,
    /// `.../invitations/`: who is invited to administer the instance.
    Invitations,
    /// `.../invitations/<id>/`
    Invitation,
    /// `.../invitations/<id>/resend/`
    InvitationResend,
    /// `.../api_keys/`
    ApiKeys,
    /// `.../api_keys/<id>/`
    ApiKey,
    /// `.../api_keys/<id>/reset_key/`
    ApiKeyResetKey,
    /// `.../user/`: the signed-in user.
    CurrentUser,
    /// `.../user/auth/`: login.
    Login,
    /// `.../user/auth/<backend>/`: login with the token of a social network.
    SocialLogin,
    /// `.../users/`
    Users,
    /// `.../users/<id>/`
    User,
    /// `.../users/<id>/reset_key/`
    UserResetKey,
    /// `.../users/<id>/groups/`: what the user is a member of.
    UserGroups,
    /// `.../users/<id>/groups/<group id>/`
    UserGroup,
    /// `.../groups/`
    Groups,
    /// `.../groups/<id>/`
    Group,
    /// `.../groups/<id>/users/`: who is a member of the group.
    GroupUsers,
    /// `.../groups/<id>/users/<user id>/`
    GroupUser,
    /// `.../classes/`
    Classes,
    /// `.../classes/<name>/`
    Class,
    /// `.../classes/<name>/objects/`: the data objects of a class.
    Objects,
    /// `.../classes/<name>/objects/<id>/`
    Object,
}

impl Endpoint {
    /// The one version that has the endpoint; `None` if all have it.
    pub fn only_in(self) -> Option<Version> {
        match self {
            Endpoint::Snippets | Endpoint::Endpoints => Some(Version::V1_1),
            Endpoint::Absent(absent) => absent.only_in,
            _ => None,
        }
    }
}

/// The template of an endpoint as people say it: `/users/{user}/` for what lies in an instance, and without the version for
/// the rest.
pub fn short_template(template: &str) -> &str {
    within_instance(template).or_else(|| template.strip_prefix("/{version}")).unwrap_or(template)
}

/// What a template has behind an instance that it goes through: `/users/{user}/`. The endpoints of an instance itself go
/// through none.
pub(crate) fn within_instance(template: &str) -> Option<&str> {
    let inside = template.strip_prefix("/{version}/instances/{instance}");
    inside.filter(|rest| !matches!(*rest, "/" | "/rename/"))
}

/// What an identifier in a path or in a body identifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resource {
    /// An administrator's account.
    Account,
    /// An instance; its identifier is its name.
    Instance,
    /// An API key of an instance.
    ApiKey,
    /// A user of an instance.
    User,
    /// A group of an instance.
    Group,
    /// A data object of an instance; the profile of a user is one.
    Object,
}

/// Every endpoint with its template, in the syntax of `matchit`. The parameters are named after what they identify.
pub const ENDPOINTS: &[(Endpoint, &str)] = &[
    (Endpoint::Root, "/"),
    (Endpoint::Links, "/{version}/"),
    (Endpoint::AccountBackups, "/{version}/backups/"),
    (Endpoint::Usage, "/{version}/usage/"),
    (Endpoint::Account, "/{version}/account/"),
    (Endpoint::AccountRegister, "/{version}/account/register/"),
    (Endpoint::AccountAuth, "/{version}/account/auth/"),
    (Endpoint::AccountSocialAuth, "/{version}/account/auth/{backend}/"),
    (Endpoint::AccountResetKey, "/{version}/account/reset_key/"),
    (Endpoint::AccountPassword, "/{version}/account/password/"),
    (Endpoint::AccountPasswordSet, "/{version}/account/password/set/"),
    (Endpoint::AccountPasswordReset, "/{version}/account/password/reset/"),
    (Endpoint::AccountInvitations, "/{version}/account/invitations/"),
    (Endpoint::AccountInvitation, "/{version}/account/invitations/{invitation}/"),
    (Endpoint::AcceptInvitation, "/{version}/account/invitations/accept/"),
    (Endpoint::Instances, "/{version}/instances/"),
    (Endpoint::Instance, "/{version}/instances/{instance}/"),
    (Endpoint::InstanceRename, "/{version}/instances/{instance}/rename/"),
    (Endpoint::Backups, "/{version}/instances/{instance}/backups/"),
    (Endpoint::Snippets, "/{version}/instances/{instance}/snippets/"),
    (Endpoint::Endpoints, "/{version}/instances/{instance}/endpoints/"),
    (Endpoint::PushNotifications, "/{version}/instances/{instance}/push_notifications/"),
    (Endpoint::GcmPushNotifications, "/{version}/instances/{instance}/push_notifications/gcm/"),
    (Endpoint::ApnsPushNotifications, "/{version}/instances/{instance}/push_notifications/apns/"),
    (Endpoint::Batch, "/{version}/instances/{instance}/batch/"),
    (Endpoint::Admins, "/{version}/instances/{instance}/admins/"),
    (Endpoint::Admin, "/{version}/instances/{instance}/admins/{admin}/"),
    (Endpoint::Invitations, "/{version}/instances/{instance}/invitations/"),
    (Endpoint::Invitation, "/{version}/instances/{instance}/invitations/{invitation}/"),
    (Endpoint::InvitationResend, "/{version}/instances/{instance}/invitations/{invitation}/resend/"),
    (Endpoint::ApiKeys, "/{version}/instances/{instance}/api_keys/"),
    (Endpoint::ApiKey, "/{version}/instances/{instance}/api_keys/{api_key}/"),
    (Endpoint::ApiKeyResetKey, "/{version}/instances/{instance}/api_keys/{api_key}/reset_key/"),
    (Endpoint::CurrentUser, "/{version}/instances/{instance}/user/"),
    (Endpoint::Login, "/{version}/instances/{instance}/user/auth/"),
    (Endpoint::SocialLogin, "/{version}/instances/{instance}/user/auth/{backend}/"),
    (Endpoint::Users, "/{version}/instances/{instance}/users/"),
    (Endpoint::User, "/{version}/instances/{instance}/users/{user}/"),
    (Endpoint::UserResetKey, "/{version}/instances/{instance}/users/{user}/reset_key/"),
    (Endpoint::UserGroups, "/{version}/instances/{instance}/users/{user}/groups/"),
    (Endpoint::UserGroup, "/{version}/instances/{instance}/users/{user}/groups/{group}/"),
    (Endpoint::Groups, "/{version}/instances/{instance}/groups/"),
    (Endpoint::Group, "/{version}/instances/{instance}/groups/{group}/"),
    (Endpoint::GroupUsers, "/{version}/instances/{instance}/groups/{group}/users/"),
    (Endpoint::GroupUser, "/{version}/instances/{instance}/groups/{group}/users/{user}/"),
    (Endpoint::Classes, "/{version}/instances/{instance}/classes/"),
    (Endpoint::Class, "/{version}/instances/{instance}/classes/{class}/"),
    (Endpoint::Objects, "/{version}/instances/{instance}/classes/{class}/objects/"),
    (Endpoint::Object, "/{version}/instances/{instance}/classes/{class}/objects/{object}/"),
];
