//! The members in which two JSON texts differ.

use serde_json::{Map, Value};
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::outline::{IDENTITIES, brief};
use crate::judge::path_segment;

/// The maximum length of a text that is compared by its members.
const LONGEST: usize = 64 << 10;
/// The maximum number of items of lists that are aligned: the cost can grow with the square of their number.
const MOST_ALIGNED: usize = 500;
/// The maximum number of lines of a value; a longer one is shown in brief.
const MOST_LINES: usize = 8;

/// A member that differs.
#[derive(Debug, PartialEq)]
pub(super) struct MemberChange {
    /// The place: a JSON path, with the object that it is in. Empty for the whole text.
    pub at: String,
    /// The lines of the expected value; none if the member should be absent.
    pub expected: Vec<String>,
    /// The lines of the actual value; none if the member is absent.
    pub actual: Vec<String>,
}

/// Returns the members in which two texts differ, if both are JSON or both are answers with JSON. Paths in an answer begin with
/// `$`; those in a value are relative to it, because the value may be a part of an answer. Returns `None` if the texts have
/// another form, or differ only in theirs.
pub(super) fn changes(expected: &str, actual: &str) -> Option<Vec<MemberChange>> {
    let (old, new) = (Parsed::new(expected)?, Parsed::new(actual)?);
    let root = if old.head.is_empty() { "" } else { "$" };
    if old.head.is_empty() != new.head.is_empty() {
        return None;
    }
    let mut changes = Vec::new();
    let only = |these: &[&str], those: &[&str]| {
        these.iter().filter(|line| !those.contains(line)).map(|line| (*line).to_owned()).collect::<Vec<_>>()
    };
    let head = [only(&old.head, &new.head), only(&new.head, &old.head)];
    if let [expected, actual] = head
        && !(expected.is_empty() && actual.is_empty())
    {
        changes.push(MemberChange { at: String::new(), expected, actual });
    }
    compare(root, None, Some(&old.body), Some(&new.body), &mut changes);
    (!changes.is_empty()).then_some(changes)
}

/// A JSON text, or an answer with a JSON body.
struct Parsed<'t> {
    /// The status and the headers of an answer.
    head: Vec<&'t str>,
    body: Value,
}

impl<'t> Parsed<'t> {
    fn new(text: &'t str) -> Option<Parsed<'t>> {
        if text.len() > LONGEST {
            return None;
        }
        if let Ok(body) = serde_json::from_str(text) {
            return Some(Parsed { head: Vec::new(), body });
        }
        let (head, body) = text.split_once("\n\n")?;
        let head = head.lines().collect::<Vec<_>>();
        head.first()?.parse::<u16>().ok()?;
        Some(Parsed { head, body: serde_json::from_str(body).ok()? })
    }
}

/// Adds the changes between two values. `within` names the object that holds them.
fn compare(at: &str, within: Option<&str>, old: Option<&Value>, new: Option<&Value>, changes: &mut Vec<MemberChange>) {
    match (old, new) {
        (old, new) if old == new => {}
        (Some(Value::Object(old)), Some(Value::Object(new))) => objects(at, within, old, new, changes),
        (Some(Value::Array(old)), Some(Value::Array(new))) => arrays(at, within, old, new, changes),
        (old, new) => {
            let lines = |value: Option<&Value>| value.map(lines).unwrap_or_default();
            let within = within.map(|within| format!(" ({within})")).unwrap_or_default();
            changes.push(MemberChange { at: format!("{at}{within}"), expected: lines(old), actual: lines(new) });
        }
    }
}

/// Returns the lines of a value, or one line if there are too many.
fn lines(value: &Value) -> Vec<String> {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let lines = text.lines().map(str::to_owned).collect::<Vec<_>>();
    if lines.len() > MOST_LINES { vec![brief(value)] } else { lines }
}

fn objects(
    at: &str,
    within: Option<&str>,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    changes: &mut Vec<MemberChange>,
) {
    let identity =
        IDENTITIES.iter().find_map(|name| Some((*name, old.get(*name).filter(|old| new.get(*name) == Some(old))?)));
    let identity = identity.filter(|(_, value)| !value.is_object() && !value.is_array() && !value.is_null());
    let within = identity.map(|(name, value)| format!("{name} {value}")).or(within.map(str::to_owned));
    let added = new.keys().filter(|name| !old.contains_key(*name));
    for name in old.keys().chain(added) {
        compare(&format!("{at}{}", path_segment(name)), within.as_deref(), old.get(name), new.get(name), changes);
    }
}

fn arrays(at: &str, within: Option<&str>, old: &[Value], new: &[Value], changes: &mut Vec<MemberChange>) {
    for op in aligned(old, new) {
        let (_, old_range, new_range) = op.as_tag_tuple();
        let (mut olds, mut news) = (old_range.clone(), new_range.clone());
        loop {
            let (old_index, new_index) = (olds.next(), news.next());
            let Some(index) = new_index.or(old_index) else { break };
            let (old, new) = (old_index.and_then(|index| old.get(index)), new_index.and_then(|index| new.get(index)));
            compare(&format!("{at}[{index}]"), within, old, new, changes);
        }
    }
}

/// Returns which items of two lists belong together: those that are equal, and between them those in the same place.
fn aligned(old: &[Value], new: &[Value]) -> Vec<DiffOp> {
    if old.len().max(new.len()) > MOST_ALIGNED {
        return vec![DiffOp::Replace { old_index: 0, old_len: old.len(), new_index: 0, new_len: new.len() }];
    }
    let [old, new] = [old, new].map(|items| items.iter().map(Value::to_string).collect::<Vec<_>>());
    capture_diff_slices(Algorithm::Myers, &old, &new)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    /// Returns the changes as text: the place, then the lines of both values.
    fn shown(expected: &str, actual: &str) -> Vec<String> {
        let line =
            |MemberChange { at, expected, actual }| format!("{at}: {} > {}", expected.join(" "), actual.join(" "));
        changes(expected, actual).into_iter().flatten().map(line).collect()
    }

    #[rstest]
    #[case::a_value(json!("a"), json!("b"), &[r#": "a" > "b""#])]
    #[case::a_member(json!({"a": 1, "b": 2}), json!({"b": 3, "a": 1}), &[".b: 2 > 3"])]
    #[case::a_member_less_and_one_more(json!({"a": 1}), json!({"b c": 2}), &[".a: 1 > ", r#"["b c"]:  > 2"#])]
    #[case::one_more_item(json!([1, 3]), json!([1, 2, 3]), &["[1]:  > 2"])]
    #[case::one_item_less(json!([1, 2, 3]), json!([1, 3]), &["[1]: 2 > "])]
    #[case::in_an_object(
        json!({"objects": [{"id": 1}, {"id": 2, "profile": {"note": "a"}}]}),
        json!({"objects": [{"id": 1}, {"id": 2, "profile": {"note": "b"}}]}),
        &[r#".objects[1].profile.note (id 2): "a" > "b""#]
    )]
    #[case::another_type(json!({"a": 1}), json!([]), &[": {   \"a\": 1 } > []"])]
    fn only_what_differs_is_shown(#[case] expected: Value, #[case] actual: Value, #[case] lines: &[&str]) {
        assert_eq!(shown(&expected.to_string(), &actual.to_string()), lines);
    }

    #[test]
    fn an_answer_differs_in_its_head_and_in_its_body() {
        let answer = |status, revision| format!("{status}\nallow: GET\n\n{{\"id\": 7, \"revision\": {revision}}}");
        assert_eq!(shown(&answer(200, 1), &answer(201, 2)), [": 200 > 201", "$.revision (id 7): 1 > 2"]);
    }

    #[rstest]
    #[case::no_json("403", "200\n\n<p>")]
    #[case::an_answer_and_a_value("403", "200\n\n{}")]
    #[case::the_same("{}", "{ }")]
    #[case::another_order(r#"{"a": 1, "b": 2}"#, r#"{"b": 2, "a": 1}"#)]
    fn texts_of_another_form_have_no_members(#[case] expected: &str, #[case] actual: &str) {
        assert_eq!(changes(expected, actual), None);
    }

    #[test]
    fn long_lists_are_compared_item_by_item() {
        let list = |first: usize| Value::from((first..first + 20_000).collect::<Vec<_>>()).to_string();
        assert!(changes(&list(0), &list(1)).is_none(), "it is too long");
        let list = |first: usize| Value::from((first..first + 2_000).collect::<Vec<_>>()).to_string();
        assert_eq!(shown(&list(0), &list(1)).len(), 2_000);
    }
}
