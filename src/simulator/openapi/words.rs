//! What the document says in prose.

use std::borrow::Cow;

use http::Method;
use serde_json::{Value, json};

use super::responses;
use crate::api::Endpoint;

/// What holds for all operations.
pub const ABOUT: &str = "\
An app on Syncano connects with an API key; when one of its users signs in it adds that user's *user key*, and from \
then on some endpoints show only what belongs to that user. Accounts administer instances with an account key.

Keys go into headers (`X-API-KEY`, `X-USER-KEY`), into the query (`api_key`, `user_key`), an API key or an account \
key also behind any one word in `Authorization`, and either into the body (`_api_key`, `_user_key`). The places may \
be mixed. A key that opens nothing is refused with 403 everywhere; a user key that nobody has counts for nothing.

What is refused is told as `{\"detail\": text}`, or for members of a body as `{\"member\": [text]}`. Of several \
things that are wrong the first counts: the path, the instance, what the path goes through, `Accept`, the key, the \
rights, the method, the thing itself, the body. But a body that cannot be read turns any other refusal into 400 or \
415, where none is needed too.

A method that a path does not list is refused with 405, to those who have the rights. A body of `text/plain` is read \
as JSON; that of a POST may name another method (`_method`), as which it is then answered. In the place of a last \
`/` a path may end in `.json`.

Members of bodies that are not listed are ignored. Values are taken generously: a number or its text, `true` or \
`\"1\"`. `fields` and `excluded_fields` take members out of what GET shows.

The description is of the API as it should be. Quirks, defects and faults that are switched on make answers that are \
not in it. `serve` refuses what is too long with 413, 414 or 431, whatever the path.";

/// The groups of operations.
pub fn tags() -> Value {
    let tags = [
        ("links", "Pages that hold nothing but links."),
        ("account", "Accounts, which administer instances."),
        ("instances", "Instances, each a world of its own."),
        ("administrators", "Who administers an instance, and who is invited to."),
        ("api keys", "What apps connect with."),
        ("user", "The user whose key is sent, and how a user gets one."),
        ("users", "The users of an instance."),
        ("groups", "Groups of users, and who is in them."),
        ("classes", "Classes of data objects, with their schema."),
        ("objects", "Data objects."),
        ("batch", "Several requests in one."),
        (
            "not simulated",
            "What the platform has and the simulator has not: 404, or the refusal that the platform would give.",
        ),
    ];
    tags.map(|(name, description)| json!({ "name": name, "description": description })).into_iter().collect()
}

/// The group that the operations of an endpoint are in.
pub fn tag(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Absent(_) => "not simulated",
        Endpoint::Root
        | Endpoint::Links
        | Endpoint::AccountBackups
        | Endpoint::Usage
        | Endpoint::Backups
        | Endpoint::Snippets
        | Endpoint::Endpoints
        | Endpoint::PushNotifications
        | Endpoint::GcmPushNotifications
        | Endpoint::ApnsPushNotifications => "links",
        Endpoint::Account
        | Endpoint::AccountRegister
        | Endpoint::AccountAuth
        | Endpoint::AccountSocialAuth
        | Endpoint::AccountResetKey
        | Endpoint::AccountPassword
        | Endpoint::AccountPasswordSet
        | Endpoint::AccountPasswordReset
        | Endpoint::AccountInvitations
        | Endpoint::AccountInvitation
        | Endpoint::AcceptInvitation => "account",
        Endpoint::Instances | Endpoint::Instance | Endpoint::InstanceRename => "instances",
        Endpoint::Admins
        | Endpoint::Admin
        | Endpoint::Invitations
        | Endpoint::Invitation
        | Endpoint::InvitationResend => "administrators",
        Endpoint::ApiKeys | Endpoint::ApiKey | Endpoint::ApiKeyResetKey => "api keys",
        Endpoint::CurrentUser | Endpoint::Login | Endpoint::SocialLogin => "user",
        Endpoint::Users | Endpoint::User | Endpoint::UserResetKey => "users",
        Endpoint::UserGroups
        | Endpoint::UserGroup
        | Endpoint::Groups
        | Endpoint::Group
        | Endpoint::GroupUsers
        | Endpoint::GroupUser => "groups",
        Endpoint::Classes | Endpoint::Class => "classes",
        Endpoint::Objects | Endpoint::Object => "objects",
        Endpoint::Batch => "batch",
    }
}

/// What an operation does.
pub fn summary(endpoint: Endpoint, method: &Method) -> Cow<'static, str> {
    if let Endpoint::Absent(absent) = endpoint {
        return format!("Not simulated: {}", absent.resource.noun()).into();
    }
    let summary = match (endpoint, method.as_str()) {
        (_, "OPTIONS") => "What may be sent here",
        (_, "HEAD") => "The head of what GET answers",

        (Endpoint::Root, _) => "Links to the versions",
        (Endpoint::Links, _) => "Links to what there is outside of instances",
        (Endpoint::AccountBackups, _) => "A link to the backups of an account",
        (Endpoint::Usage, _) => "Links to what an account has used",
        (Endpoint::Backups, _) => "A link to the backups of an instance",
        (Endpoint::Snippets, _) => "Links to scripts, templates and configuration",
        (Endpoint::Endpoints, _) => "Links to script endpoints and data endpoints",
        (Endpoint::PushNotifications, _) => "Links to the services for push notifications",
        (Endpoint::GcmPushNotifications | Endpoint::ApnsPushNotifications, _) => {
            "Links to devices, messages, configuration"
        }

        (Endpoint::Account, "GET") => "The account whose key is sent",
        (Endpoint::Account, "PUT") => "Changes the account; the e-mail has to be sent",
        (Endpoint::Account, _) => "Changes some members of the account",
        (Endpoint::AccountRegister, _) => "Makes an account, and its key",
        (Endpoint::AccountAuth, _) => "Logs an administrator in: e-mail and password for the account key",
        (Endpoint::AccountSocialAuth, _) => "Logs an administrator in with the token of a social network",
        (Endpoint::AccountResetKey, _) => "Gives the account another key; the old one ends",
        (Endpoint::AccountPassword, _) => "Changes the password of the account",
        (Endpoint::AccountPasswordSet, _) => "Gives a password to an account that has none",
        (Endpoint::AccountPasswordReset, _) => "Asks for an e-mail with a link",
        (Endpoint::AccountInvitations, _) => "Lists what the account is invited to",
        (Endpoint::AccountInvitation, "DELETE") => "Declines an invitation",
        (Endpoint::AccountInvitation, _) => "One of the invitations of the account",
        (Endpoint::AcceptInvitation, _) => "Accepts an invitation: the account becomes an administrator",

        (Endpoint::Instances, "POST") => "Makes an instance, which the account then owns",
        (Endpoint::Instances, _) => "Lists the instances of the account, or that of the API key",
        (Endpoint::Instance, "GET") => "An instance",
        (Endpoint::Instance, "DELETE") => "Deletes an instance with everything in it",
        (Endpoint::Instance, _) => "Changes description and metadata of an instance",
        (Endpoint::InstanceRename, _) => "Gives an instance another name; its keys stay",

        (Endpoint::Admins, _) => "Lists who administers the instance",
        (Endpoint::Admin, "GET") => "An administrator of the instance",
        (Endpoint::Admin, "DELETE") => "Takes an administrator's rights in the instance away",
        (Endpoint::Admin, _) => "Gives an administrator another role",
        (Endpoint::Invitations, "POST") => "Invites somebody to administer the instance",
        (Endpoint::Invitations, _) => "Lists the invitations, also those that are accepted",
        (Endpoint::Invitation, "GET") => "An invitation",
        (Endpoint::Invitation, "DELETE") => "Takes an invitation back",
        (Endpoint::Invitation, _) => "Changes the role of an invitation",
        (Endpoint::InvitationResend, _) => "Sends the e-mail of an invitation again",

        (Endpoint::ApiKeys, "POST") => "Makes an API key",
        (Endpoint::ApiKeys, _) => "Lists the API keys; to an app, its own",
        (Endpoint::ApiKey, "GET") => "An API key with its flags",
        (Endpoint::ApiKey, "PUT") => "Changes an API key; flags that are left out are off",
        (Endpoint::ApiKey, "PATCH") => "Changes some members of an API key",
        (Endpoint::ApiKey, _) => "Deletes an API key, which ends at once",
        (Endpoint::ApiKeyResetKey, _) => "Gives an API key another value; the old one ends, user keys live on",

        (Endpoint::CurrentUser, "GET") => "The user whose key is sent",
        (Endpoint::CurrentUser, "PUT") => "Changes the user whose key is sent; name and password have to be sent",
        (Endpoint::CurrentUser, _) => "Changes some members of the user whose key is sent",
        (Endpoint::Login, _) => "Logs a user in: user name and password for the user key",
        (Endpoint::SocialLogin, _) => "Logs a user in with the token of a social network",

        (Endpoint::Users, "POST") => "Makes a user, with a user key and a profile",
        (Endpoint::Users, _) => "Lists the users; with a user key, that user alone",
        (Endpoint::User, "GET") => "A user",
        (Endpoint::User, "PUT") => "Changes a user; name and password have to be sent",
        (Endpoint::User, "PATCH") => "Changes some members of a user",
        (Endpoint::User, _) => "Deletes a user with the profile, the objects and the memberships",
        (Endpoint::UserResetKey, _) => "Gives a user another user key; the old one ends",

        (Endpoint::Groups, "POST") => "Makes a group",
        (Endpoint::Groups, _) => "Lists the groups",
        (Endpoint::Group, "GET") => "A group",
        (Endpoint::Group, "DELETE") => "Deletes a group; its members stay users",
        (Endpoint::Group, _) => "Changes a group; what is left out stays",
        (Endpoint::UserGroups, "POST") => "Puts the user into a group",
        (Endpoint::UserGroups, _) => "Lists the groups that a user is in",
        (Endpoint::UserGroup, "GET") => "One of the groups that a user is in",
        (Endpoint::UserGroup, _) => "Takes the user out of a group",
        (Endpoint::GroupUsers, "POST") => "Puts a user into the group",
        (Endpoint::GroupUsers, _) => "Lists the users in a group; with a user key, that user alone or nobody",
        (Endpoint::GroupUser, "GET") => "One of the users in a group",
        (Endpoint::GroupUser, _) => "Takes a user out of the group",

        (Endpoint::Classes, "POST") => "Makes a class",
        (Endpoint::Classes, _) => "Lists the classes; to an app, those that it may read",
        (Endpoint::Class, "GET") => "A class with its schema",
        (Endpoint::Class, "PUT") => "Changes a class; schema, metadata and permissions that are left out begin anew",
        (Endpoint::Class, "PATCH") => "Changes some members of a class",
        (Endpoint::Class, _) => "Deletes a class with its objects",
        (Endpoint::Objects, "POST") => "Makes a data object; a user owns what he makes",
        (Endpoint::Objects, _) => "Lists the data objects that the caller may read",
        (Endpoint::Object, "GET") => "A data object",
        (Endpoint::Object, "POST") => "Changes a data object; permissions that are left out begin anew",
        (Endpoint::Object, "PATCH") => "Changes some members of a data object",
        (Endpoint::Object, _) => "Deletes a data object",

        (Endpoint::Batch, _) => "Sends up to 50 requests in one",
        (Endpoint::Absent(_), _) => "Not simulated",
    };
    summary.into()
}

/// What there is to say beyond that.
pub fn note(endpoint: Endpoint, method: &Method) -> Option<&'static str> {
    Some(match (endpoint, method.as_str()) {
        (endpoint, _) if responses::leads_through_nothing(endpoint) => {
            "What the path goes through is not simulated either, so it is 404 for everybody."
        }
        (_, "OPTIONS") | (Endpoint::Absent(_), _) => return None,
        (Endpoint::Instance, _) => "An instance that the caller has nothing to do with is 404.",
        (Endpoint::InstanceRename, _) => "The old name is 404 from then on. An instance of others is 404.",
        (Endpoint::Admin, "GET" | "HEAD") => return None,
        (Endpoint::Admin, _) => "Nobody changes or removes the owner. Any administrator may remove himself.",
        (Endpoint::ApiKey, "GET" | "HEAD") => "To an app every other key than its own is 404.",
        (Endpoint::CurrentUser, _) => "An account key is refused, also with a user key beside it.",
        (Endpoint::Login, _) => {
            "A user key is not needed; one that is sent does not matter. The key is the same at every login."
        }
        (Endpoint::SocialLogin | Endpoint::AccountSocialAuth, _) => {
            "The simulator asks no social network, so no token is right."
        }
        (Endpoint::AccountPasswordSet, _) => {
            "Every account of the simulator has a password, so this is always refused."
        }
        (Endpoint::AccountPasswordReset | Endpoint::InvitationResend, _) => "The simulator sends no e-mail.",
        (Endpoint::User, "DELETE") => "With a user key and `ignore_acl`: oneself alone; others are 404.",
        (Endpoint::User | Endpoint::UserResetKey, _) => {
            "With a user key, also with `ignore_acl`: oneself alone; others are 404."
        }
        (Endpoint::UserGroups | Endpoint::UserGroup, "GET" | "HEAD") => {
            "With a user key: one's own groups; those of others are 403."
        }
        (Endpoint::GroupUser, "GET" | "HEAD") => "With a user key: oneself alone; others are 404.",
        (Endpoint::Class, "GET" | "HEAD") => "To an app a class that it may not read is 404.",
        (Endpoint::Class, "DELETE") => "The class `user_profile` cannot be deleted: 403.",
        (Endpoint::Objects | Endpoint::Object, _) => {
            "With a user key, what the class and each object let the user do, as owner, as a member of the group, or as \
             anybody. `ignore_acl` sets no limits. Nobody makes or deletes an object of the class `user_profile`: profiles \
             go with users."
        }
        (Endpoint::Batch, _) => {
            "The keys of the batch are those of its items, which are judged one by one. Paths have to lead into the same \
             instance and version. Nothing is done unless all items make sense."
        }
        _ => return None,
    })
}
