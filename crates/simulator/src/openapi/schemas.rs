//! Schemas of answers. They are closed wherever the API is: answers have no members that a schema
//! does not list.
//!
//! Callers can select the members of GET answers (`fields`, `excluded_fields`). So most schemas
//! exist twice: complete, as `User`, and with all members optional, as `UserSelected`.

use http::Method;
use serde_json::{Map, Value, json};

use crate::answer_schema::{LINK, closed, schema, with};
use crate::endpoints::EndpointRow;
use crate::presentation::NESTED;
use crate::resources;
use crate::world::{ClassPermission, FieldKind, Permission};

/// Returns all schemas of answers.
pub fn all() -> Map<String, Value> {
    let shared = [words(), new_instance_list(), values(), errors(), descriptions()];
    let mut schemas: Map<_, _> = shared.into_iter().filter_map(|part| part.as_object().cloned()).flatten().collect();
    for row in resources::rows() {
        let shown = row.spec.shows;
        for part in [shown].iter().chain(shown.parts).filter(|part| !part.name.is_empty()) {
            schemas.insert(part.name.to_owned(), (part.schema)());
        }
        if is_selected_from(row) {
            schemas.insert(selected(shown.name), with_members_optional(shown.name, (shown.schema)()));
        }
    }
    schemas
}

/// Returns whether callers can select members of the answer to GET.
fn is_selected_from(row: &EndpointRow) -> bool {
    row.spec.selects && row.spec.missing.is_none() && row.operation(&Method::GET).is_some()
}

/// Returns the name of a schema with all members optional.
pub fn selected(name: &str) -> String {
    format!("{name}Selected")
}

/// Returns the schema of a page of a list.
pub fn page(of: &str, is_counted: bool) -> Value {
    let page = json!({
        "next": schema("PageLink"),
        "prev": schema("PageLink"),
        "objects": { "type": "array", "maxItems": 100, "items": schema(of) },
    });
    let page = if is_counted { with(page, "objects_count", schema("Count")) } else { page };
    closed(page, &["objects_count"])
}

/// Returns the schema of an object after a selection: all members are optional, also in nested
/// objects.
fn with_members_optional(name: &str, mut whole: Value) -> Value {
    if let Value::Object(members) = &mut whole {
        members.shift_remove("required");
    }
    whole = with(whole, "description", "The members selected by `fields` and `excluded_fields`.");
    // The members of a data object are field values, inside which nothing is selected.
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

/// Returns the schemas of single values.
fn words() -> Value {
    json!({
        "Id": { "type": "integer", "minimum": 1 },
        "Time": { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z$" },
        "Link": { "type": "string", "pattern": LINK },
        "PageLink": {
            "type": ["string", "null"],
            "pattern": LINK,
            "description": "A link to another page of the list, which may be empty; null if there is no such page.",
        },
        "Count": {
            "type": "integer",
            "minimum": 0,
            "description": "The number of objects on all pages; only with `include_count`.",
        },
        "Key": {
            "type": "string",
            "pattern": "^[0-9a-f]{39}[02468ace]$",
            "description": "An account key, a user key or an invitation key: the last digit is even.",
        },
        "AppKey": {
            "type": "string",
            "pattern": "^[0-9a-f]{39}[13579bdf]$",
            "description": "An API key: the last digit is odd.",
        },
    })
}

/// Returns the schema of unsupported lists, which are empty.
fn new_instance_list() -> Value {
    json!({
        "NewInstanceList": closed(
            json!({
                "next": schema("PageLink"),
                "prev": schema("PageLink"),
                "objects": { "type": "array", "maxItems": 0 },
            }),
            &[],
        ),
    })
}

/// Returns the schemas of enumerations and of field values.
fn values() -> Value {
    let permissions = Permission::ALL.map(|permission| permission.name());
    let class_permissions = ClassPermission::ALL.map(|permission| permission.name());
    json!({
        "Metadata": { "type": "object", "maxProperties": 8, "propertyNames": { "maxLength": 16 } },
        "Permission": { "enum": permissions },
        "ClassPermission": { "enum": class_permissions },
        "Role": { "enum": ["full", "write", "read"], "description": "The role of the owner is shown as `full`." },
        "Value": {
            "description": "The value of a class field; null if not set.",
            "anyOf": [
                { "type": ["string", "number", "boolean", "null"] },
                { "type": "array", "items": { "type": ["string", "number", "boolean"] } },
                {
                    "type": "object",
                    "description": "A JSON object; or a datetime, file, reference, relation or geopoint, with its `type`. The value of a file is a URL that GET answers with its bytes, without a key.",
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
                    "description": "The class that a reference or relation refers to, or `self` or `user`.",
                },
            }),
            &["order_index", "filter_index", "unique", "target"],
        ),
    })
}

/// Returns the schemas of errors.
fn errors() -> Value {
    let detail = |text: Value| closed(json!({ "detail": text }), &[]);
    let failed = ["Invalid email.", "Invalid username.", "Invalid password.", "Invalid authorization token."];
    let forbidden = [
        "You do not have permission to perform this action.",
        "You do not have permission to publish data to specified channel.",
        "Custom publish not allowed on this channel.",
        "No such API Key.",
    ];
    let unsupported = "^Unsupported media type \".*\" in request\\.$";
    json!({
        "Detail": detail(json!({ "type": "string" })),
        "MemberErrors": {
            "description": "One or several error texts of a member.",
            "anyOf": [{ "type": "string" }, { "type": "array", "minItems": 1, "items": { "type": "string" } }],
        },
        "ChangeErrors": closed(json!({ "room": schema("MemberErrors"), "last_id": schema("MemberErrors") }), &["room", "last_id"]),
        "FilterErrors": closed(json!({ "user": schema("MemberErrors"), "device_id": schema("MemberErrors") }), &["user", "device_id"]),
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

/// Returns the schemas of answers to OPTIONS.
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
            "schema": { "type": "object" },
            "child": schema("DescribedMember"),
            "children": schema("DescribedMembers"),
        }),
        &[
            "label",
            "help_text",
            "min_length",
            "max_length",
            "min_value",
            "max_value",
            "choices",
            "schema",
            "child",
            "children",
        ],
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
                    "description": "The members of a body, for callers with write access.",
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
