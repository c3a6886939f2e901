//! The templates of a new instance: `objects_html_table` and `objects_csv`.

use serde_json::{Map, Value, json};

use super::model::Template;

/// Members of data objects that the tables leave out.
const LEFT_OUT: [&str; 12] = [
    "id",
    "channel",
    "channel_room",
    "group",
    "links",
    "group_permissions",
    "owner_permissions",
    "other_permissions",
    "owner",
    "revision",
    "updated_at",
    "created_at",
];

pub fn templates() -> [Template; 2] {
    let classes = json!({
        "table_classes": "",
        "tr_header_classes": "",
        "th_header_classes": "",
        "tr_row_classes": "",
        "td_row_classes": "",
        "fields_to_skip": LEFT_OUT,
    });
    let separators = json!({ "newline": "\n", "delimiter": ",", "fields_to_skip": LEFT_OUT });
    [
        template("objects_html_table", "text/html", include_str!("objects_html_table.jinja"), classes),
        template("objects_csv", "text/csv", include_str!("objects_csv.jinja"), separators),
    ]
}

fn template(name: &str, content_type: &str, content: &str, context: Value) -> Template {
    let context = if let Value::Object(context) = context { context } else { Map::new() };
    Template {
        name: name.into(),
        content: content.to_owned(),
        content_type: content_type.to_owned(),
        context,
        description: String::new(),
    }
}
