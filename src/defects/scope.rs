//! The objects that a caller sees: users, groups and memberships with a user key, API keys and
//! instances with an API key.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::actions::{as_administrator, not_found, reject};
use super::call::ApiCall;
use super::defect::{Defect, defect};
use super::edit;
use super::right::Right;
use super::when::{ANY, GET, POST, READS, UPDATES, Who, everywhere, on, on_any};

const A_USER: &[&str] = &["/users/{user}/", "/users/{user}/reset_key/"];
const A_MEMBERSHIP: &str = "/groups/{group}/users/{user}/";

pub fn defects() -> Vec<Defect> {
    [everything(), lists_of_users(), single_users(), memberships(), groups(), keys_and_instances()]
        .into_iter()
        .flatten()
        .collect()
}

fn everything() -> Vec<Defect> {
    vec![defect(
        "every-list-is-empty",
        "Every list is empty for every caller. Right: the objects of the caller.",
        everywhere(GET).edit(|_, _, answer| edit::emptied(answer)),
    )]
}

fn lists_of_users() -> Vec<Defect> {
    vec![
        defect(
            "users-list-unscoped",
            "`GET /users/` shows every user to an API key with a user key. Right: it shows only the caller.",
            on(GET, "/users/").by(Who::User).then(as_administrator),
        ),
        defect(
            "filter-unscoped",
            "`GET /users/` with `username__startswith` searches all users for a user. Right: it shows only the caller.",
            on(GET, "/users/")
                .where_(|call| call.query("username__startswith").is_some())
                .by(Who::User)
                .then(as_administrator),
        ),
        defect(
            "second-page-unscoped",
            "`GET /users/` shows all users to a user who asks for a page by `direction`. Right: it shows only the caller.",
            on(GET, "/users/").where_(|call| call.query("direction").is_some()).by(Who::User).then(as_administrator),
        ),
        defect(
            "users-counted",
            "`include_count` counts all users, and all members of a group, for every caller. Right: it counts only objects.",
            on_any(GET, &["/users/", "/groups/{group}/users/"])
                .where_(|call| call.query("include_count").is_some())
                .edit(|call, right, answer| {
                    edit::with_member(answer, "objects_count", right.list(call, call.path()).len())
                }),
        ),
        defect(
            "users-list-empty-for-users",
            "`GET /users/` is empty for a user. Right: it shows the caller.",
            on(GET, "/users/").by(Who::User).edit(|_, _, answer| edit::emptied(answer)),
        ),
        defect(
            "users-list-misses-the-newest",
            "`GET /users/` omits the newest user. Right: the administrator sees all users.",
            on(GET, "/users/").by(Who::Account).edit(|call, right, answer| {
                let newest = right.list(call, "/users/").pop().unwrap_or_default();
                edit::change_objects(answer, |users| users.retain(|user| user.get("id") != newest.get("id")))
            }),
        ),
        defect(
            "users-of-other-instances-listed",
            "`GET /users/` shows administrators the users of all their instances. Right: those of the one in the path.",
            on(GET, "/users/").by(Who::Account).edit(add_users_of_other_instances),
        ),
    ]
}

fn add_users_of_other_instances(call: &ApiCall, right: &Right<'_>, answer: Response<Bytes>) -> Response<Bytes> {
    let instances = edit::json(&right.respond(&call.outside("/instances/").without_any_query()));
    let names = instances.get("objects").and_then(Value::as_array).into_iter().flatten();
    let names = names.filter_map(|instance| instance.get("name")?.as_str());
    let others = names.filter(|name| Some(*name) != call.instance());
    let users = others.flat_map(|name| right.list(&call.with_instance(name), "/users/")).collect::<Vec<_>>();
    edit::change_objects(answer, |objects| objects.extend(users))
}

fn single_users() -> Vec<Defect> {
    vec![
        defect(
            "user-detail-unscoped",
            "`GET /users/<id>/` shows every user to a user. Right: only the caller, else 404.",
            on(READS, "/users/{user}/").by(Who::User).instead_of_404(as_administrator),
        ),
        defect(
            "user-change-unscoped",
            "PATCH and PUT on `/users/<id>/` let a user change any user. Right: only the caller, else 404.",
            on(UPDATES, "/users/{user}/").by(Who::User).instead_of_404(as_administrator),
        ),
        defect(
            "other-user-is-403",
            "`/users/<id>/` is 403 for another existing user. Right: 404, as for a missing user.",
            on_any(ANY, A_USER).by(Who::User).only_if(names_a_user).instead_of_404(reject),
        ),
        defect(
            "not-found-names-the-user",
            "The 404 for another user contains their name. Right: only `Not found.`.",
            on_any(ANY, A_USER).by(Who::User).only_if(names_a_user).instead_of_404(|call, right| {
                let user = right.read(call, &format!("/users/{}/", call.segment(1)));
                let name = user.get("username").and_then(Value::as_str).unwrap_or_default();
                let detail = format!("Not found: {name} is another user.");
                edit::json_response(StatusCode::NOT_FOUND, &json!({"detail": detail}))
            }),
        ),
        defect(
            "leading-zero-unscoped",
            "`/users/<id>/` and below show any user if the id has a leading zero. Right: the same as without the zero.",
            on_any(ANY, A_USER)
                .where_(|call| call.segment(1).starts_with('0'))
                .by(Who::User)
                .instead_of_404(as_administrator),
        ),
        defect(
            "user-found-by-name",
            "`/users/<name>/` and below find the user of that name for every caller. Right: 404, as it is not an id.",
            on_any(ANY, A_USER).instead_of_404(|call, right| {
                let is_named = |user: &Value| user.get("username").and_then(Value::as_str) == Some(call.segment(1));
                let user = right.list(call, "/users/").into_iter().find(is_named);
                let id = user.and_then(|user| user.get("id")?.as_u64());
                let path = id.map(|id| call.path().replacen(call.segment(1), &id.to_string(), 1));
                path.map_or_else(|| not_found(call, right), |path| as_administrator(&call.with_path(&path), right))
            }),
        ),
    ]
}

/// Returns whether the path names an existing user.
fn names_a_user(call: &ApiCall, right: &Right<'_>) -> bool {
    right.has(call, &format!("/users/{}/", call.segment(1)))
}

fn memberships() -> Vec<Defect> {
    vec![
        defect(
            "groups-of-others-shown",
            "A user may read `/users/<id>/groups/` of any user. Right: only their own, else 403.",
            on_any(READS, &["/users/{user}/groups/", "/users/{user}/groups/{group}/"])
                .by(Who::User)
                .instead_of_403(as_administrator),
        ),
        defect(
            "own-groups-list-all",
            "`/users/<id>/groups/` lists every group of the instance. Right: those that the user is in.",
            on(GET, "/users/{user}/groups/").instead_of(StatusCode::OK, list_all_groups),
        ),
        defect(
            "group-without-the-user-shown",
            "`/users/<id>/groups/<group>/` shows a group that the user is not in. Right: 404.",
            on(GET, "/users/{user}/groups/{group}/").only_if(names_a_user).instead_of_404(|call, right| {
                match right.read(call, &format!("/groups/{}/", call.segment(3))) {
                    Value::Null => not_found(call, right),
                    group => edit::json_response(StatusCode::OK, &shown_in(call, group)),
                }
            }),
        ),
        defect(
            "group-users-unscoped",
            "`/groups/<id>/users/` shows all members to a user who is one. Right: only the caller.",
            on(READS, "/groups/{group}/users/").by(Who::User).only_if(is_member).then(as_administrator),
        ),
        defect(
            "group-users-shown-to-non-members",
            "`/groups/<id>/users/` shows all members to a user who is not a member. Right: an empty list.",
            on(READS, "/groups/{group}/users/").by(Who::User).only_if(is_no_member).then(as_administrator),
        ),
        defect(
            "group-users-rejected-for-non-members",
            "`/groups/<id>/users/` is 403 to a user who is not a member. Right: 200 with an empty list.",
            on(READS, "/groups/{group}/users/").by(Who::User).only_if(is_no_member).instead_of(StatusCode::OK, reject),
        ),
        defect(
            "other-member-shown",
            "`/groups/<id>/users/<user>/` shows any member to a user. Right: only the caller, else 404.",
            on(READS, A_MEMBERSHIP).by(Who::User).instead_of_404(as_administrator),
        ),
        defect(
            "own-membership-hidden",
            "`/groups/<id>/users/<user>/` is 404 to a member for themselves. Right: 200.",
            on(READS, A_MEMBERSHIP).by(Who::User).instead_of(StatusCode::OK, not_found),
        ),
    ]
}

/// Responds with a page of all groups in the form of memberships, with links to other such pages.
fn list_all_groups(call: &ApiCall, right: &Right<'_>) -> Response<Bytes> {
    let groups = as_administrator(&call.with_path("/groups/"), right);
    edit::change_json(groups, |page| {
        for group in page.get_mut("objects").and_then(Value::as_array_mut).into_iter().flatten() {
            *group = shown_in(call, group.take());
        }
        for name in ["next", "prev"] {
            if let Some(link) = edit::text(page, name) {
                edit::set(page, name, link.replacen("/groups/", call.path(), 1));
            }
        }
    })
}

/// Returns a group in the form of a user's membership.
fn shown_in(call: &ApiCall, group: Value) -> Value {
    let path = format!("/users/{}/groups/{}/", call.segment(1), group.get("id").unwrap_or(&Value::Null));
    json!({"group": group, "links": {"self": call.with_path(&path).without_any_query().target()}})
}

/// Returns whether the calling user is in the group of the path.
fn is_member(call: &ApiCall, right: &Right<'_>) -> bool {
    let user = right.user_id(call).unwrap_or_default();
    right.has(call, &format!("/groups/{}/users/{user}/", call.segment(1)))
}

fn is_no_member(call: &ApiCall, right: &Right<'_>) -> bool {
    !is_member(call, right)
}

fn groups() -> Vec<Defect> {
    vec![
        defect(
            "groups-scoped",
            "With a user key, `/groups/` lists the groups of the user. Right: all groups, as with the API key alone.",
            on(GET, "/groups/").by(Who::User).edit(|call, right, answer| {
                let groups = right.user(call).and_then(|mut user| Some(user.get_mut("groups")?.take()));
                edit::change_objects(answer, |listed| {
                    listed.retain(|group| {
                        groups.as_ref().and_then(Value::as_array).is_some_and(|own| own.contains(group))
                    });
                })
            }),
        ),
        defect(
            "group-hidden-from-non-members",
            "With a user key, `/groups/<id>/` is 404 for a group that the user is not in. Right: 200.",
            on(READS, "/groups/{group}/").by(Who::User).only_if(is_no_member).then(not_found),
        ),
    ]
}

fn keys_and_instances() -> Vec<Defect> {
    vec![
        defect(
            "api-keys-list-all",
            "`/api_keys/` lists every API key of the instance to an API key. Right: only the key itself.",
            on(GET, "/api_keys/").by(Who::App).then(as_administrator),
        ),
        defect(
            "other-api-key-shown",
            "`/api_keys/<id>/` shows any API key to an API key. Right: only the key itself, else 404.",
            on(READS, "/api_keys/{key}/").by(Who::App).instead_of_404(as_administrator),
        ),
        defect(
            "instances-list-all-to-apps",
            "`/instances/` lists all instances of its owner to an API key. Right: only its own.",
            on(GET, "/instances/").by(Who::App).then(as_administrator),
        ),
        defect(
            "instances-list-all-to-accounts",
            "`/instances/` lists all instances to an account. Right: those that it administers.",
            list_all_instances,
        ),
        defect(
            "other-instance-shown",
            "An API key may read instances that are not its own. Right: 404.",
            on(READS, "/instances/{instance}/").where_(ApiCall::has_api_key).instead_of_404(as_administrator),
        ),
    ]
}

/// Remembers the names of all new instances, and adds those instances to the list of an account.
fn list_all_instances(call: &ApiCall, right: &Right<'_>) -> Response<Bytes> {
    let answer = right.respond(call);
    if on(POST, "/instances/").holds(call, right) && answer.status() == StatusCode::CREATED {
        let name = edit::json(&answer).get("name").cloned().unwrap_or_default();
        right.memory.put(name.as_str().unwrap_or_default(), true);
    }
    if !on(GET, "/instances/").by(Who::Account).holds(call, right) {
        return answer;
    }
    let instance = |name: &String| {
        let asked = call.without_any_query().with_method(Method::GET).with_path(&format!("/instances/{name}/"));
        edit::json(&right.respond(&right.as_administrator(&asked)))
    };
    let all = right.memory.names();
    edit::change_objects(answer, |listed| {
        let new =
            all.iter().map(instance).filter(|instance| instance.get("name").is_some() && !listed.contains(instance));
        let new = new.collect::<Vec<_>>();
        listed.extend(new);
    })
}
