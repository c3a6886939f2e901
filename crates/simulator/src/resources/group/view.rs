//! The view of a group.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;

use crate::answer_schema::{AnswerSchema, closed, links, schema};
use crate::call::Call;
use crate::resources::view::{LinkBase, Links};
use crate::world::{Group, Instance};

/// The schema of a group.
pub static SCHEMA: AnswerSchema = AnswerSchema::new("Group", || {
    closed(
        json!({
            "id": schema("Id"),
            "name": { "type": ["string", "null"], "maxLength": 64 },
            "label": { "type": "string", "maxLength": 64 },
            "description": { "type": "string", "maxLength": 256 },
            "links": links(&["self", "users"], &[]),
        }),
        &[],
    )
});

/// A group in an answer.
pub struct GroupView<'a> {
    place: LinkBase<'a>,
    group: &'a Group,
}

impl<'a> GroupView<'a> {
    pub fn new(place: LinkBase<'a>, group: &'a Group) -> GroupView<'a> {
        GroupView { place, group }
    }

    /// Returns the view for the group's own endpoint.
    pub fn from_call(call: &Call<'_>, instance: &'a Instance, group: &'a Group) -> GroupView<'a> {
        GroupView::new(LinkBase::new(call, instance), group)
    }
}

impl Serialize for GroupView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.group.id())?;
        map.serialize_entry("name", &self.group.name())?;
        map.serialize_entry("label", &self.group.label)?;
        map.serialize_entry("description", &self.group.description)?;
        let own = format_args!("{}/groups/{}/", self.place, self.group.id());
        map.serialize_entry("links", &Links { own, below: &[("users", "users/")] })?;
        map.end()
    }
}
