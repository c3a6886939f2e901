//! Names values in reasons, which are one line each.

use serde_json::Value;

use super::bindings::Bindings;

/// The maximum number of values that a reason names.
const MOST: usize = 5;
/// The places of the values by which a reader recognises an object.
const IDENTITIES: [&str; 6] = ["/id", "/user/id", "/group/id", "/username", "/name", "/label"];
/// The maximum length of a value without a name.
const LONGEST: usize = 60;

/// Returns the name of a normalised value, `<alice.id>`; a value without a name is shortened JSON.
pub fn named(shown: &Value, bindings: &Bindings) -> String {
    name(shown).unwrap_or_else(|| shortened(&shown.to_string(), LONGEST, bindings))
}

/// Returns the name of a text, or of an object by its members.
fn name(shown: &Value) -> Option<String> {
    match shown {
        Value::String(text) if is_name(text) => Some(text.replace(":int>", ">")),
        Value::Object(_) => {
            let values = IDENTITIES.iter().filter_map(|at| shown.pointer(at));
            values.filter(|value| value.is_string()).find_map(name)
        }
        _ => None,
    }
}

/// Returns a list in words: `<alice.id>, <bob.id> and 3 more`.
pub fn listed(names: &[String]) -> String {
    let (named, more) = names.split_at(names.len().min(MOST));
    match (named, more.len()) {
        ([], _) => String::new(),
        ([one], 0) => one.clone(),
        ([first @ .., last], 0) => format!("{} and {last}", first.join(", ")),
        (named, more) => format!("{} and {more} more", named.join(", ")),
    }
}

/// Returns the beginning of a text that is too long to show. Secrets are redacted before the text
/// is cut, because half a secret would not be recognised.
pub fn shortened(text: &str, most: usize, bindings: &Bindings) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    format!("{}...", bindings.redactor().beginning(text, most))
}

/// Returns whether a normalised text is a name.
fn is_name(text: &str) -> bool {
    let name = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '_' | '-' | '@');
    name.is_some_and(|name| !name.is_empty() && name.chars().all(is_part))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::judge::testing::alice;

    #[rstest]
    #[case(json!("<alice.id:int>"), "<alice.id>")]
    #[case(json!("<alice.id:text>"), "<alice.id:text>")]
    #[case(json!("<time>"), "<time>")]
    #[case(json!("<b>bold</b>"), r#""<b>bold</b>""#)]
    #[case(json!(7), "7")]
    #[case(json!({"id": "<user-1.id:int>", "note": "a"}), "<user-1.id>")]
    #[case(json!({"user": {"id": "<bob.id:int>", "username": "<bob.username>"}}), "<bob.id>")]
    #[case(json!({"id": 7, "name": "<box.name>"}), "<box.name>")]
    #[case(json!({"id": 7, "owner": "<bob.id:int>"}), r#"{"id":7,"owner":"<bob.id:int>"}"#)]
    #[case(json!("x".repeat(100)), &format!("\"{}...", "x".repeat(59)))]
    fn a_value_is_named_or_shown_in_short(#[case] shown: Value, #[case] expected: &str) {
        assert_eq!(named(&shown, &alice()), expected);
    }

    #[test]
    fn a_key_at_the_cut_is_hidden_whole() {
        let key = "1111111111111111111111111111111111111110";
        assert_eq!(
            named(&json!(format!("{}{key}", " ".repeat(40))), &alice()).split('<').nth(1),
            Some("alice.user_key>...")
        );
    }

    #[rstest]
    #[case(1, "1")]
    #[case(2, "1 and 2")]
    #[case(3, "1, 2 and 3")]
    #[case(5, "1, 2, 3, 4 and 5")]
    #[case(7, "1, 2, 3, 4, 5 and 2 more")]
    fn a_list_names_five_values(#[case] number: usize, #[case] expected: &str) {
        let names = (1..=number).map(|name| name.to_string()).collect::<Vec<_>>();
        assert_eq!(listed(&names), expected);
    }
}
