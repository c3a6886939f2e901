//! Reads the outcomes of each caller, and gives every endpoint its access cases.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::Method;
use toml::Spanned;

use super::builder::{AccessTableBuilder, REST, slug};
use super::file::Policy;
use super::table::{AccessCase, AccessTable, METHODS};
use crate::check_id::CheckId;
use crate::diagnostic::{Diagnostic, SourcePosition};
use crate::expectation::Expectation;

/// The expectation of each caller, with its place in the file; `None` for a caller that is not
/// named yet.
type Answered = Vec<Option<(Arc<Expectation>, SourcePosition)>>;

impl AccessTableBuilder<'_> {
    /// Gives every endpoint its access cases.
    pub fn policies(&mut self, policies: &[(Spanned<String>, Policy)], otherwise: &Policy) {
        let mut stated: BTreeMap<(String, String), &Spanned<String>> = BTreeMap::new();
        for (header, policy) in policies {
            let place = self.at(header);
            let (methods, names) = self.header(header);
            for (method, name) in names.iter().flat_map(|name| methods.iter().map(move |method| (method, name))) {
                if let Some(first) = stated.insert((method.to_string(), name.clone()), header) {
                    let line = self.at(first).line;
                    let message = format!("{method} `{name}` already has a table in line {line}");
                    self.reader.report(&place, message, "remove it from one of the two");
                }
                let cases = self.cases(method, name, &place, policy, otherwise);
                if let Some(endpoint) = self.endpoints.get_mut(name) {
                    endpoint.cases.extend(cases);
                }
            }
        }
        self.every_method(|method, name| stated.contains_key(&(method.to_string(), name.to_owned())));
        let order = |method: &Method| METHODS.iter().position(|known| known == method);
        for endpoint in self.endpoints.values_mut() {
            endpoint.cases.sort_by_key(|case| (order(&case.method), case.caller));
        }
    }

    /// Reports methods of endpoints without a table.
    fn every_method(&mut self, is_stated: impl Fn(&Method, &str) -> bool) {
        for endpoint in self.endpoints.values() {
            for method in METHODS.iter().filter(|method| !is_stated(method, &endpoint.name)) {
                let request = format!("{method} {}", endpoint.name);
                let help = format!("add a table `[\"{request}\"]`, or name it in an existing one");
                self.reader.report(&endpoint.place, format!("no table states the outcome of {request}"), help);
            }
        }
    }

    /// Reads the methods and endpoints in a table's name: `PUT PATCH users/self users/other`.
    fn header(&mut self, header: &Spanned<String>) -> (Vec<Method>, Vec<String>) {
        let place = self.at(header);
        let (mut methods, mut names) = (Vec::new(), Vec::new());
        for word in header.get_ref().split_whitespace() {
            if let Some(method) = METHODS.iter().find(|method| method.as_str() == word) {
                methods.push(method.clone());
            } else if self.endpoints.contains_key(word) {
                names.push(word.to_owned());
            } else {
                let known = METHODS.iter().map(Method::as_str).chain(self.endpoints.keys().map(String::as_str));
                let otherwise = "write methods, then names of endpoints: `[\"PUT PATCH users/self\"]`";
                let help = self.reader.suggestions.help(word, known, otherwise);
                self.reader.report(&place, format!("`{word}` is neither a method nor an endpoint of this table"), help);
            }
        }
        (methods, names)
    }

    /// Returns the access cases of one method of one endpoint.
    fn cases(
        &mut self,
        method: &Method,
        name: &str,
        header: &SourcePosition,
        policy: &Policy,
        otherwise: &Policy,
    ) -> Vec<AccessCase> {
        let mut answered = Answered::new();
        answered.resize_with(self.callers.len(), || None);
        self.answer(&mut answered, method, name, policy, true);
        self.answer(&mut answered, method, name, otherwise, false);
        let mut cases = Vec::with_capacity(self.callers.len());
        let mut missing = Vec::new();
        let prefix = format!("{}/{name}/{}", AccessTable::AREA, method.as_str().to_lowercase());
        for ((caller, word), answered) in self.callers.keys().enumerate().zip(answered) {
            match (answered, CheckId::try_from(format!("{prefix}/{}", slug(word)))) {
                (Some((expected, place)), Ok(id)) => {
                    cases.push(AccessCase { id, method: method.clone(), caller, expected, place });
                }
                (None, _) => missing.push(format!("`{word}`")),
                (_, Err(message)) => self.reader.wrong.push(Diagnostic::at(header.clone(), message)),
            }
        }
        if !missing.is_empty() {
            let message = format!("no outcome of {method} {name} names {}", missing.join(", "));
            self.reader.report(header, message, "name them in this table, or under `otherwise`");
        }
        cases
    }

    /// Adds the outcomes of a policy. In the table of a method (`once`) a caller that is named
    /// twice is a mistake. The table `otherwise` applies only to callers without an outcome.
    fn answer(&mut self, answered: &mut Answered, method: &Method, name: &str, policy: &Policy, once: bool) {
        let mut rest = None;
        for (text, words) in policy {
            let place = self.at(text);
            let Some(outcome) = self.outcome(text, method, name).map(Arc::new) else { continue };
            for word in words {
                if word.get_ref() == REST {
                    rest = Some((Arc::clone(&outcome), place.clone()));
                    continue;
                }
                for caller in self.named(word) {
                    match answered.get_mut(caller) {
                        Some(free @ None) => *free = Some((Arc::clone(&outcome), place.clone())),
                        Some(Some(_)) if once => self.named_twice(caller, word),
                        _ => {}
                    }
                }
            }
        }
        if let Some(rest) = rest {
            answered.iter_mut().filter(|free| free.is_none()).for_each(|free| *free = Some(rest.clone()));
        }
    }

    /// Returns the callers that a word names.
    fn named(&mut self, word: &Spanned<String>) -> Vec<usize> {
        if let Some(group) = self.groups.get(word.get_ref()) {
            return group.clone();
        }
        let place = self.at(word);
        let known = self.groups.keys().map(String::as_str);
        let help = self.reader.suggestions.help(word.get_ref(), known, "add it under `principals`");
        self.reader.report(&place, format!("`{}` is neither a principal nor a group", word.get_ref()), help);
        Vec::new()
    }

    fn named_twice(&mut self, caller: usize, at: &Spanned<String>) {
        let place = self.at(at);
        let word = self.callers.get_index(caller).map(|(word, _)| word.as_str()).unwrap_or_default();
        self.reader.report(&place, format!("this table names `{word}` twice"), "give every caller one outcome");
    }
}
