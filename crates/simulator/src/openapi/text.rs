//! Formats the document as text that is readable and can be compared line by line.

use serde_json::Value;

/// Maximum length of a line, in characters.
const WIDTH: usize = 140;
/// The part of a line reserved for a member's name, a comma and brackets.
const MARGIN: usize = 20;

/// Formats the document. A value that fits a line is written on one line; indentation is one space
/// per level.
pub fn format(value: &Value) -> String {
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

/// Writes items, with several on a line if they fit.
fn fill(items: &[Value], depth: usize, text: &mut String) {
    // The length of the line to which the next item can be added; `None` if a new line must begin.
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

/// Begins a new line.
fn begin(position: usize, depth: usize, text: &mut String) {
    text.push_str(if position == 0 { "\n" } else { ",\n" });
    text.push_str(&" ".repeat(depth));
}

fn close(bracket: char, depth: usize, text: &mut String) {
    text.push('\n');
    text.push_str(&" ".repeat(depth));
    text.push(bracket);
}
