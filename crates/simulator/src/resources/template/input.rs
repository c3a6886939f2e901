//! The bodies of requests on templates.

use serde_json::{Map, Value};

use super::model::{Template, content_type_error};
use crate::answer::Failure;
use crate::call::Call;
use crate::input::{Dictionary, Input};
use crate::members::{DESCRIPTION, Member};
use crate::quirks::Quirk;
use crate::wording::group_name_errors;
use crate::{jinja, python};

pub const NAME: Member = Member::required("string", "Name").max(64);
pub const NEW_NAME: Member = Member::required("string", "New name");
pub const CONTENT: Member = Member::required("string", "Content");
pub const CONTENT_TYPE: Member = Member::required("string", "Content type");
pub const CONTEXT: Member = Member::optional("field", "Context");

/// The variables that a stored context cannot hold.
const RESERVED: &[&str] = &["instance", "user", "response", "action"];

/// The limits of a context that is sent for one rendering.
const SENT_CONTEXT: Dictionary =
    Dictionary { label: "Context", most_keys: 32, longest_key: 128, longest_value: 4096, reserved: &[] };
const STORED_CONTEXT: Dictionary = Dictionary { reserved: RESERVED, ..SENT_CONTEXT };

/// The body of a request on a template. Missing members keep their values; for PUT, content and
/// content type are required, and the context is emptied.
pub struct TemplateInput {
    content: Option<String>,
    content_type: Option<String>,
    context: Option<Map<String, Value>>,
    description: Option<String>,
}

impl TemplateInput {
    pub fn read(input: &mut Input<'_>) -> TemplateInput {
        let mut read = TemplateInput {
            content: read_content(input),
            content_type: read_content_type(input),
            context: input.dictionary("context", &STORED_CONTEXT),
            description: input.text("description", DESCRIPTION),
        };
        if !input.is_partial() {
            read.context.get_or_insert_default();
        }
        read
    }

    /// Returns a new template.
    pub fn into_new(self, name: &str) -> Template {
        let mut template = Template {
            name: name.into(),
            content: String::new(),
            content_type: String::new(),
            context: Map::new(),
            description: String::new(),
        };
        self.apply(&mut template);
        template
    }

    /// Applies the body to a template.
    pub fn apply(self, template: &mut Template) {
        let TemplateInput { content, content_type, context, description } = self;
        template.content = content.unwrap_or_else(|| std::mem::take(&mut template.content));
        template.content_type = content_type.unwrap_or_else(|| std::mem::take(&mut template.content_type));
        template.context = context.unwrap_or_else(|| std::mem::take(&mut template.context));
        template.description = description.unwrap_or_else(|| std::mem::take(&mut template.description));
    }
}

/// Reads the name of a new template. Unlike other names, it must be sent in lower case.
pub fn read_name(input: &mut Input<'_>) -> Option<String> {
    let name = input.text("name", NAME)?;
    check_name(input, "name", &name);
    Some(name)
}

/// Reads the new name of a template: as the answer shows it, and as it is stored.
pub fn read_new_name(call: &Call<'_>) -> Result<(String, String), Failure> {
    let mut input = Input::from_call(call)?;
    let name = input.text_never_null("new_name", NEW_NAME);
    if let Some(name) = &name {
        check_name(&mut input, "new_name", name);
    }
    input.finish()?;
    let name = name.ok_or_else(Failure::server_error)?;
    let sent = call.data()?.member("new_name").filter(|_| call.reproduces(Quirk::RenameEcho));
    Ok((sent.map_or_else(|| name.clone(), python::str_of), name))
}

/// Reads the variables for one rendering; empty if there are none.
pub fn read_context(call: &Call<'_>) -> Result<Map<String, Value>, Failure> {
    let mut input = Input::from_call(call)?;
    let context = input.dictionary("context", &SENT_CONTEXT);
    input.finish()?;
    Ok(context.unwrap_or_default())
}

fn read_content(input: &mut Input<'_>) -> Option<String> {
    let content = input.text("content", CONTENT)?;
    jinja::check(&content).map_err(|reason| input.reject("content", reason)).ok()?;
    Some(content)
}

fn read_content_type(input: &mut Input<'_>) -> Option<String> {
    let content_type = input.text("content_type", CONTENT_TYPE)?;
    match content_type_error(&content_type) {
        Some(reason) => {
            input.reject("content_type", reason);
            None
        }
        None => Some(content_type),
    }
}

fn check_name(input: &mut Input<'_>, member: &str, name: &str) {
    for reason in group_name_errors(name) {
        input.reject(member, reason);
    }
}
