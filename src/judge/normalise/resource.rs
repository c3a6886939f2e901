//! Which resource an identifier is of, by what stands before it.

use syncano_simulator::api::Resource;

/// Whether a text consists of digits.
pub fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether identifiers are counted by deployment, not by instance.
pub fn is_global(resource: Resource) -> bool {
    matches!(resource, Resource::Account | Resource::ApiKey)
}

/// The resource of the identifiers that follow this segment of a path.
pub fn resource_of_collection(segment: &str) -> Option<Resource> {
    match segment {
        "users" => Some(Resource::User),
        "groups" => Some(Resource::Group),
        "api_keys" => Some(Resource::ApiKey),
        "objects" => Some(Resource::Object),
        "admins" => Some(Resource::Account),
        _ => None,
    }
}

/// The resource that a path leads to, or of which it leads to a list.
pub fn resource_of_path(path: &str) -> Option<Resource> {
    let path = path.split('?').next().unwrap_or_default();
    path.rsplit('/').find_map(|segment| match segment {
        "user" => Some(Resource::User),
        "account" => Some(Resource::Account),
        _ => resource_of_collection(segment),
    })
}

/// The name of a resource in placeholders.
pub fn name(resource: Resource) -> &'static str {
    match resource {
        Resource::Account => "account",
        Resource::Instance => "instance",
        Resource::ApiKey => "api-key",
        Resource::User => "user",
        Resource::Group => "group",
        Resource::Object => "object",
    }
}
