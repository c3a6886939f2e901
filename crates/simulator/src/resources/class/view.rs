//! The view of a class.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;

use crate::answer_schema::{AnswerSchema, closed, links, schema};
use crate::resources::view::{LinkBase, Time};
use crate::world::{Class, GroupId, Instance};

/// The schema of a class.
pub static SCHEMA: AnswerSchema = AnswerSchema::new("Class", || {
    closed(
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
    )
});

/// A class in an answer; its links repeat the name as written in the path.
pub struct ClassView<'a> {
    pub place: LinkBase<'a>,
    pub instance: &'a Instance,
    pub class: &'a Class,
    pub spelled: String,
    pub is_migrating: bool,
}

impl Serialize for ClassView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (instance, class) = (self.instance, self.class);
        let group = instance.group_of_class(class);
        let mut map = serializer.serialize_map(Some(13))?;
        map.serialize_entry("name", class.name())?;
        map.serialize_entry("description", &class.description)?;
        map.serialize_entry("schema", class.schema())?;
        map.serialize_entry("status", if self.is_migrating { "migrating" } else { "ready" })?;
        map.serialize_entry("created_at", &Time(class.created_at))?;
        map.serialize_entry("updated_at", &Time(class.updated_at))?;
        map.serialize_entry("objects_count", &instance.count_objects(class))?;
        map.serialize_entry("revision", &class.revision)?;
        map.serialize_entry("group", &group)?;
        map.serialize_entry("group_permissions", class.group_permissions.name())?;
        map.serialize_entry("other_permissions", class.other_permissions.name())?;
        map.serialize_entry("metadata", &class.metadata)?;
        map.serialize_entry("links", &ClassLinks { place: self.place, name: &self.spelled, group })?;
        map.end()
    }
}

struct ClassLinks<'a> {
    place: LinkBase<'a>,
    name: &'a str,
    group: Option<GroupId>,
}

impl Serialize for ClassLinks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (place, name) = (self.place, self.name);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("self", &format_args!("{place}/classes/{name}/"))?;
        map.serialize_entry("objects", &format_args!("{place}/classes/{name}/objects/"))?;
        if let Some(group) = self.group {
            map.serialize_entry("group", &format_args!("{place}/groups/{group}/"))?;
        }
        map.end()
    }
}
