//! Keeps all digits of JSON numbers, and compares numbers by their exact values.

use serde_json::{Number, Value};

/// Parses a number, and keeps its characters. Returns `None` if the text is not a number.
pub fn read(text: &str) -> Option<Number> {
    text.parse().ok().map(|number| verbatim(number, text))
}

#[cfg(feature = "exact-numbers")]
fn verbatim(_: Number, text: &str) -> Number {
    Number::from_string_unchecked(text.to_owned())
}

#[cfg(not(feature = "exact-numbers"))]
fn verbatim(number: Number, _: &str) -> Number {
    number
}

/// Returns whether two JSON values are equal. Numbers are equal if their exact values are, but a
/// number with a fraction or an exponent never equals one without: 1.10 equals 1.1, and 1.0 does
/// not equal 1.
pub fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || same_value(&a.to_string(), &b.to_string()),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| equal(a, b)))
        }
        _ => a == b,
    }
}

fn same_value(a: &str, b: &str) -> bool {
    let is_whole = |text: &str| !text.contains(['.', 'e', 'E']);
    is_whole(a) == is_whole(b) && matches!((Decimal::read(a), Decimal::read(b)), (Some(a), Some(b)) if a == b)
}

/// The value of a number: digits without zeros at either end, and the power of ten of the last
/// digit.
#[derive(PartialEq)]
struct Decimal {
    is_negative: bool,
    digits: String,
    power: i64,
}

impl Decimal {
    /// Parses a number. Returns `None` if the exponent is too large.
    fn read(text: &str) -> Option<Decimal> {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |mantissa| ("-", mantissa));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let digits = all.trim_end_matches('0');
        let dropped = i64::try_from(all.len() - digits.len()).ok()?;
        let digits = digits.trim_start_matches('0').to_owned();
        if digits.is_empty() {
            return Some(Decimal { is_negative: false, digits, power: 0 });
        }
        let power = exponent.parse::<i64>().ok()?.checked_sub(i64::try_from(fraction.len()).ok()?)?;
        Some(Decimal { is_negative: sign == "-", digits, power: power.checked_add(dropped)? })
    }
}
