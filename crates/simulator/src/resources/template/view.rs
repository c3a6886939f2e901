//! The view of a template.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;

use super::model::Template;
use crate::answer_schema::{AnswerSchema, closed, links};
use crate::call::Call;
use crate::resources::view::{LinkBase, Links};
use crate::world::Instance;

/// The schema of a template.
pub static SCHEMA: AnswerSchema = AnswerSchema::new("Template", || {
    closed(
        json!({
            "name": { "type": "string", "minLength": 1, "maxLength": 64 },
            "content": { "type": "string", "minLength": 1 },
            "content_type": { "type": "string", "pattern": "^[A-Za-z]+/[A-Za-z0-9+,.-]*$", "maxLength": 255 },
            "context": { "type": "object", "maxProperties": 32, "propertyNames": { "maxLength": 128 } },
            "description": { "type": "string", "maxLength": 256 },
            "links": links(&["self", "rename"], &[]),
        }),
        &[],
    )
});

/// A template in an answer.
pub struct TemplateView<'a> {
    place: LinkBase<'a>,
    template: &'a Template,
    name: String,
    /// The name in links.
    spelled: String,
}

impl<'a> TemplateView<'a> {
    pub fn new(call: &Call<'_>, instance: &'a Instance, template: &'a Template) -> TemplateView<'a> {
        let place = LinkBase::new(call, instance);
        TemplateView { place, template, name: template.name.to_string(), spelled: template.name.to_string() }
    }

    /// Shows another name.
    pub fn named(self, name: String) -> TemplateView<'a> {
        TemplateView { name, ..self }
    }

    /// Spells the name in links in another way.
    pub fn spelled(self, spelled: String) -> TemplateView<'a> {
        TemplateView { spelled, ..self }
    }
}

impl Serialize for TemplateView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Template { content, content_type, context, description, .. } = self.template;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("content", content)?;
        map.serialize_entry("content_type", content_type)?;
        map.serialize_entry("context", context)?;
        map.serialize_entry("description", description)?;
        map.serialize_entry("links", &Links { own: Own(self), below: &[("rename", "rename/")] })?;
        map.end()
    }
}

/// The path of a template.
struct Own<'a>(&'a TemplateView<'a>);

impl fmt::Display for Own<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/snippets/templates/{}/", self.0.place, self.0.spelled)
    }
}
