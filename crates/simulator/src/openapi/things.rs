//! What answers show of accounts, instances, and what there is in them.

use serde_json::{Value, json};

use super::shape::{closed, links};
use super::{schema, with};
use crate::api::{Flag, Version};
use crate::members::Inner;
use crate::resources;

/// Everything that an answer is about.
pub fn all() -> [Value; 5] {
    [accounts(), access(), users(), classes(), batch()]
}

/// Accounts and instances, and the configuration of one.
fn accounts() -> Value {
    let account = json!({
        "id": schema("Id"),
        "email": { "type": "string" },
        "first_name": { "type": "string", "maxLength": 64 },
        "last_name": { "type": "string", "maxLength": 64 },
        "is_active": { "type": "boolean" },
        "has_password": { "type": "boolean" },
        "metadata": schema("Metadata"),
    });
    let account_with_key = with(account.clone(), "account_key", schema("Key"));
    json!({
        "Config": closed(json!({ "config": { "type": "object" } }), &[]),
        "Account": closed(account, &[]),
        "AccountWithKey": closed(account_with_key, &[]),
        "Instance": closed(
            json!({
                "name": { "type": "string" },
                "description": { "type": "string", "maxLength": 256 },
                "owner": schema("Account"),
                "created_at": schema("Time"),
                "updated_at": schema("Time"),
                "role": { "enum": ["full", "write", "read", "api_key"], "description": "What the caller is there." },
                "location": { "type": "string" },
                "metadata": schema("Metadata"),
                "links": schema("InstanceLinks"),
            }),
            &[],
        ),
        "InstanceLinks": { "anyOf": [instance_links(Version::V1), instance_links(Version::V1_1)] },
    })
}

/// API keys, administrators and invitations.
fn access() -> Value {
    let mut api_key = json!({
        "id": schema("Id"),
        "description": { "type": "string" },
        "api_key": schema("AppKey"),
    });
    for flag in Flag::ALL {
        api_key = with(api_key, flag.name(), json!({ "type": "boolean" }));
    }
    let api_key = with(api_key, "created_at", schema("Time"));
    let api_key = with(api_key, "links", links(&["self", "reset_key"], &[]));
    json!({
        "ApiKey": closed(api_key, &[]),
        "Administrator": closed(
            json!({
                "id": schema("Id"),
                "role": schema("Role"),
                "email": { "type": "string" },
                "first_name": { "type": "string" },
                "last_name": { "type": "string" },
                "links": links(&["self"], &[]),
            }),
            &[],
        ),
        "Invitation": closed(
            json!({
                "id": schema("Id"),
                "email": { "type": "string" },
                "role": schema("Role"),
                "key": schema("Key"),
                "inviter": { "type": "string" },
                "created_at": schema("Time"),
                "updated_at": schema("Time"),
                "state": { "enum": ["new", "accepted", "declined"] },
                "links": links(&["self", "resend"], &[]),
            }),
            &[],
        ),
        "OwnInvitation": closed(
            json!({
                "id": schema("Id"),
                "email": { "type": "string" },
                "role": schema("Role"),
                "key": schema("Key"),
                "instance": { "type": "string" },
                "inviter": { "type": "string" },
                "created_at": schema("Time"),
                "updated_at": schema("Time"),
                "state": { "const": "new" },
                "links": links(&["self", "instance"], &[]),
            }),
            &[],
        ),
    })
}

/// Users, groups and memberships.
fn users() -> Value {
    json!({
        "User": closed(
            json!({
                "id": schema("Id"),
                "username": { "type": "string", "minLength": 1, "maxLength": 64 },
                "profile": schema("DataObject"),
                "groups": { "type": "array", "maxItems": 32, "items": schema("Group") },
                "user_key": schema("Key"),
                "links": links(&["self", "groups", "reset-key", "profile"], &[]),
            }),
            &[],
        ),
        "Group": closed(
            json!({
                "id": schema("Id"),
                "name": { "type": ["string", "null"], "maxLength": 64 },
                "label": { "type": "string", "maxLength": 64 },
                "description": { "type": "string", "maxLength": 256 },
                "links": links(&["self", "users"], &[]),
            }),
            &[],
        ),
        "UserMembership": closed(json!({ "group": schema("Group"), "links": links(&["self"], &[]) }), &[]),
        "GroupMembership": closed(json!({ "user": schema("User"), "links": links(&["self"], &[]) }), &[]),
    })
}

/// Classes and data objects.
fn classes() -> Value {
    let object = closed(
        json!({
            "id": schema("Id"),
            "created_at": schema("Time"),
            "updated_at": schema("Time"),
            "revision": { "type": "integer", "minimum": 1 },
            "owner": { "type": ["integer", "null"], "description": "The id of a user." },
            "owner_permissions": schema("Permission"),
            "group": { "type": ["integer", "null"] },
            "group_permissions": schema("Permission"),
            "other_permissions": schema("Permission"),
            "channel": { "type": ["string", "null"] },
            "channel_room": { "type": ["string", "null"] },
            "links": links(&["self"], &["owner", "group", "channel"]),
        }),
        &[],
    );
    let about = "A data object, or the profile of a user. The fields of its class stand before `links`.";
    let object = with(with(object, "description", about), "additionalProperties", schema("Value"));
    json!({
        "Class": closed(
            json!({
                "name": { "type": "string", "maxLength": 64 },
                "description": { "type": "string", "maxLength": 256 },
                "schema": { "type": "array", "maxItems": 32, "items": schema("Field") },
                "status": { "enum": ["ready", "migrating"] },
                "created_at": schema("Time"),
                "updated_at": schema("Time"),
                "objects_count": { "type": "integer", "minimum": 0 },
                "revision": { "type": "integer", "minimum": 1 },
                "group": { "type": ["integer", "null"] },
                "group_permissions": schema("ClassPermission"),
                "other_permissions": schema("ClassPermission"),
                "metadata": schema("Metadata"),
                "links": links(&["self", "objects"], &["group"]),
            }),
            &[],
        ),
        "DataObject": object,
    })
}

/// The answers of a batch.
fn batch() -> Value {
    json!({
        "BatchAnswers": {
            "type": "array",
            "maxItems": 50,
            "items": closed(
                json!({
                    "code": { "type": "integer", "minimum": 200, "maximum": 599 },
                    "content": { "description": "The body of the answer, unless there is nothing in it." },
                }),
                &["content"],
            ),
        },
    })
}

/// The links of an instance, which are not the same in both versions.
fn instance_links(version: Version) -> Value {
    let row = resources::rows().iter().find(|row| row.name == "Instance");
    let table = row.and_then(|row| row.takes).map(|(_, members)| members(version)).unwrap_or_default();
    let leads_to = table.iter().find_map(|(_, member)| match member.inner {
        Inner::Links(links) => Some(links),
        _ => None,
    });
    let names: Vec<&str> = leads_to.unwrap_or_default().iter().map(|(name, _)| *name).collect();
    links(&names, &[])
}
