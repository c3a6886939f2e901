//! A class as it is shown.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::resources::view::{Place, Time};
use crate::world::{Class, GroupId, Instance};

/// A class as it is shown; its links spell the name as the path did.
pub struct ClassView<'a> {
    pub place: Place<'a>,
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
        map.serialize_entry("links", &Links { place: self.place, name: &self.spelled, group })?;
        map.end()
    }
}

struct Links<'a> {
    place: Place<'a>,
    name: &'a str,
    group: Option<GroupId>,
}

impl Serialize for Links<'_> {
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
