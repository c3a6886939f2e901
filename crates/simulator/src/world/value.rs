//! Values of class fields.

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::ids::FieldId;
use crate::python;
use crate::resources::file::storage::File;

/// A value. A null field has no value.
#[derive(Clone, Debug)]
pub enum FieldValue {
    Text(Box<str>),
    Integer(i32),
    Float(f64),
    Boolean(bool),
    Time(Timestamp),
    /// The id of an object or user, which may have been deleted.
    Reference(u32),
    /// Several such ids, at least one.
    Relation(Box<[u32]>),
    /// A JSON array or object.
    Json(Box<Value>),
    /// A file, which ends with the value.
    File(Arc<File>),
    Point {
        longitude: f64,
        latitude: f64,
    },
}

/// The values of one object. Values of fields that were removed from the class may remain here;
/// they are ignored, and the next change of the object drops them.
#[derive(Clone, Default)]
pub struct Values(pub(super) Box<[(FieldId, FieldValue)]>);

/// New values of some fields; `None` is null.
pub type FieldChanges = Vec<(FieldId, Option<FieldValue>)>;

impl FieldValue {
    /// Returns the value as text; equal values of a field have equal texts.
    pub fn key(&self) -> String {
        match self {
            FieldValue::Text(text) => text.to_string(),
            FieldValue::Integer(number) => number.to_string(),
            // Adding 0.0 turns -0.0 into 0.0.
            FieldValue::Float(number) => python::repr(&(*number + 0.0).into()),
            FieldValue::Boolean(on) => python::repr(&(*on).into()),
            FieldValue::Time(time) => format!("{time:.6}"),
            FieldValue::Reference(id) => id.to_string(),
            FieldValue::Relation(ids) => format!("{ids:?}"),
            FieldValue::Json(value) => python::repr(value),
            FieldValue::File(file) => file.name.to_string(),
            FieldValue::Point { longitude, latitude } => format!("{longitude} {latitude}"),
        }
    }

    /// Compares two values of one field for sorting.
    pub fn order(&self, other: &FieldValue) -> Ordering {
        match (self, other) {
            (FieldValue::Text(a), FieldValue::Text(b)) => a.cmp(b),
            (FieldValue::Integer(a), FieldValue::Integer(b)) => a.cmp(b),
            // NaN is the greatest number and equal to itself.
            (FieldValue::Float(a), FieldValue::Float(b)) => {
                a.partial_cmp(b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
            }
            (FieldValue::Boolean(a), FieldValue::Boolean(b)) => a.cmp(b),
            (FieldValue::Time(a), FieldValue::Time(b)) => a.cmp(b),
            (FieldValue::Reference(a), FieldValue::Reference(b)) => a.cmp(b),
            _ => Ordering::Equal,
        }
    }
}

impl PartialEq for FieldValue {
    fn eq(&self, other: &FieldValue) -> bool {
        match (self, other) {
            (FieldValue::Relation(a), FieldValue::Relation(b)) => a == b,
            (FieldValue::Json(a), FieldValue::Json(b)) => python::equal(a, b),
            (FieldValue::File(a), FieldValue::File(b)) => Arc::ptr_eq(a, b),
            (
                FieldValue::Point { longitude: a, latitude: b },
                FieldValue::Point { longitude: other_a, latitude: other_b },
            ) => a == other_a && b == other_b,
            _ => self.order(other) == Ordering::Equal,
        }
    }
}

impl Values {
    pub fn get(&self, field: FieldId) -> Option<&FieldValue> {
        self.0.iter().find(|(id, _)| *id == field).map(|(_, value)| value)
    }

    pub fn files(&self) -> impl Iterator<Item = &Arc<File>> {
        self.0.iter().filter_map(|(_, value)| if let FieldValue::File(file) = value { Some(file) } else { None })
    }

    /// Returns the values with changes, and only for fields that `keeps` accepts. The boolean is
    /// whether any value changed.
    pub fn with(&self, changes: FieldChanges, keeps: impl Fn(FieldId) -> bool) -> (Values, bool) {
        let is_changed = changes.iter().any(|(id, value)| self.get(*id) != value.as_ref());
        let is_new = |field: FieldId| changes.iter().any(|(id, _)| *id == field);
        let kept = self.0.iter().filter(|(id, _)| keeps(*id) && !is_new(*id)).cloned();
        let mut values: Vec<_> = kept.collect();
        values.extend(changes.into_iter().filter_map(|(id, value)| Some((id, value?))));
        (Values(values.into_boxed_slice()), is_changed)
    }
}
