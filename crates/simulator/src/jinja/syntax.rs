//! The error texts of Jinja2 for templates that cannot be read.

use minijinja::Error;

use super::filters::{FILTERS, TESTS};
use super::tags::{self, Part, TagKind};

/// Returns the text for an error of the engine.
pub fn reason(source: &str, error: &Error) -> String {
    let detail = error.detail().unwrap_or_default();
    let is_about_blocks = detail.starts_with("unknown statement ") || detail == UNCLOSED || has_do(source);
    if is_about_blocks && let Some(reason) = of_blocks(source) {
        return reason;
    }
    if let Some((found, expected)) = detail.strip_prefix("unexpected ").and_then(|rest| rest.split_once(", expected "))
    {
        let expected = token(expected);
        return match found {
            "end of input" if expected == EXPRESSION => "unexpected 'end of template'".to_owned(),
            "end of input" => format!("unexpected end of template, expected '{expected}'."),
            found if expected == EXPRESSION => format!("unexpected '{}'", token(found)),
            found => format!("expected token '{expected}', got '{}'", written(found, source, error)),
        };
    }
    match detail.strip_prefix("unexpected ") {
        Some("end of variable block") => "Expected an expression, got 'end of print statement'".to_owned(),
        Some("end of block") => "Expected an expression, got 'end of statement block'".to_owned(),
        Some("end of comment") => "Missing end of comment tag".to_owned(),
        Some("end of raw block") => "Missing end of raw directive".to_owned(),
        Some(found) => format!("unexpected '{}'", token(found)),
        None => detail.to_owned(),
    }
}

/// Checks the names of tags, filters and tests. The engine has others, and it looks for filters when
/// a template uses them.
///
/// # Errors
///
/// Returns the error text of Jinja2 for a name that it does not know.
pub fn check_names(source: &str) -> Result<(), String> {
    if has_do(source) {
        return Err(of_blocks(source).unwrap_or_default());
    }
    for tag in tags::of(source) {
        let mut before = None;
        let is_filter_block = tag.name() == Some("filter");
        for (at, part) in tag.parts().enumerate() {
            if let Part::Word(name) = part {
                // `is not` is one operator.
                if name == "not" && before == Some(Part::Word("is")) {
                    continue;
                }
                let is_filter = before == Some(Part::Sign('|')) || is_filter_block && at == 1;
                if is_filter && !FILTERS.contains(&name) {
                    return Err(format!("no filter named '{name}'"));
                }
                if before == Some(Part::Word("is")) && !TESTS.contains(&name) {
                    return Err(format!("no test named '{name}'"));
                }
            }
            before = Some(part);
        }
    }
    Ok(())
}

/// Returns whether a template has the statement `do`, which is an extension of Jinja2.
fn has_do(source: &str) -> bool {
    tags::of(source).any(|tag| tag.name() == Some("do"))
}

/// What the engine says about a template that ends inside of a block.
const UNCLOSED: &str = "unexpected end of input, expected end of block";

/// What the engine expects where Jinja2 expects any expression.
const EXPRESSION: &str = "expression";

/// A block that is not closed yet.
struct Open<'s> {
    name: &'s str,
    /// The tags that may follow.
    ends: &'static [&'static str],
}

/// Returns the text for the first tag that does not fit the blocks around it, or for a block that
/// is not closed.
fn of_blocks(source: &str) -> Option<String> {
    let mut open: Vec<Open<'_>> = Vec::new();
    for tag in tags::of(source).filter(|tag| tag.kind == TagKind::Statement) {
        let name = tag.name()?;
        let fits = open.last().is_some_and(|block| block.ends.contains(&name));
        match name {
            _ if fits && name.starts_with("end") => drop(open.pop()),
            "else" if fits => {
                let block = open.last_mut()?;
                block.ends = if block.name == "for" { &["endfor"] } else { &["endif"] };
            }
            "elif" if fits => {}
            "set" if tag.parts().any(|part| part == Part::Sign('=')) => {}
            "include" | "import" | "from" | "extends" => {}
            _ => match ends(name) {
                Some(ends) => open.push(Open { name, ends }),
                None => return Some(misplaced(Some(name), &open)),
            },
        }
    }
    (!open.is_empty()).then(|| misplaced(None, &open))
}

/// Returns the tags that may follow the beginning of a block.
fn ends(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "for" => &["endfor", "else"],
        "if" => &["elif", "else", "endif"],
        "macro" => &["endmacro"],
        "call" => &["endcall"],
        "filter" => &["endfilter"],
        "block" => &["endblock"],
        "set" => &["endset"],
        "with" => &["endwith"],
        "autoescape" => &["endautoescape"],
        _ => return None,
    })
}

/// Returns the text for a tag among the open blocks, or for the end of the template.
fn misplaced(name: Option<&str>, open: &[Open<'_>]) -> String {
    let mut text = match name {
        Some(name) => format!("Encountered unknown tag '{name}'."),
        None => "Unexpected end of template.".to_owned(),
    };
    let Some(innermost) = open.last() else { return text };
    let ends = innermost.ends.iter().map(|end| format!("'{end}'")).collect::<Vec<_>>().join(" or ");
    let is_nested = name.is_some_and(|name| open.iter().any(|block| block.ends.contains(&name)));
    text.push_str(&match is_nested {
        true => format!(
            " You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for {ends}."
        ),
        false => format!(" Jinja was looking for the following tags: {ends}."),
    });
    text.push_str(&format!(" The innermost block that needs to be closed is '{}'.", innermost.name));
    text
}

/// Returns the token at an error: a name as it is written, other tokens by their kind.
fn written<'s>(found: &'s str, source: &'s str, error: &Error) -> &'s str {
    match error.range().and_then(|place| source.get(place)) {
        Some(name) if found == "identifier" => name,
        _ => token(found),
    }
}

/// Returns the name that Jinja2 has for a token of the engine.
fn token(name: &str) -> &str {
    match name {
        "end of input" => "end of template",
        "start of variable block" => "begin of print statement",
        "end of variable block" => "end of print statement",
        "start of block" => "begin of statement block",
        "end of block" => "end of statement block",
        "identifier" => "name",
        "template-data" => "template data / text",
        name => name.trim_matches('`'),
    }
}
