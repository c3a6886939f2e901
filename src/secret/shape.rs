//! Finds secrets that are not known, by their shape and by the words before them.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::decoded::{Decoded, GAP};

/// Longer than any other run of hexadecimal digits in an answer, shorter than a key that has lost its end.
const DIGITS: usize = 24;
/// A key in groups.
const KEY_DIGITS: usize = 40;

/// Something that looks like a secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// The digits of a key.
    Key,
    /// What stands where a secret belongs, whatever it looks like.
    Secret,
}

static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    /// Of members, parameters, fields and variables; something may stand before it.
    const NAME: &str = r"(?:(?:user|api|account|invitation)[-_]?key|password)";
    /// In quotes, up to the quote that ends it. A placeholder is none.
    const QUOTED: &str = r#"(?:"((?:[^"\\\x00]|\\.)+)|'((?:[^'\\\x00]|\\.)+))"#;
    /// Without quotes, so that a placeholder of any kind is none: `<api.key>`, `${API_KEY}`, `{{api.key}}`, `***`.
    const BARE: &str = r#"([^\s&;,"'`<>(){}\[\]|\\$*\x00]+)"#;
    constant(&[
        &format!(r#"{NAME}["']\s*[:=]\s*{QUOTED}"#),
        &format!(r"{NAME}={BARE}"),
        &format!(r"x[-_](?:api|user)[-_]key\s*:\s*{BARE}"),
        &format!(r#"name="[^"]*{NAME}"(?:\r?\n){{2}}([^\r\n<$\x00][^\r\n\x00]*)"#),
        &format!(r#"authorization["']?\s*[:=]\s*["']?[a-z]+\s+{BARE}"#),
        r#"authorization["']?\s*[:=]\s*["']?([^\s"'<>$\x00]{16,})"#,
        // Of an invitation. A short value of this name is something else.
        r#""key"\s*:\s*"([^"\s<>\x00]{16,})"#,
        // User name and password of a URL.
        r#"://([^/\s"'<>@\x00]+)@"#,
    ])
});
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| constant(&[r"^(?:<[^<>]*>|\$\{\w*\}|\{\{[^{}]*\}\}|\*+)"]));
static GROUPS: LazyLock<Regex> = LazyLock::new(|| constant(&[r"[0-9a-f]{2,20}(?:[-:. _][0-9a-f]{2,20})+"]));

/// One pattern out of several, in whatever letter case.
fn constant(alternatives: &[&str]) -> Regex {
    let pattern = format!("(?i-u){}", alternatives.join("|"));
    #[expect(clippy::expect_used, reason = "a constant that is no pattern fails the first test that uses it")]
    Regex::new(&pattern).expect("a constant pattern")
}

/// Where something looks like a secret.
pub fn find(form: &Decoded) -> Vec<(Range<usize>, Shape)> {
    let mut found = find_keys(form);
    for captures in NAMED.captures_iter(&form.bytes) {
        let value = captures.iter().skip(1).flatten().next();
        found.extend(value.filter(|value| !PLACEHOLDER.is_match(value.as_bytes())).map(|v| (v.range(), Shape::Secret)));
    }
    found
}

/// Where something looks like a key.
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
