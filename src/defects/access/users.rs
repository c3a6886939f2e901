//! Rights that a user key beside an API key gives.

use bytes::Bytes;
use http::{Method, Response, StatusCode};

use super::paths::{API_KEYS, CLASSES, INSTANCES, MEMBERSHIPS};
use crate::defects::actions::{as_administrator, reject};
use crate::defects::call::ApiCall;
use crate::defects::defect::{Defect, defect};
use crate::defects::edit;
use crate::defects::right::Right;
use crate::defects::when::{ANY, CHANGES, DELETE, POST, READS, UPDATES, Who, everywhere, on, on_any};

pub fn defects() -> Vec<Defect> {
    [users_and_groups(), administration()].into_iter().flatten().collect()
}

fn users_and_groups() -> Vec<Defect> {
    vec![
        defect(
            "user-deletes-own-account",
            "A user may delete themselves under `/users/<id>/`. Right: 403.",
            on(DELETE, "/users/{user}/").by(Who::User).only_if(is_own).instead_of_403(as_administrator),
        ),
        defect(
            "user-delete-allowed",
            "`DELETE /user/` deletes the caller. Right: 405.",
            on(DELETE, "/user/").by(Who::User).then(|call, right| {
                let id = right.user_id(call).unwrap_or_default();
                right.act(call, Method::DELETE, &format!("/users/{id}/"), None)
            }),
        ),
        defect(
            "user-joins-groups",
            "A user may create memberships. Right: 403.",
            on_any(POST, MEMBERSHIPS).by(Who::User).instead_of_403(as_administrator),
        ),
        defect(
            "user-leaves-groups",
            "A user may delete memberships. Right: 403.",
            on_any(DELETE, MEMBERSHIPS).by(Who::User).instead_of_403(as_administrator),
        ),
        defect(
            "user-changes-groups",
            "With a user key, groups may be changed and deleted. Right: 403.",
            on(CHANGES, "/groups/{group}/").by(Who::User).instead_of_403(as_administrator),
        ),
    ]
}

/// Returns whether the path is that of the calling user.
fn is_own(call: &ApiCall, right: &Right<'_>) -> bool {
    call.segment(1).parse().ok() == right.user_id(call)
}

fn administration() -> Vec<Defect> {
    vec![
        defect(
            "scripts-open-to-users",
            "With a user key, scripts may be read. Right: 403, as with the API key alone.",
            everywhere(READS).where_(|call| is_below(call, SCRIPTS)).by(Who::User).instead_of_403(as_administrator),
        ),
        defect(
            "invitations-open-to-users",
            "With a user key, the invitations of the instance are listed. Right: 403, as with the API key alone.",
            on(READS, "/invitations/").by(Who::User).instead_of_403(as_administrator),
        ),
        defect(
            "administration-open-to-users",
            "With a user key, invitations, administrators, triggers, schedules, script endpoints, backups and hosting \
             are open. Right: 403.",
            everywhere(ANY).where_(|call| is_below(call, ADMINISTRATION)).by(Who::User).instead_of_403(administer),
        ),
        defect(
            "user-key-closes-the-rest",
            "With a user key, the instance, API keys and classes are 403. Right: as with the API key alone.",
            on_any(ANY, &[INSTANCES, API_KEYS, CLASSES].concat()).by(Who::User).then(reject),
        ),
        defect(
            "user-deletes-instance",
            "With a user key, the instance may be deleted. Right: 403.",
            on(DELETE, "/instances/{instance}/").by(Who::User).instead_of_403(as_administrator),
        ),
        defect(
            "user-changes-api-keys",
            "With a user key, API keys may be changed. Right: 403.",
            on(UPDATES, "/api_keys/{key}/").by(Who::User).instead_of_403(as_administrator),
        ),
        defect(
            "user-resets-api-keys",
            "With a user key, API keys may be reset. Right: 403.",
            on(POST, "/api_keys/{key}/reset_key/").by(Who::User).instead_of_403(as_administrator),
        ),
    ]
}

/// Responds as to an administrator. Pretends to change the owner, which administrators may not do
/// either.
fn administer(call: &ApiCall, right: &Right<'_>) -> Response<Bytes> {
    let answer = as_administrator(call, right);
    let is_owner = answer.status() == StatusCode::FORBIDDEN && on(UPDATES, "/admins/{admin}/").holds(call, right);
    if is_owner { edit::json_response(StatusCode::OK, &right.read(call, call.path())) } else { answer }
}

/// Scripts in v1.1 and in v1.
const SCRIPTS: &[&str] = &["/snippets/scripts/", "/codeboxes/"];
/// The paths that only administrators may use.
const ADMINISTRATION: &[&str] = &[
    "/admins/",
    "/invitations/",
    "/triggers/",
    "/schedules/",
    "/endpoints/scripts/",
    "/webhooks/",
    "/backups/",
    "/restores/",
    "/hosting/",
];

fn is_below(call: &ApiCall, paths: &[&str]) -> bool {
    call.instance().is_some() && paths.iter().any(|path| call.path().starts_with(path))
}
