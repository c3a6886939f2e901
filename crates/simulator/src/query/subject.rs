//! The members of objects that a query can use.

use std::borrow::Cow;

use serde_json::Value;

use super::value::{UnfitValue, comparable, numeric, python_int, short_text};
use crate::python;
use crate::wording::group_name_errors;
use crate::world::{Class, Field, FieldKind, FieldValue, Instance, Object};

/// Built-in members that a query cannot use.
const HIDDEN: [&str; 15] = [
    "_data",
    "_files",
    "_groups",
    "_is_live",
    "_klass",
    "_klass_id",
    "_public",
    "_users",
    "acl",
    "channel_id",
    "group_id",
    "group_permissions",
    "other_permissions",
    "owner_id",
    "owner_permissions",
];

/// The member that a lookup tests.
#[derive(Clone, Copy)]
pub enum Subject<'i> {
    Id,
    CreatedAt,
    UpdatedAt,
    Revision,
    Owner,
    Group,
    Channel,
    ChannelRoom,
    /// The username of a profile's owner.
    Username,
    Field(&'i Field),
}

/// The names that a query can use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum QueryNames {
    /// Names of objects.
    OfObjects,
    /// Names of users: username and id, and the fields of their profiles.
    OfUsers,
}

/// Returns the member with that name, or the API's error text.
pub fn find_subject<'i>(name: &str, class: &'i Class, names: QueryNames) -> Result<Subject<'i>, String> {
    let built_in = match name {
        "id" => Some(Subject::Id),
        "created_at" => Some(Subject::CreatedAt),
        "updated_at" => Some(Subject::UpdatedAt),
        "revision" => Some(Subject::Revision),
        "channel" => Some(Subject::Channel),
        "channel_room" => Some(Subject::ChannelRoom),
        "owner" if names == QueryNames::OfObjects => Some(Subject::Owner),
        "group" if names == QueryNames::OfObjects => Some(Subject::Group),
        "username" if names == QueryNames::OfUsers => Some(Subject::Username),
        _ => None,
    };
    match (built_in, class.field(name)) {
        (Some(Subject::Id), _) if names == QueryNames::OfUsers => Ok(Subject::Owner),
        (Some(subject), _) => Ok(subject),
        (None, Some(field)) if field.definition.filter_index => Ok(Subject::Field(field)),
        (None, Some(_)) => Err(not_indexed(name)),
        (None, None) if is_built_in(name) => Err(not_indexed(name)),
        (None, None) => Err(format!("Invalid field name defined: \"{name}\".")),
    }
}

/// Returns whether all objects have a member with that name.
pub fn is_built_in(name: &str) -> bool {
    const ASKED_FOR: [&str; 8] =
        ["id", "created_at", "updated_at", "revision", "owner", "group", "channel", "channel_room"];
    ASKED_FOR.contains(&name) || HIDDEN.contains(&name)
}

fn not_indexed(name: &str) -> String {
    format!("Field \"{name}\" cannot be used in a query as it is not indexed.")
}

impl Subject<'_> {
    /// Returns the value of the member in an object; `None` is null.
    pub fn value_in<'o>(&self, instance: &Instance, object: &'o Object) -> Option<Cow<'o, FieldValue>> {
        let text = |text: &str| FieldValue::Text(text.into());
        let value = match self {
            Subject::Field(field) => return object.values.get(field.id).map(Cow::Borrowed),
            Subject::Id => FieldValue::Reference(object.id),
            Subject::CreatedAt => FieldValue::Time(object.created_at),
            Subject::UpdatedAt => FieldValue::Time(object.updated_at),
            Subject::Revision => FieldValue::Integer(i32::try_from(object.revision).unwrap_or(i32::MAX)),
            Subject::Owner => FieldValue::Reference(object.owner?),
            Subject::Group => FieldValue::Reference(instance.group_of(object)?),
            Subject::Channel => text(object.channel.as_deref()?),
            Subject::ChannelRoom => text(object.channel_room.as_deref()?),
            Subject::Username => text(instance.users.get(object.owner?)?.name()),
        };
        Some(Cow::Owned(value))
    }

    pub fn kind(&self) -> Option<FieldKind> {
        match self {
            Subject::Field(field) => Some(field.definition.kind),
            _ => None,
        }
    }

    /// Parses a value to compare the member with.
    pub fn value(&self, sent: &Value) -> Result<FieldValue, UnfitValue> {
        match self {
            Subject::Field(field) => comparable(field.definition.kind, sent),
            Subject::Id | Subject::Owner | Subject::Group => {
                let number = match self {
                    Subject::Id => python_int(sent)?,
                    // Only numbers are accepted here; texts are not converted.
                    _ => numeric(sent).ok_or(UnfitValue::Type)?,
                };
                match u32::try_from(number).ok().filter(|id| i32::try_from(*id).is_ok()) {
                    Some(id) => Ok(FieldValue::Reference(id)),
                    None if number < 0 => Err(UnfitValue::because("Ensure this value is greater than or equal to 0.")),
                    None => Err(UnfitValue::because("Ensure this value is less than or equal to 2147483647.")),
                }
            }
            Subject::Revision => comparable(FieldKind::Integer, sent),
            Subject::CreatedAt | Subject::UpdatedAt => comparable(FieldKind::DateTime, sent),
            Subject::Channel => {
                let name = python::strip(&python::str_of(sent)).to_lowercase();
                // Channel names follow the rules of group names.
                match group_name_errors(&name).into_iter().next() {
                    Some(reason) => Err(UnfitValue::Because(reason)),
                    None => Ok(FieldValue::Text(name.into())),
                }
            }
            Subject::ChannelRoom => short_text(python::str_of(sent), 64),
            Subject::Username => short_text(python::strip(&python::str_of(sent)).to_lowercase(), 64),
        }
    }
}
