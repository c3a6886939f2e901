//! Takes keys and passwords out of everything that is shown.
//!
//! Normalising gives values their names where they stand as they should, and so hides most keys. This is for all the
//! rest: a target may show a key inside a longer word, cut short, in another form or in another member.

use std::sync::{LazyLock, OnceLock};

use regex::{Captures, Regex, RegexBuilder};

use super::bindings::Bindings;
use crate::pattern;

/// Longer than any other run of hexadecimal digits in an answer, shorter than a key that has lost its end.
static DIGITS: LazyLock<Regex> = LazyLock::new(|| pattern::constant("[0-9A-Fa-f]{24,}"));
/// Members that hold a secret, whatever it looks like.
static MEMBER: LazyLock<Regex> =
    LazyLock::new(|| pattern::constant(r#"("(?:user_key|api_key|account_key|password)"\s*:\s*)"((?:[^"\\]|\\.)*)""#));

/// Stands before everything that is shown.
pub struct Redactor {
    /// The names of the secrets that are known, and the secrets, longest first.
    secrets: Vec<(String, String)>,
    /// Finds them in whatever letter case. Made when it is first needed: most scenarios have nothing to show.
    known: OnceLock<Option<Regex>>,
}

impl Redactor {
    /// Knows the secrets of a scenario.
    pub fn of(bindings: &Bindings) -> Redactor {
        Redactor::knowing(bindings.secrets())
    }

    /// Knows these secrets by these names: name, then secret. What is shorter than four characters is none.
    pub fn knowing<'s>(secrets: impl IntoIterator<Item = (&'s str, &'s str)>) -> Redactor {
        let owned = |(name, secret): (&str, &str)| (name.to_owned(), secret.to_owned());
        let mut secrets = secrets.into_iter().filter(|(_, secret)| secret.len() >= 4).map(owned).collect::<Vec<_>>();
        secrets.sort_by_key(|(_, secret)| std::cmp::Reverse(secret.len()));
        Redactor { secrets, known: OnceLock::new() }
    }

    fn known(&self) -> Option<&Regex> {
        let find = || {
            let alternatives = self.secrets.iter().map(|(_, secret)| regex::escape(secret)).collect::<Vec<_>>();
            let pattern = RegexBuilder::new(&alternatives.join("|")).case_insensitive(true).build();
            pattern.ok().filter(|_| !alternatives.is_empty())
        };
        self.known.get_or_init(find).as_ref()
    }

    fn name(&self, secret: &str) -> &str {
        let found = self.secrets.iter().find(|(_, known)| known.eq_ignore_ascii_case(secret));
        found.map_or("secret", |(name, _)| name)
    }

    /// The text without secrets, and without control characters, which could do things to a terminal.
    pub fn text(&self, text: &str) -> String {
        let text = match self.known() {
            Some(known) => {
                known.replace_all(text, |found: &Captures<'_>| format!("<{}>", self.name(&found[0]))).into_owned()
            }
            None => text.to_owned(),
        };
        let text = DIGITS.replace_all(&text, "<key>");
        let text = MEMBER.replace_all(&text, |found: &Captures<'_>| {
            let value = &found[2];
            let is_name = value.is_empty() || value.starts_with('<') && value.ends_with('>');
            if is_name { found[0].to_owned() } else { format!("{}\"<secret>\"", &found[1]) }
        });
        text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
            if c.is_control() && !matches!(c, '\n' | '\t') {
                out.extend(c.escape_unicode());
            } else {
                out.push(c);
            }
            out
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "00112233445566778899aabbccddeeff0011223e";

    fn redactor() -> Redactor {
        Redactor::knowing([("alice.user_key", KEY), ("alice.password", "pw-Jones-4711")])
    }

    proptest! {
        #[test]
        fn a_secret_is_found_wherever_and_however_it_stands(before in "[a-zA-Z_%0-9.-]{0,5}", after in "[a-zA-Z_%0-9.-]{0,5}", upper: bool) {
            for secret in [KEY, "pw-Jones-4711"] {
                let secret = if upper { secret.to_uppercase() } else { secret.to_owned() };
                let shown = redactor().text(&format!("{before}{secret}{after}"));
                prop_assert!(!shown.to_lowercase().contains(&secret.to_lowercase()), "{}", shown);
            }
        }

        #[test]
        fn a_key_that_nobody_knows_is_found_too_even_cut_short(key in "[0-9a-fA-F]{24,40}", around in "[g-z_]{0,3}") {
            let shown = redactor().text(&format!("{around}{key}{around}"));
            prop_assert!(!shown.contains(&key), "{}", shown);
        }
    }

    #[test]
    fn a_secret_of_another_form_is_found_by_its_member() {
        let shown = redactor().text(r#"{"user_key": "sk.7ae0", "api_key": "<api.key>", "note": "sk"}"#);
        assert_eq!(shown, r#"{"user_key": "<secret>", "api_key": "<api.key>", "note": "sk"}"#);
    }

    #[test]
    fn what_is_no_secret_stays() {
        let text = "{\n\t\"id\": \"<alice.id:int>\", \"detail\": \"User was not found.\"\n}";
        assert_eq!(redactor().text(text), text);
    }

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(redactor().text("a\u{1b}[2Jb\u{7}"), "a\\u{1b}[2Jb\\u{7}");
    }
}
