//! Rights given to callers who should not have them, and taken from callers who should.

use super::Defect;
use super::actions::{as_administrator, refuse};
use super::defect;
use super::when::{CHANGES, GET, POST, READS, Who, everywhere, on, on_any};
use crate::api::Flag;

pub fn defects() -> Vec<Defect> {
    vec![
        defect(
            "users-list-unscoped",
            "`GET /users/` shows every user to an API key with a user key. Right: it shows only the caller.",
            on(GET, "/users/").by(Who::User).then(as_administrator),
        ),
        defect(
            "groups-of-others-shown",
            "A user may read `/users/<id>/groups/` of anybody. Right: only of themselves, else 403.",
            on_any(READS, &["/users/{user}/groups/", "/users/{user}/groups/{group}/"])
                .by(Who::User)
                .instead_of_403(as_administrator),
        ),
        defect(
            "app-creates-users",
            "Any API key may create users. Right: one with `allow_user_create` or `ignore_acl`, else 403.",
            on(POST, "/users/").by(Who::App).instead_of_403(as_administrator),
        ),
        defect(
            "ignore-acl-too-little",
            "A key with `ignore_acl` may not read users. Right: it reads all of them.",
            on_any(READS, &["/users/", "/users/{user}/"]).by(Who::AloneWith(Flag::IgnoreAcl)).then(refuse),
        ),
        defect(
            "user-changes-groups",
            "With a user key, groups may be changed and deleted. Right: 403.",
            on(CHANGES, "/groups/{group}/").by(Who::User).instead_of_403(as_administrator),
        ),
        defect(
            "everything-is-refused",
            "Every request with an API key is 403, whatever user key is beside it. Right: the rights of each caller decide.",
            everywhere(super::when::ANY).by(Who::App).then(refuse),
        ),
    ]
}
