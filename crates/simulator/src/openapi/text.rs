//! The document as a text that people can read, and compare line by line.

use serde_json::Value;

/// How many characters a line may have.
const WIDTH: usize = 140;
/// How many of them a member's name, a comma and the like may take.
const MARGIN: usize = 20;

/// The text: what fits into a line stands in one, and a step to the right is one space.
pub fn of(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, &mut text);
    text.push('\n');
    text
}

fn write(value: &Value, depth: usize, text: &mut String) {
    let flat = value.to_string();
    let fits = flat.len() + depth + MARGIN <= WIDTH;
    match value {
        Value::Array(items) if !fits => {
            text.push('[');
            fill(items, depth + 1, text);
            close(']', depth, text);
        }
        Value::Object(members) if !fits => {
            text.push('{');
            for (position, (name, member)) in members.iter().enumerate() {
                begin(position, depth + 1, text);
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push_str(": ");
                write(member, depth + 1, text);
            }
            close('}', depth, text);
        }
        _ => text.push_str(&flat),
    }
}

/// Items, as many as fit in each line.
fn fill(items: &[Value], depth: usize, text: &mut String) {
    // How long the line is that the next item may stand in; `None` where it may not.
    let mut line = None;
    for (position, item) in items.iter().enumerate() {
        let flat = item.to_string().len();
        line = line.map(|length| length + 2 + flat).filter(|length| *length <= WIDTH);
        if line.is_some() {
            text.push_str(", ");
        } else {
            begin(position, depth, text);
            line = Some(depth + flat).filter(|length| length + MARGIN <= WIDTH);
        }
        write(item, depth, text);
    }
}

/// A new line for the next part.
fn begin(position: usize, depth: usize, text: &mut String) {
    text.push_str(if position == 0 { "\n" } else { ",\n" });
    text.push_str(&" ".repeat(depth));
}

fn close(bracket: char, depth: usize, text: &mut String) {
    text.push('\n');
    text.push_str(&" ".repeat(depth));
    text.push(bracket);
}
