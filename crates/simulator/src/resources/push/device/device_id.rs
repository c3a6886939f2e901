//! Device ids: hexadecimal numbers (GCM) and UUIDs (APNS), in the form that answers show.

use serde_json::Value;

use crate::python;

/// Reads the device id of a GCM device, or returns the API's error text.
pub fn read_hex(sent: &Value) -> Result<String, String> {
    let digits = sent.as_str().and_then(hex_digits).ok_or("Device ID is not a valid hex number.")?;
    shown(digits).ok_or_else(|| "ValidationError Device ID is out of range.".to_owned())
}

/// Reads the device id of an APNS device, or returns the API's error text. A number is the number
/// of the UUID.
pub fn read_uuid(sent: &Value) -> Result<String, String> {
    let id = match sent {
        Value::String(text) => uuid(text),
        Value::Number(number) => number.as_u64().map(|number| hyphenated(u128::from(number))),
        Value::Bool(on) => Some(hyphenated(u128::from(*on))),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    id.ok_or_else(|| format!("\"{}\" is not a valid UUID.", python::str_of(sent)))
}

/// Returns a hexadecimal number below 2^63, as `0x1f`.
pub fn hex(text: &str) -> Option<String> {
    shown(hex_digits(text)?)
}

/// Returns a UUID with hyphens. Like Python, it ignores hyphens and outer braces.
pub fn uuid(text: &str) -> Option<String> {
    let text = text.replace("urn:", "").replace("uuid:", "");
    let digits = text.trim_matches(['{', '}']).replace('-', "");
    let is_whole = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_whole.then(|| u128::from_str_radix(&digits, 16).ok()).flatten().map(hyphenated)
}

/// Returns the digits of a hexadecimal number, with or without `0x`.
fn hex_digits(text: &str) -> Option<&str> {
    let text = python::strip(text);
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(digits)
}

/// Returns a number in the form of answers; `None` from 2^63 on.
fn shown(digits: &str) -> Option<String> {
    i64::from_str_radix(digits, 16).ok().map(|number| format!("{number:#x}"))
}

fn hyphenated(number: u128) -> String {
    let digits = format!("{number:032x}");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| digits.get(part).unwrap_or_default());
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case(json!("0x1F"), Ok("0x1f"))]
    #[case(json!(" 00ff "), Ok("0xff"))]
    #[case(json!("7fffffffffffffff"), Ok("0x7fffffffffffffff"))]
    #[case(json!("8000000000000000"), Err("ValidationError Device ID is out of range."))]
    #[case(json!("-1"), Err("Device ID is not a valid hex number."))]
    #[case(json!("+f"), Err("Device ID is not a valid hex number."))]
    #[case(json!("0x"), Err("Device ID is not a valid hex number."))]
    #[case(json!(5), Err("Device ID is not a valid hex number."))]
    fn a_hexadecimal_number_is_below_2_to_63(#[case] sent: Value, #[case] id: Result<&str, &str>) {
        assert_eq!(read_hex(&sent), id.map(str::to_owned).map_err(str::to_owned));
    }

    #[rstest]
    #[case(json!("{12345678-1234-1234-1234-123456789ABC}"), Some("12345678-1234-1234-1234-123456789abc"))]
    #[case(json!("urn:uuid:12345678123412341234123456789abc"), Some("12345678-1234-1234-1234-123456789abc"))]
    #[case(json!(5), Some("00000000-0000-0000-0000-000000000005"))]
    #[case(json!("5"), None)]
    #[case(json!("12345678123412341234123456789äb"), None)]
    #[case(json!(-5), None)]
    #[case(json!(1.5), None)]
    #[case(json!([]), None)]
    fn a_uuid_is_read_as_in_python(#[case] sent: Value, #[case] id: Option<&str>) {
        assert_eq!(read_uuid(&sent).ok().as_deref(), id);
    }
}
