//! Values of class fields: the values that each type accepts, and the operations (`_increment`,
//! `_add`, ...) that replace a value when an object is updated.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use regex::{Captures, Regex};
use serde_json::{Map, Value};

use super::body::from_json_text;
use super::python;
use super::world::{Class, Field, FieldKind, FieldValue, Instance, Values};
use crate::pattern;

const LONGEST_NUMBER: usize = 1000;
const LONGEST_RELATION: usize = 1000;

const NO_TEXT: &str = "Not a valid string.";
const NO_INTEGER: &str = "A valid integer is required.";
const NO_FLOAT: &str = "A valid number is required.";
const NO_BOOLEAN: &str = "Not a valid boolean.";
const NO_TIME: &str = "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm:ss.uuuuuuZ.";
const NO_TARGET: &str = "Target with specified id does not exist.";
const NO_TARGET_CLASS: &str = "Target class does not exist.";
const NO_RELATION: &str = "Not a valid relation.";
const NO_OBJECT: &str = "Not a valid object.";
const NO_ARRAY: &str = "Not a valid array.";
const NO_SCALARS: &str = "Array can only contain strings, booleans, integers and floats.";
const NO_POINT: &str = "Not a valid geopoint.";
pub const NO_FILE: &str = "The submitted data was not a file. Check the encoding type on the form.";

/// Reads values for objects of one class.
pub struct FieldReader<'a> {
    pub instance: &'a Instance,
    pub class: &'a Class,
    /// The current values of the updated object; `None` for a new object, where operations do not
    /// apply.
    pub before: Option<&'a Values>,
}

/// The API's error text for a value.
type ErrorText = String;

impl FieldReader<'_> {
    /// Returns the value for a field; `None` is null. `sent` is not null.
    pub fn read(&self, field: &Field, sent: &Value) -> Result<Option<FieldValue>, ErrorText> {
        match field.definition.kind {
            FieldKind::String => text(sent, 128).map(Some),
            FieldKind::Text => text(sent, 32000).map(Some),
            FieldKind::Integer => self.integer(field, sent).map(|number| Some(FieldValue::Integer(number))),
            FieldKind::Float => self.float(field, sent).map(|number| Some(FieldValue::Float(number))),
            FieldKind::Boolean => boolean(sent),
            FieldKind::DateTime => match sent.as_str().and_then(exact_time) {
                Some(time) => Ok(Some(FieldValue::Time(time))),
                None => Err(NO_TIME.to_owned()),
            },
            // A file is not a value in a body: `Input::file` reads what stands for it.
            FieldKind::File => Err(NO_FILE.to_owned()),
            FieldKind::Reference => self.reference(field, sent).map(|id| Some(FieldValue::Reference(id))),
            FieldKind::Relation => self.relation(field, sent),
            FieldKind::Object => match parsed(sent, NO_OBJECT)? {
                value if value.is_object() => Ok(Some(FieldValue::Json(Box::new(value)))),
                _ => Err(NO_OBJECT.to_owned()),
            },
            FieldKind::Array => self.array(field, sent),
            FieldKind::GeoPoint => point(sent).map(Some).ok_or_else(|| NO_POINT.to_owned()),
        }
    }

    fn integer(&self, field: &Field, sent: &Value) -> Result<i32, ErrorText> {
        let number = match self.operation(sent, &["_increment"], NO_INTEGER)? {
            Some(operation) => {
                let present = match self.present(field) {
                    Some(FieldValue::Integer(number)) => i64::from(*number),
                    _ => 0,
                };
                let step = operation.get("_increment").map_or(Err(NO_INTEGER.to_owned()), integer)?;
                present.saturating_add(step)
            }
            None => integer(sent)?,
        };
        within_32_bits(number)
    }

    fn float(&self, field: &Field, sent: &Value) -> Result<f64, ErrorText> {
        match self.operation(sent, &["_increment"], NO_FLOAT)? {
            Some(operation) => {
                let present = match self.present(field) {
                    Some(FieldValue::Float(number)) => *number,
                    _ => 0.0,
                };
                let step = operation.get("_increment").map_or(Err(NO_FLOAT.to_owned()), float)?;
                Some(present + step).filter(|sum| sum.is_finite()).ok_or_else(|| NO_FLOAT.to_owned())
            }
            None => float(sent),
        }
    }

    fn reference(&self, field: &Field, sent: &Value) -> Result<u32, ErrorText> {
        let number = integer(sent)?;
        let exists = self.target(field)?;
        u32::try_from(number).ok().filter(|id| exists(*id)).ok_or_else(|| NO_TARGET.to_owned())
    }

    fn relation(&self, field: &Field, sent: &Value) -> Result<Option<FieldValue>, ErrorText> {
        let items = match self.operation(sent, &["_add", "_remove"], NO_ARRAY)? {
            Some(operation) => {
                let present = match self.present(field) {
                    Some(FieldValue::Relation(ids)) => ids.iter().map(|id| Value::from(*id)).collect(),
                    _ => Vec::new(),
                };
                operate(present, &operation).ok_or_else(|| NO_RELATION.to_owned())?
            }
            None => match parsed(sent, NO_ARRAY)? {
                Value::Array(items) => items,
                _ => return Err(NO_RELATION.to_owned()),
            },
        };
        let ids: Option<Vec<i64>> = items.iter().map(whole).collect();
        let ids = ids.ok_or_else(|| "Relation can only contain integers (object ids).".to_owned())?;
        if ids.len() > LONGEST_RELATION {
            return Err(format!("Relation length limit exceeded ({LONGEST_RELATION})."));
        }
        let exists = self.target(field)?;
        let mut ids: Vec<u32> =
            ids.into_iter().filter_map(|id| u32::try_from(id).ok()).filter(|id| exists(*id)).collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(Some(ids).filter(|ids| !ids.is_empty()).map(|ids| FieldValue::Relation(ids.into_boxed_slice())))
    }

    fn array(&self, field: &Field, sent: &Value) -> Result<Option<FieldValue>, ErrorText> {
        let items = match self.operation(sent, &["_add", "_addunique", "_remove"], NO_ARRAY)? {
            Some(operation) => {
                let present = match self.present(field) {
                    Some(FieldValue::Json(array)) => array.as_array().cloned().unwrap_or_default(),
                    _ => Vec::new(),
                };
                operate(present, &operation).ok_or_else(|| NO_ARRAY.to_owned())?
            }
            None => match parsed(sent, NO_ARRAY)? {
                Value::Array(items) => items,
                _ => return Err(NO_ARRAY.to_owned()),
            },
        };
        if items.iter().any(|item| !is_scalar(item)) {
            return Err(NO_SCALARS.to_owned());
        }
        Ok(Some(FieldValue::Json(Box::new(Value::Array(items)))))
    }

    /// Returns the operation that was sent instead of a value, as an object or as JSON text. An
    /// operation that the type does not know is rejected like any wrong value.
    fn operation(
        &self,
        sent: &Value,
        known: &[&str],
        reason: &'static str,
    ) -> Result<Option<Map<String, Value>>, ErrorText> {
        if self.before.is_none() {
            return Ok(None);
        }
        let operation = match sent {
            Value::Object(members) => members.clone(),
            Value::String(text) => match from_json_text(text) {
                Some(Value::Object(members)) => members,
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        if operation.is_empty() {
            return Ok(None);
        }
        if operation.keys().any(|name| !known.contains(&name.as_str())) {
            return Err(reason.to_owned());
        }
        Ok(Some(operation))
    }

    fn present(&self, field: &Field) -> Option<&FieldValue> {
        self.before?.get(field.id)
    }

    /// Returns a predicate: whether an object with this id exists in the field's target.
    fn target(&self, field: &Field) -> Result<Box<dyn Fn(u32) -> bool + '_>, ErrorText> {
        let target = field.definition.target.as_deref().unwrap_or_default().to_lowercase();
        let class = match target.as_str() {
            "user" => return Ok(Box::new(|id| self.instance.users.get(id).is_some())),
            "self" => self.class,
            name => self.instance.classes.named(name).ok_or_else(|| NO_TARGET_CLASS.to_owned())?,
        };
        Ok(Box::new(|id| self.instance.object(class, id).is_some()))
    }
}

/// Parses a whole number or its text; a fraction of zeros is ignored. A number out of range becomes
/// the nearest one in range.
pub fn integer(sent: &Value) -> Result<i64, ErrorText> {
    let digits = whole_number(sent)?;
    python::int(&digits).ok_or_else(|| NO_INTEGER.to_owned())
}

/// Parses a whole number like [`integer`] and returns its digits, of any length.
pub fn whole_number(sent: &Value) -> Result<String, ErrorText> {
    let text = match sent {
        Value::String(text) if text.chars().count() > LONGEST_NUMBER => {
            return Err("String value too large.".to_owned());
        }
        Value::String(_) | Value::Number(_) => python::str_of(sent),
        _ => return Err(NO_INTEGER.to_owned()),
    };
    let whole = match text.rsplit_once('.') {
        Some((whole, fraction)) if fraction.trim_end().bytes().all(|digit| digit == b'0') => whole,
        _ => &text,
    };
    python::digits(whole).ok_or_else(|| NO_INTEGER.to_owned())
}

/// Returns the number if it fits a field, or the API's error text.
pub fn within_32_bits(number: i64) -> Result<i32, ErrorText> {
    within(number, (i32::MIN, i32::MAX))
}

/// Returns the number if it is within limits, or the API's error text.
pub fn within(number: i64, (least, most): (i32, i32)) -> Result<i32, ErrorText> {
    let wrong = |way, limit| Err(format!("Ensure this value is {way} than or equal to {limit}."));
    match i32::try_from(number.clamp(least.into(), most.into())) {
        Ok(fitting) if i64::from(fitting) == number => Ok(fitting),
        _ if number > i64::from(most) => wrong("less", most),
        _ => wrong("greater", least),
    }
}

/// Parses a time with one to six digits after the decimal point: `YYYY-MM-DDThh:mm:ss.uuuuuuZ`.
pub fn exact_time(text: &str) -> Option<Timestamp> {
    static SHAPE: LazyLock<Regex> = LazyLock::new(|| {
        let shape =
            r"(?i)\A([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})T([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})\.([0-9]{1,6})Z\z";
        pattern::constant(shape)
    });
    timestamp(&SHAPE.captures(text)?)
}

/// Returns the UTC time of a match with the groups year, month, day and optionally hour, minute,
/// second, fraction.
pub fn timestamp(found: &Captures<'_>) -> Option<Timestamp> {
    let number = |group: usize| found.get(group).map_or(Some(0), |digits| digits.as_str().parse::<i16>().ok());
    let fraction = found.get(7).map_or("", |digits| digits.as_str());
    let nanos = format!("{fraction:0<9}").parse().ok()?;
    let year = number(1).filter(|year| *year > 0)?;
    let narrow = |number: Option<i16>| i8::try_from(number?).ok();
    let (month, day) = (narrow(number(2))?, narrow(number(3))?);
    let (hour, minute, second) = (narrow(number(4))?, narrow(number(5))?, narrow(number(6))?);
    let time = DateTime::new(year, month, day, hour, minute, second, nanos).ok()?;
    TimeZone::UTC.to_timestamp(time).ok()
}

fn text(sent: &Value, longest: usize) -> Result<FieldValue, ErrorText> {
    if !matches!(sent, Value::String(_) | Value::Number(_)) {
        return Err(NO_TEXT.to_owned());
    }
    let text = python::str_of(sent);
    if text.chars().count() > longest {
        return Err(format!("Ensure this field has no more than {longest} characters."));
    }
    Ok(FieldValue::Text(text.into_boxed_str()))
}

fn float(sent: &Value) -> Result<f64, ErrorText> {
    let number = match sent {
        Value::String(text) if text.chars().count() > LONGEST_NUMBER => {
            return Err("String value too large.".to_owned());
        }
        Value::String(text) => python::strip(text).parse().ok(),
        Value::Bool(on) => Some(f64::from(u8::from(*on))),
        other => other.as_f64(),
    };
    number.filter(|number| number.is_finite()).ok_or_else(|| NO_FLOAT.to_owned())
}

fn boolean(sent: &Value) -> Result<Option<FieldValue>, ErrorText> {
    match sent.as_str() {
        Some("" | "null" | "Null" | "NULL") => Ok(None),
        _ => match python::boolean(sent) {
            Some(on) => Ok(Some(FieldValue::Boolean(on))),
            None => Err(NO_BOOLEAN.to_owned()),
        },
    }
}

fn point(sent: &Value) -> Option<FieldValue> {
    let value = match sent {
        Value::String(text) => from_json_text(text)?,
        other => other.clone(),
    };
    let number = |name: &str, limit: f64| {
        let number = match value.get(name)? {
            Value::Bool(on) => f64::from(u8::from(*on)),
            other => other.as_f64()?,
        };
        Some(number).filter(|number| (-limit..=limit).contains(number))
    };
    Some(FieldValue::Point { longitude: number("longitude", 180.0)?, latitude: number("latitude", 90.0)? })
}

/// Returns the value, or the value in its JSON text.
fn parsed(sent: &Value, reason: &'static str) -> Result<Value, ErrorText> {
    match sent {
        Value::String(text) => from_json_text(text).ok_or_else(|| reason.to_owned()),
        other => Ok(other.clone()),
    }
}

/// Returns the list after additions and removals; `None` if `_addunique` or `_remove` names a list
/// or an object.
fn operate(mut items: Vec<Value>, operation: &Map<String, Value>) -> Option<Vec<Value>> {
    let named = |name: &str| match operation.get(name) {
        None => Vec::new(),
        Some(Value::Array(items)) => items.clone(),
        Some(item) => vec![item.clone()],
    };
    items.extend(named("_add"));
    let has = |items: &[Value], item: &Value| items.iter().any(|known| python::equal(known, item));
    let unique = named("_addunique");
    let removed = named("_remove");
    let cannot_be_compared = |item: &Value| matches!(item, Value::Array(_) | Value::Object(_));
    if unique.iter().chain(&removed).any(cannot_be_compared) {
        return None;
    }
    let known = items.len();
    for item in unique {
        if !has(items.get(..known)?, &item) {
            items.push(item);
        }
    }
    items.retain(|item| !has(&removed, item));
    Some(items)
}

fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::String(_) | Value::Bool(_) | Value::Number(_))
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(on) => Some(i64::from(*on)),
        Value::Number(number) if !number.is_f64() => Some(python::truncated(number)),
        _ => None,
    }
}
