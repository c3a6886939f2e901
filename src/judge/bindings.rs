//! The values of a running scenario: what a reference stands for, and what its value is called in the answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::{Key, Resource};
use crate::scenario::Reference;
use crate::scenario::file::SaveName;
use crate::secret::Redactor;

/// What references stand for. `Debug` shows names only, for many of the values are keys.
#[derive(Clone, Default)]
pub struct Bindings {
    values: BTreeMap<String, Bound>,
}

/// A value with what is known of it.
#[derive(Clone)]
pub struct Bound {
    /// The value itself.
    pub value: Value,
    /// As it is shown to people: `"<alice.id:int>"`.
    pub shown: Value,
    /// How it is recognised in an answer.
    pub kind: Kind,
}

/// How a value is recognised in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A number, where an identifier of this resource stands.
    Id(Resource, Scope),
    /// A key: a text, wherever it stands, and never to be shown.
    Key,
    /// A text that is never to be shown.
    Secret,
    /// A text, wherever it stands as a whole word.
    Word,
    /// Not at all: it is made of others, or too common.
    Nothing,
}

/// Identifiers are counted by instance, so the same number means another thing in another instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The scenario's own instance, or no instance at all.
    Own,
    /// The other instance.
    Foreign,
}

/// The reference of the plain API key of the other instance.
pub const FOREIGN_KEY: &str = "foreign.api_key";

/// Under this reference stands the reference of the plain API key of the user's instance.
pub fn home_reference(user: &str) -> String {
    format!("{user}.home")
}

impl Bindings {
    /// Gives a reference a value.
    pub fn bind(&mut self, reference: &str, value: Value, kind: Kind) {
        let shown = match (&kind, &value) {
            (Kind::Nothing, value) => value.clone(),
            (_, Value::Number(_)) => json!(format!("<{reference}:int>")),
            _ => json!(format!("<{reference}>")),
        };
        self.values.insert(reference.to_owned(), Bound { value, shown, kind });
    }

    /// Takes over what has no value here yet.
    pub fn adopt(&mut self, others: &Bindings) {
        for (reference, bound) in &others.values {
            self.values.entry(reference.clone()).or_insert_with(|| bound.clone());
        }
    }

    /// Keeps a value of an answer. A new key of a user replaces the present one, which becomes the revoked one.
    pub fn save(&mut self, name: &SaveName, value: Value, shown: Value) {
        match name {
            SaveName::Value(name) => {
                self.values.insert(name.to_string(), Bound { value, shown, kind: Kind::Nothing });
            }
            SaveName::UserKey(user) => {
                let present = format!("{user}.user_key");
                if let Some(before) = self.values.get(&present) {
                    self.bind(&Bindings::revoked(user.as_str()), before.value.clone(), Kind::Key);
                }
                self.bind(&present, value, Kind::Key);
            }
        }
    }

    /// Takes a value away that an answer should have brought and did not. A key of a user can still be recognised, and is
    /// still a secret, but nobody can send it any more.
    pub fn forget(&mut self, name: &SaveName) {
        self.values.remove(&name.to_string()).into_iter().for_each(|bound| {
            if bound.kind == Kind::Key {
                self.bind(&format!("{name}@forgotten"), bound.value, Kind::Key);
            }
        });
        if let SaveName::UserKey(user) = name
            && let Some(bound) = self.values.remove(&Bindings::revoked(user.as_str()))
        {
            self.bind(&format!("{name}@revoked@forgotten"), bound.value, Kind::Key);
        }
    }

    /// The value of a reference.
    pub fn get(&self, reference: &Reference) -> Option<&Value> {
        self.value(reference.as_str())
    }

    /// The value of a reference that is known by its text.
    pub fn value(&self, reference: &str) -> Option<&Value> {
        self.values.get(reference).map(|bound| &bound.value)
    }

    /// The value of a reference as text, where it is one.
    pub fn text(&self, reference: &str) -> Option<&str> {
        self.value(reference).and_then(Value::as_str)
    }

    /// The reference of the key that a user had before the present one.
    pub fn revoked(user: &str) -> String {
        format!("{user}.user_key@revoked")
    }

    /// How the value of a reference is shown.
    pub fn shown(&self, reference: &Reference) -> Option<&Value> {
        self.values.get(reference.as_str()).map(|bound| &bound.shown)
    }

    /// Everything, by reference.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Bound)> {
        self.values.iter().map(|(reference, bound)| (reference.as_str(), bound))
    }

    /// What must never be shown, with the reference that it stands for: bound keys and secrets, and saved texts that
    /// are keys.
    pub fn secrets(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().filter_map(|(reference, bound)| {
            let text = bound.value.as_str()?;
            let secret = matches!(bound.kind, Kind::Key | Kind::Secret) || text.parse::<Key>().is_ok();
            secret.then_some((reference, text))
        })
    }
}

impl Redactor {
    /// Knows the secrets of a scenario by their references.
    pub fn of(bindings: &Bindings) -> Redactor {
        Redactor::knowing(bindings.secrets())
    }
}

impl std::fmt::Debug for Bindings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}
