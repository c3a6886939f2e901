//! Finds unknown secrets, by their shape and by the words before them.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::decoded::{Decoded, GAP};

/// The minimum length of a key: longer than other runs of hexadecimal digits in answers, shorter
/// than a truncated key.
const DIGITS: usize = 24;
/// The length of a key in groups.
const KEY_DIGITS: usize = 40;

/// The shape of a possible secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// Digits that look like a key.
    Key,
    /// Any value in the place of a secret.
    Secret,
}

static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    /// Names of members, parameters, fields and variables; a prefix may precede them.
    const NAME: &str = r"(?:(?:user|api|account|invitation)[-_]?key|password)";
    /// A value in quotes, up to the closing quote.
    const QUOTED: &str = r#"(?:"((?:[^"\\\x00]|\\.)+)|'((?:[^'\\\x00]|\\.)+))"#;
    /// A value without quotes. The excluded characters rule out placeholders: `<api.key>`,
    /// `${API_KEY}`, `{{api.key}}`, `***`.
    const BARE: &str = r#"([^\s&;,"'`<>(){}\[\]|\\$*\x00]+)"#;
    constant(&[
        &format!(r#"{NAME}["']\s*[:=]\s*{QUOTED}"#),
        &format!(r"{NAME}={BARE}"),
        &format!(r"x[-_](?:api|user)[-_]key\s*:\s*{BARE}"),
        &format!(r#"name="[^"]*{NAME}"(?:\r?\n){{2}}([^\r\n<$\x00][^\r\n\x00]*)"#),
        &format!(r#"authorization["']?\s*[:=]\s*["']?[a-z]+\s+{BARE}"#),
        r#"authorization["']?\s*[:=]\s*["']?([^\s"'<>$\x00]{16,})"#,
        // The key of an invitation. A short value of this name has another meaning.
        r#""key"\s*:\s*"([^"\s<>\x00]{16,})"#,
        // The user name and password of a URL.
        r#"://([^/\s"'<>@\x00]+)@"#,
    ])
});
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| constant(&[r"^(?:<[^<>]*>|\$\{\w*\}|\{\{[^{}]*\}\}|\*+)"]));
static GROUPS: LazyLock<Regex> = LazyLock::new(|| constant(&[r"[0-9a-f]{2,20}(?:[-:. _][0-9a-f]{2,20})+"]));

/// Combines patterns into one, ignoring case.
fn constant(alternatives: &[&str]) -> Regex {
    let pattern = format!("(?i-u){}", alternatives.join("|"));
    #[expect(clippy::expect_used, reason = "a constant that is no pattern fails the first test that uses it")]
    Regex::new(&pattern).expect("a constant pattern")
}

/// Finds texts that look like a secret.
pub fn find(form: &Decoded) -> Vec<(Range<usize>, Shape)> {
    let mut found = find_keys(form);
    for captures in NAMED.captures_iter(&form.bytes) {
        let value = captures.iter().skip(1).flatten().next();
        found.extend(value.filter(|value| !PLACEHOLDER.is_match(value.as_bytes())).map(|v| (v.range(), Shape::Secret)));
    }
    found
}

/// Finds texts that look like a key.
pub fn find_keys(form: &Decoded) -> Vec<(Range<usize>, Shape)> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, byte) in form.bytes.iter().chain([&GAP]).enumerate() {
        if !byte.is_ascii_hexdigit() {
            if at - start >= DIGITS {
                found.push((start..at, Shape::Key));
            }
            start = at + 1;
        }
    }
    for groups in GROUPS.find_iter(&form.bytes) {
        let mut separators = groups.as_bytes().iter().filter(|byte| !byte.is_ascii_hexdigit());
        let first = separators.next();
        if groups.as_bytes().iter().filter(|byte| byte.is_ascii_hexdigit()).count() == KEY_DIGITS
            && separators.all(|separator| Some(separator) == first)
        {
            found.push((groups.range(), Shape::Key));
        }
    }
    found
}
