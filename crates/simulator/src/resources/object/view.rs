//! The view of a data object.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;

use crate::answer_schema::{AnswerSchema, closed, links, schema, with};
use crate::resources::file::url::FileUrl;
use crate::resources::view::{LinkBase, Time};
use crate::world::{Class, Field, FieldKind, FieldValue, GroupId, Instance, Object};

/// The schema of a data object, or of a profile.
pub static SCHEMA: AnswerSchema = AnswerSchema::new("DataObject", || {
    let object = closed(
        json!({
            "id": schema("Id"),
            "created_at": schema("Time"),
            "updated_at": schema("Time"),
            "revision": { "type": "integer", "minimum": 1 },
            "owner": { "type": ["integer", "null"], "description": "The id of a user." },
            "owner_permissions": schema("Permission"),
            "group": { "type": ["integer", "null"] },
            "group_permissions": schema("Permission"),
            "other_permissions": schema("Permission"),
            "channel": { "type": ["string", "null"] },
            "channel_room": { "type": ["string", "null"] },
            "links": links(&["self"], &["owner", "group", "channel"]),
        }),
        &[],
    );
    let about = "A data object, or the profile of a user. The class fields precede `links`.";
    with(with(object, "description", about), "additionalProperties", schema("Value"))
});

/// An object in an answer.
pub struct ObjectView<'a> {
    pub place: LinkBase<'a>,
    pub instance: &'a Instance,
    pub class: &'a Class,
    pub object: &'a Object,
}

impl Serialize for ObjectView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let object = self.object;
        let group = self.instance.group_of(object);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &object.id)?;
        map.serialize_entry("created_at", &Time(object.created_at))?;
        map.serialize_entry("updated_at", &Time(object.updated_at))?;
        map.serialize_entry("revision", &object.revision)?;
        map.serialize_entry("owner", &object.owner)?;
        map.serialize_entry("owner_permissions", object.owner_permissions.name())?;
        map.serialize_entry("group", &group)?;
        map.serialize_entry("group_permissions", object.group_permissions.name())?;
        map.serialize_entry("other_permissions", object.other_permissions.name())?;
        map.serialize_entry("channel", &object.channel)?;
        map.serialize_entry("channel_room", &object.channel_room)?;
        for field in self.class.fields() {
            let value = object.values.get(field.id);
            map.serialize_entry(&field.definition.name, &ValueView { view: self, field, value })?;
        }
        map.serialize_entry("links", &ObjectLinks { view: self, group })?;
        map.end()
    }
}

/// The value of a field in an answer. Values of some types include the type.
struct ValueView<'a> {
    view: &'a ObjectView<'a>,
    field: &'a Field,
    value: Option<&'a FieldValue>,
}

impl Serialize for ValueView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(value) = self.value else { return serializer.serialize_none() };
        let kind = self.field.definition.kind;
        if !has_type(kind) {
            return match value {
                FieldValue::Text(text) => serializer.serialize_str(text),
                FieldValue::Integer(number) => serializer.serialize_i32(*number),
                FieldValue::Float(number) => serializer.serialize_f64(*number),
                FieldValue::Boolean(on) => serializer.serialize_bool(*on),
                FieldValue::Json(value) => value.serialize(serializer),
                _ => serializer.serialize_none(),
            };
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", kind.name())?;
        if let Some(target) = &self.field.definition.target {
            map.serialize_entry("target", target)?;
        }
        match value {
            FieldValue::Time(time) => map.serialize_entry("value", &Time(*time))?,
            FieldValue::File(file) => {
                let ObjectView { instance, class, .. } = self.view;
                let url = FileUrl { instance: instance.id(), class: class.id(), name: &file.name };
                map.serialize_entry("value", &format_args!("{url}"))?;
            }
            FieldValue::Reference(id) => map.serialize_entry("value", id)?,
            FieldValue::Relation(ids) => map.serialize_entry("value", ids)?,
            FieldValue::Point { longitude, latitude } => {
                map.serialize_entry("longitude", longitude)?;
                map.serialize_entry("latitude", latitude)?;
            }
            _ => {}
        }
        map.end()
    }
}

/// Returns whether values of a type are shown with the type.
fn has_type(kind: FieldKind) -> bool {
    matches!(
        kind,
        FieldKind::DateTime | FieldKind::File | FieldKind::Reference | FieldKind::Relation | FieldKind::GeoPoint
    )
}

struct ObjectLinks<'a> {
    view: &'a ObjectView<'a>,
    group: Option<GroupId>,
}

impl Serialize for ObjectLinks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (place, object) = (self.view.place, self.view.object);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(
            "self",
            &format_args!("{place}/classes/{}/objects/{}/", self.view.class.name(), object.id),
        )?;
        if let Some(owner) = object.owner {
            map.serialize_entry("owner", &format_args!("{place}/users/{owner}/"))?;
        }
        if let Some(group) = self.group {
            map.serialize_entry("group", &format_args!("{place}/groups/{group}/"))?;
        }
        if let Some(channel) = &object.channel {
            map.serialize_entry("channel", &format_args!("{place}/channels/{channel}/"))?;
        }
        map.end()
    }
}
