//! The body of a request that creates or changes a class.

use serde_json::{Map, Value};

use crate::input::Input;
use crate::members::{DESCRIPTION, Member};
use crate::schema;
use crate::wording::class_name_errors;
use crate::world::{Class, ClassPermission, GroupId, Instance, Schema, SchemaChange};

pub const NAME: Member = Member::required("string", "Name");

/// The effects of a change on a class.
pub struct ClassChange {
    pub is_any: bool,
    pub is_migration: bool,
}

/// The body of a request on a class. Missing members keep their values; for PUT, some are reset.
pub struct ClassInput {
    description: Option<String>,
    schema: Option<Schema>,
    group: Option<Option<GroupId>>,
    group_permissions: Option<ClassPermission>,
    other_permissions: Option<ClassPermission>,
    metadata: Option<Map<String, Value>>,
}

impl ClassInput {
    pub fn read(input: &mut Input<'_>, instance: &Instance, class: Option<&Class>) -> ClassInput {
        let description = input.text("description", DESCRIPTION);
        let schema = input.json("schema", Value::Array(Vec::new())).and_then(|value| {
            let has_class = |name: &str| instance.classes.named(name).is_some();
            schema::read(value, class, has_class).map_err(|reason| input.reject("schema", reason)).ok()
        });
        let group = input.id("group", false, true, |id| instance.groups.get(id).is_some());
        let group_permissions = input.class_permission("group_permissions");
        let other_permissions = input.class_permission("other_permissions");
        let metadata = input.metadata("metadata");
        let mut read = ClassInput { description, schema, group, group_permissions, other_permissions, metadata };
        if !input.is_partial() {
            read.schema.get_or_insert_default();
            read.group_permissions.get_or_insert(ClassPermission::CreateObjects);
            read.other_permissions.get_or_insert(ClassPermission::CreateObjects);
            read.metadata.get_or_insert_default();
        }
        read
    }

    /// Applies the body to a class.
    pub fn apply(self, class: &mut Class) -> ClassChange {
        let schema = self.schema.map_or(SchemaChange::Nothing, |schema| class.set_schema(schema));
        let mut is_any = schema != SchemaChange::Nothing;
        if is_any {
            class.revision = class.revision.saturating_add(1);
        }
        is_any |= set(&mut class.description, self.description);
        is_any |= set(&mut class.group, self.group);
        is_any |= set(&mut class.group_permissions, self.group_permissions);
        is_any |= set(&mut class.other_permissions, self.other_permissions);
        is_any |= set(&mut class.metadata, self.metadata);
        ClassChange { is_any, is_migration: schema == SchemaChange::Indexes }
    }
}

/// Reads the name of a new class and converts it to lower case.
pub fn read_name(input: &mut Input<'_>) -> Option<String> {
    let name = input.text("name", NAME).map(|name| name.to_lowercase());
    for reason in name.as_deref().map(class_name_errors).unwrap_or_default() {
        input.reject("name", reason);
    }
    name
}

fn set<T: PartialEq>(member: &mut T, sent: Option<T>) -> bool {
    match sent {
        Some(sent) if sent != *member => {
            *member = sent;
            true
        }
        _ => false,
    }
}
