//! The document as a text that people can read, and compare line by line.

use serde_json::Value;

/// How many characters a line may have.
const WIDTH: usize = 120;
/// How many of them a member's name, a comma and the like may take.
const MARGIN: usize = 20;

/// The text: what fits into a line stands in one.
pub fn of(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, &mut text);
    text.push('\n');
    text
}

fn write(value: &Value, depth: usize, text: &mut String) {
    let flat = value.to_string();
    let fits = flat.len() + 2 * depth + MARGIN <= WIDTH;
    match value {
        Value::Array(items) if !fits => {
            let items = items.iter().map(|item| (None, item));
            lines('[', items, ']', depth, text);
        }
        Value::Object(members) if !fits => {
            let members = members.iter().map(|(name, member)| (Some(name.as_str()), member));
            lines('{', members, '}', depth, text);
        }
        _ => text.push_str(&flat),
    }
}

fn lines<'v>(
    open: char,
    parts: impl Iterator<Item = (Option<&'v str>, &'v Value)>,
    close: char,
    depth: usize,
    text: &mut String,
) {
    text.push(open);
    for (position, (name, part)) in parts.enumerate() {
        text.push_str(if position == 0 { "\n" } else { ",\n" });
        text.push_str(&"  ".repeat(depth + 1));
        if let Some(name) = name {
            text.push_str(&Value::from(name).to_string());
            text.push_str(": ");
        }
        write(part, depth + 1, text);
    }
    text.push('\n');
    text.push_str(&"  ".repeat(depth));
    text.push(close);
}
