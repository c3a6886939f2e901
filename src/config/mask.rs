//! Masks a configuration file before a message shows a part of it.
//!
//! A user may have written a key into the file: in the wrong place, without quotes, beside a
//! mistake. So only values of the keys below are shown, and only if they do not look like a secret.

use std::ops::Range;

use toml_parser::Source;
use toml_parser::lexer::TokenKind;

/// Keys whose values may be shown.
const SHOWN: [&str; 20] = [
    "api_version",
    "ca_cert",
    "capabilities",
    "connect_timeout",
    "env",
    "file",
    "instance",
    "jobs",
    "max_answer",
    "max_time",
    "more_accounts",
    "rate",
    "reference_bugs",
    "register",
    "max_instances",
    "retries",
    "timeout",
    "url",
    "username",
    "writes",
];

/// The minimum length of a run of hexadecimal digits that counts as a key.
const DIGITS_OF_A_KEY: usize = 24;

/// Replaces possible secrets by stars. Lines and byte offsets stay the same.
pub fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut shown_until = 0;
    for span in hidden(text) {
        masked.push_str(text.get(shown_until..span.start).unwrap_or_default());
        for c in text.get(span.clone()).unwrap_or_default().chars() {
            match c {
                '\n' | '\r' | '"' | '\'' => masked.push(c),
                // The same number of bytes, so that offsets stay the same.
                _ => masked.extend(std::iter::repeat_n('*', c.len_utf8())),
            }
        }
        shown_until = span.end;
    }
    masked.push_str(text.get(shown_until..).unwrap_or_default());
    masked
}

/// Returns whether a text contains something that looks like a key.
pub fn holds_key(text: &str) -> bool {
    let mut digits = 0;
    text.chars().any(|c| {
        digits = if c.is_ascii_hexdigit() { digits + 1 } else { 0 };
        digits >= DIGITS_OF_A_KEY
    })
}

/// Returns whether the value of a key may be shown. A URL can hold a password before `@`, and a key
/// after `?`.
fn is_shown(key: &str, value: &str) -> bool {
    SHOWN.contains(&key) && !holds_key(value) && !(key == "url" && value.contains(['@', '?']))
}

/// The position within a file.
#[derive(Clone, Copy)]
enum MaskPosition<'t> {
    /// Before `=`, or in the head of a table; with the last word so far.
    Key(&'t str),
    /// After `=`; with the key.
    Value(&'t str),
}

/// The brackets around a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bracket {
    Array,
    Table,
}

/// Returns the ranges to hide, in order. It also works on invalid TOML: a word counts as a key only
/// if the next token can follow a key.
fn hidden(text: &str) -> Vec<Range<usize>> {
    use TokenKind::*;

    let is_word = |kind| matches!(kind, Atom | BasicString | LiteralString | MlBasicString | MlLiteralString);
    let ends_key = |next| matches!(next, Dot | Equals | RightSquareBracket);
    let tokens = Source::new(text).lex().filter(|token| token.kind() != Whitespace).collect::<Vec<_>>();
    let next = tokens.iter().skip(1).map(|token| token.kind()).chain([Eof]);
    let mut hidden = Vec::new();
    let mut part = MaskPosition::Key("");
    let mut open: Vec<(Bracket, &str)> = Vec::new();
    for (token, next) in tokens.iter().zip(next) {
        let span = token.span().start()..token.span().end();
        let word = text.get(span.clone()).unwrap_or_default();
        let within = open.last().map(|(bracket, _)| *bracket);
        match (token.kind(), part) {
            (Equals, MaskPosition::Key(key)) => part = MaskPosition::Value(key),
            (Equals, MaskPosition::Value(_)) => {
                // A bracket or a line is not closed. This value belongs to an unknown key.
                open.clear();
                part = MaskPosition::Value("");
            }
            (Newline, _) if within != Some(Bracket::Array) => part = MaskPosition::Key(""),
            (Comma, _) if within == Some(Bracket::Table) => part = MaskPosition::Key(""),
            (LeftCurlyBracket, MaskPosition::Value(key)) => {
                open.push((Bracket::Table, key));
                part = MaskPosition::Key("");
            }
            (LeftSquareBracket, MaskPosition::Value(key)) => open.push((Bracket::Array, key)),
            (RightCurlyBracket | RightSquareBracket, _) => {
                if let Some((_, key)) = open.pop() {
                    part = MaskPosition::Value(key);
                }
            }
            (Comment, _) => hidden.push(span),
            (kind, MaskPosition::Value(key)) if is_word(kind) && is_shown(key, word) => {}
            (kind, MaskPosition::Key(_)) if is_word(kind) && ends_key(next) && !holds_key(word) => {
                part = MaskPosition::Key(word)
            }
            (kind, _) if is_word(kind) => hidden.push(span),
            _ => {}
        }
    }
    hidden
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::mask;

    proptest! {
        #[test]
        fn masking_keeps_the_positions_of_lines_and_bytes(text in "([a-z_]{1,4}|[=.,#\"'{}\\[\\] \n\ré])*") {
            let masked = mask(&text);
            let ends = |text: &str| text.match_indices('\n').map(|(at, _)| at).collect::<Vec<_>>();
            prop_assert_eq!((masked.len(), ends(&masked)), (text.len(), ends(&text)));
        }
    }

    #[test]
    fn only_values_that_cannot_be_secret_are_shown() {
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
    fn a_file_that_is_not_toml_shows_no_secret() {
        let cases = [
            ("account_key = abc def", "account_key = *** ***"),
            ("account_key = \"abc\njobs = 1", "account_key = \"***\njobs = 1"),
            ("account_key =\n\"abc\"", "account_key =\n\"***\""),
            ("account_key \"abc\"", "*********** \"***\""),
            ("account_key: abc", "************ ***"),
            ("account_key = { env = \"A\", \"abc\" \"def\" }", "account_key = { env = \"A\", \"***\" \"***\" }"),
            ("password = \"\"\"a\nbc\"\"\" }", "password = \"\"\"*\n**\"\"\" }"),
            ("account_key = {\nenv = \"A\"\nabc", "account_key = {\nenv = \"A\"\n***"),
            ("key = { env = \"A\"\npassword = \"abc\"", "key = { env = \"A\"\npassword = \"***\""),
            ("capabilities = [\"v1\"\npassword = \"abc\"", "capabilities = [\"v1\"\npassword = \"***\""),
            (
                "capabilities = [\"v1\"\nurl = \"a\"\npassword = \"abc\"",
                "capabilities = [\"v1\"\nurl = \"*\"\npassword = \"***\"",
            ),
        ];
        for (text, shown) in cases {
            assert_eq!(mask(text), shown);
        }
    }
}
