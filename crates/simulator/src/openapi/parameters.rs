//! What stands in paths and in queries. The examples are of the demo world.

use serde_json::{Map, Value, json};

use crate::answer_schema::reference;
use crate::api::Version;
use crate::endpoints::Row;
use crate::resources::BACKENDS;

/// References to what stands in a path, and to what the query of any request may ask for.
pub fn of_all(row: &Row) -> Vec<Value> {
    let names = row.spec.template.split(['{', '}']).skip(1).step_by(2);
    let known = names.map(|name| match (name, row.spec.only_in) {
        ("version", Some(only)) => reference("parameters", &version_in(only)),
        (name, _) => reference("parameters", name),
    });
    let has_tables = row.spec.is_inside_instance() && row.spec.has_templates && row.spec.missing.is_none();
    let of_answers: &[&str] = if has_tables { &["format", "template_response"] } else { &["format"] };
    known.chain(of_answers.iter().map(|name| reference("parameters", name))).collect()
}

/// References to what a query may ask for where something is read.
pub fn of_reading(row: &Row) -> Vec<Value> {
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
    }
    names.extend(row.spec.filter);
    if row.spec.selects {
        names.extend(["fields", "excluded_fields"]);
    }
    names.into_iter().map(|name| reference("parameters", name)).collect()
}

fn version_in(only: Version) -> String {
    format!("version-{only}")
}

/// Every parameter.
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

/// What stands in paths, besides the version.
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
        ("admin", integer(), json!(1), "The id of an account that administers the instance."),
        ("invitation", integer(), json!(1), "The id of an invitation."),
        ("backend", json!({ "enum": BACKENDS }), json!("facebook"), "A social network."),
        ("id", text(), json!("1"), "What identifies it."),
        ("parent", text(), json!("default"), "What identifies what it belongs to."),
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

/// What stands in query strings.
fn in_query() -> Map<String, Value> {
    let mut parameters = Map::new();
    let text = || json!({ "type": "string" });
    let in_query = [
        (
            "page_size",
            json!({ "type": "integer", "minimum": 0, "default": 100 }),
            "How many objects a page holds; more than 100 are 100.",
        ),
        ("direction", json!({ "enum": [0, 1] }), "Which way a page goes on from `last_pk`: 1 on, 0 back."),
        (
            "last_pk",
            json!({ "type": "integer", "minimum": 0, "maximum": i32::MAX }),
            "The id that the page begins after.",
        ),
        ("last_value", text(), "With `order_by`: the value that the page begins after."),
        ("ordering", json!({ "enum": ["asc", "desc"] }), "The order of the list, by id."),
        (
            "order_by",
            text(),
            "`id`, `created_at`, `updated_at` or a field with an `order_index`; `-` before it turns the order round.",
        ),
        ("include_count", json!({ "type": "boolean" }), "Whether to say how many objects there are on all pages."),
        ("query", text(), "JSON: `{\"field\": {\"_lookup\": value}}`, all of which has to hold."),
        ("username__startswith", text(), "Only users whose name begins like that."),
        ("label__startswith", text(), "Only groups whose label begins like that."),
        ("name__startswith", text(), "Only those whose name begins like that."),
        ("fields", text(), "The members to show, with commas between them; inner ones too."),
        ("excluded_fields", text(), "The members not to show, with commas between them; inner ones too."),
        ("format", json!({ "enum": ["json"] }), "The one format that there is."),
        (
            "template_response",
            json!({ "enum": ["objects_html_table"] }),
            "Asks for an HTML table in the place of JSON.",
        ),
    ];
    for (name, schema, description) in in_query {
        let parameter = json!({ "name": name, "in": "query", "description": description, "schema": schema });
        parameters.insert(name.to_owned(), parameter);
    }
    parameters
}

fn version(versions: &[&str]) -> Value {
    json!({
        "name": "version",
        "in": "path",
        "required": true,
        "description": "The version of the API, which links repeat.",
        "schema": { "enum": versions },
    })
}
