//! The paths of requests that need rights.

/// API keys, including their resets.
pub const API_KEYS: &[&str] = &["/api_keys/", "/api_keys/{key}/", "/api_keys/{key}/reset_key/"];
pub const CLASSES: &[&str] = &["/classes/", "/classes/{class}/"];
pub const GROUPS: &[&str] = &["/groups/", "/groups/{group}/"];
pub const INSTANCES: &[&str] = &["/instances/", "/instances/{instance}/"];
/// Memberships, from both sides.
pub const MEMBERSHIPS: &[&str] = &[
    "/users/{user}/groups/",
    "/users/{user}/groups/{group}/",
    "/groups/{group}/users/",
    "/groups/{group}/users/{user}/",
];
pub const USERS: &[&str] = &["/users/", "/users/{user}/"];
pub const USER_RESET_KEY: &str = "/users/{user}/reset_key/";
