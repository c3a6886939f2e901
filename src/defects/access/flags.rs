//! Rights that the flags of API keys give.

use super::paths::{USER_RESET_KEY, USERS};
use crate::defects::actions::{as_administrator, as_first_user, reject, with_flags};
use crate::defects::call::ApiCall;
use crate::defects::defect::{Defect, defect};
use crate::defects::right::Right;
use crate::defects::when::{ANY, CHANGES, DELETE, POST, READS, Who, everywhere, on, on_any};
use syncano_simulator::api::Flag;

/// The paths that `ignore_acl` and `allow_anonymous_read` apply to.
const OBJECTS: &[&str] = &["/classes/{class}/objects/", "/classes/{class}/objects/{object}/"];

pub fn defects() -> Vec<Defect> {
    [any_flag(), allow_user_create(), allow_group_create(), ignore_acl(), allow_anonymous_read()]
        .into_iter()
        .flatten()
        .collect()
}

fn any_flag() -> Vec<Defect> {
    vec![
        defect(
            "every-flag-granted",
            "Every API key may do what the flags allow. Right: only one whose flags are on.",
            everywhere(ANY)
                .where_(|call| call.has_api_key() && !call.path().starts_with("/api_keys/"))
                .only_if(|call, right| call.instance().is_some() && right.api_key(call).is_some())
                .then(|call, right| with_flags(call, right, &Flag::ALL, true)),
        ),
        defect(
            "user-closed-to-flags",
            "`/user/` rejects API keys with a flag. Right: flags make no difference there.",
            on(ANY, "/user/").only_if(has_a_flag).then(reject),
        ),
    ]
}

fn has_a_flag(call: &ApiCall, right: &Right<'_>) -> bool {
    Flag::ALL.into_iter().any(|flag| right.has_flag(call, flag))
}

fn allow_user_create() -> Vec<Defect> {
    const HOLDER: Who = Who::Has(Flag::AllowUserCreate);
    vec![
        defect(
            "user-create-too-little",
            "A key with `allow_user_create` may not create users. Right: 201.",
            on(POST, "/users/").by(HOLDER).by(Who::Lacks(Flag::IgnoreAcl)).then(reject),
        ),
        defect(
            "user-create-lists-users",
            "A key with `allow_user_create` may list and read users. Right: 403.",
            on_any(READS, USERS).by(HOLDER).instead_of_403(as_administrator),
        ),
        defect(
            "user-create-deletes-users",
            "A key with `allow_user_create` may delete users. Right: 403.",
            on(DELETE, "/users/{user}/").by(HOLDER).instead_of_403(as_administrator),
        ),
        defect(
            "user-create-resets-keys",
            "A key with `allow_user_create` may reset user keys. Right: 403.",
            on(POST, USER_RESET_KEY).by(HOLDER).instead_of_403(as_administrator),
        ),
    ]
}

fn allow_group_create() -> Vec<Defect> {
    const HOLDER: Who = Who::Has(Flag::AllowGroupCreate);
    vec![
        defect(
            "group-create-too-little",
            "A key with `allow_group_create` may not create groups. Right: 201.",
            on(POST, "/groups/").by(HOLDER).then(reject),
        ),
        defect(
            "group-create-changes-groups",
            "A key with `allow_group_create` may change and delete groups. Right: 403.",
            on(CHANGES, "/groups/{group}/").by(HOLDER).instead_of_403(as_administrator),
        ),
    ]
}

fn ignore_acl() -> Vec<Defect> {
    const ALONE: Who = Who::AloneWith(Flag::IgnoreAcl);
    vec![
        defect(
            "ignore-acl-too-little",
            "A key with `ignore_acl` may not read users. Right: it reads all of them.",
            on_any(READS, USERS).by(ALONE).then(reject),
        ),
        defect(
            "ignore-acl-reset-rejected",
            "A key with `ignore_acl` may not reset user keys. Right: 200.",
            on(POST, USER_RESET_KEY).by(ALONE).then(reject),
        ),
        defect(
            "ignore-acl-on-user",
            "`/user/` accepts an `ignore_acl` key without a user key and acts for the first user of the instance. Right: 403.",
            on(ANY, "/user/").by(ALONE).instead_of_403(as_first_user),
        ),
        defect(
            "ignore-acl-scoped-by-user",
            "A key with `ignore_acl` sees the objects that its user may. Right: all of them.",
            on_any(ANY, OBJECTS)
                .by(Who::User)
                .by(Who::Has(Flag::IgnoreAcl))
                .then(|call, right| with_flags(call, right, &[Flag::IgnoreAcl], false)),
        ),
        defect(
            "ignore-acl-deletes-instance",
            "A key with `ignore_acl` may delete its instance. Right: 403.",
            on(DELETE, "/instances/{instance}/").by(Who::Has(Flag::IgnoreAcl)).instead_of_403(as_administrator),
        ),
    ]
}

fn allow_anonymous_read() -> Vec<Defect> {
    const ALONE: Who = Who::AloneWith(Flag::AllowAnonymousRead);
    vec![
        defect(
            "anonymous-read-too-little",
            "A key with `allow_anonymous_read` may not read objects without a user key. Right: those readable to others.",
            on_any(READS, OBJECTS).by(ALONE).then(reject),
        ),
        defect(
            "anonymous-read-writes",
            "A key with `allow_anonymous_read` may also create and change objects without a user key. Right: 403.",
            on_any(CHANGES, OBJECTS).by(ALONE).instead_of_403(as_administrator),
        ),
        defect(
            "anonymous-read-opens-classes",
            "A key with `allow_anonymous_read` reads in classes that are closed to others. Right: 403.",
            on_any(READS, OBJECTS).by(ALONE).instead_of_403(as_administrator),
        ),
        defect(
            "anonymous-read-shows-all",
            "A key with `allow_anonymous_read` reads every object. Right: those readable to others.",
            on_any(READS, OBJECTS).by(ALONE).edit(|call, right, answer| {
                if answer.status() == http::StatusCode::FORBIDDEN { answer } else { as_administrator(call, right) }
            }),
        ),
    ]
}
