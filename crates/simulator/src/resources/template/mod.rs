//! Templates: `{name, content, content_type, context, description, links}`. Each turns an answer, or
//! what a request sends, into a text.
//!
//! All callers with a key see all templates, and apps render them. A template sees what the caller
//! of a request would see without it, so it opens nothing.

mod defaults;
pub mod handlers;
mod input;
mod model;
pub mod response;
pub mod storage;
mod view;

use serde_json::{Value, json};

use crate::access;
use crate::answer_schema::AnswerSchema;
use crate::endpoint_spec::{EndpointSpec, ObjectRule};
use crate::endpoints::{EndpointRow, Handler, create, delete, get, patch, post, put};
use crate::members::{DESCRIPTION, Member, Members, links};
use crate::quirks::Quirk;
use input::{CONTENT, CONTENT_TYPE, CONTEXT, NAME, NEW_NAME};

static NEW: [(&str, Member); 6] = members_of(NAME);
static TEMPLATE: [(&str, Member); 6] = members_of(NAME.read_only());
const RENAME: Members = &[("new_name", NEW_NAME)];
const RENDER: Members = &[("context", CONTEXT)];

/// The schema of a text that a template makes.
static RENDERED: AnswerSchema = AnswerSchema::new("RenderedTemplate", || json!({ "type": "string" }));

const fn members_of(name: Member) -> [(&'static str, Member); 6] {
    [
        ("name", name),
        ("content", CONTENT),
        ("content_type", CONTENT_TYPE),
        ("context", CONTEXT),
        ("description", DESCRIPTION),
        links(&[("self", "detail"), ("rename", "rename")]),
    ]
}

const TITLE: &str = "Response Template";
const READS_ANY: &str = "A missing template is 404 to everyone.";
const RENDERS: &str = "The variables are those of `context`, in place of the stored ones unless it is empty, and \
                       `instance`, `action` and `user`, the name of the calling user. The answer has the content type \
                       of the template. A template that fails is 400.";

/// What the endpoints of one template have in common. The template is looked up before the caller.
const ONE: EndpointSpec = EndpointSpec {
    title: TITLE,
    tag: "templates",
    of_object: Some(ObjectRule { may: access::templates, opened_by: &[] }),
    shows: &view::SCHEMA,
    ..EndpointSpec::item("", "", "template", access::everyone)
};

/// The endpoints of templates.
pub static ROWS: &[EndpointRow] = &[
    EndpointSpec {
        title: "Response Template List",
        takes: Some(("POST", |_| &NEW)),
        opened_by: &[(Quirk::TemplatesOpen, access::everyone)],
        tag: "templates",
        shows: &view::SCHEMA,
        keeps: Some(&storage::TEMPLATES),
        example: Some(example),
        ..EndpointSpec::list("Templates", "/{version}/instances/{instance}/snippets/templates/", access::templates)
    }
    .operations(&[
        get("Lists the templates", Handler::Reads(handlers::list)),
        create("Creates a template", Handler::Changes(handlers::create)),
    ]),
    EndpointSpec {
        name: "Template",
        template: "/{version}/instances/{instance}/snippets/templates/{template}/",
        title: "Response Template Instance",
        takes: Some(("PUT", |_| &TEMPLATE)),
        example: Some(|| json!({ "content": "Hello {{ name }}", "content_type": "text/plain" })),
        ..ONE
    }
    .operations(&[
        get("Returns a template", Handler::Reads(handlers::show)).note(READS_ANY),
        put("Changes a template; a missing context is emptied", Handler::Changes(handlers::change)).note(READS_ANY),
        patch("Changes some members of a template", Handler::Changes(handlers::change)).note(READS_ANY),
        delete("Deletes a template", Handler::Changes(handlers::delete)).note(READS_ANY),
    ]),
    EndpointSpec {
        name: "TemplateRename",
        template: "/{version}/instances/{instance}/snippets/templates/{template}/rename/",
        takes: Some(("POST", |_| RENAME)),
        example: Some(|| json!({ "new_name": "table" })),
        ..ONE
    }
    .operations(&[
        post("Renames a template", Handler::Changes(handlers::rename)).note("The old name is 404 afterwards.")
    ]),
    EndpointSpec {
        name: "TemplateRender",
        template: "/{version}/instances/{instance}/snippets/templates/{template}/render/",
        takes: Some(("POST", |_| RENDER)),
        of_object: Some(ObjectRule { may: access::template_rendering, opened_by: &[] }),
        shows: &RENDERED,
        example: Some(|| json!({ "context": { "table_classes": "wide" } })),
        ..ONE
    }
    .operations(&[post("Renders a template", Handler::Reads(handlers::render)).note(RENDERS)]),
];

fn example() -> Value {
    json!({ "name": "greeting", "content": "Hello {{ name }}", "content_type": "text/plain", "context": { "name": "you" } })
}
