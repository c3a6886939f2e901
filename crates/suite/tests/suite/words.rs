//! The words of a scenario file: principals, ids of checks, paths in an answer, and references.

use serde_json::json;
use syncano_suite::{BuiltInCheck, Json, Locator, Principal, Reference, Text};

#[test]
fn every_principal_of_the_table_reads_back() {
    for word in [
        "anonymous",
        "account",
        "api",
        "api:ignore_acl",
        "api:spare",
        "foreign",
        "alice",
        "alice@ignore_acl",
        "alice@foreign",
        "alice@revoked",
        "account+alice",
        "account:read",
        "account:stranger",
        "account:write+alice",
        "anonymous+alice",
    ] {
        assert_eq!(word.parse::<Principal>().map(|p| p.to_string()), Ok(word.to_owned()));
    }
}

#[test]
fn an_invalid_principal_is_rejected() {
    for word in [
        "",
        "Alice",
        "account+",
        "account:",
        "account:owner",
        "account:read+",
        "alice+account",
        "account+api",
        "alice@",
        "api:",
        "alice bob",
        "root",
    ] {
        assert!(word.parse::<Principal>().is_err(), "{word:?} was accepted");
    }
}

#[test]
fn a_check_is_found_by_its_id() {
    for check in BuiltInCheck::ALL {
        assert_eq!(BuiltInCheck::named(check.id("users/scoped").as_str()), Some(check));
    }
    for other in ["sane/patch-accepts-a-profile", "leaks/users", "users/scoped", "sane/answersx/users"] {
        assert_eq!(BuiltInCheck::named(other), None, "{other}");
    }
}

fn locator(text: &str) -> Locator {
    Locator::try_from(text.to_owned()).unwrap()
}

#[test]
fn a_singular_path_returns_the_value_and_other_paths_return_a_list() {
    let body = json!({"objects": [{"id": 1}, {"id": 2}], "a*b": 3});
    assert_eq!(locator("$.objects[1].id").find(&body), Some(json!(2)));
    assert_eq!(locator("$['a*b']").find(&body), Some(json!(3)));
    assert_eq!(locator("$.nothing").find(&body), None);
    assert_eq!(locator("$.objects[*].id").find(&body), Some(json!([1, 2])));
    assert_eq!(locator("$..id").find(&body), Some(json!([1, 2])));
    assert_eq!(locator("$.objects[5:].id").find(&body), Some(json!([])));
    assert_eq!(Locator::whole().find(&body), Some(body));
}

#[test]
fn a_lone_reference_keeps_its_type_and_a_reference_in_text_becomes_text() {
    let (id, name) = (json!(7), json!("alice-1"));
    let lookup = |reference: &Reference| match reference.as_str() {
        "alice.id" => Some(&id),
        "alice.username" => Some(&name),
        _ => None,
    };
    let template: Json =
        r#"["{{alice.id}}", "/users/{{alice.id}}/", {"who": "{{ alice.username }}"}]"#.parse().unwrap();
    assert_eq!(template.resolve(lookup), Ok(json!([7, "/users/7/", {"who": "alice-1"}])));
    let unknown: Text = "{{bob.id}}".parse().unwrap();
    assert_eq!(unknown.resolve(lookup).unwrap_err().to_string(), "`bob.id` has no value");
}

#[test]
fn a_number_is_sent_as_written() {
    let text = r#"{"a":[1.10,1e2,-0],"b":123456789012345678901234567890}"#;
    assert_eq!(text.parse::<Json>().unwrap().resolve(|_| None).unwrap().to_string(), text);
}

#[test]
fn invalid_templates_are_rejected() {
    let text = |text: &str| text.parse::<Text>().unwrap_err().to_string();
    assert_eq!(text("{{alice"), "`{{` without `}}`");
    assert!(text("{{}}").starts_with("\"\" is not a reference"));
    let json = |text: &str| text.parse::<Json>().unwrap_err().to_string();
    assert!(json("{").starts_with("not JSON: "));
    assert!(json(&"[".repeat(100_000)).starts_with("not JSON: "));
    assert!(json(r#"{"a": "{{A}}"}"#).starts_with("\"A\" is not a reference"));
}
