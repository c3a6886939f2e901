//! Rights given to callers who should not have them, and taken from callers who should: by API key and flag, by user key, and
//! by the role of an account.

mod accounts;
mod apps;
mod flags;
mod users;

use super::Defect;

pub fn defects() -> Vec<Defect> {
    [apps::defects(), flags::defects(), users::defects(), accounts::defects()].into_iter().flatten().collect()
}

/// API keys and what is done to them.
const API_KEYS: &[&str] = &["/api_keys/", "/api_keys/{key}/", "/api_keys/{key}/reset_key/"];
const CLASSES: &[&str] = &["/classes/", "/classes/{class}/"];
const GROUPS: &[&str] = &["/groups/", "/groups/{group}/"];
const INSTANCES: &[&str] = &["/instances/", "/instances/{instance}/"];
/// Memberships, from both ends.
const MEMBERSHIPS: &[&str] = &[
    "/users/{user}/groups/",
    "/users/{user}/groups/{group}/",
    "/groups/{group}/users/",
    "/groups/{group}/users/{user}/",
];
const USERS: &[&str] = &["/users/", "/users/{user}/"];
const USER_RESET_KEY: &str = "/users/{user}/reset_key/";
