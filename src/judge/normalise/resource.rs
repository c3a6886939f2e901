//! Determines the resource of an identifier by its path.

use syncano_simulator::api::Resource;

/// Returns whether a text consists of digits.
pub fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns whether the deployment counts the identifiers, not the instance.
pub fn is_global(resource: Resource) -> bool {
    matches!(resource, Resource::Account | Resource::ApiKey)
}

/// Returns the resource of the identifiers that follow this segment of a path.
pub fn resource_of_collection(segment: &str) -> Option<Resource> {
    match segment {
        "users" => Some(Resource::User),
        "groups" => Some(Resource::Group),
        "api_keys" => Some(Resource::ApiKey),
        "objects" => Some(Resource::Object),
        "history" => Some(Resource::Change),
        "admins" => Some(Resource::Account),
        _ => None,
    }
}

/// Returns the resource that a path leads to, as an item or a list.
pub fn resource_of_path(path: &str) -> Option<Resource> {
    let path = path.split('?').next().unwrap_or_default();
    path.rsplit('/').find_map(|segment| match segment {
        "user" => Some(Resource::User),
        "account" => Some(Resource::Account),
        _ => resource_of_collection(segment),
    })
}

/// Returns whether a path leads to the memberships of a user or a group. The position in such a list
/// is a number of its own, not the identifier of a user or a group.
pub fn is_memberships(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    let segments = path.trim_end_matches('/').rsplit('/').collect::<Vec<_>>();
    matches!(segments.as_slice(), ["groups", _, "users", ..] | ["users", _, "groups", ..])
}

/// Returns the name of a resource in placeholders.
pub fn name(resource: Resource) -> &'static str {
    match resource {
        Resource::Account => "account",
        Resource::Instance => "instance",
        Resource::ApiKey => "api-key",
        Resource::User => "user",
        Resource::Group => "group",
        Resource::Object => "object",
        Resource::Change => "change",
    }
}
