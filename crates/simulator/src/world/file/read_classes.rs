//! Reads classes and their objects from a file.

use std::collections::HashSet;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use super::check::{Result, TAKEN, id, last, lower, wrong};
use super::format::{ClassFile, ObjectFile};
use crate::api::without_keys;
use crate::schema;
use crate::upload::is_stored_name;
use crate::world::{Class, Field, FieldKind, FieldValue, File, Object, USER_PROFILE, Values};

/// A class, and its objects that are not yet added.
pub type Unfilled = (Class, Vec<ObjectFile>);

/// Returns the profile class, and the other classes with their objects.
pub fn classes(place: &str, files: Vec<ClassFile>, last: u32) -> Result<(Class, Vec<Unfilled>)> {
    let no_profiles = || {
        wrong(
            format_args!("{place}.classes"),
            "expected `user_profile` with the id 1 and no objects as the first class",
        )
    };
    let mut classes = files.into_iter().enumerate().map(|(position, file)| {
        let place = format!("{place}.classes[{position}]");
        id(&place, file.id, last)?;
        class(&place, file)
    });
    let (profiles, objects) = classes.next().ok_or_else(no_profiles)??;
    if !profiles.holds_profiles() || profiles.name() != USER_PROFILE || !objects.is_empty() {
        return Err(no_profiles());
    }
    let others = classes.collect::<Result<Vec<_>>>()?;
    if others.iter().any(|(class, _)| class.holds_profiles()) { Err(no_profiles()) } else { Ok((profiles, others)) }
}

fn class(place: &str, file: ClassFile) -> Result<Unfilled> {
    lower(format_args!("{place}.name"), &file.name)?;
    last(format_args!("{place}.last_field_id"), file.last_field_id)?;
    last(format_args!("{place}.revision"), file.revision)?;
    // Target classes are not checked, because they may have been deleted.
    let schema = file.schema.into_iter().map(Value::Object).collect();
    let schema = schema::read(schema, None, |_| true);
    let schema = schema.map_err(|text| wrong(format_args!("{place}.schema"), without_keys(&text)))?;
    let ids: HashSet<_> = file.field_ids.iter().filter(|id| **id > 0 && **id <= file.last_field_id).collect();
    if ids.len() != file.field_ids.len() || ids.len() != schema.definitions.len() {
        let what = "expected a unique id for each field of the schema, at most `last_field_id`";
        return Err(wrong(format_args!("{place}.field_ids"), what));
    }
    let mut class = Class::new(file.id, &file.name, file.created_at);
    let fields = file.field_ids.iter().zip(&schema.definitions);
    class.fields = fields.map(|(id, definition)| Field { id: *id, definition: definition.clone() }).collect();
    class.schema = schema;
    class.last_field = file.last_field_id;
    class.description = file.description;
    class.updated_at = file.updated_at;
    class.revision = file.revision;
    class.group = file.group;
    class.group_permissions = file.group_permissions;
    class.other_permissions = file.other_permissions;
    class.metadata = file.metadata;
    Ok((class, file.objects))
}

pub fn object(place: &str, file: ObjectFile, class: &Class) -> Result<Object> {
    last(format_args!("{place}.revision"), file.revision)?;
    let values = file.values.into_iter().map(|(name, sent)| {
        let place = format!("{place}.values.{name}");
        let field = class.field(&name).ok_or_else(|| wrong(&place, "no such field in the class"))?;
        let kind = field.definition.kind;
        let value =
            value(kind, sent).ok_or_else(|| wrong(&place, format_args!("expected a value of type {}", kind.name())))?;
        Ok((field.id, value))
    });
    Ok(Object {
        id: file.id,
        created_at: file.created_at,
        updated_at: file.updated_at,
        revision: file.revision,
        owner: file.owner,
        owner_permissions: file.owner_permissions,
        group: file.group,
        group_permissions: file.group_permissions,
        other_permissions: file.other_permissions,
        channel: file.channel.map(String::into_boxed_str),
        channel_room: file.channel_room.map(String::into_boxed_str),
        values: Values(values.collect::<Result<Box<[_]>>>()?),
    })
}

/// Checks that no other object has the value of a unique field.
pub fn free(place: &str, class: &Class, object: &Object) -> Result<()> {
    match class.taken(&object.values, Some(object.id)).first() {
        Some(name) => Err(wrong(format_args!("{place}.values.{name}"), TAKEN)),
        None => Ok(()),
    }
}

/// Returns the value of a field of that type; `None` if the type is wrong.
fn value(kind: FieldKind, sent: Value) -> Option<FieldValue> {
    let id = |value: &Value| u32::try_from(value.as_u64()?).ok();
    Some(match (kind, sent) {
        (FieldKind::String | FieldKind::Text, Value::String(text)) => FieldValue::Text(text.into_boxed_str()),
        (FieldKind::Integer, sent) => FieldValue::Integer(i32::try_from(sent.as_i64()?).ok()?),
        (FieldKind::Float, sent) => FieldValue::Float(sent.as_f64()?),
        (FieldKind::Boolean, sent) => FieldValue::Boolean(sent.as_bool()?),
        (FieldKind::DateTime, sent) => FieldValue::Time(sent.as_str()?.parse().ok()?),
        (FieldKind::Reference, sent) => FieldValue::Reference(id(&sent)?),
        (FieldKind::Relation, sent) => {
            let ids = sent.as_array()?.iter().map(id).collect::<Option<Box<[u32]>>>()?;
            FieldValue::Relation(Some(ids).filter(|ids| !ids.is_empty())?)
        }
        (FieldKind::Object, sent @ Value::Object(_)) | (FieldKind::Array, sent @ Value::Array(_)) => {
            FieldValue::Json(Box::new(sent))
        }
        (FieldKind::File, sent) => {
            let name = sent.get("name")?.as_str().filter(|name| is_stored_name(name))?;
            let bytes = BASE64.decode(sent.get("base64")?.as_str()?).ok()?;
            FieldValue::File(Arc::new(File { name: name.into(), bytes: bytes.into() }))
        }
        (FieldKind::GeoPoint, sent) => {
            let degrees = |name| sent.get(name)?.as_f64();
            FieldValue::Point { longitude: degrees("longitude")?, latitude: degrees("latitude")? }
        }
        _ => return None,
    })
}
