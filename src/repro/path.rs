//! Translates JSONPath to jq, for the paths that the prelude supports.

/// Returns a path in jq; `None` for one with filters or slices. `$.objects[*].id` becomes
/// `m("objects")|every|m("id")`.
pub fn jq(path: &str) -> Option<String> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = vec![".".to_owned()];
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("..") {
            steps.push("..".to_owned());
            let (step, left) = member(after)?;
            steps.push(step);
            rest = left;
        } else if let Some(after) = rest.strip_prefix('.') {
            let (step, left) = member(after)?;
            steps.push(step);
            rest = left;
        } else {
            let (inside, left) = brackets(rest.strip_prefix('[')?)?;
            let all = inside.iter().map(|selector| one(selector)).collect::<Option<Vec<_>>>()?;
            steps.push(format!("({})", all.join(",")));
            rest = left;
        }
    }
    Some(steps.join("|"))
}

/// Translates the selector after a dot.
fn member(text: &str) -> Option<(String, &str)> {
    if let Some(rest) = text.strip_prefix('*') {
        return Some(("every".to_owned(), rest));
    }
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then(|| (format!("m(\"{name}\")"), rest))
}

/// Returns the selectors up to the closing bracket, and the rest.
fn brackets(text: &str) -> Option<(Vec<String>, &str)> {
    let (mut quote, mut selectors, mut selector) = (None, Vec::new(), String::new());
    for (at, c) in text.char_indices() {
        match quote {
            // Escapes are not supported.
            _ if c == '\\' => return None,
            Some(open) => {
                selector.push(c);
                if c == open {
                    quote = None;
                }
            }
            None if c == ']' => {
                selectors.push(selector.trim().to_owned());
                return Some((selectors, text.get(at + 1..)?));
            }
            None if c == ',' => selectors.push(std::mem::take(&mut selector).trim().to_owned()),
            None => {
                quote = matches!(c, '"' | '\'').then_some(c);
                selector.push(c);
            }
        }
    }
    None
}

fn one(selector: &str) -> Option<String> {
    let quoted = |quote: char| selector.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    if let Some(name) = quoted('"').or_else(|| quoted('\'')) {
        return Some(format!("m({})", serde_json::Value::from(name)));
    }
    match selector {
        "*" => Some("every".to_owned()),
        number => number.parse::<i64>().ok().map(|number| format!("i({number})")),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("$", Some("."))]
    #[case("$.objects[*].user.id", Some(r#".|m("objects")|(every)|m("user")|m("id")"#))]
    #[case("$[0]['a b', \"c\"]", Some(r#".|(i(0))|(m("a b"),m("c"))"#))]
    #[case("$..id", Some(r#".|..|m("id")"#))]
    #[case("$[?@.a == 1]", None)]
    #[case("$[1:]", None)]
    fn a_path_is_translated_to_jq(#[case] path: &str, #[case] said: Option<&str>) {
        assert_eq!(jq(path).as_deref(), said);
    }
}
