//! Lists of unsupported resources in a new instance: two templates, otherwise empty.

use http::StatusCode;
use serde_json::{Value, json};

use crate::answer_schema::{AnswerSchema, closed, links};
use crate::call::Call;
use crate::endpoints::{HandlerResult, Reading};
use crate::paging::Paging;
use crate::presentation::NOT_IN_TABLES;
use crate::resources::view::LinkBase;

const TEMPLATES: [(u32, &str, &str, &str); 2] = [
    (1, "objects_html_table", "text/html", include_str!("objects_html_table.jinja")),
    (2, "objects_csv", "text/csv", include_str!("objects_csv.jinja")),
];

/// The schema of a template.
pub static TEMPLATE: AnswerSchema = AnswerSchema::new("Template", || {
    closed(
        json!({
            "name": { "enum": TEMPLATES.map(|(_, name, ..)| name) },
            "content": { "type": "string" },
            "content_type": { "enum": TEMPLATES.map(|(_, _, content_type, _)| content_type) },
            "context": { "type": "object" },
            "description": { "const": "" },
            "links": links(&["self", "rename"], &[]),
        }),
        &[],
    )
});

/// Returns an empty list.
pub fn nothing(call: &Call<'_>) -> HandlerResult {
    let page = Paging::from_call(call)?.page(call, std::iter::empty::<u32>(), |id| *id, |id| id);
    call.show(StatusCode::OK, &page)
}

/// Returns the two templates.
pub fn templates(Reading { call, instance, .. }: Reading<'_>) -> HandlerResult {
    let (paging, place) = (Paging::from_call(call)?, LinkBase::new(call, instance));
    let templates = TEMPLATES.into_iter().filter(|(id, ..)| paging.covers(*id));
    let view = |(_, name, content_type, content): (u32, &str, &str, &str)| {
        let own = format!("{place}/snippets/templates/{name}/");
        json!({
            "name": name,
            "content": content,
            "content_type": content_type,
            "context": context(name),
            "description": "",
            "links": { "self": own, "rename": format!("{own}rename/") },
        })
    };
    call.show(StatusCode::OK, &paging.page(call, templates, |(id, ..)| *id, view))
}

/// Returns the default context of a template.
fn context(template: &str) -> Value {
    match template {
        "objects_csv" => json!({ "newline": "\n", "delimiter": ",", "fields_to_skip": NOT_IN_TABLES }),
        _ => json!({
            "table_classes": "",
            "tr_header_classes": "",
            "th_header_classes": "",
            "tr_row_classes": "",
            "td_row_classes": "",
            "fields_to_skip": NOT_IN_TABLES,
        }),
    }
}
