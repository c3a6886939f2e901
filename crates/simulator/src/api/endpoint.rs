//! Paths of the API as people write them, and what identifiers identify.

/// The template of an endpoint as people say it: `/users/{user}/` for what lies in an instance, and without the version for
/// the rest.
pub fn short_template(template: &str) -> &str {
    within_instance(template).or_else(|| template.strip_prefix("/{version}")).unwrap_or(template)
}

/// What a template has behind an instance that it goes through: `/users/{user}/`. The endpoints of an instance itself go
/// through none.
pub fn within_instance(template: &str) -> Option<&str> {
    let inside = template.strip_prefix("/{version}/instances/{instance}");
    inside.filter(|rest| !matches!(*rest, "/" | "/rename/"))
}

/// What an identifier in a path or in a body identifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resource {
    /// An administrator's account.
    Account,
    /// An instance; its identifier is its name.
    Instance,
    /// An API key of an instance.
    ApiKey,
    /// A user of an instance.
    User,
    /// A group of an instance.
    Group,
    /// A data object of an instance; the profile of a user is one.
    Object,
}
