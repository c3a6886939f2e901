//! Finds known secrets in decoded texts.

use std::collections::HashMap;
use std::ops::Range;

use super::decoded::Decoded;

/// The minimum length of a secret; shorter texts occur everywhere.
pub const SHORTEST: usize = 4;
/// The minimum length of a secret that is found inside words.
const SHORTEST_IN_WORDS: usize = 8;
/// The minimum length of a secret that is found across separators.
const SHORTEST_IN_GROUPS: usize = 16;

/// Secrets with their names.
#[derive(Default)]
pub struct KnownSecrets {
    secrets: Vec<Secret>,
    /// The indices of secrets by their first bytes (`begin`).
    begins: HashMap<u32, Vec<usize>>,
    /// A bit for each hash of first bytes, which excludes most places of a text.
    marks: Vec<u64>,
}

struct Secret {
    name: Box<str>,
    text: Box<[u8]>,
    /// Whether the text is reversed.
    backwards: bool,
}

/// A secret found in a form.
pub struct SecretMatch<'k> {
    /// The range in the form.
    pub part: Range<usize>,
    /// The name of the secret.
    pub name: &'k str,
    /// Whether the secret occurs literally.
    pub exact: bool,
}

impl KnownSecrets {
    /// Adds a secret and its reversal. Ignores a secret that is too short.
    pub fn add(&mut self, name: &str, secret: &str) {
        self.add_text(name, secret, false);
        if secret.len() >= SHORTEST_IN_WORDS {
            self.add_text(name, &secret.chars().rev().collect::<String>(), true);
        }
    }

    fn add_text(&mut self, name: &str, text: &str, backwards: bool) {
        let text = text.as_bytes();
        let Some(begin) = text.first_chunk::<SHORTEST>().map(begin) else { return };
        let alike = self.begins.entry(begin).or_default();
        if alike.iter().any(|number| self.secrets.get(*number).is_some_and(|known| *known.text == *text)) {
            return;
        }
        alike.push(self.secrets.len());
        self.marks.resize(MARKS / 64, 0);
        let (word, bit) = mark(begin);
        self.marks.get_mut(word).into_iter().for_each(|word| *word |= bit);
        self.secrets.push(Secret { name: name.into(), text: text.into(), backwards });
    }

    /// Finds secrets in a form.
    pub fn find(&self, form: &Decoded) -> Vec<SecretMatch<'_>> {
        self.look(form, |secret, before, after| {
            secret.text.len() >= SHORTEST_IN_WORDS || !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
    }

    /// Finds long secrets in a text without separators.
    pub fn find_in_groups(&self, form: &Decoded) -> Vec<SecretMatch<'_>> {
        self.look(form, |secret, _, _| secret.text.len() >= SHORTEST_IN_GROUPS)
    }

    fn look(&self, form: &Decoded, counts: impl Fn(&Secret, Option<u8>, Option<u8>) -> bool) -> Vec<SecretMatch<'_>> {
        let mut found = Vec::new();
        if self.secrets.is_empty() {
            return found;
        }
        let mut at = 0;
        while let Some(rest) = form.bytes.get(at..)
            && let Some(begin) = rest.first_chunk::<SHORTEST>().map(begin)
        {
            let (word, bit) = mark(begin);
            if self.marks.get(word).is_none_or(|word| word & bit == 0) {
                at += 1;
                continue;
            }
            let alike = self.begins.get(&begin).map(Vec::as_slice).unwrap_or_default();
            let here = alike.iter().filter_map(|number| self.secrets.get(*number)).filter(|secret| {
                let before = at.checked_sub(1).and_then(|before| form.bytes.get(before));
                rest.get(..secret.text.len()).is_some_and(|text| text.eq_ignore_ascii_case(&secret.text))
                    && counts(secret, before.copied(), rest.get(secret.text.len()).copied())
            });
            match here.max_by_key(|secret| secret.text.len()) {
                Some(secret) => {
                    let exact = !secret.backwards && rest.starts_with(&secret.text);
                    let part = at..at + secret.text.len();
                    at = part.end;
                    found.push(SecretMatch { part, name: &secret.name, exact });
                }
                None => at += 1,
            }
        }
        found
    }
}

/// The number of bits in `marks`.
const MARKS: usize = 1 << 16;

/// Returns a number for first bytes that is the same for capital and small letters.
fn begin(bytes: &[u8; SHORTEST]) -> u32 {
    u32::from_le_bytes(*bytes) | 0x2020_2020
}

/// Returns the position of the bit for first bytes: the word, and the bit in it.
fn mark(begin: u32) -> (usize, u64) {
    // Fibonacci hashing: the upper half of the product depends on all bytes.
    let number = (begin.wrapping_mul(0x9e37_79b9) >> 16) as usize;
    (number / 64, 1 << (number % 64))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}
