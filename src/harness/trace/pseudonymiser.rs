//! Replaces the secrets in a trace with pseudonyms.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use regex::{Captures, Regex};
use serde_json::Value;

use super::pseudonym::Pseudonyms;
use syncano_secrets::Secrets;
use syncano_simulator::api::Key;
use syncano_simulator::pattern;

/// A key, perhaps truncated; the same pattern as in [`secret`](crate::secret).
static DIGITS: LazyLock<Regex> = LazyLock::new(|| pattern::constant("[0-9A-Fa-f]{24,}"));
/// Escaped letters and digits, in JSON or in a URL. An escaped backslash matches first, because the
/// text after it is not an escape.
static ESCAPES: LazyLock<Regex> =
    LazyLock::new(|| pattern::constant(r"\\\\|\\u00(?P<json>[3-7][0-9A-Fa-f])|%(?P<url>[3-7][0-9A-Fa-f])"));
/// Members of responses that hold a key of any form.
static KEY_MEMBER: LazyLock<Regex> =
    LazyLock::new(|| pattern::constant(r#""_?(?:user_key|api_key|account_key)"\s*:\s*"([^"\\]{8,})""#));

/// Replaces the secrets in one stream.
pub struct Pseudonymiser {
    pseudonyms: Arc<Pseudonyms>,
    /// The secrets of the run, except keys of the usual form.
    secrets: Secrets,
    /// Long runs of digits in the scenario's file, which are therefore not secrets; in lower case.
    plain: BTreeSet<String>,
    /// The known keys of the usual form, to find them in longer runs of digits; in lower case.
    keys: Mutex<BTreeSet<String>>,
}

impl Pseudonymiser {
    /// Creates a pseudonymiser. Literal texts of the scenario's file stay, unless they have the
    /// form of a key.
    pub fn new(pseudonyms: Arc<Pseudonyms>, secrets: Secrets, file: &str) -> Pseudonymiser {
        let runs = DIGITS.find_iter(file).map(|run| run.as_str());
        let plain = runs.filter(|run| run.parse::<Key>().is_err()).map(str::to_lowercase).collect();
        Pseudonymiser { pseudonyms, secrets, plain, keys: Mutex::default() }
    }

    /// Adds keys of the usual form.
    pub fn know<'s>(&self, secrets: impl IntoIterator<Item = &'s str>) {
        let keys = secrets.into_iter().filter(|secret| secret.parse::<Key>().is_ok()).map(str::to_lowercase);
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).extend(keys);
    }

    /// Adds keys of any form to the secrets of the run: these, and the members of a JSON text that
    /// hold a key.
    pub fn learn<'s>(&self, keys: impl IntoIterator<Item = &'s str>, json: &'s str) {
        let members = if json.contains("_key\"") { KEY_MEMBER.captures_iter(json).collect() } else { Vec::new() };
        let members = members.iter().filter_map(|found| found.get(1)).map(|key| key.as_str());
        keys.into_iter()
            .chain(members)
            .filter(|key| !DIGITS.is_match(key))
            .for_each(|key| self.secrets.add("key", key));
    }

    /// Returns the pseudonym of a secret, known or not.
    pub fn pseudonym(&self, secret: &str) -> String {
        self.pseudonyms.pseudonym(secret)
    }

    /// Returns a text with pseudonyms in place of secrets. Encoded secrets are found too; the same
    /// encoded text always gets the same pseudonym.
    pub fn text(&self, text: &str) -> String {
        let (hidden, found) = self.hide(text);
        // The text is unescaped only if that reveals more secrets.
        let hidden = match unescaped(text).map(|text| self.hide(&text)) {
            Some((unescaped, more)) if more > found => unescaped,
            _ => hidden,
        };
        let parts = self.secrets.redactor().disguised(hidden.as_bytes());
        if parts.is_empty() { hidden } else { self.replace(&hidden, parts, |between| between.to_owned()) }
    }

    /// Returns bytes, which need not be text, with pseudonyms in place of secrets.
    pub fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.text(text).into_bytes(),
            Err(_) => {
                // Each byte becomes a character; secrets and pseudonyms are ASCII.
                let text = bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
                self.text(&text).chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect()
            }
        }
    }

    /// Returns a JSON value with pseudonyms in all its texts.
    pub fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, member)| (self.text(name), self.value(member))).collect()
            }
            other => other.clone(),
        }
    }

    /// Replaces known secrets, and then everything that looks like a key. Also returns the number
    /// of replacements.
    fn hide(&self, text: &str) -> (String, usize) {
        let known = self.secrets.plain(text);
        let mut count = known.len();
        let hidden = self.replace(text, known, |between| {
            let digits = DIGITS.replace_all(between, |found: &Captures<'_>| {
                let run = &found[0];
                if self.plain.contains(&run.to_lowercase()) {
                    return run.to_owned();
                }
                count += 1;
                self.run(run)
            });
            digits.into_owned()
        });
        (hidden, count)
    }

    /// Returns the pseudonym of a run of digits. A run that is longer than a key may contain a
    /// known key.
    fn run(&self, run: &str) -> String {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let lower = run.to_lowercase();
        let within = || keys.iter().find_map(|key| Some(lower.find(key)?..lower.find(key)? + Key::DIGITS));
        match if run.len() > Key::DIGITS { within() } else { None } {
            Some(part) => self.replace(run, vec![part], |between| between.to_owned()),
            None => self.pseudonyms.pseudonym(run),
        }
    }

    /// Returns the text with pseudonyms for these parts, and with `between` applied to the text
    /// between them.
    fn replace(&self, text: &str, mut parts: Vec<Range<usize>>, mut between: impl FnMut(&str) -> String) -> String {
        parts.sort_by_key(|part| part.start);
        let mut replaced = String::with_capacity(text.len());
        let mut rest = 0;
        for part in parts {
            // Of two overlapping parts, the first hides enough of the second.
            let start = part.start.max(rest);
            let (Some(before), Some(secret)) = (text.get(rest..start), text.get(start..part.end.max(start))) else {
                continue;
            };
            replaced.push_str(&between(before));
            replaced.push_str(&self.pseudonyms.pseudonym(secret));
            rest = part.end.max(start);
        }
        replaced.push_str(&between(text.get(rest..).unwrap_or_default()));
        replaced
    }
}

/// Returns the text with escaped letters and digits unescaped, or `None` if it has no escapes.
fn unescaped(text: &str) -> Option<String> {
    if !text.contains('%') && !text.contains("\\u00") {
        return None;
    }
    let plain = ESCAPES.replace_all(text, |found: &Captures<'_>| {
        let code = found.name("json").or(found.name("url")).and_then(|code| u8::from_str_radix(code.as_str(), 16).ok());
        match code.map(char::from).filter(char::is_ascii_alphanumeric) {
            Some(plain) => plain.to_string(),
            None => found[0].to_owned(),
        }
    });
    Some(plain.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pseudonymiser(secrets: &[&str], file: &str) -> Pseudonymiser {
        let known = Secrets::default();
        secrets.iter().for_each(|secret| known.add("secret", secret));
        let pseudonymiser = Pseudonymiser::new(Arc::new(Pseudonyms::new().unwrap()), known, file);
        pseudonymiser.know(secrets.iter().copied());
        pseudonymiser
    }

    const KEY: &str = "00112233445566778899aabbccddeeff0011223e";
    const PASSWORD: &str = "bcdfghjkmnp2";

    #[test]
    fn a_text_with_a_secret_becomes_the_same_text_with_its_pseudonym() {
        let pseudonymiser = pseudonymiser(&[KEY, PASSWORD], "");
        let (key, password) = (pseudonymiser.text(KEY), pseudonymiser.text(PASSWORD));
        assert_eq!(pseudonymiser.text(&format!("{KEY}0")), format!("{key}0"), "with another digit it is another key");
        assert_eq!(pseudonymiser.text(&format!("ff{KEY}")), format!("ff{key}"));
        assert_eq!(
            pseudonymiser.text(&format!("{{\"password\":\"{PASSWORD}x\"}}")),
            format!("{{\"password\":\"{password}x\"}}")
        );
        assert_eq!(pseudonymiser.text(&PASSWORD.to_uppercase()), password.to_uppercase());
        let escaped = KEY.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        assert_eq!(pseudonymiser.text(&format!("a=%20&k={escaped}")), format!("a=%20&k={key}"));
        let escaped = KEY.bytes().map(|byte| format!("\\u00{byte:02x}")).collect::<String>();
        assert_eq!(pseudonymiser.text(&format!("\"{escaped}\"")), format!("\"{key}\""));
        assert_eq!(pseudonymiser.bytes(format!("{KEY}\u{e9}").as_bytes()), format!("{key}\u{e9}").as_bytes());
        let broken = [KEY.as_bytes(), &[0xff, 0xe9]].concat();
        assert_eq!(pseudonymiser.bytes(&broken), [key.as_bytes(), &[0xff, 0xe9]].concat());
    }

    #[test]
    fn encoded_secrets_are_replaced() {
        let pseudonymiser = pseudonymiser(&[KEY, PASSWORD], "");
        let backwards = |text: &str| text.chars().rev().collect::<String>();
        let for_html = |text: &str| text.chars().map(|c| format!("&#{};", c as u32)).collect::<String>();
        for form in [backwards(PASSWORD), for_html(PASSWORD), for_html(KEY)] {
            let text = pseudonymiser.text(&format!(r#"{{"body":"before {form} after"}}"#));
            assert!(
                !text.contains(&form) && text.starts_with("{\"body\":\"before ") && text.ends_with(" after\"}"),
                "{text}"
            );
        }
    }

    /// Takes hours if each block of the pseudonym hashes the whole text.
    #[test]
    fn a_secret_as_long_as_a_response_has_a_pseudonym() {
        let digits = "0123456789abcdef".repeat(64 << 10);
        assert_eq!(pseudonymiser(&[KEY], "").text(&digits).len(), digits.len());
    }

    #[test]
    fn texts_without_secrets_are_unchanged() {
        let name = "a23456789012345678901234567890";
        let text = format!(r#"{{"detail": "50%25 of \u0041 \\u0041", "username": "{name}", "id": 17}}"#);
        assert_eq!(pseudonymiser(&[KEY], &format!("json: '{name}'")).text(&text), text);
    }

    #[test]
    fn a_number_stays_a_number() {
        let hidden = pseudonymiser(&[], "").text("[100000000000000000000000000000]");
        assert!(serde_json::from_str::<Value>(&hidden).is_ok(), "{hidden}");
    }

    #[test]
    fn a_key_of_another_form_is_learned_from_the_member_that_holds_it() {
        let pseudonymiser = pseudonymiser(&[], "");
        pseudonymiser.learn(["sk_own-4711-9z"], r#"{"user_key": "sk_live-Ab3.xyz", "label": "sk_none-12345"}"#);
        let hidden = pseudonymiser.text("sk_live-Ab3.xyz sk_own-4711-9z sk_none-12345");
        assert!(!hidden.contains("Ab3") && !hidden.contains("4711"), "{hidden}");
        assert!(hidden.ends_with("sk_none-12345"), "{hidden}");
    }
}
