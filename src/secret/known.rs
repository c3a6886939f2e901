//! Finds known secrets in decoded texts.

use std::collections::HashMap;
use std::ops::Range;

use super::decoded::Decoded;

/// What is shorter is no secret that could be looked for: it stands everywhere.
pub const SHORTEST: usize = 4;
/// What is shorter is found as a whole word only.
const SHORTEST_IN_WORDS: usize = 8;
/// What is shorter is not looked for across separators.
const SHORTEST_IN_GROUPS: usize = 16;

/// Secrets with what they are called.
#[derive(Default)]
pub struct Known {
    secrets: Vec<Secret>,
    /// By their first bytes, the numbers of those that begin so.
    begins: HashMap<[u8; SHORTEST], Vec<usize>>,
    /// A bit for each of the numbers that first bytes are made into: most places of a text are passed over by it.
    marks: Vec<u64>,
}

struct Secret {
    name: Box<str>,
    text: Box<[u8]>,
    /// Whether it is read from its end.
    backwards: bool,
}

/// A secret that stands somewhere.
pub struct Found<'k> {
    /// Where in the form.
    pub part: Range<usize>,
    /// What it is called.
    pub name: &'k str,
    /// Whether it stands there letter by letter.
    pub exact: bool,
}

impl Known {
    /// Adds a secret, and the same read from its end. Too short a one is left out.
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

    /// Where secrets stand in a form.
    pub fn find(&self, form: &Decoded) -> Vec<Found<'_>> {
        self.look(form, |secret, before, after| {
            secret.text.len() >= SHORTEST_IN_WORDS || !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
    }

    /// Where long secrets stand in a text without its separators.
    pub fn find_in_groups(&self, form: &Decoded) -> Vec<Found<'_>> {
        self.look(form, |secret, _, _| secret.text.len() >= SHORTEST_IN_GROUPS)
    }

    fn look(&self, form: &Decoded, counts: impl Fn(&Secret, Option<u8>, Option<u8>) -> bool) -> Vec<Found<'_>> {
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
                    found.push(Found { part, name: &secret.name, exact });
                }
                None => at += 1,
            }
        }
        found
    }
}

/// How many marks there are.
const MARKS: usize = 1 << 16;

/// The first bytes, letters in lower case.
fn begin(bytes: &[u8; SHORTEST]) -> [u8; SHORTEST] {
    bytes.map(|byte| byte.to_ascii_lowercase())
}

/// Where the mark of these first bytes stands.
fn mark(begin: [u8; SHORTEST]) -> (usize, u64) {
    // Fibonacci hashing: the upper half of the product depends on all bytes.
    let number = (u32::from_le_bytes(begin).wrapping_mul(0x9e37_79b9) >> 16) as usize;
    (number / 64, 1 << (number % 64))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}
