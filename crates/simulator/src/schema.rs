//! Validation of class schemas: a list of `{name, type, ...}`. Only the first error is reported,
//! with the field that it is in.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::python;
use super::world::{Class, Definition, FieldKind, Schema};
use crate::pattern;

const NO_LIST: &str = "Schema passed in invalid format.";
const MOST_FIELDS: usize = 32;
const MOST_INDEXES: usize = 16;
const LONGEST_NAME: usize = 64;

const NAME: &str = "name";
const TYPE: &str = "type";
const ORDER_INDEX: &str = "order_index";
const FILTER_INDEX: &str = "filter_index";
const UNIQUE: &str = "unique";
const TARGET: &str = "target";

/// Names of built-in members of data objects, and of attributes of the deployment's Python model.
const RESERVED: [&str; 46] = [
    "acl",
    "add_is_live_field",
    "all_objects",
    "channel",
    "channel_id",
    "channel_room",
    "check",
    "clean",
    "clean_fields",
    "created_at",
    "date_error_message",
    "delete",
    "expected_revision",
    "from_db",
    "full_clean",
    "group",
    "group_id",
    "group_permissions",
    "hard_delete",
    "has_changed",
    "has_changes",
    "id",
    "is_live",
    "links",
    "load_klass",
    "loaded_klass",
    "objects",
    "old_value",
    "other_permissions",
    "owner",
    "owner_id",
    "owner_permissions",
    "pk",
    "prepare_database_save",
    "refresh_from_db",
    "revision",
    "save",
    "save_base",
    "self",
    "serializable_value",
    "soft_delete",
    "store",
    "unique_error_message",
    "updated_at",
    "validate_unique",
    "whats_changed",
];

/// The number of indexes in a schema.
#[derive(Default)]
struct Indexes {
    all: usize,
    on_points: usize,
}

/// Parses a schema for a new class, or for an existing class to update. `has_class` returns whether
/// a class exists that a field can refer to.
///
/// # Errors
///
/// Returns the API's error text.
pub fn read(value: Value, class: Option<&Class>, has_class: impl Fn(&str) -> bool) -> Result<Schema, String> {
    let Value::Array(items) = value else { return Err(NO_LIST.to_owned()) };
    if items.len() > MOST_FIELDS {
        return Err(format!("Too many fields defined (exceeds {MOST_FIELDS})."));
    }
    let mut schema = Schema::default();
    let mut indexes = Indexes::default();
    for (position, item) in items.into_iter().enumerate() {
        let Value::Object(mut members) = item else { return Err(NO_LIST.to_owned()) };
        let name = members.get(NAME).map_or("unknown".to_owned(), python::str_of);
        let definition = read_field(&mut members, &schema, class, &mut indexes, &has_class);
        let definition =
            definition.map_err(|text| format!("Error processing field definition \"{name}\" #{position}: {text}"))?;
        schema.definitions.push(definition);
        schema.shown.push(members);
    }
    Ok(schema)
}

/// Parses one field and normalises its members for answers.
fn read_field(
    members: &mut Map<String, Value>,
    before: &Schema,
    class: Option<&Class>,
    indexes: &mut Indexes,
    has_class: impl Fn(&str) -> bool,
) -> Result<Definition, String> {
    let (Some(name), Some(kind)) = (members.get(NAME), members.get(TYPE)) else {
        return Err("Field name and type is required.".to_owned());
    };
    let name = read_name(name)?;
    let kind = read_kind(kind)?;
    let options = options_of(kind);
    if members.keys().any(|option| !options.contains(&option.as_str())) {
        return Err(format!("Field {} definition can only consist of {}.", kind.name(), options.join(", ")));
    }
    if before.definitions.iter().any(|definition| definition.name == name) {
        return Err(format!("Field \"{name}\" defined more than once."));
    }
    members.insert(TYPE.to_owned(), kind.name().into());
    let mut definition =
        Definition { name, kind, target: None, order_index: false, filter_index: false, unique: false };
    read_indexes(members, &mut definition, class, indexes)?;
    if options.contains(&TARGET) {
        definition.target = Some(read_target(members, has_class)?);
    }
    Ok(definition)
}

/// Returns whether a text has the form of the name of a field.
pub fn is_field_name(text: &str) -> bool {
    static SHAPE: LazyLock<Regex> = LazyLock::new(|| pattern::constant(r"\A[a-zA-Z][a-zA-Z0-9_]*\z"));
    SHAPE.is_match(text)
}

fn read_name(name: &Value) -> Result<Box<str>, String> {
    let Value::String(name) = name else {
        return Err("Invalid type of field name. Expected string.".to_owned());
    };
    if name.chars().count() > LONGEST_NAME {
        return Err(format!("Value of field name is too long, maximum length is {LONGEST_NAME}."));
    }
    if name.is_empty() {
        return Err("Value of field name is too short, minimum length is 1.".to_owned());
    }
    if !is_field_name(name) {
        return Err(format!(
            "Wrong characters used in field name \"{name}\". Allowed characters are: letters, numbers and underscores. \
             Name has to start with a letter."
        ));
    }
    if RESERVED.contains(&name.to_lowercase().as_str()) {
        return Err(format!("Field name \"{name}\" is reserved."));
    }
    Ok(name.as_str().into())
}

fn read_kind(kind: &Value) -> Result<FieldKind, String> {
    let Value::String(kind) = kind else {
        return Err("Invalid type of field type. Expected string.".to_owned());
    };
    let kind = kind.to_lowercase();
    FieldKind::ALL.into_iter().find(|known| known.name() == kind).ok_or_else(|| {
        let known = FieldKind::ALL.map(FieldKind::name).join(", ");
        format!("Invalid field type value. Possible types: {known}.")
    })
}

/// Returns the allowed members of a field definition.
fn options_of(kind: FieldKind) -> &'static [&'static str] {
    match kind {
        FieldKind::Text | FieldKind::File | FieldKind::Object => &[NAME, TYPE],
        FieldKind::String | FieldKind::Integer | FieldKind::Float | FieldKind::Boolean | FieldKind::DateTime => {
            &[NAME, TYPE, ORDER_INDEX, FILTER_INDEX, UNIQUE]
        }
        FieldKind::Reference => &[NAME, TYPE, ORDER_INDEX, FILTER_INDEX, TARGET, UNIQUE],
        FieldKind::Array | FieldKind::GeoPoint => &[NAME, TYPE, FILTER_INDEX],
        FieldKind::Relation => &[NAME, TYPE, FILTER_INDEX, TARGET],
    }
}

/// Reads the index options. Options that are off are not shown; a unique field also gets a filter
/// index.
fn read_indexes(
    members: &mut Map<String, Value>,
    definition: &mut Definition,
    class: Option<&Class>,
    indexes: &mut Indexes,
) -> Result<(), String> {
    definition.unique = members.get(UNIQUE).is_some_and(is_truthy);
    if definition.unique {
        let field = class.and_then(|class| class.field(&definition.name)).map(|field| &field.definition);
        if field.is_some_and(|field| field.kind == definition.kind && !field.unique) {
            return Err("Unique index can only be set on a new field. Delete field first.".to_owned());
        }
        members.insert(FILTER_INDEX.to_owned(), true.into());
    }
    definition.order_index = read_index(members, ORDER_INDEX, "order index")?;
    definition.filter_index = read_index(members, FILTER_INDEX, "filter index")?;
    let added = usize::from(definition.order_index) + usize::from(definition.filter_index);
    indexes.all += added;
    if definition.kind == FieldKind::GeoPoint {
        indexes.on_points += added;
    }
    if indexes.all > MOST_INDEXES {
        return Err(format!("Too many indexes defined (exceeds {MOST_INDEXES})."));
    }
    if indexes.on_points > 1 {
        return Err("Too many indexes defined on field type geopoint (exceeds 1).".to_owned());
    }
    Ok(())
}

fn read_index(members: &mut Map<String, Value>, name: &str, shown: &str) -> Result<bool, String> {
    match members.get(name) {
        None => Ok(false),
        Some(Value::Bool(true)) => Ok(true),
        Some(Value::Bool(false)) => {
            members.shift_remove(name);
            Ok(false)
        }
        Some(_) => Err(format!("Invalid type of field \"{shown}\". Expected boolean.")),
    }
}

fn read_target(members: &Map<String, Value>, has_class: impl Fn(&str) -> bool) -> Result<Box<str>, String> {
    let target = match members.get(TARGET) {
        None | Some(Value::Null) => return Err("Target must specify class name or \"self\".".to_owned()),
        Some(Value::String(target)) if !target.is_empty() => target,
        Some(_) => return Err("Invalid value of target. Expected non-empty string.".to_owned()),
    };
    match target.to_lowercase().as_str() {
        "self" | "user" => Ok(target.as_str().into()),
        "users" => Err("Target cannot be set to \"users\". Use \"user\" instead.".to_owned()),
        name if has_class(name) => Ok(target.as_str().into()),
        _ => Err("Class specified by target is missing.".to_owned()),
    }
}

fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(on) => *on,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}
