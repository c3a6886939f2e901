//! Rights of accounts by their role in an instance.

use super::paths::{API_KEYS, USER_RESET_KEY, USERS};
use crate::defects::actions::{as_administrator, reject};
use crate::defects::call::ApiCall;
use crate::defects::defect::{Defect, defect};
use crate::defects::right::Right;
use crate::defects::when::{ANY, CHANGES, DELETE, READS, UPDATES, Who, everywhere, on, on_any};

pub fn defects() -> Vec<Defect> {
    [all_administrators(), roles()].into_iter().flatten().collect()
}

fn all_administrators() -> Vec<Defect> {
    vec![
        defect(
            "administrator-items-rejected",
            "Administrators may not read a single user or membership. Right: 200.",
            on_any(READS, &["/users/{user}/", "/users/{user}/groups/{group}/", "/groups/{group}/users/{user}/"])
                .by(Who::Account)
                .then(reject),
        ),
        defect(
            "administrator-changes-rejected",
            "Administrators may not change or delete users, groups and API keys. Right: from `write` on, and API keys from \
             `full` on.",
            on_any(CHANGES, CHANGED).by(Who::Account).then(reject),
        ),
        defect(
            "stranger-reads-users",
            "An account that is not an administrator of the instance may read its users. Right: 403.",
            on_any(READS, USERS).by(Who::Stranger).instead_of_403(as_administrator),
        ),
    ]
}

const CHANGED: &[&str] =
    &["/users/{user}/", USER_RESET_KEY, "/groups/{group}/", "/api_keys/{key}/", "/api_keys/{key}/reset_key/"];

fn roles() -> Vec<Defect> {
    vec![
        defect(
            "roles-ignored",
            "Every administrator may do what the owner may. Right: as much as their role allows.",
            everywhere(ANY).only_if(has_a_role).instead_of_403(as_administrator),
        ),
        defect(
            "reader-changes-users",
            "An administrator in the role `read` may create, change and delete users. Right: 403.",
            on_any(CHANGES, USERS).by(Who::Role("read")).instead_of_403(as_administrator),
        ),
        defect(
            "writer-manages-api-keys",
            "An administrator in the role `write` may read and change API keys. Right: 403.",
            on_any(ANY, API_KEYS).by(Who::Role("write")).instead_of_403(as_administrator),
        ),
        defect(
            "writer-changes-nothing",
            "An administrator in the role `write` may change nothing. Right: users, groups, classes and objects.",
            everywhere(CHANGES).by(Who::Role("write")).then(reject),
        ),
        defect(
            "full-deletes-instance",
            "An administrator in the role `full` may delete the instance. Right: only its owner, else 403.",
            on(DELETE, "/instances/{instance}/").by(Who::Role("full")).instead_of_403(as_administrator),
        ),
        defect(
            "full-changes-nothing",
            "An administrator in the role `full` may not change the instance. Right: 200.",
            on(UPDATES, "/instances/{instance}/").by(Who::Role("full")).then(reject),
        ),
    ]
}

fn has_a_role(call: &ApiCall, right: &Right<'_>) -> bool {
    right.role(call).is_some()
}
