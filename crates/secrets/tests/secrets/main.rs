//! Tests for the redactor: no secret is left in a text, and other texts stay as they are.

#![allow(clippy::unwrap_used)]

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use proptest::prelude::*;
use rstest::rstest;

use syncano_secrets::{Redactor, Secrets};

/// The redactor searches a long text in pieces of this size.
const PIECE: usize = 64 << 10;
const KEY: &str = "00112233445566778899aabbccddeeff0011223e";
const PASSWORD: &str = "pw-Jonés \"4711\"+/?";

fn redactor() -> Redactor {
    Redactor::knowing([("alice.user_key", KEY), ("alice.password", PASSWORD)])
}

/// Returns a text in all encodings in which a target may show it.
fn forms(text: &str) -> Vec<String> {
    let bytes = |write: fn(u8) -> String| text.bytes().map(write).collect::<String>();
    let chars = |write: fn(char) -> String| text.chars().map(write).collect::<String>();
    let engines = [BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD];
    let base64 = |around: &str| {
        engines.iter().map(|engine| engine.encode(format!("{around}{text}{around}"))).collect::<Vec<_>>()
    };
    let unit = |c: char| c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect();
    let mut forms = vec![
        text.to_owned(),
        text.to_ascii_uppercase(),
        text.chars().rev().collect(),
        bytes(|byte| format!("%{byte:02X}")),
        bytes(|byte| format!("%25{byte:02x}")),
        bytes(|byte| format!("{byte:02x}")),
        bytes(|byte| format!("{byte:02X}")),
        bytes(|byte| format!("\\x{byte:02x}")),
        chars(unit),
        chars(|c| format!("&#{};", c as u32)),
        chars(|c| format!("&#x{:X};", c as u32)),
        serde_json::to_string(text).unwrap().trim_matches('"').to_owned(),
        text.replace('&', "&amp;").replace('"', "&quot;"),
        form_urlencoded::byte_serialize(text.as_bytes()).collect(),
        base64("").remove(0).bytes().map(|byte| format!("%{byte:02X}")).collect(),
    ];
    ["", "a", "ab", "abc"].into_iter().for_each(|around| forms.extend(base64(around)));
    forms
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn a_secret_is_found_in_every_place_and_encoding(
        before in "[a-zA-Z_%0-9.-]{0,5}",
        after in "[a-zA-Z_%0-9.-]{0,5}",
    ) {
        for secret in [KEY, PASSWORD] {
            for form in forms(secret) {
                let shown = redactor().text(&format!("{before}{form}{after}"));
                // Besides the surrounding text, in base64 and outside, only the name is left.
                let most = before.len() + after.len() + "<alice.password in another form>".len() + 12;
                prop_assert!(shown.len() <= most, "{} is shown as {}", form, shown);
                prop_assert!(shown.contains("<alice."), "{} is shown as {}", form, shown);
            }
        }
    }

    #[test]
    fn an_unknown_key_is_found_even_if_truncated(key in "[0-9a-fA-F]{24,40}", around in "[g-z_]{0,3}") {
        for form in forms(&key) {
            let shown = redactor().text(&format!("{around}{form}{around}"));
            prop_assert!(shown.contains("<key>") && shown.len() < 20, "{} is shown as {}", form, shown);
        }
    }

    #[test]
    fn the_same_secret_is_always_redacted_the_same_way(
        text in "[a-f0-9<>.\"'&%=:{}$ \\\\-]{0,40}(api_key|password)?[\"'=: ]{0,3}[a-f0-9 ]{0,50}",
    ) {
        let once = redactor().text(&text);
        prop_assert_eq!(redactor().text(&once), once);
    }

    #[test]
    fn no_text_makes_redaction_panic(text: String, escapes in "[%&\\\\u;#x0-9a-fD]{0,40}") {
        redactor().text(&format!("{text}{escapes}"));
    }
}

#[test]
fn a_secret_is_replaced_by_its_name() {
    let shown = redactor().text(&format!("key_{KEY}, {}, \"{KEY}\"", KEY.to_uppercase()));
    assert_eq!(shown, "key_<alice.user_key>, <alice.user_key in another form>, \"<alice.user_key>\"");
}

#[rstest]
#[case::hyphens("00112233-44556677-8899aabb-ccddeeff-0011223e", "<alice.user_key in another form>")]
#[case::an_unknown_key("99112233-44556677-8899aabb-ccddeeff-0011223e", "<key>")]
#[case::an_uuid("00112233-4455-6677-8899-aabbccddeeff", "00112233-4455-6677-8899-aabbccddeeff")]
fn a_key_in_groups_is_found(#[case] text: &str, #[case] shown: &str) {
    assert_eq!(redactor().text(text), shown);
}

#[rstest]
#[case::a_member(r#"{"user_key": "sk.7ae0", "note": "sk"}"#, r#"{"user_key": "<secret>", "note": "sk"}"#)]
#[case::one_in_a_text(r#""{\"password\": \"a \\\"b\", \"n\": 1}""#, r#""{\"password\": \"<secret>\", \"n\": 1}""#)]
#[case::a_python_dictionary("{'password': 'in the vents'}", "{'password': '<secret>'}")]
#[case::an_invitation(r#"{"key": "inv_8c12f3aa9b7d"}"#, r#"{"key": "<secret>"}"#)]
#[case::the_query(
    "GET /user/?api_key=sk.1&page_size=2&_user_key=sk.2",
    "GET /user/?api_key=<secret>&page_size=2&_user_key=<secret>"
)]
#[case::its_other_names(
    "?apikey=sk.1&userkey=sk%2E2&account_key=3",
    "?apikey=<secret>&userkey=<secret>&account_key=<secret>"
)]
#[case::an_encoded_query(
    "next=%2Fuser%2F%3Fapi_key%3Dsk.1%26page_size%3D2",
    "next=%2Fuser%2F%3Fapi_key%3D<secret>%26page_size%3D2"
)]
#[case::a_header("X-API-KEY: sk.1\nX-User-Key:sk.2", "X-API-KEY: <secret>\nX-User-Key:<secret>")]
#[case::headers_as_json(
    r#"{"x-api-key": "sk.1", "authorization": "Token sk.2"}"#,
    r#"{"x-api-key": "<secret>", "authorization": "Token <secret>"}"#
)]
#[case::authorization("Authorization: Token sk.1", "Authorization: Token <secret>")]
#[case::a_field("name=\"_api_key\"\r\n\r\nsk.1\r\n--b", "name=\"_api_key\"\\u{d}\n\\u{d}\n<secret>\\u{d}\n--b")]
#[case::a_variable("SYNCANO_ACCOUNT_KEY=sk.1 run", "SYNCANO_ACCOUNT_KEY=<secret> run")]
#[case::a_url("https://me:sk.1@example.com/?a=b@c", "https://<secret>@example.com/?a=b@c")]
#[case::base64("eyJwYXNzd29yZCI6ICJpbiB0aGUgdmVudHMifQ==", "eyJwYXNzd29yZCI6IC<secret>ifQ==")]
fn a_secret_of_another_form_is_found_by_the_text_before_it(#[case] text: &str, #[case] shown: &str) {
    assert_eq!(redactor().text(text), shown);
}

#[rstest]
#[case("{\n\t\"id\": \"<alice.id:int>\", \"detail\": \"User was not found.\"\n}")]
#[case(r#"{"api_key": "<api.key>", "password": ["This field is required."], "key": "short"}"#)]
#[case(r#"curl -X POST -H "X-API-KEY: ${API_KEY}" -H "authorization: Token ${API_KEY}" --data "{\"password\":\"${ALICE_PASSWORD}\$\"}" "https://h/?user_key=${K}""#)]
#[case("with `?api_key=` and `?user_key=`; X-API-KEY: <api.key>, authorization: Token <api.key>")]
#[case(r#"{"username": "{{alice.username}}", "password": "{{alice.password}}"}"#)]
#[case("2026-11-22T20:22:11.259247Z, owner@example.com, /v1.1/instances/conformance-p9rhx83j-24-own/user/")]
fn other_texts_are_not_redacted(#[case] text: &str) {
    assert_eq!(redactor().text(text), text);
}

#[test]
fn a_short_password_is_not_redacted_in_ordinary_texts() {
    let redactor = Redactor::knowing([("bob.password", "demo"), ("eve.password", "in")]);
    let text = "democracy in demo-land, ZGVtbw==";
    let shown = "democracy in <bob.password>-land, <bob.password in another form>==";
    assert_eq!(redactor.text(text), shown);
    assert_eq!(redactor.text(r#"{"password": "in"}"#), r#"{"password": "<secret>"}"#);
}

#[test]
fn a_secret_is_found_in_a_long_text_too() {
    let redactor = Redactor::knowing([("bob.password", PASSWORD)]);
    for before in (PIECE - 100..PIECE + 30).step_by(7) {
        let text = format!("{}{PASSWORD}{}", "-".repeat(before), "-".repeat(2 * PIECE));
        let shown = format!("{}<bob.password>{}", "-".repeat(before), "-".repeat(2 * PIECE));
        assert!(redactor.text(&text) == shown, "after {before} characters");
    }
}

#[test]
fn an_added_secret_is_redacted_from_then_on() {
    let secrets = Secrets::default();
    let redactor = secrets.redactor();
    assert_eq!(redactor.text("open sesame"), "open sesame");
    secrets.add("cave.password", "Open Sesame");
    assert_eq!(redactor.text("open sesame"), "<cave.password in another form>");
    assert_eq!(format!("{secrets:?}"), "Secrets(...)");
}

#[test]
fn control_characters_are_escaped() {
    assert_eq!(redactor().text("a\u{1b}[2Jb\u{7}"), "a\\u{1b}[2Jb\\u{7}");
}
