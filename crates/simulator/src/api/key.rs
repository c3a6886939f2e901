//! Keys: forty hexadecimal digits whose last digit tells what kind of key it is.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use http::HeaderValue;
use regex::Regex;

use crate::pattern;

/// A key as it travels: forty hexadecimal digits, in lower case when written, in either case when read.
///
/// `Debug` shows no digit, so that a key cannot slip into a log; `Display` writes the key, for the wire alone.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key([u8; Key::BYTES]);

/// What the last digit of a key says of it: odd digits are API keys, even ones account keys and user keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// The key of an app: odd last digit.
    Api,
    /// The key of an administrator or of a user: even last digit. Which of the two, the place where it is sent decides.
    AccountOrUser,
}

/// The text is not forty hexadecimal digits.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key is forty hexadecimal digits")]
pub struct NotAKey;

impl Key {
    /// How many bytes a key holds; two digits stand for one.
    pub const BYTES: usize = 20;
    /// How many digits a key is written with.
    pub const DIGITS: usize = 2 * Key::BYTES;

    /// A key of the given kind out of random bytes: the lowest bit is set or cleared, the rest is taken as it is.
    pub fn from_random(mut bytes: [u8; Key::BYTES], kind: KeyKind) -> Key {
        let last = &mut bytes[Key::BYTES - 1];
        match kind {
            KeyKind::Api => *last |= 1,
            KeyKind::AccountOrUser => *last &= !1,
        }
        Key(bytes)
    }

    /// What the last digit says.
    pub fn kind(&self) -> KeyKind {
        if self.0[Key::BYTES - 1] & 1 == 1 { KeyKind::Api } else { KeyKind::AccountOrUser }
    }

    /// The forty lower-case digits, without an allocation.
    pub fn digits(&self) -> [u8; Key::DIGITS] {
        let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' + (value - 10) };
        let mut out = [0; Key::DIGITS];
        for (pair, byte) in out.as_chunks_mut().0.iter_mut().zip(self.0) {
            *pair = [digit(byte >> 4), digit(byte & 15)];
        }
        out
    }
}

impl FromStr for Key {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Key, NotAKey> {
        let digits = text.as_bytes();
        if digits.len() != Key::DIGITS {
            return Err(NotAKey);
        }
        let mut bytes = [0; Key::BYTES];
        for (byte, [high, low]) in bytes.iter_mut().zip(digits.as_chunks().0) {
            let value = |digit: u8| char::from(digit).to_digit(16).ok_or(NotAKey);
            *byte = (value(*high)? << 4 | value(*low)?) as u8;
        }
        Ok(Key(bytes))
    }
}

/// The value of `X-API-KEY` or `X-USER-KEY`, marked as sensitive.
impl From<Key> for HeaderValue {
    fn from(key: Key) -> HeaderValue {
        // Digits are valid in a header, so that the fallback is never used.
        let mut value = HeaderValue::from_bytes(&key.digits()).unwrap_or(HeaderValue::from_static(""));
        value.set_sensitive(true);
        value
    }
}

impl From<&Key> for HeaderValue {
    fn from(key: &Key) -> HeaderValue {
        HeaderValue::from(*key)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.digits()).unwrap_or_default())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(...)")
    }
}

/// The text with a word in the place of everything that could be a key, or one that has lost its end, for what is shown to
/// people.
pub fn without_keys(text: &str) -> Cow<'_, str> {
    static KEY: LazyLock<Regex> = LazyLock::new(|| pattern::constant("(?i)[0-9a-f]{24,}"));
    // Nearly no text holds one, and that is found out sooner like this.
    let mut runs = text.as_bytes().split(|byte| !byte.is_ascii_hexdigit());
    if runs.any(|run| run.len() >= 24) { KEY.replace_all(text, "<key>") } else { Cow::Borrowed(text) }
}

/// A key as its forty digits, for `#[serde(with)]`: only where keys are meant to stand.
pub mod digits {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use super::Key;

    pub fn serialize<S: Serializer>(key: &Key, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(key)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Key, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_key_reads_back_in_either_case(bytes: [u8; Key::BYTES], api: bool) {
            let kind = if api { KeyKind::Api } else { KeyKind::AccountOrUser };
            let key = Key::from_random(bytes, kind);
            prop_assert_eq!(key.kind(), kind);
            prop_assert_eq!(key.to_string().parse(), Ok(key));
            prop_assert_eq!(key.to_string().to_uppercase().parse(), Ok(key));
        }

        #[test]
        fn what_is_no_key_is_refused(text in "[0-9a-f]{0,39}|[0-9a-f]{41,50}|[g-z]{40}|é{20}") {
            prop_assert_eq!(text.parse::<Key>(), Err(NotAKey));
        }
    }

    #[test]
    fn debug_shows_no_digit() {
        let key = Key::from_random([0xab; Key::BYTES], KeyKind::Api);
        assert_eq!(format!("{key:?}"), "Key(...)");
    }

    #[test]
    fn a_key_is_the_value_of_a_header_that_debug_hides() {
        let key = Key::from_random([0xab; Key::BYTES], KeyKind::Api);
        let value = HeaderValue::from(&key);
        assert_eq!((value.to_str().unwrap(), value.is_sensitive()), (key.to_string().as_str(), true));
    }
}
