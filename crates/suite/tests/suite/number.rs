//! Numbers keep every digit.

use rstest::rstest;
use serde_json::Value;
use syncano_suite::number::{equal, read};

#[rstest]
#[case("123456789012345678901234567890", "123456789012345678901234567890", true)]
#[case("123456789012345678901234567890", "123456789012345678901234567891", false)]
#[case("0.1234567890123456789", "0.1234567890123456780", false)]
#[case("9007199254740993", "9007199254740992", false)]
#[case("1.10", "1.1", true)]
#[case("1e2", "100.0", true)]
#[case("1E+2", "0.1e3", true)]
#[case("1", "1.0", false)]
#[case("100", "1e2", false)]
#[case("-1.5", "1.5", false)]
#[case("-0.0", "0e7", true)]
#[case("10", "1", false)]
#[case("1e99999999999999999999", "1e99999999999999999999", true)]
#[case("1e99999999999999999999", "1e99999999999999999998", false)]
#[case("[1.10, {\"a\": 2e1}]", "[1.1, {\"a\": 20.0}]", true)]
fn numbers_are_equal_if_their_exact_values_and_kinds_are_equal(#[case] a: &str, #[case] b: &str, #[case] same: bool) {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(equal(&read(a), &read(b)), same);
    assert_eq!(equal(&read(b), &read(a)), same);
}

#[rstest]
#[case("1e2")]
#[case("1E2")]
#[case("1.10")]
#[case("-0")]
#[case("123456789012345678901234567890")]
fn a_number_keeps_its_characters(#[case] text: &str) {
    assert_eq!(read(text).unwrap().to_string(), text);
}

#[test]
fn other_texts_are_not_numbers() {
    for text in ["", "a", "1 ", "\"1\"", "01", "NaN", "1,2"] {
        assert_eq!(read(text), None, "{text:?}");
    }
}
