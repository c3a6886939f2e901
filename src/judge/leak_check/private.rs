//! Private values of a world, which only some callers may see.

use super::super::bindings::{Bindings, Bound, FOREIGN_KEY, Scope, home_reference};

/// A value that only some callers may see.
pub struct PrivateValue<'b> {
    pub reference: &'b str,
    /// The text in lower case.
    pub text: String,
    pub kind: PrivateKind<'b>,
}

/// The kind of a private value, which determines who may see it.
pub enum PrivateKind<'b> {
    /// The name or key of a user of this instance.
    User(&'b str, Scope),
    /// The note of a user of this instance.
    Note(&'b str, Scope),
    /// A password, an account key or a revoked user key, which no caller may see.
    Never,
    /// An API key of this instance.
    ApiKey(Scope),
    /// The title or the file URL of a data object.
    OfObject(&'b str),
    /// The message of a channel.
    Message(&'b str),
    /// The token of a device.
    Token(&'b str),
}

/// The length of the shortest text to look for; an answer could contain a shorter one by chance.
const SHORTEST: usize = 8;

impl<'b> PrivateValue<'b> {
    /// Returns the private values of a world.
    pub fn all(bindings: &'b Bindings) -> Vec<PrivateValue<'b>> {
        bindings.iter().filter_map(|(reference, bound)| PrivateValue::new(reference, bound, bindings)).collect()
    }

    fn new(reference: &'b str, bound: &'b Bound, bindings: &Bindings) -> Option<PrivateValue<'b>> {
        let (owner, member) = reference.split_once('.')?;
        let home = || match bindings.text(&home_reference(owner)) {
            Some(FOREIGN_KEY) => Scope::Foreign,
            _ => Scope::Own,
        };
        let kind = match member {
            _ if matches!(owner, "unknown" | "unique" | "instance") => return None,
            "username" | "user_key" => PrivateKind::User(owner, home()),
            "note" => PrivateKind::Note(owner, home()),
            "title" | "file" => PrivateKind::OfObject(owner),
            "message.text" => PrivateKind::Message(owner),
            "token" => PrivateKind::Token(owner),
            "password" => PrivateKind::Never,
            "key" if owner == "account" || owner.starts_with("account:") => PrivateKind::Never,
            "key" => PrivateKind::ApiKey(Scope::Own),
            "api_key" => PrivateKind::ApiKey(Scope::Foreign),
            _ if reference == Bindings::revoked(owner) => PrivateKind::Never,
            _ => return None,
        };
        let text = bound.value.as_str().filter(|text| text.len() >= SHORTEST)?.to_lowercase();
        Some(PrivateValue { reference, text, kind })
    }

    /// Returns the owner: the part of the reference before the dot.
    pub fn owner(&self) -> &'b str {
        self.reference.split('.').next().unwrap_or_default()
    }
}
