//! Answers and values in brief: JSON on one line, without the members of inner objects.

use serde_json::Value;

/// The members by which a reader recognises an object.
pub(super) const IDENTITIES: [&str; 4] = ["id", "username", "name", "label"];
/// The maximum length of the line, in characters.
const LONGEST: usize = 300;
/// The number of items that are shown of a list.
const ITEMS: usize = 4;

/// Returns the lines of a normalised answer in brief. Returns `None` if the text is no answer.
pub(super) fn outline(answer: &str) -> Option<Vec<String>> {
    let (head, body) = answer.split_once("\n\n").unwrap_or((answer, ""));
    let mut head = head.lines();
    let status = head.next().filter(|status| status.len() == 3 && status.parse::<u16>().is_ok())?;
    let mut lines = vec![status.to_owned()];
    match serde_json::from_str::<Value>(body) {
        Ok(body) => lines.push(brief(&body)),
        Err(_) => {
            lines.extend(head.filter(|line| line.starts_with("content-type: ")).map(short));
            let words = body.split_whitespace().collect::<Vec<_>>().join(" ");
            lines.extend((!words.is_empty()).then(|| short(&words)));
        }
    }
    Some(lines)
}

/// Returns the beginning of a value as JSON on one line. Of an inner object it shows only the member
/// that names the object.
pub(super) fn brief(value: &Value) -> String {
    short(&line(value, true))
}

fn line(value: &Value, is_outer: bool) -> String {
    match value {
        Value::Object(members) => {
            let is_shown =
                |name: &str| is_outer || IDENTITIES.into_iter().find(|id| members.contains_key(*id)) == Some(name);
            let shown = members.iter().filter(|(name, _)| is_shown(name));
            let shown = shown.map(|(name, value)| format!("{}: {}", Value::from(name.as_str()), line(value, false)));
            let mut shown = shown.collect::<Vec<_>>();
            shown.extend((shown.len() < members.len()).then(|| "...".to_owned()));
            format!("{{{}}}", shown.join(", "))
        }
        Value::Array(items) => {
            let mut shown = items.iter().take(ITEMS).map(|item| line(item, false)).collect::<Vec<_>>();
            shown.extend((shown.len() < items.len()).then(|| format!("... {} more", items.len() - shown.len())));
            format!("[{}]", shown.join(", "))
        }
        value => value.to_string(),
    }
}

fn short(line: &str) -> String {
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", line.get(..end).unwrap_or(line)),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("200", &["200"])]
    #[case("200\nallow: GET\n\n{\"detail\": \"No.\"}", &["200", r#"{"detail": "No."}"#])]
    #[case(
        "200\n\n{\"next\": null, \"objects\": [{\"id\": \"<bob.id:int>\", \"links\": {}}, {\"links\": {}}]}",
        &["200", r#"{"next": null, "objects": [{"id": "<bob.id:int>", ...}, {...}]}"#],
    )]
    #[case("200\n\n[1, 2, 3, 4, 5, 6]", &["200", "[1, 2, 3, 4, ... 2 more]"])]
    #[case(
        "500\nallow: GET\ncontent-type: text/html\n\n<h1>\nSorry",
        &["500", "content-type: text/html", "<h1> Sorry"],
    )]
    fn an_answer_is_shown_in_brief(#[case] answer: &str, #[case] expected: &[&str]) {
        assert_eq!(outline(answer).unwrap(), expected);
    }

    #[test]
    fn only_an_answer_is_shown_in_brief_and_never_at_length() {
        assert_eq!(outline("{\"id\": 7}"), None);
        assert_eq!(outline("20000\n\nx"), None);
        let lines = outline(&format!("200\n\n{}", "é".repeat(1000))).unwrap();
        assert_eq!(lines[1].chars().count(), LONGEST + 3);
    }
}
