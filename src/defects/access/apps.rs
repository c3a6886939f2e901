//! Rights of API keys, regardless of their flags.

use super::paths::{API_KEYS, CLASSES, GROUPS, USERS};
use crate::defects::actions::{as_administrator, as_first_user, reject};
use crate::defects::defect::{Defect, defect};
use crate::defects::when::{ANY, CHANGES, DELETE, POST, READS, Who, everywhere, on, on_any};
use syncano_simulator::api::Version;

pub fn defects() -> Vec<Defect> {
    [everything(), users_and_groups(), api_keys_and_classes(), instances_and_accounts()].into_iter().flatten().collect()
}

fn everything() -> Vec<Defect> {
    vec![
        defect(
            "everything-is-rejected",
            "Every request with an API key is 403, with any user key. Right: it depends on the rights of the caller.",
            everywhere(ANY).by(Who::App).then(reject),
        ),
        defect(
            "older-version-open-to-apps",
            "In v1 an API key may do everything in its instance. Right: what it may do in v1.1.",
            everywhere(ANY).where_(|call| call.version() == Version::V1).by(Who::App).instead_of_403(as_administrator),
        ),
    ]
}

fn users_and_groups() -> Vec<Defect> {
    vec![
        defect(
            "app-creates-users",
            "Any API key may create users. Right: one with `allow_user_create` or `ignore_acl`, else 403.",
            on(POST, "/users/").by(Who::App).instead_of_403(as_administrator),
        ),
        defect(
            "users-open-to-apps",
            "An API key alone may read, change and delete users. Right: 403.",
            on_any(ANY, USERS).by(Who::AppAlone).instead_of_403(as_administrator),
        ),
        defect(
            "user-open-to-apps",
            "`/user/` accepts an API key alone and acts for the first user of the instance. Right: 403.",
            on(ANY, "/user/").by(Who::AppAlone).instead_of_403(as_first_user),
        ),
        defect(
            "app-creates-groups",
            "Any API key may create groups. Right: one with `allow_group_create`, else 403.",
            on(POST, "/groups/").by(Who::App).instead_of_403(as_administrator),
        ),
        defect(
            "app-changes-groups",
            "An API key alone may change and delete groups. Right: 403.",
            on(CHANGES, "/groups/{group}/").by(Who::AppAlone).instead_of_403(as_administrator),
        ),
        defect(
            "groups-shown-without-key",
            "`/groups/` and each group are shown without any key. Right: 403.",
            on_any(READS, GROUPS).by(Who::NoKey).instead_of_403(as_administrator),
        ),
    ]
}

fn api_keys_and_classes() -> Vec<Defect> {
    vec![
        defect(
            "app-changes-api-keys",
            "An API key may create, change, reset and delete API keys. Right: 403.",
            on_any(CHANGES, API_KEYS).by(Who::App).instead_of_403(as_administrator),
        ),
        defect(
            "app-deletes-api-keys",
            "An API key may delete API keys. Right: 403.",
            on(DELETE, "/api_keys/{key}/").by(Who::App).instead_of_403(as_administrator),
        ),
        defect(
            "app-creates-api-keys",
            "An API key may create other API keys. Right: 403.",
            on(POST, "/api_keys/").by(Who::App).instead_of_403(as_administrator),
        ),
        defect(
            "app-changes-classes",
            "An API key may create, change and delete classes. Right: 403.",
            on_any(CHANGES, CLASSES).by(Who::App).instead_of_403(as_administrator),
        ),
    ]
}

fn instances_and_accounts() -> Vec<Defect> {
    vec![
        defect(
            "app-changes-instance",
            "An API key may change and delete its instance. Right: 403.",
            on(CHANGES, "/instances/{instance}/").by(Who::App).instead_of_403(as_administrator),
        ),
        defect(
            "app-renames-instance",
            "An API key may rename its instance. Right: 403.",
            on(POST, "/instances/{instance}/rename/").by(Who::App).instead_of_403(as_administrator),
        ),
        defect(
            "app-creates-instances",
            "An API key may create instances. Right: 403.",
            on(POST, "/instances/").by(Who::App).instead_of_403(as_administrator),
        ),
        defect(
            "app-reads-account",
            "`GET /account/` shows the owner of its instance to an API key. Right: 403.",
            on(READS, "/account/").by(Who::App).instead_of_403(as_administrator),
        ),
    ]
}
