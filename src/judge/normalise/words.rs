//! Replaces known texts by the scenario's names.

use super::super::bindings::{Bindings, ValueKind};

/// The known texts of a scenario, each with its name.
pub struct Words<'a> {
    /// Texts and names, the longest text first.
    words: Vec<(&'a str, &'a str)>,
    /// The length of the shortest text.
    shortest: usize,
    /// Whether a text begins with this byte.
    begins: [bool; 256],
}

impl<'a> Words<'a> {
    /// Creates the list from the keys, secrets and names among the values of a scenario.
    pub fn new(bindings: &'a Bindings) -> Words<'a> {
        let mut words = bindings
            .iter()
            .filter(|(_, bound)| matches!(bound.kind, ValueKind::Key | ValueKind::Secret | ValueKind::Word))
            .filter_map(|(_, bound)| Some((bound.value.as_str()?, bound.shown.as_str()?)))
            .filter(|(text, _)| !text.is_empty())
            .collect::<Vec<_>>();
        words.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.1.cmp(b.1)));
        let mut begins = [false; 256];
        let firsts = words.iter().filter_map(|(text, _)| text.bytes().next());
        firsts.for_each(|first| begins.get_mut(usize::from(first)).into_iter().for_each(|begins| *begins = true));
        Words { shortest: words.last().map_or(usize::MAX, |(text, _)| text.len()), begins, words }
    }

    /// Replaces every known text that is a whole word; never a part of a longer word.
    pub fn replace(&self, text: String) -> String {
        // Most texts are short and contain none of the words.
        if text.len() < self.shortest {
            return text;
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text.as_str();
        let mut before = None;
        while let Some(first) = rest.chars().next() {
            let begins = rest.bytes().next().and_then(|byte| self.begins.get(usize::from(byte)).copied());
            let at_start = begins == Some(true) && (!before.is_some_and(is_word) || !is_word(first));
            let found = if at_start {
                let candidates = self.words.iter().filter(|(word, _)| word.starts_with(first));
                candidates.copied().find(|(word, _)| {
                    let after = rest.strip_prefix(*word).map(|after| after.chars().next());
                    after.is_some_and(|after| !after.is_some_and(is_word) || !word.ends_with(is_word))
                })
            } else {
                None
            };
            match found {
                Some((word, name)) => {
                    out.push_str(name);
                    before = word.chars().last();
                    rest = rest.get(word.len()..).unwrap_or_default();
                }
                None => {
                    out.push(first);
                    before = Some(first);
                    rest = rest.get(first.len_utf8()..).unwrap_or_default();
                }
            }
        }
        out
    }
}

/// Returns whether a character can be part of a word.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}
