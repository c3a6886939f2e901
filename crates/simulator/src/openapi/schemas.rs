//! What answers look like, closed wherever the API is: a member that is not listed is one that no answer has.
//!
//! Of what GET shows, a caller may choose the members (`fields`, `excluded_fields`). So most things are described twice:
//! whole, as `User`, and with every member optional, as `UserSelected`.

use serde_json::{Map, Value, json};

use super::{schema, with};
use crate::api::{Flag, Version};
use crate::endpoints;
use crate::members::Inner;
use crate::presentation::NESTED;
use crate::world::{ClassPermission, FieldKind, Permission};

/// The things of which a caller may choose the members.
const SELECTED: [&str; 11] = [
    "Account",
    "Administrator",
    "ApiKey",
    "Class",
    "DataObject",
    "Group",
    "GroupMembership",
    "Instance",
    "Invitation",
    "User",
    "UserMembership",
];

/// Every schema that answers are made of.
pub fn all() -> Map<String, Value> {
    let mut schemas = Map::new();
    for part in [words(), things(), pages_of_links(), refusals(), descriptions()] {
        if let Value::Object(part) = part {
            schemas.extend(part);
        }
    }
    for name in SELECTED {
        let whole = schemas.get(name).cloned().unwrap_or_default();
        schemas.insert(selected(name), with_members_optional(name, whole));
    }
    schemas
}

/// The name of the schema of something of which members may be left out.
pub fn selected(name: &str) -> String {
    format!("{name}Selected")
}

/// A page of a list of such things.
pub fn page(of: &str, is_counted: bool) -> Value {
    let page = json!({
        "next": schema("PageLink"),
        "prev": schema("PageLink"),
        "objects": { "type": "array", "maxItems": 100, "items": schema(of) },
    });
    let page = if is_counted { with(page, "objects_count", schema("Count")) } else { page };
    closed(page, &["objects_count"])
}

/// How every link but those of `/` begins.
const LINK: &str = "^/v1(\\.1)?/";

/// An object that has these members and no others; those that are named may be missing.
fn closed(properties: Value, optional: &[&str]) -> Value {
    let names = properties.as_object().into_iter().flat_map(Map::keys);
    let required: Vec<&String> = names.filter(|name| !optional.contains(&name.as_str())).collect();
    json!({ "type": "object", "required": required, "properties": properties, "additionalProperties": false })
}

/// Links, all of them there.
fn links(names: &[&str], optional: &[&str]) -> Value {
    let all = names.iter().chain(optional);
    closed(all.map(|name| ((*name).to_owned(), schema("Link"))).collect::<Map<_, _>>().into(), optional)
}

/// What is left of something when a caller takes members away. The members of some members go as well.
fn with_members_optional(name: &str, mut whole: Value) -> Value {
    if let Value::Object(members) = &mut whole {
        members.shift_remove("required");
    }
    whole = with(whole, "description", "What `fields` and `excluded_fields` leave of it.");
    // The members of a data object are values; nothing is taken out of them.
    let nested = NESTED.iter().filter(|_| name != "DataObject");
    for member in nested {
        for place in ["$ref", "items/$ref"] {
            if let Some(Value::String(target)) = whole.pointer_mut(&format!("/properties/{member}/{place}")) {
                *target = selected(target);
            }
        }
    }
    whole
}

/// What single members hold.
fn words() -> Value {
    let permissions = Permission::ALL.map(|permission| permission.name());
    let class_permissions = ClassPermission::ALL.map(|permission| permission.name());
    json!({
        "Id": { "type": "integer", "minimum": 1 },
        "Time": { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z$" },
        "Link": { "type": "string", "pattern": LINK },
        "PageLink": {
            "type": ["string", "null"],
            "pattern": LINK,
            "description": "Another page of the list, on which there may be nothing; null where none is known.",
        },
        "Count": {
            "type": "integer",
            "minimum": 0,
            "description": "How many there are on all pages; with `include_count` alone.",
        },
        "Key": {
            "type": "string",
            "pattern": "^[0-9a-f]{39}[02468ace]$",
            "description": "An account key, a user key, or the key of an invitation: the last digit is even.",
        },
        "AppKey": {
            "type": "string",
            "pattern": "^[0-9a-f]{39}[13579bdf]$",
            "description": "An API key: the last digit is odd.",
        },
        "Config": closed(json!({ "config": { "type": "object" } }), &[]),
        "ListAtFirst": closed(
            json!({
                "next": schema("PageLink"),
                "prev": schema("PageLink"),
                "objects": { "type": "array", "maxItems": 2, "items": schema("Channel") },
            }),
            &[],
        ),
        "Channel": closed(
            json!({
                "name": { "enum": ["default", "eventlog"] },
                "description": { "const": "" },
                "type": { "const": "separate_rooms" },
                "group": { "type": "null" },
                "group_permissions": { "const": "none" },
                "other_permissions": { "const": "none" },
                "created_at": schema("Time"),
                "updated_at": schema("Time"),
                "custom_publish": { "type": "boolean" },
                "links": links(&["self", "poll", "publish", "history"], &[]),
            }),
            &[],
        ),
        "Metadata": { "type": "object", "maxProperties": 8, "propertyNames": { "maxLength": 16 } },
        "Permission": { "enum": permissions },
        "ClassPermission": { "enum": class_permissions },
        "Role": { "enum": ["full", "write", "read"], "description": "The owner is shown as `full`." },
        "Value": {
            "description": "The value of a field that a class defines; null where none is set.",
            "anyOf": [
                { "type": ["string", "number", "boolean", "null"] },
                { "type": "array", "items": { "type": ["string", "number", "boolean"] } },
                {
                    "type": "object",
                    "description": "An object, or a datetime, reference, relation or geopoint, which say their `type`.",
                },
            ],
        },
        "Field": closed(
            json!({
                "name": { "type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]{0,63}$" },
                "type": { "enum": FieldKind::ALL.map(|kind| kind.name()) },
                "order_index": { "const": true },
                "filter_index": { "const": true },
                "unique": { "const": true },
                "target": {
                    "type": "string",
                    "description": "The class that a reference or a relation leads to, `self` or `user`.",
                },
            }),
            &["order_index", "filter_index", "unique", "target"],
        ),
    })
}

/// Accounts, instances, and what there is in them.
fn things() -> Value {
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
    let row = endpoints::rows().iter().find(|row| row.name == "Instance");
    let table = row.and_then(|row| row.takes).map(|(_, members)| members(version)).unwrap_or_default();
    let leads_to = table.iter().find_map(|(_, member)| match member.inner {
        Inner::Links(links) => Some(links),
        _ => None,
    });
    let names: Vec<&str> = leads_to.unwrap_or_default().iter().map(|(name, _)| *name).collect();
    links(&names, &[])
}

/// The pages that hold nothing but links.
fn pages_of_links() -> Value {
    let page = |names: &[&str]| closed(json!({ "links": links(names, &[]) }), &[]);
    let push_service = || links(&["devices", "messages", "config"], &[]);
    let push_section = || closed(json!({ "uri": schema("Link"), "links": push_service() }), &[]);
    let absolute = json!({ "type": "string", "pattern": "^http://.*/v[0-9.]+/$" });
    let versions = json!({ "v1": absolute.clone(), "v1.1": absolute.clone(), "v2": absolute });
    json!({
        "RootLinks": closed(json!({ "links": closed(versions, &[]) }), &[]),
        "LinksLinks": page(&["instances", "backups", "account", "usage"]),
        "AccountBackupsLinks": page(&["full"]),
        "UsageLinks": page(&["hourly", "daily"]),
        "BackupsLinks": page(&["full"]),
        "SnippetsLinks": page(&["scripts", "templates", "config"]),
        "EndpointsLinks": page(&["scripts", "data"]),
        "PushNotificationsLinks": closed(
            json!({ "links": closed(json!({ "gcm": push_section(), "apns": push_section() }), &[]) }),
            &[],
        ),
        "GcmPushNotificationsLinks": closed(json!({ "links": push_service() }), &[]),
        "ApnsPushNotificationsLinks": closed(json!({ "links": push_service() }), &[]),
    })
}

/// What is said when something is refused.
fn refusals() -> Value {
    let detail = |text: Value| closed(json!({ "detail": text }), &[]);
    let failed = ["Invalid email.", "Invalid username.", "Invalid password.", "Invalid authorization token."];
    let forbidden = ["You do not have permission to perform this action.", "No such API Key."];
    let unsupported = "^Unsupported media type \".*\" in request\\.$";
    json!({
        "Detail": detail(json!({ "type": "string" })),
        "Complaints": {
            "description": "What is wrong with a member: one text or several.",
            "anyOf": [{ "type": "string" }, { "type": "array", "minItems": 1, "items": { "type": "string" } }],
        },
        "QueryErrors": closed(json!({ "query": { "type": "string" } }), &[]),
        "Texts": { "type": "array", "minItems": 1, "items": { "type": "string" } },
        "UnauthorizedDetail": detail(json!({ "enum": failed })),
        "ForbiddenDetail": detail(json!({ "enum": forbidden })),
        "NotFoundDetail": detail(json!({
            "type": "string",
            "pattern": "^(Not found\\.|[A-Z][A-Za-z ]+ was not found\\.|The simulator has no [a-z -]+\\.)$",
        })),
        "NotAcceptableDetail": detail(json!({ "const": "Could not satisfy the request Accept header." })),
        "UnsupportedMediaTypeDetail": detail(json!({ "type": "string", "pattern": unsupported })),
    })
}

/// What OPTIONS says.
fn descriptions() -> Value {
    let text = || json!({ "type": "string" });
    let length = || json!({ "type": "integer" });
    let links = closed(
        json!({ "links": { "type": "array", "items": closed(json!({ "name": text(), "type": text() }), &[]) } }),
        &[],
    );
    let choices = json!({ "type": "array", "items": closed(json!({ "value": text(), "display_name": text() }), &[]) });
    let member = closed(
        json!({
            "type": text(),
            "required": { "type": "boolean" },
            "read_only": { "type": "boolean" },
            "label": text(),
            "help_text": text(),
            "min_length": length(),
            "max_length": length(),
            "min_value": length(),
            "max_value": length(),
            "choices": choices,
            "child": schema("DescribedMember"),
            "children": schema("DescribedMembers"),
        }),
        &["label", "help_text", "min_length", "max_length", "min_value", "max_value", "choices", "child", "children"],
    );
    json!({
        "Description": closed(
            json!({
                "name": text(),
                "description": text(),
                "renders": { "type": "array", "items": text() },
                "parses": { "type": "array", "items": text() },
                "actions": {
                    "type": "object",
                    "description": "What may be sent, for a caller who may send it.",
                    "properties": { "POST": schema("DescribedMembers"), "PUT": schema("DescribedMembers") },
                    "additionalProperties": false,
                },
            }),
            &["actions"],
        ),
        "DescribedMembers": { "type": "object", "additionalProperties": schema("DescribedMember") },
        "DescribedMember": { "anyOf": [member, links] },
    })
}
