//! Values of the fields that a class defines.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value;

use super::ids::FieldId;
use crate::python;

/// A value. There is none for a field that is null.
#[derive(Clone, Debug)]
pub enum FieldValue {
    Text(Box<str>),
    Integer(i32),
    Float(f64),
    Boolean(bool),
    Time(Timestamp),
    /// The id of an object or of a user, which may be gone.
    Reference(u32),
    /// The same, several of them; never none.
    Relation(Box<[u32]>),
    /// An array or an object.
    Json(Box<Value>),
    Point {
        longitude: f64,
        latitude: f64,
    },
}

/// The values of one object. Values of fields that the class has dropped may still lie here; nobody asks for them, and the
/// next change of the object leaves them out.
#[derive(Clone, Default)]
pub struct Values(pub(super) Box<[(FieldId, FieldValue)]>);

/// New values for some fields; `None` makes one null.
pub type Changes = Vec<(FieldId, Option<FieldValue>)>;

impl FieldValue {
    /// The value as one text, the same for equal values of one field.
    pub fn key(&self) -> String {
        match self {
            FieldValue::Text(text) => text.to_string(),
            FieldValue::Integer(number) => number.to_string(),
            // Adding nothing makes both zeros the same.
            FieldValue::Float(number) => python::repr(&(*number + 0.0).into()),
            FieldValue::Boolean(on) => python::repr(&(*on).into()),
            FieldValue::Time(time) => format!("{time:.6}"),
            FieldValue::Reference(id) => id.to_string(),
            FieldValue::Relation(ids) => format!("{ids:?}"),
            FieldValue::Json(value) => python::repr(value),
            FieldValue::Point { longitude, latitude } => format!("{longitude} {latitude}"),
        }
    }

    /// Which of two values of one field comes first in an ordered list.
    pub fn order(&self, other: &FieldValue) -> Ordering {
        match (self, other) {
            (FieldValue::Text(a), FieldValue::Text(b)) => a.cmp(b),
            (FieldValue::Integer(a), FieldValue::Integer(b)) => a.cmp(b),
            // No number is the greatest, and equal to itself alone.
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

    /// With changes, and without the values that are not to be kept. The bool says whether any value is another one now.
    pub fn with(&self, changes: Changes, keeps: impl Fn(FieldId) -> bool) -> (Values, bool) {
        let is_changed = changes.iter().any(|(id, value)| self.get(*id) != value.as_ref());
        let is_new = |field: FieldId| changes.iter().any(|(id, _)| *id == field);
        let kept = self.0.iter().filter(|(id, _)| keeps(*id) && !is_new(*id)).cloned();
        let mut values: Vec<_> = kept.collect();
        values.extend(changes.into_iter().filter_map(|(id, value)| Some((id, value?))));
        (Values(values.into_boxed_slice()), is_changed)
    }
}
