//! Short forms of paths, and the kinds of resources.

/// Returns the short form of an endpoint's template: `/users/{user}/` inside an instance; outside,
/// the path without the version.
pub fn short_template(template: &str) -> &str {
    within_instance(template).or_else(|| template.strip_prefix("/{version}")).unwrap_or(template)
}

/// Returns the part of a template after its instance, such as `/users/{user}/`. Returns `None`
/// outside of instances and for the endpoints of an instance itself.
pub fn within_instance(template: &str) -> Option<&str> {
    let inside = template.strip_prefix("/{version}/instances/{instance}");
    inside.filter(|rest| !matches!(*rest, "/" | "/rename/"))
}

/// The kind of resource that an identifier in a path or body refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resource {
    /// The account of an administrator.
    Account,
    /// An instance, identified by its name.
    Instance,
    /// An API key of an instance.
    ApiKey,
    /// A user of an instance.
    User,
    /// A group of an instance.
    Group,
    /// A data object of an instance; user profiles are data objects.
    Object,
    /// A change of a channel: a message, or a published data object.
    Change,
}
