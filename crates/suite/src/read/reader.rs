//! Checks that the principals and references of a file name something that it defines.
//!
//! Scenario files and the access table both define the contents of a world and then refer to them
//! by name.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_saphyr::Spanned;

use crate::diagnostic::{Diagnostic, Source, SourcePosition, Suggestions};
use crate::model::Given;
use crate::name::Name;
use crate::principal::{KeySlot, PLAIN, Principal, RESERVED, Role};
use crate::template::Reference;
use syncano_simulator::api::Flag;

/// Builds a model from the members of a file, and collects mistakes.
pub struct ModelReader<'s> {
    pub(super) source: &'s Arc<Source>,
    /// The place of a mistake without a better place.
    pub(super) start: SourcePosition,
    pub(crate) suggestions: Suggestions,
    pub(crate) wrong: Vec<Diagnostic>,
    pub(super) known: DeclaredNames,
    /// The contents of the world; principals and references of steps add to it.
    pub(crate) given: Given,
}

/// The names that references and principals may use; each step may add some.
#[derive(Default)]
pub(super) struct DeclaredNames {
    pub users: Vec<Name>,
    pub groups: Vec<Name>,
    pub classes: Vec<Name>,
    pub objects: Vec<Name>,
    pub objects_with_file: Vec<Name>,
    pub data_endpoints: Vec<Name>,
    pub channels: Vec<Name>,
    pub devices: Vec<Name>,
    pub templates: Vec<Name>,
    pub named_keys: IndexMap<Name, Vec<Flag>>,
    pub foreign: bool,
    pub saved: Vec<Name>,
    /// Users with a replaced key, who therefore have a revoked one.
    pub revoked: Vec<Name>,
}

impl<'s> ModelReader<'s> {
    /// Creates a reader of a world with only a plain API key.
    pub fn new(source: &'s Arc<Source>) -> ModelReader<'s> {
        let start = SourcePosition::from_line(source, 1, 1);
        let mut given = Given::default();
        if let Ok(plain) = PLAIN.parse() {
            given.api_keys.insert(plain, Vec::new());
        }
        ModelReader {
            source,
            start,
            suggestions: Suggestions::default(),
            wrong: Vec::new(),
            known: DeclaredNames::default(),
            given,
        }
    }

    /// Returns the place of a value.
    pub(super) fn at<T>(&self, spanned: &Spanned<T>) -> SourcePosition {
        let location = &spanned.referenced;
        let span = location.span();
        match span.byte_offset().zip(span.byte_len()) {
            Some((start, length)) => SourcePosition::from_span(self.source, start as usize..(start + length) as usize),
            None if location.line() == 0 => self.start.clone(),
            None => SourcePosition::from_line(self.source, location.line() as usize, location.column() as usize),
        }
    }

    /// Adds a mistake.
    pub fn report(&mut self, place: &SourcePosition, message: impl Into<String>, help: impl Into<String>) {
        self.wrong.push(Diagnostic::at(place.clone(), message).help(help));
    }

    /// Reports a name that is reserved or already used.
    pub(super) fn claim(&mut self, name: &Name, place: &SourcePosition) {
        if RESERVED.contains(&name.as_str()) {
            self.report(place, format!("`{name}` is reserved"), "choose another name");
        } else if self.known.names().any(|taken| taken == name) {
            self.report(place, format!("the name `{name}` is already used"), "choose another name");
        }
    }

    /// Returns whether `given` has a user of this name.
    pub fn knows(&self, user: &Name) -> bool {
        self.known.users.contains(user)
    }

    /// Reports unknown names in a principal.
    pub fn principal(&mut self, principal: &Principal, place: &SourcePosition) {
        match &principal.key {
            KeySlot::Api(key) => self.api_key(key, place),
            KeySlot::Foreign => self.foreign(place),
            KeySlot::ExtraAccount(role) => {
                self.given.roles.insert(*role);
            }
            KeySlot::Nothing | KeySlot::Account | KeySlot::OfTheUser => {}
        }
        if let Some(slot) = &principal.user {
            self.user(&slot.user, place);
            if slot.revoked && !self.known.revoked.contains(&slot.user) {
                let message = format!("no earlier step has replaced the key of `{}`", slot.user);
                self.report(place, message, format!("save it where it is reset: `{}.user_key: $.user_key`", slot.user));
            }
        }
    }

    /// Reports an unknown user.
    pub(super) fn user(&mut self, user: &Name, place: &SourcePosition) {
        if !self.knows(user) {
            let message = format!("there is no user `{user}` in this scenario");
            let otherwise = format!("add it: `given: {{users: [{user}]}}`");
            let help = self.suggestions.help(user.as_str(), self.known.users.iter().map(Name::as_str), otherwise);
            self.report(place, message, help);
        }
    }

    fn api_key(&mut self, key: &Name, place: &SourcePosition) {
        if let Ok(flag) = key.as_str().parse::<Flag>() {
            self.given.api_keys.insert(key.clone(), vec![flag]);
        } else if key.as_str() != PLAIN && !self.known.named_keys.contains_key(key) {
            let words = Flag::ALL.iter().map(|flag| flag.name()).chain(self.known.named_keys.keys().map(Name::as_str));
            let otherwise = format!("add it: `given: {{api_keys: {{{key}: []}}}}`");
            let help = self.suggestions.help(key.as_str(), words, otherwise);
            self.report(place, format!("there is no API key `{key}` in this scenario"), help);
        }
    }

    fn foreign(&mut self, place: &SourcePosition) {
        if !self.known.foreign {
            self.report(place, "there is no other instance in this scenario", "add it: `given: {foreign: {}}`");
        }
    }

    /// Reports a reference that does not name a value.
    pub fn reference(&mut self, reference: &Reference, place: &SourcePosition) {
        let text = reference.as_str();
        let (owner, member) = text.split_once('.').unwrap_or((text, ""));
        if owner == "unique" && !member.is_empty() && !member.contains('.') {
            return;
        }
        let Some(members) = self.members(owner, place) else {
            let otherwise = "add it under `given`, or save it in an earlier step";
            let help = self.suggestions.help(owner, self.known.names().map(Name::as_str), otherwise);
            self.report(place, format!("unknown name `{owner}`"), help);
            return;
        };
        if !members.contains(&member) {
            let plain = members.iter().filter(|member| !member.contains(".altered_"));
            let listed = plain.map(|member| match *member {
                "" => format!("`{owner}`"),
                member => format!("`{owner}.{member}`"),
            });
            let help = format!("write {}", listed.collect::<Vec<_>>().join(" or "));
            self.report(place, format!("`{text}` is not a value"), help);
        }
    }

    /// Returns the members of the thing with this name; a value without members has the member "".
    fn members(&mut self, owner: &str, place: &SourcePosition) -> Option<&'static [&'static str]> {
        let is_one_of = |names: &[Name]| names.iter().any(|name| name.as_str() == owner);
        Some(match owner {
            "root" => &[""],
            "instance" => &["name", "path", "data_endpoints"],
            "account" => &["id", "email", "key", "key.altered_first", "key.altered_middle", "key.altered_last"],
            "api" => &["id", "key", "key.altered_first", "key.altered_middle", "key.altered_last"],
            "foreign" => {
                self.foreign(place);
                &["name", "path", "api_key"]
            }
            "unknown" => &["api_key", "account_key", "user_key"],
            "unique" => &["NAME"],
            _ => {
                if let Some(key) = owner.strip_prefix("api:") {
                    if let Ok(key) = key.parse() {
                        self.api_key(&key, place);
                    }
                    &["id", "key"]
                } else if let Some(role) = owner.strip_prefix("account:").and_then(Role::named) {
                    self.given.roles.insert(role);
                    &["id", "email", "key"]
                } else if is_one_of(&self.known.users) {
                    &[
                        "id",
                        "username",
                        "password",
                        "user_key",
                        "user_key.altered_first",
                        "user_key.altered_middle",
                        "user_key.altered_last",
                        "profile.id",
                    ]
                } else if is_one_of(&self.known.groups) {
                    &["id", "label"]
                } else if is_one_of(&self.known.classes)
                    || is_one_of(&self.known.data_endpoints)
                    || is_one_of(&self.known.templates)
                {
                    &["name"]
                } else if is_one_of(&self.known.objects) {
                    &["id", "title"]
                } else if is_one_of(&self.known.objects_with_file) {
                    &["id", "title", "file"]
                } else if is_one_of(&self.known.channels) {
                    &["name", "message.id", "message.text"]
                } else if is_one_of(&self.known.devices) {
                    &["token"]
                } else if is_one_of(&self.known.saved) {
                    &[""]
                } else {
                    return None;
                }
            }
        })
    }
}

impl DeclaredNames {
    /// Returns the names that references can begin with, except API keys and reserved words.
    fn names(&self) -> impl Iterator<Item = &Name> {
        let given = [&self.users, &self.groups, &self.classes, &self.objects, &self.objects_with_file];
        let data = [&self.data_endpoints, &self.channels, &self.devices, &self.templates, &self.saved];
        given.into_iter().chain(data).flatten()
    }
}
