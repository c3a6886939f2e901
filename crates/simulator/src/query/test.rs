//! Tests of values in queries.

use std::collections::HashSet;

use regex::Regex;
use serde_json::Value;

use super::earth::metres_between;
use crate::python;
use crate::world::FieldValue;

/// A test of a value.
pub enum Test {
    Above(FieldValue),
    AtLeast(FieldValue),
    Below(FieldValue),
    AtMost(FieldValue),
    In(Vec<FieldValue>),
    NotIn(Vec<FieldValue>),
    Exists(bool),
    Matches(Regex),
    /// An array that contains all of these items.
    HoldsItems(Vec<Value>),
    /// A relation that contains all of these ids.
    HoldsIds(Vec<i64>),
    /// A reference to one of these objects, or a relation that contains one of them.
    LeadsTo(HashSet<u32>),
    Near {
        longitude: f64,
        latitude: f64,
        /// In metres.
        distance: f64,
    },
}

impl Test {
    pub fn holds(&self, value: Option<&FieldValue>) -> bool {
        // As in SQL, comparisons with null are false.
        let Some(value) = value else { return matches!(self, Test::Exists(false) | Test::NotIn(_)) };
        match self {
            Test::Above(limit) => value.order(limit).is_gt(),
            Test::AtLeast(limit) => value.order(limit).is_ge(),
            Test::Below(limit) => value.order(limit).is_lt(),
            Test::AtMost(limit) => value.order(limit).is_le(),
            Test::In(values) => values.contains(value),
            Test::NotIn(values) => !values.contains(value),
            Test::Exists(exists) => *exists,
            Test::Matches(pattern) => matches!(value, FieldValue::Text(text) if pattern.is_match(text)),
            Test::HoldsItems(items) => match value {
                FieldValue::Json(array) => array
                    .as_array()
                    .is_some_and(|held| items.iter().all(|item| held.iter().any(|held| is_same_item(held, item)))),
                _ => false,
            },
            Test::HoldsIds(ids) => match value {
                FieldValue::Relation(held) => ids.iter().all(|id| held.iter().any(|held| i64::from(*held) == *id)),
                _ => false,
            },
            Test::LeadsTo(targets) => match value {
                FieldValue::Reference(id) => targets.contains(id),
                FieldValue::Relation(ids) => ids.iter().any(|id| targets.contains(id)),
                _ => false,
            },
            Test::Near { longitude, latitude, distance } => match value {
                FieldValue::Point { longitude: other_longitude, latitude: other_latitude } => {
                    metres_between((*longitude, *latitude), (*other_longitude, *other_latitude)) <= *distance
                }
                _ => false,
            },
        }
    }
}

/// Returns whether two items are equal. Numbers are compared by value, not by notation.
fn is_same_item(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(_), Value::Number(_)) => python::equal(a, b),
        _ => a == b,
    }
}
