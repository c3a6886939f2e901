//! The tags of a template: `{{ print }}` and `{% statement %}`, without comments and raw text.

/// A tag.
pub struct Tag<'s> {
    pub kind: TagKind,
    /// The text between the delimiters.
    pub code: &'s str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagKind {
    Print,
    Statement,
}

/// A part of the code of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'s> {
    Word(&'s str),
    Text,
    Sign(char),
}

/// Returns the tags of a template. The last one may lack its end.
pub fn of(source: &str) -> impl Iterator<Item = Tag<'_>> {
    let mut rest = source;
    std::iter::from_fn(move || {
        loop {
            let (delimiter, code) = rest.get(start(rest)?..)?.split_at_checked(2)?;
            let kind = match delimiter {
                "{{" => TagKind::Print,
                "{%" => TagKind::Statement,
                _ => {
                    rest = code.split_once("#}").map_or("", |(_, rest)| rest);
                    continue;
                }
            };
            let (code, after) = code.split_at_checked(end(code, kind))?;
            rest = after.get(2..).unwrap_or_default();
            let tag = Tag { kind, code: code.trim_start_matches(['-', '+']).trim_end_matches(['-', '+']) };
            if tag.name() == Some("raw") {
                rest = rest.split_once("endraw").map_or("", |(_, rest)| rest);
                continue;
            }
            return Some(tag);
        }
    })
}

/// Returns where the next tag or comment starts.
fn start(source: &str) -> Option<usize> {
    let mut braces = source.match_indices('{').map(|(at, _)| at);
    braces.find(|at| matches!(source.as_bytes().get(at + 1), Some(b'{' | b'%' | b'#')))
}

impl<'s> Tag<'s> {
    /// Returns the name of a statement.
    pub fn name(&self) -> Option<&'s str> {
        match self.parts().next() {
            Some(Part::Word(name)) if self.kind == TagKind::Statement => Some(name),
            _ => None,
        }
    }

    /// Returns the words and signs of the code; each text counts as one part.
    pub fn parts(&self) -> impl Iterator<Item = Part<'s>> {
        parts(self.code).map(|(part, _)| part)
    }
}

/// Returns the parts of code, each with the place after it.
fn parts(code: &str) -> impl Iterator<Item = (Part<'_>, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = code.get(at..)?;
        let blank = rest.len() - rest.trim_start().len();
        let (start, rest) = (at + blank, rest.trim_start());
        let first = rest.chars().next()?;
        let (part, length) = if is_of_word(first) {
            let length = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
            (Part::Word(rest.get(..length)?), length)
        } else if matches!(first, '"' | '\'') {
            (Part::Text, length_of_text(rest, first))
        } else {
            (Part::Sign(first), first.len_utf8())
        };
        at = start + length;
        Some((part, at))
    })
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns the length of a text with its quotes.
fn length_of_text(rest: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// Returns where the code of a tag ends. Its end may occur in texts, and `}}` ends dictionaries.
fn end(code: &str, kind: TagKind) -> usize {
    let first = if kind == TagKind::Print { '}' } else { '%' };
    let mut depth = 0_usize;
    let mut before = None;
    for (part, after) in parts(code) {
        let Part::Sign(sign) = part else {
            before = None;
            continue;
        };
        if sign == '}' && before == Some((first, after - 1)) {
            return after - 2;
        }
        before = (depth == 0).then_some((sign, after));
        match sign {
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_end_outside_of_texts_and_dictionaries() {
        let source =
            "a {{ {'a': {}} }} {# {{ no }} #} {%- if '%}' -%} {% raw %} {{ no }} {% endraw %} {{ \"}}\" }} {{ rest";
        let tags: Vec<_> = of(source).map(|tag| (tag.kind, tag.code.trim())).collect();
        let expected = [
            (TagKind::Print, "{'a': {}}"),
            (TagKind::Statement, "if '%}'"),
            (TagKind::Print, "\"}}\""),
            (TagKind::Print, "rest"),
        ];
        assert_eq!(tags, expected);
    }

    #[test]
    fn a_tag_has_words_and_signs() {
        let tag = of("{% if x|first is none %}").next().expect("a tag");
        let word = Part::Word;
        let expected = [word("if"), word("x"), Part::Sign('|'), word("first"), word("is"), word("none")];
        assert_eq!(tag.parts().collect::<Vec<_>>(), expected);
        assert_eq!(tag.name(), Some("if"));
    }
}
