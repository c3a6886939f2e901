//! Values to compare members with. More notations are accepted than in the body of an object.

use std::sync::LazyLock;

use jiff::Timestamp;
use regex::Regex;
use serde_json::Value;

use crate::field;
use crate::pattern;
use crate::python;
use crate::world::{FieldKind, FieldValue};

/// Why a value cannot be compared with a member.
pub enum UnfitValue {
    /// The type is wrong.
    Type,
    /// The value is wrong, with the API's error text.
    Because(String),
}

impl UnfitValue {
    pub fn because(reason: &str) -> UnfitValue {
        UnfitValue::Because(reason.to_owned())
    }
}

/// Parses a value to compare a field of that type with. More notations are accepted than for the
/// field itself.
pub fn comparable(kind: FieldKind, sent: &Value) -> Result<FieldValue, UnfitValue> {
    match kind {
        FieldKind::String => short_text(python::str_of(sent), 128),
        FieldKind::Integer => {
            let number = field::within_32_bits(python_int(sent)?).map_err(UnfitValue::Because)?;
            Ok(FieldValue::Integer(number))
        }
        FieldKind::Float => {
            let number = match sent {
                Value::String(text) => python::strip(text).parse().ok(),
                Value::Bool(on) => Some(f64::from(u8::from(*on))),
                other => other.as_f64(),
            };
            let wrong = || UnfitValue::Because(format!("'{}' value must be a float.", python::str_of(sent)));
            number.map(FieldValue::Float).ok_or_else(wrong)
        }
        FieldKind::Boolean => {
            let on = match sent {
                Value::Bool(on) => Some(*on),
                Value::Number(number) if number.as_f64() == Some(1.0) => Some(true),
                Value::Number(number) if number.as_f64() == Some(0.0) => Some(false),
                Value::String(text) => match text.as_str() {
                    "t" | "True" | "1" => Some(true),
                    "f" | "False" | "0" => Some(false),
                    _ => None,
                },
                _ => None,
            };
            let wrong =
                || UnfitValue::Because(format!("'{}' value must be either None, True or False.", python::str_of(sent)));
            on.map(FieldValue::Boolean).ok_or_else(wrong)
        }
        FieldKind::DateTime => match sent {
            Value::String(text) => time(text).map(FieldValue::Time).map_err(UnfitValue::Because),
            _ => Err(UnfitValue::Type),
        },
        FieldKind::Reference => {
            let number = field::within_32_bits(python_int(sent)?).map_err(UnfitValue::Because)?;
            // No object has the id 0, so a negative number matches nothing.
            Ok(FieldValue::Reference(u32::try_from(number).unwrap_or_default()))
        }
        _ => Err(UnfitValue::Type),
    }
}

pub fn short_text(text: String, longest: usize) -> Result<FieldValue, UnfitValue> {
    let length = text.chars().count();
    if length > longest {
        return Err(UnfitValue::Because(format!(
            "Ensure this value has at most {longest} characters (it has {length})."
        )));
    }
    Ok(FieldValue::Text(text.into_boxed_str()))
}

/// Converts a value like `int()`: a number is truncated, a text is parsed.
pub fn python_int(sent: &Value) -> Result<i64, UnfitValue> {
    let number = match sent {
        Value::String(text) => python::int(text),
        other => numeric(other),
    };
    number.ok_or_else(|| UnfitValue::Because(format!("'{}' value must be an integer.", python::str_of(sent))))
}

/// Converts a number or boolean to a whole number.
pub fn numeric(sent: &Value) -> Option<i64> {
    match sent {
        Value::Bool(on) => Some(i64::from(*on)),
        Value::Number(number) => Some(python::truncated(number)),
        _ => None,
    }
}

/// Parses a date with an optional time and an optional zone.
fn time(text: &str) -> Result<Timestamp, String> {
    static SHAPE: LazyLock<Regex> = LazyLock::new(|| {
        let date = r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})";
        let time = r"([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:\.([0-9]{1,6})[0-9]{0,6})?)?";
        let zone = r"(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?";
        pattern::constant(&format!(r"\A{date}(?:[T ]{time}{zone})?\z"))
    });
    let Some(found) = SHAPE.captures(text) else {
        return Err(format!(
            "'{text}' value has an invalid format. It must be in YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ] format."
        ));
    };
    let offset = found.get(8).map_or(0, |zone| offset_in_seconds(zone.as_str()));
    let time = field::timestamp(&found).and_then(|time| time.checked_sub(jiff::SignedDuration::from_secs(offset)).ok());
    time.ok_or_else(|| match found.get(4) {
        Some(_) => format!(
            "'{text}' value has the correct format (YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ]) but it is an invalid date/time."
        ),
        None => format!("'{text}' value has the correct format (YYYY-MM-DD) but it is an invalid date."),
    })
}

/// Returns the seconds of an offset such as `+01:30`.
fn offset_in_seconds(zone: &str) -> i64 {
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    let number = |range| digits.get(range).and_then(|digits: &str| digits.parse::<i64>().ok()).unwrap_or(0);
    let seconds = number(0..2) * 3600 + number(2..4) * 60;
    if zone.starts_with('-') { -seconds } else { seconds }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("2016-05-24T10:00:00.000000Z", Some("2016-05-24T10:00:00Z"))]
    #[case("2016-05-24 12:00+02:00", Some("2016-05-24T10:00:00Z"))]
    #[case("2016-05-24", Some("2016-05-24T00:00:00Z"))]
    #[case("2016-02-30T10:00:00Z", None)]
    #[case("24.5.2016", None)]
    fn a_time_in_a_query_can_have_several_formats(#[case] text: &str, #[case] instant: Option<&str>) {
        assert_eq!(time(text).ok().map(|time| time.to_string()), instant.map(str::to_owned));
    }
}
