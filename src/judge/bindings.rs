//! The values of references in a running scenario, and how each value is shown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use syncano_secrets::Redactor;
use syncano_simulator::api::{Key, Resource};
use syncano_suite::Reference;
use syncano_suite::file::SaveName;

/// The values of references. `Debug` shows only names, because many of the values are keys.
#[derive(Clone, Default)]
pub struct Bindings {
    values: BTreeMap<String, Bound>,
}

/// A value, and how to recognise and show it.
#[derive(Clone)]
pub struct Bound {
    /// The value itself.
    pub value: Value,
    /// The text that people see: `"<alice.id:int>"`.
    pub shown: Value,
    /// How it is recognised in an answer.
    pub kind: ValueKind,
}

/// How a value is recognised in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueKind {
    /// A number, in the place of an identifier of this resource.
    Id(Resource, Scope),
    /// A key: a text in any place, which must never be shown.
    Key,
    /// A text that must never be shown.
    Secret,
    /// A text in any place, as a whole word.
    Word,
    /// Never recognised: it consists of other values, or is too common.
    Nothing,
}

/// The instance of an identifier. Each instance counts its own, so the same number has another
/// meaning in another instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The scenario's own instance, or no instance.
    Own,
    /// The other instance.
    Foreign,
}

/// The reference of the plain API key of the other instance.
pub const FOREIGN_KEY: &str = "foreign.api_key";

/// Returns the reference whose value names the plain API key of the user's instance.
pub fn home_reference(user: &str) -> String {
    format!("{user}.home")
}

/// Stands in a reference between a key and the place of the digit that differs from it.
pub const ALTERED: &str = ".altered_";

/// Returns the keys that differ from a key in one digit, by its place. The last digit stays odd or
/// even, because that tells API keys from other keys.
fn altered(key: &str) -> impl Iterator<Item = (&'static str, String)> {
    let places = [("first", 0), ("middle", key.len() / 2), ("last", key.len().saturating_sub(1))];
    places.into_iter().filter_map(move |(place, at)| {
        let digit = key.get(at..=at)?.chars().next()?.to_digit(16)?;
        let other = char::from_digit((digit + 2) % 16, 16)?;
        Some((place, format!("{}{other}{}", key.get(..at)?, key.get(at + 1..)?)))
    })
}

impl Bindings {
    /// Binds a reference to a value.
    pub fn bind(&mut self, reference: &str, value: Value, kind: ValueKind) {
        let shown = match (&kind, &value) {
            (ValueKind::Nothing, value) => value.clone(),
            (_, Value::Number(_)) => json!(format!("<{reference}:int>")),
            _ => json!(format!("<{reference}>")),
        };
        self.values.insert(reference.to_owned(), Bound { value, shown, kind });
    }

    /// Binds the keys that differ from a bound key in one digit.
    pub fn bind_altered(&mut self, reference: &str) {
        let key = self.text(reference).unwrap_or_default().to_owned();
        for (place, key) in altered(&key) {
            self.bind(&format!("{reference}{ALTERED}{place}"), json!(key), ValueKind::Key);
        }
    }

    /// Adds the values of references that are not bound yet.
    pub fn adopt(&mut self, others: &Bindings) {
        for (reference, bound) in &others.values {
            self.values.entry(reference.clone()).or_insert_with(|| bound.clone());
        }
    }

    /// Saves a value of an answer. A new key of a user replaces the current one, which becomes the
    /// revoked one.
    pub fn save(&mut self, name: &SaveName, value: Value, shown: Value) {
        match name {
            SaveName::Value(name) => {
                self.values.insert(name.to_string(), Bound { value, shown, kind: ValueKind::Nothing });
            }
            SaveName::UserKey(user) => {
                let present = format!("{user}.user_key");
                if let Some(before) = self.values.get(&present) {
                    self.bind(&Bindings::revoked(user.as_str()), before.value.clone(), ValueKind::Key);
                }
                self.bind(&present, value, ValueKind::Key);
                if self.values.contains_key(&format!("{present}{ALTERED}first")) {
                    self.bind_altered(&present);
                }
            }
        }
    }

    /// Unbinds a value that an answer lacks. A user key is still recognised and still a secret, but
    /// no request can send it.
    pub fn forget(&mut self, name: &SaveName) {
        let of_key = format!("{name}{ALTERED}");
        self.values.retain(|reference, _| !reference.starts_with(&of_key));
        self.values.remove(&name.to_string()).into_iter().for_each(|bound| {
            if bound.kind == ValueKind::Key {
                self.bind(&format!("{name}@forgotten"), bound.value, ValueKind::Key);
            }
        });
        if let SaveName::UserKey(user) = name
            && let Some(bound) = self.values.remove(&Bindings::revoked(user.as_str()))
        {
            self.bind(&format!("{name}@revoked@forgotten"), bound.value, ValueKind::Key);
        }
    }

    /// Returns the value of a reference.
    pub fn get(&self, reference: &Reference) -> Option<&Value> {
        self.value(reference.as_str())
    }

    /// Returns the value of a reference, given as text.
    pub fn value(&self, reference: &str) -> Option<&Value> {
        self.values.get(reference).map(|bound| &bound.value)
    }

    /// Returns the value of a reference if it is a text.
    pub fn text(&self, reference: &str) -> Option<&str> {
        self.value(reference).and_then(Value::as_str)
    }

    /// Returns the reference of the user's previous key.
    pub fn revoked(user: &str) -> String {
        format!("{user}.user_key@revoked")
    }

    /// Returns how the value of a reference is shown.
    pub fn shown(&self, reference: &Reference) -> Option<&Value> {
        self.values.get(reference.as_str()).map(|bound| &bound.shown)
    }

    /// Returns all bound values with their references.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Bound)> {
        self.values.iter().map(|(reference, bound)| (reference.as_str(), bound))
    }

    /// Returns the secrets with their references: bound keys and secrets, and saved texts that are
    /// keys.
    pub fn secrets(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().filter_map(|(reference, bound)| {
            let text = bound.value.as_str()?;
            let secret = matches!(bound.kind, ValueKind::Key | ValueKind::Secret) || text.parse::<Key>().is_ok();
            secret.then_some((reference, text))
        })
    }

    /// Creates a redactor that knows the secrets of the scenario by their references.
    pub fn redactor(&self) -> Redactor {
        Redactor::knowing(self.secrets())
    }
}

impl std::fmt::Debug for Bindings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three user keys, the oldest first.
    const KEYS: [&str; 3] = [
        "1111111111111111111111111111111111111110",
        "2222222222222222222222222222222222222220",
        "3333333333333333333333333333333333333330",
    ];

    fn name(text: &str) -> SaveName {
        text.to_owned().try_into().unwrap()
    }

    fn users_with_keys(users: &[&str]) -> Bindings {
        let mut bindings = Bindings::default();
        for user in users {
            bindings.bind(&format!("{user}.user_key"), json!(KEYS[0]), ValueKind::Key);
        }
        bindings
    }

    fn shown(bindings: &Bindings, reference: &str) -> Option<Value> {
        bindings.shown(&reference.parse().unwrap()).cloned()
    }

    /// Returns the references under which a text is a secret.
    fn secret<'b>(bindings: &'b Bindings, secret: &str) -> Vec<&'b str> {
        bindings.secrets().filter(|(_, text)| *text == secret).map(|(reference, _)| reference).collect()
    }

    #[test]
    fn an_own_value_is_shown_as_its_reference_and_the_root_unchanged() {
        let mut bindings = users_with_keys(&["alice"]);
        bindings.bind("alice.id", json!(7), ValueKind::Id(Resource::User, Scope::Own));
        bindings.bind("alice.username", json!("ann"), ValueKind::Word);
        bindings.bind("root", json!("/v1.1"), ValueKind::Nothing);
        assert_eq!(shown(&bindings, "alice.id"), Some(json!("<alice.id:int>")));
        assert_eq!(shown(&bindings, "alice.username"), Some(json!("<alice.username>")));
        assert_eq!(shown(&bindings, "alice.user_key"), Some(json!("<alice.user_key>")));
        assert_eq!(shown(&bindings, "root"), Some(json!("/v1.1")));
        assert_eq!(shown(&bindings, "bob.id"), None);
    }

    #[test]
    fn the_previous_key_of_each_user_is_the_revoked_key() {
        let mut bindings = users_with_keys(&["alice", "bob"]);
        for key in [KEYS[1], KEYS[2]] {
            bindings.save(&name("alice.user_key"), json!(key), json!("<key-1>"));
        }
        bindings.save(&name("bob.user_key"), json!(KEYS[2]), json!("<key-1>"));
        for (user, revoked) in [("alice", KEYS[1]), ("bob", KEYS[0])] {
            assert_eq!(bindings.text(&format!("{user}.user_key")), Some(KEYS[2]), "{user}");
            assert_eq!(bindings.text(&Bindings::revoked(user)), Some(revoked), "{user}");
        }
    }

    #[test]
    fn a_key_missing_from_an_answer_is_not_sent_and_the_previous_key_stays_secret() {
        let mut bindings = users_with_keys(&["alice"]);
        bindings.save(&name("alice.user_key"), json!(KEYS[1]), json!("<key-1>"));
        bindings.forget(&name("alice.user_key"));
        assert_eq!(bindings.text("alice.user_key"), None);
        assert_eq!(bindings.text(&Bindings::revoked("alice")), None);
        assert_eq!(secret(&bindings, KEYS[0]), ["alice.user_key@revoked@forgotten"]);
        assert_eq!(secret(&bindings, KEYS[1]), ["alice.user_key@forgotten"]);
    }

    #[test]
    fn a_value_missing_from_an_answer_is_unbound() {
        let mut bindings = users_with_keys(&["alice"]);
        bindings.save(&name("page"), json!("next"), json!("next"));
        bindings.forget(&name("page"));
        assert_eq!(bindings.iter().map(|(reference, _)| reference).collect::<Vec<_>>(), ["alice.user_key"]);
    }

    #[test]
    fn keys_passwords_and_saved_keys_are_secret() {
        let mut bindings = users_with_keys(&["alice"]);
        bindings.bind("alice.password", json!("pw-4711"), ValueKind::Secret);
        bindings.bind("alice.username", json!("ann"), ValueKind::Word);
        bindings.bind("alice.id", json!(7), ValueKind::Id(Resource::User, Scope::Own));
        bindings.save(&name("new_key"), json!(KEYS[2]), json!("<key-1>"));
        bindings.save(&name("label"), json!("crew"), json!("crew"));
        let secrets = bindings.secrets().collect::<Vec<_>>();
        assert_eq!(secrets, [("alice.password", "pw-4711"), ("alice.user_key", KEYS[0]), ("new_key", KEYS[2])]);
        let hidden = bindings.redactor().text("the password is pw-4711");
        assert_eq!(hidden, "the password is <alice.password>");
    }

    #[test]
    fn adopted_values_do_not_replace_existing_ones() {
        let mut bindings = users_with_keys(&["alice"]);
        let mut others = Bindings::default();
        others.bind("alice.user_key", json!(KEYS[1]), ValueKind::Key);
        others.bind("account.id", json!(1), ValueKind::Id(Resource::Account, Scope::Own));
        bindings.adopt(&others);
        assert_eq!(bindings.text("alice.user_key"), Some(KEYS[0]));
        assert_eq!(bindings.value("account.id"), Some(&json!(1)));
    }

    #[test]
    fn debug_shows_names_but_no_values() {
        assert_eq!(format!("{:?}", users_with_keys(&["alice", "bob"])), r#"{"alice.user_key", "bob.user_key"}"#);
    }
}
