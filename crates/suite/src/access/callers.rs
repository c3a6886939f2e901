//! Reads the callers and the groups of callers.

use indexmap::IndexMap;
use toml::Spanned;

use super::builder::{AccessTableBuilder, REST, slug};
use super::file::{KeysFile, NameList};
use super::table::AccessCaller;
use crate::diagnostic::SourcePosition;
use crate::principal::{KeySlot, Principal};
use crate::template::Text;

impl AccessTableBuilder<'_> {
    /// Reads the groups in the order of the file. A group consists of principals and of earlier
    /// groups.
    pub fn principals(
        &mut self,
        principals: IndexMap<Spanned<String>, NameList>,
        keys: IndexMap<Spanned<String>, KeysFile>,
    ) {
        for (group, words) in &principals {
            let mut members = Vec::new();
            for word in words {
                match self.groups.get(word.get_ref()) {
                    Some(others) => members.extend(others),
                    None => members.extend(self.caller(word, &keys)),
                }
            }
            members.dedup();
            if group.get_ref() == REST || self.callers.contains_key(group.get_ref()) {
                let place = self.at(group);
                let message = format!("`{}` is reserved", group.get_ref());
                self.reader.report(&place, message, "choose another name");
            }
            self.groups.insert(group.get_ref().clone(), members);
        }
        for name in keys.keys().filter(|name| !self.callers.contains_key(name.get_ref())) {
            let place = SourcePosition::from_span(self.source, name.span());
            let message = format!("`{}` is missing in the groups of `principals`", name.get_ref());
            self.reader.report(&place, message, "add it to a group, or remove it");
        }
        // A principal's own word is allowed wherever a group is.
        for (number, word) in self.callers.keys().enumerate() {
            self.groups.insert(word.clone(), vec![number]);
        }
    }

    /// Returns the index of a caller; adds it if it is new.
    fn caller(&mut self, word: &Spanned<String>, keys: &IndexMap<Spanned<String>, KeysFile>) -> Option<usize> {
        if let Some(number) = self.callers.get_index_of(word.get_ref()) {
            return Some(number);
        }
        let place = self.at(word);
        let (principal, headers) = match keys.get(word.get_ref().as_str()) {
            Some(keys) => (Principal { key: KeySlot::Nothing, user: None }, self.headers(keys, &place)),
            None => (self.principal(word.get_ref(), &place)?, IndexMap::new()),
        };
        let id = slug(word.get_ref());
        if let Some(twin) = self.callers.keys().find(|known| slug(known) == id) {
            let message = format!("`{}` and `{twin}` both become `{id}` in the ids of access cases", word.get_ref());
            self.reader.report(&place, message, "give one of the two another name");
        }
        let caller = AccessCaller { word: word.get_ref().clone(), principal, headers };
        Some(self.callers.insert_full(word.get_ref().clone(), caller).0)
    }

    fn principal(&mut self, word: &str, place: &SourcePosition) -> Option<Principal> {
        match word.parse::<Principal>() {
            Ok(principal) if principal.user_name().is_none_or(|user| self.reader.knows(user)) => {
                self.reader.principal(&principal, place);
                Some(principal)
            }
            _ => {
                let known = self.callers.keys().chain(self.groups.keys()).map(String::as_str);
                let otherwise = "write a principal as in a scenario, a name in `keys`, or an earlier group";
                let help = self.reader.suggestions.help(word, known, otherwise);
                self.reader.report(place, format!("`{word}` is neither a principal nor a group"), help);
                None
            }
        }
    }

    fn headers(&mut self, keys: &KeysFile, place: &SourcePosition) -> IndexMap<String, Text> {
        let slots = [("X-API-KEY", &keys.api_key), ("X-USER-KEY", &keys.user_key)];
        let headers = slots.into_iter().filter_map(|(header, key)| Some((header.to_owned(), key.clone()?)));
        let headers = headers.collect::<IndexMap<_, _>>();
        for reference in headers.values().flat_map(Text::references) {
            self.reader.reference(reference, place);
        }
        headers
    }
}
