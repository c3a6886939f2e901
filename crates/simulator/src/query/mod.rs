//! Queries on objects: `?query={"field": {"_lookup": value}}`. An object must match all lookups.

mod earth;
mod lookup;
mod subject;
mod test;
mod value;

use http::StatusCode;
use serde_json::{Map, Value};

use crate::answer::Failure;
use crate::body::from_json_text;
use crate::python;
use crate::world::{Class, Instance, Object};
use lookup::{Condition, read_lookups};
use subject::QueryNames;

pub use subject::is_built_in;
pub use value::comparable;

const MOST_KEYS: usize = 16;
const LONGEST_KEY: usize = 64;
const LONGEST_VALUE: usize = 8192;

/// The conditions of a query.
#[derive(Default)]
pub struct ObjectQuery<'i> {
    conditions: Vec<Condition<'i>>,
}

impl<'i> ObjectQuery<'i> {
    /// Parses the texts of `query` parameters.
    ///
    /// # Errors
    ///
    /// 400 for invalid JSON, and for lookups that the class does not support.
    pub fn read<'q>(
        texts: impl Iterator<Item = &'q str>,
        instance: &'i Instance,
        class: &'i Class,
    ) -> Result<ObjectQuery<'i>, Failure> {
        let mut query = ObjectQuery::default();
        for text in texts.filter(|text| !text.is_empty()) {
            let invalid = || Failure::rejected_member("query", "Not a valid JSON string.");
            let value = from_json_text(text).ok_or_else(invalid)?;
            let lookups = check(&value).map_err(|text| Failure::texts(StatusCode::BAD_REQUEST, &[&text]))?;
            let conditions = read_lookups(lookups, instance, class, QueryNames::OfObjects);
            query.conditions.extend(conditions.map_err(|text| Failure::rejected_member("query", &text))?);
        }
        Ok(query)
    }

    /// Returns whether an object matches.
    pub fn holds(&self, instance: &Instance, object: &Object) -> bool {
        self.conditions.iter().all(|condition| condition.holds(instance, object))
    }
}

/// Checks the limits of a query that do not depend on the class, and returns its members.
///
/// # Errors
///
/// The API's error text.
pub fn check(query: &Value) -> Result<&Map<String, Value>, String> {
    check_form(query, true)
}

/// Checks the form of a query. Queries can be nested once.
fn check_form(query: &Value, may_nest: bool) -> Result<&Map<String, Value>, String> {
    let Value::Object(members) = query else { return Err("Query passed in invalid format.".to_owned()) };
    if members.len() > MOST_KEYS {
        return Err(format!("Too many keys defined (exceeds {MOST_KEYS})."));
    }
    for (name, value) in members {
        if name.chars().count() > LONGEST_KEY {
            return Err(format!("Too long key defined (exceeds {LONGEST_KEY})."));
        }
        if let Some(nested) = value.get("_is") {
            if !may_nest {
                return Err("Double nested queries are not allowed.".to_owned());
            }
            check_form(nested, false)?;
        }
        if python::repr(value).chars().count() > LONGEST_VALUE {
            return Err(format!("Too long value defined for key {name} (exceeds {LONGEST_VALUE})."));
        }
    }
    Ok(members)
}
