//! Python semantics. The reference deployment is a Python program, which shows in the numbers that
//! it accepts, in the white space that it trims, and in the values that its error texts repeat.

use serde_json::{Number, Value};

/// Trims white space like `str.strip`.
pub fn strip(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\x1c'..='\x1f').contains(&c))
}

/// Parses a number like `int()`, which allows surrounding white space, a sign, and single
/// underscores between digits. Python integers are unbounded; here a number beyond 64 bits becomes
/// the nearest one in range.
pub fn int(text: &str) -> Option<i64> {
    let text = strip(text);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let groups_hold_digits =
        digits.split('_').all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit()));
    if !groups_hold_digits {
        return None;
    }
    let number = if text.contains('_') { text.replace('_', "").parse::<i64>() } else { text.parse::<i64>() };
    Some(number.unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX }))
}

/// Returns the digits of the number that `int()` parses, of any length, as `str()` shows them.
pub fn digits(text: &str) -> Option<String> {
    int(text)?;
    let text = strip(text).replace('_', "");
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(&text)),
    };
    match digits.trim_start_matches('0') {
        "" => Some("0".to_owned()),
        digits => Some(format!("{sign}{digits}")),
    }
}

/// Truncates a number like `int()`. A number out of range becomes the nearest one in range.
pub fn truncated(number: &Number) -> i64 {
    match number.as_f64() {
        Some(float) if number.is_f64() => float as i64,
        _ => int(&number.to_string()).unwrap_or_default(),
    }
}

/// Converts numbers like `json.loads()`: a fraction becomes the nearest float.
///
/// # Errors
///
/// Returns a number that is too large for a float.
pub fn loaded(mut value: Value) -> Result<Value, Number> {
    load(&mut value).map(|()| value)
}

fn load(value: &mut Value) -> Result<(), Number> {
    match value {
        Value::Array(items) => items.iter_mut().try_for_each(load),
        Value::Object(members) => members.values_mut().try_for_each(load),
        Value::Number(number) => {
            let Some(float) = number.as_f64() else { return Err(number.clone()) };
            if number.is_f64() {
                *value = Value::from(float);
            } else if float == 0.0 {
                // Only floats distinguish -0 from 0.
                *value = Value::from(0);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Returns the value as `str()` shows it.
pub fn str_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => repr(other),
    }
}

/// Returns the value as `repr()` shows it.
pub fn repr(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => float_repr(float),
            _ => number.to_string(),
        },
        Value::String(text) => string_repr(text),
        Value::Array(items) => format!("[{}]", items.iter().map(repr).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| format!("{}: {}", string_repr(name), repr(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Returns `type(value).__name__`.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// Returns the value as a boolean, like the reference deployment: a boolean, 1 or 0, or one of
/// several words.
pub fn boolean(value: &Value) -> Option<bool> {
    const TRUE: [&str; 13] = ["t", "T", "y", "Y", "yes", "YES", "true", "True", "TRUE", "on", "On", "ON", "1"];
    const FALSE: [&str; 13] = ["f", "F", "n", "N", "no", "NO", "false", "False", "FALSE", "off", "Off", "OFF", "0"];
    match value {
        Value::Bool(on) => Some(*on),
        Value::Number(number) if number.as_f64() == Some(1.0) => Some(true),
        Value::Number(number) if number.as_f64() == Some(0.0) => Some(false),
        Value::String(text) if TRUE.contains(&text.as_str()) => Some(true),
        Value::String(text) if FALSE.contains(&text.as_str()) => Some(false),
        _ => None,
    }
}

/// Compares like `a == b` in Python: numbers are equal across types, and true equals 1.
pub fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| equal(a, b)))
        }
        (Value::Number(a), Value::Number(b)) if !a.is_f64() && !b.is_f64() => a == b,
        _ => match (number(a), number(b)) {
            (Some(a), Some(b)) => a == b,
            _ => a == b,
        },
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(on) => Some(f64::from(u8::from(*on))),
        other => other.as_f64(),
    }
}

/// Returns a float as `repr()` shows it.
pub fn float_repr(float: f64) -> String {
    let exponent = if float == 0.0 { 0 } else { float.abs().log10().floor() as i32 };
    if (-4..16).contains(&exponent) {
        return format!("{float:?}");
    }
    let scientific = format!("{float:e}");
    match scientific.split_once('e') {
        Some((digits, power)) => match power.strip_prefix('-') {
            Some(power) => format!("{digits}e-{power:0>2}"),
            None => format!("{digits}e+{power:0>2}"),
        },
        None => scientific,
    }
}

fn string_repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("1", Some(1))]
    #[case("01", Some(1))]
    #[case("+1", Some(1))]
    #[case("1 ", Some(1))]
    #[case("1_0", Some(10))]
    #[case("-1", Some(-1))]
    #[case("", None)]
    #[case("_1", None)]
    #[case("+-1", None)]
    #[case("1.5", None)]
    #[case("99999999999999999999", Some(i64::MAX))]
    #[case("-99999999999999999999", Some(i64::MIN))]
    fn a_number_is_parsed_as_in_python(#[case] text: &str, #[case] number: Option<i64>) {
        assert_eq!(int(text), number);
    }

    #[test]
    fn fractions_become_floats_and_whole_numbers_keep_their_digits() {
        let text = r#"[1.10, 1e2, 0.1234567890123456789, -0, {"n": 123456789012345678901234567890}]"#;
        let read = loaded(serde_json::from_str(text).expect("JSON")).expect("numbers that fit");
        assert_eq!(read.to_string(), r#"[1.1,100.0,0.12345678901234568,0,{"n":123456789012345678901234567890}]"#);
        assert_eq!(repr(&read), "[1.1, 100.0, 0.12345678901234568, 0, {'n': 123456789012345678901234567890}]");
        let too_large = serde_json::from_str("[1, [-1e400]]").expect("JSON");
        assert!(loaded(too_large).is_err_and(|number| number.as_f64().is_none()));
    }

    #[rstest]
    #[case("007", Some("7"))]
    #[case("-0", Some("0"))]
    #[case(" +1_000 ", Some("1000"))]
    #[case("-99999999999999999999", Some("-99999999999999999999"))]
    #[case("1.5", None)]
    fn digits_are_normalised(#[case] text: &str, #[case] shown: Option<&str>) {
        assert_eq!(digits(text).as_deref(), shown);
    }

    #[rstest]
    #[case(json!(true), "True")]
    #[case(json!(1.0), "1.0")]
    #[case(json!(1e100), "1e+100")]
    #[case(json!(1e-7), "1e-07")]
    #[case(json!(["a", null]), "['a', None]")]
    #[case(json!({"it's": 1}), "{\"it's\": 1}")]
    fn a_value_in_an_error_text_looks_as_in_python(#[case] value: Value, #[case] text: &str) {
        assert_eq!(str_of(&value), text);
    }
}
