//! Path and query parameters, with examples from the demo world.

use serde_json::{Map, Value, json};

use crate::answer_schema::reference;
use crate::api::Version;
use crate::endpoints::EndpointRow;
use crate::resources::BACKENDS;

/// Returns references to the path parameters and to the query parameters of all methods.
pub fn for_all_methods(row: &EndpointRow) -> Vec<Value> {
    let names = row.spec.template.split(['{', '}']).skip(1).step_by(2);
    let known = names.map(|name| match (name, row.spec.only_in) {
        ("version", Some(only)) => reference("parameters", &version_in(only)),
        (name, _) => reference("parameters", name),
    });
    let has_templates = row.spec.is_inside_instance() && row.spec.has_templates && row.spec.missing.is_none();
    let of_answers: &[&str] = if has_templates { &["format", "template_response"] } else { &["format"] };
    known.chain(of_answers.iter().map(|name| reference("parameters", name))).collect()
}

/// Returns references to the query parameters of GET and HEAD.
pub fn for_reading(row: &EndpointRow) -> Vec<Value> {
    if row.spec.missing.is_some() {
        return Vec::new();
    }
    let is_of_objects = row.spec.shows.name == "DataObject";
    let mut names = Vec::new();
    if row.spec.shows_list() {
        names.extend(["page_size", "direction", "last_pk"]);
        names.extend(if is_of_objects { &["order_by", "last_value", "include_count"][..] } else { &["ordering"] });
    }
    if is_of_objects {
        names.push("query");
        // An object lists its references; only a data endpoint shows what they point to.
        names.extend(row.spec.shows_list().then_some("expand").filter(|_| row.spec.lookup.is_some()));
    }
    if row.spec.shows.name == "Change" {
        names.push("room");
        names.extend((row.spec.lookup != Some("change")).then_some("last_id"));
    }
    names.extend(row.spec.filters.iter().map(|name| filter_key(name)));
    if row.spec.selects {
        names.extend(["fields", "excluded_fields"]);
    }
    names.into_iter().map(|name| reference("parameters", name)).collect()
}

/// Returns the name of a filter among the parameters; a path has a parameter `user` too.
fn filter_key(name: &'static str) -> &'static str {
    if name == "user" { "user-filter" } else { name }
}

fn version_in(only: Version) -> String {
    format!("version-{only}")
}

/// Returns all parameters.
pub fn components() -> Value {
    let mut parameters = Map::new();
    let both = [Version::V1_1, Version::V1].map(Version::as_str);
    parameters.insert("version".to_owned(), version(&both));
    for only in [Version::V1, Version::V1_1] {
        parameters.insert(version_in(only), version(&[only.as_str()]));
    }
    parameters.extend(in_path());
    parameters.extend(in_query());
    parameters.into()
}

/// Returns the path parameters, except the version.
fn in_path() -> Map<String, Value> {
    let mut parameters = Map::new();
    let integer = || json!({ "type": "integer", "minimum": 1 });
    let text = || json!({ "type": "string", "minLength": 1 });
    let in_path = [
        ("instance", text(), json!("demo"), "The name of an instance."),
        ("user", integer(), json!(1), "The id of a user."),
        ("group", integer(), json!(1), "The id of a group."),
        ("api_key", integer(), json!(1), "The id of an API key."),
        ("class", text(), json!("user_profile"), "The name of a class."),
        ("object", integer(), json!(1), "The id of a data object."),
        ("data_endpoint", text(), json!("notes"), "The name of a data endpoint."),
        ("template", text(), json!("objects_csv"), "The name of a template."),
        ("admin", integer(), json!(1), "The id of an administrator's account."),
        ("invitation", integer(), json!(1), "The id of an invitation."),
        ("backend", json!({ "enum": BACKENDS }), json!("facebook"), "A social network."),
        ("channel", text(), json!("default"), "The name of a channel."),
        ("change", integer(), json!(1), "The id of a change."),
        ("registration_id", text(), json!("0123456789abcdef".repeat(4)), "The registration id of a device."),
        ("message", integer(), json!(1), "The id of a message."),
        ("id", text(), json!("1"), "The id of the object."),
        ("parent", text(), json!("default"), "The id of the parent resource."),
    ];
    for (name, schema, example, description) in in_path {
        let parameter = json!({
            "name": name,
            "in": "path",
            "required": true,
            "description": description,
            "schema": schema,
            "example": example,
        });
        parameters.insert(name.to_owned(), parameter);
    }
    parameters
}

/// Returns the query parameters.
fn in_query() -> Map<String, Value> {
    let mut parameters = Map::new();
    let text = || json!({ "type": "string" });
    let in_query = [
        (
            "page_size",
            json!({ "type": "integer", "minimum": 0, "default": 100 }),
            "The number of objects on a page, at most 100.",
        ),
        ("direction", json!({ "enum": [0, 1] }), "The direction from `last_pk`: 1 forward, 0 back."),
        ("last_pk", json!({ "type": "integer", "minimum": 0, "maximum": i32::MAX }), "The page starts after this id."),
        ("last_value", text(), "With `order_by`: the page starts after this value."),
        ("ordering", json!({ "enum": ["asc", "desc"] }), "Sorts the list by id."),
        (
            "order_by",
            text(),
            "`id`, `created_at`, `updated_at` or a field with an `order_index`; a leading `-` sorts in descending order.",
        ),
        ("include_count", json!({ "type": "boolean" }), "Whether to include the number of objects on all pages."),
        ("query", text(), "A JSON object: `{\"field\": {\"_lookup\": value}}`. An object must match all lookups."),
        ("room", text(), "The room, in a channel with separate rooms."),
        ("last_id", json!({ "type": "integer" }), "Only changes with a higher id."),
        (
            "expand",
            text(),
            "Reference fields, separated by commas, that show the objects they point to, if the caller can see those.",
        ),
        ("username__startswith", text(), "Shows only users whose username starts with this text."),
        ("label__startswith", text(), "Shows only groups whose label starts with this text."),
        ("name__startswith", text(), "Shows only objects whose name starts with this text."),
        ("user", json!({ "type": "integer" }), "Shows only devices of this user."),
        ("is_active", json!({ "type": "boolean" }), "Shows only devices that are active, or that are not."),
        ("device_id", text(), "Shows only devices with this device id."),
        ("fields", text(), "The members to show, separated by commas; also applies to nested objects."),
        ("excluded_fields", text(), "The members to hide, separated by commas; also applies to nested objects."),
        ("format", json!({ "enum": ["json"] }), "The format of the answer."),
        ("template_response", text(), "The name of a template, which renders the answer."),
    ];
    for (name, schema, description) in in_query {
        let parameter = json!({ "name": name, "in": "query", "description": description, "schema": schema });
        parameters.insert(filter_key(name).to_owned(), parameter);
    }
    parameters
}

fn version(versions: &[&str]) -> Value {
    json!({
        "name": "version",
        "in": "path",
        "required": true,
        "description": "The version of the API; links in answers repeat it.",
        "schema": { "enum": versions },
    })
}
