//! What of a file may be shown.
//!
//! Somebody may have written a key into it, in the wrong place, without quotes, with a mistake beside it. So only those
//! values are shown of which nobody expects a secret, and of these none that looks like one.

use std::ops::Range;

use toml_parser::Source;
use toml_parser::lexer::TokenKind;

/// Keys whose values may be shown.
const SHOWN: [&str; 16] = [
    "api_version",
    "capabilities",
    "connect_timeout",
    "env",
    "file",
    "instance",
    "jobs",
    "max_time",
    "more_accounts",
    "rate",
    "register",
    "retries",
    "timeout",
    "url",
    "username",
    "writes",
];

/// So many hexadecimal digits in a row are taken for a key.
const DIGITS_OF_A_KEY: usize = 24;

/// The text with stars in place of what could be a secret. Lines and bytes stay where they are.
pub fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut shown_until = 0;
    for span in hidden(text) {
        masked.push_str(text.get(shown_until..span.start).unwrap_or_default());
        for c in text.get(span.clone()).unwrap_or_default().chars() {
            match c {
                '\n' | '\r' | '"' | '\'' => masked.push(c),
                // As many bytes, so that places stay places.
                _ => masked.extend(std::iter::repeat_n('*', c.len_utf8())),
            }
        }
        shown_until = span.end;
    }
    masked.push_str(text.get(shown_until..).unwrap_or_default());
    masked
}

/// Whether a text holds what looks like a key, wherever it stands.
pub fn holds_key(text: &str) -> bool {
    let mut digits = 0;
    text.chars().any(|c| {
        digits = if c.is_ascii_hexdigit() { digits + 1 } else { 0 };
        digits >= DIGITS_OF_A_KEY
    })
}

/// Whether the value of a key may be shown. A URL can hold a password before `@`, and a key after `?`.
fn is_shown(key: &str, value: &str) -> bool {
    SHOWN.contains(&key) && !holds_key(value) && !(key == "url" && value.contains(['@', '?']))
}

/// Where in the file something stands.
#[derive(Clone, Copy)]
enum Part<'t> {
    /// Before `=`, or in the head of a table: the last word so far.
    Key(Option<&'t str>),
    /// After it: the key.
    Value(&'t str),
}

/// What encloses a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bracket {
    Array,
    Table,
}

/// The places of what is not shown, in order. Works on what is no TOML, too.
fn hidden(text: &str) -> Vec<Range<usize>> {
    let mut hidden = Vec::new();
    let mut part = Part::Key(None);
    let mut open: Vec<(Bracket, &str)> = Vec::new();
    let mut after_dot = false;
    for token in Source::new(text).lex() {
        let span = token.span().start()..token.span().end();
        let word = text.get(span.clone()).unwrap_or_default();
        match (token.kind(), part) {
            (TokenKind::Equals, Part::Key(key)) => part = Part::Value(key.unwrap_or_default()),
            (TokenKind::Newline, _) if open.is_empty() => part = Part::Key(None),
            (TokenKind::LeftCurlyBracket, Part::Value(key)) => {
                open.push((Bracket::Table, key));
                part = Part::Key(None);
            }
            (TokenKind::LeftSquareBracket, Part::Value(key)) => open.push((Bracket::Array, key)),
            (TokenKind::RightCurlyBracket | TokenKind::RightSquareBracket, _) => {
                if let Some((_, key)) = open.pop() {
                    part = Part::Value(key);
                }
            }
            (TokenKind::Comma, _) if open.last().is_some_and(|(bracket, _)| *bracket == Bracket::Table) => {
                part = Part::Key(None);
            }
            (TokenKind::Comment, _) => hidden.push(span),
            (
                TokenKind::Atom
                | TokenKind::BasicString
                | TokenKind::LiteralString
                | TokenKind::MlBasicString
                | TokenKind::MlLiteralString,
                _,
            ) => match part {
                Part::Value(key) if is_shown(key, word) => {}
                // A second word where one key belongs is a value whose `=` was forgotten.
                Part::Key(before) if (before.is_none() || after_dot) && !holds_key(word) => {
                    part = Part::Key(Some(word.trim_matches(['"', '\''])));
                }
                _ => hidden.push(span),
            },
            _ => {}
        }
        if !matches!(token.kind(), TokenKind::Whitespace) {
            after_dot = token.kind() == TokenKind::Dot;
        }
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn only_what_nobody_expects_to_be_secret_is_shown() {
        let cases = [
            ("url = \"https://a.example\"", "url = \"https://a.example\""),
            ("url = \"https://u:p@a.example\"", "url = \"*********************\""),
            ("account_key = \"abc\" # abc", "account_key = \"***\" *****"),
            ("account_key = { env = \"KEY\", fiel = \"abc\" }", "account_key = { env = \"KEY\", fiel = \"***\" }"),
            (
                "account_key = { env = \"0123456789abcdef01234567\" }",
                "account_key = { env = \"************************\" }",
            ),
            (
                "capabilities = [\"groups\",\n \"batch\"]\nkey = 'a'",
                "capabilities = [\"groups\",\n \"batch\"]\nkey = '*'",
            ),
            (
                "users.al = { username = \"al\", password = \"pé\" }",
                "users.al = { username = \"al\", password = \"***\" }",
            ),
            ("[target.a.b]\n", "[target.a.b]\n"),
        ];
        for (text, shown) in cases {
            assert_eq!(mask(text), shown);
        }
    }

    #[test]
    fn what_is_no_toml_shows_no_more() {
        let cases = [
            ("account_key = abc def", "account_key = *** ***"),
            ("account_key = \"abc\njobs = 1", "account_key = \"***\njobs = 1"),
            ("account_key \"abc\"", "account_key \"***\""),
            ("account_key: abc", "account_key: ***"),
            ("account_key = { env = \"A\", \"abc\" \"def\" }", "account_key = { env = \"A\", \"abc\" \"***\" }"),
            ("password = \"\"\"a\nbc\"\"\" }", "password = \"\"\"*\n**\"\"\" }"),
            ("account_key = {\nenv = \"A\"\nabc", "account_key = {\nenv = \"A\"\n***"),
        ];
        for (text, shown) in cases {
            assert_eq!(mask(text), shown);
        }
    }
}
