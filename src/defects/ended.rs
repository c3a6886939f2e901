//! Names, passwords, users, groups and API keys that stay valid after their end.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::actions::not_found;
use super::around::{after, around, behind, changed, listed};
use super::call::ApiCall;
use super::defect::{Defect, defect};
use super::edit::{self, member, text};
use super::login::{LOGIN, WRONG_NAME, WRONG_PASSWORD, named, sent_name};
use super::names::{NAMED, WRITES, reject_name};
use super::passwords::{self, name, noting};
use super::pretend::{allowed, undeleted};
use super::reset_key::by_newest;
use super::right::Right;
use super::when::{ANY, DELETE, GET, POST, UPDATES, Who, on, on_any};
use syncano_simulator::api::Flag;

pub const USER: &str = "/users/{user}/";
const GROUP: &str = "/groups/{group}/";
const API_KEY: &str = "/api_keys/{api_key}/";
const API_KEY_RESET: &str = "/api_keys/{api_key}/reset_key/";
pub const MEMBERSHIPS: &[&str] = &["/groups/{group}/users/{user}/", "/users/{user}/groups/{group}/"];

pub fn defects() -> Vec<Defect> {
    [logins(), users(), groups(), memberships(), api_keys(), flags()].into_iter().flatten().collect()
}

fn logins() -> Vec<Defect> {
    vec![
        defect(
            "old-name-logs-in",
            "A user who was renamed can still log in under the old name. Right: 401.",
            on_any(UPDATES, &["/user/", USER]).then_else(
                around(before_change, |call, right, before, user| {
                    let old = text(&before, "username").unwrap_or_default();
                    right.memory.put(name(call, "former name", old), edit::id(user));
                }),
                on(POST, LOGIN).instead_of_detail(WRONG_NAME, |call, right| {
                    let id = right.memory.get(&name(call, "former name", sent_name(call))).unwrap_or_default();
                    match text(&right.read(call, &format!("/users/{id}/")), "username") {
                        Some(name) => right.respond(&call.with_member("username", name)),
                        None => right.respond(call),
                    }
                }),
            ),
        ),
        defect(
            "old-password-logs-in",
            "The password from before a change still logs the user in. Right: 401.",
            noting(on(POST, LOGIN).instead_of_detail(WRONG_PASSWORD, |call, right| {
                let id = named(call, right).as_ref().and_then(edit::id).unwrap_or_default();
                let is_former = passwords::former(call, right, id) == text(&call.json(), "password");
                match passwords::current(call, right, id).filter(|_| is_former) {
                    Some(password) => right.respond(&call.with_member("password", password)),
                    None => right.respond(call),
                }
            })),
        ),
    ]
}

fn users() -> Vec<Defect> {
    vec![
        defect(
            "deleted-user-stays",
            "`DELETE /users/<id>/` is 204 and does not delete the user. Right: the user is gone.",
            on(DELETE, USER).then(undeleted(1)),
        ),
        defect(
            "deleted-users-key-survives",
            "`GET /user/` and `GET /users/` show a deleted user to an API key beside their old key. Right: the old key counts \
             as no key, so 403.",
            on(DELETE, USER).then_else(
                around(at_path, |_, right, user, _| {
                    right.memory.put(text(&user, "user_key").unwrap_or_default(), user);
                }),
                on_any(GET, &["/user/", "/users/"]).by(Who::App).instead_of_403(|call, right| {
                    match call.user_key().and_then(|key| right.memory.get(&key)) {
                        Some(user) if call.is("/user/") => edit::json_response(StatusCode::OK, &user),
                        Some(user) => edit::json_response(StatusCode::OK, &json!({"objects": [user]})),
                        None => right.respond(call),
                    }
                }),
            ),
        ),
        defect(
            "deleted-name-stays-taken",
            "The name of a deleted user cannot be taken again. Right: it is free at once.",
            on(DELETE, USER).then_else(
                around(at_path, |call, right, user, _| {
                    right.memory.put(name(call, "taken", text(&user, "username").unwrap_or_default()), true);
                }),
                on_any(WRITES, NAMED).then(|call, right| {
                    match right.memory.get(&name(call, "taken", sent_name(call))) {
                        Some(_) => reject_name(call, right, "This field must be unique."),
                        None => right.respond(call),
                    }
                }),
            ),
        ),
        defect(
            "objects-outlive-their-owner",
            "The objects of a deleted user stay. Right: they are deleted with the user.",
            on(DELETE, USER).then(|call, right| {
                if allowed(call, right, 1).is_some() {
                    disown_objects(call, right);
                }
                right.respond(call)
            }),
        ),
    ]
}

fn groups() -> Vec<Defect> {
    vec![
        defect(
            "deleted-group-stays-with-members",
            "`/users/<id>/groups/` shows groups that were deleted. Right: the membership ends with the group.",
            on(DELETE, GROUP).then_else(
                around(
                    |call, right| (at_path(call, right), right.list(call, &format!("{}users/", call.path()))),
                    |call, right, (group, members), _| {
                        for user in members.iter().filter_map(edit::id) {
                            right.memory.push(name(call, "deleted groups of", user), json!({"group": group}));
                        }
                    },
                ),
                on(GET, "/users/{user}/groups/").then(listed(|call, right, groups| {
                    groups.extend(right.memory.all(&name(call, "deleted groups of", call.segment(1))));
                })),
            ),
        ),
        defect(
            "group-deletes-its-users",
            "When a group is deleted, its members are deleted too. Right: they stay users.",
            on(DELETE, GROUP).then(around(
                |call, right| right.list(call, &format!("{}users/", call.path())),
                |call, right, members, _| {
                    for user in members.iter().filter_map(edit::id) {
                        right.act(call, Method::DELETE, &format!("/users/{user}/"), None);
                    }
                },
            )),
        ),
    ]
}

fn memberships() -> Vec<Defect> {
    vec![
        defect(
            "deleted-user-stays-in-groups",
            "`/groups/<id>/users/` shows members who were deleted. Right: the membership ends with the user.",
            on(DELETE, USER).then_else(
                around(at_path, |call, right, user, _| {
                    for group in user.get("groups").and_then(Value::as_array).into_iter().flatten().filter_map(edit::id)
                    {
                        right.memory.push(name(call, "deleted members of", group), json!({"user": user}));
                    }
                }),
                on(GET, "/groups/{group}/users/").by(Who::Account).then(listed(|call, right, users| {
                    users.extend(right.memory.all(&name(call, "deleted members of", call.segment(1))));
                })),
            ),
        ),
        defect(
            "membership-survives-with-the-user",
            "A membership that is deleted ends for the group, but the user keeps the group. Right: it ends for both.",
            on_any(DELETE, MEMBERSHIPS).then_else(
                |call, right| hide(call, right, &membership(call), undeleted(3)(call, right)),
                on(GET, "/groups/{group}/users/").then_else(
                    listed(|call, right, members| {
                        members.retain(|member| {
                            let id = edit::id(member).unwrap_or_default();
                            !is_hidden(call, right, &format!("{id} in {}", call.segment(1)))
                        });
                    }),
                    on_any(POST, &["/groups/{group}/users/", "/users/{user}/groups/"]).then(delete_hidden),
                ),
            ),
        ),
        defect(
            "membership-deletes-its-group",
            "When a membership is deleted, its group is deleted too. Right: the group stays.",
            on_any(DELETE, MEMBERSHIPS).then(after(|call, right, _| {
                let group = if call.segment(0) == "groups" { call.segment(1) } else { call.segment(3) };
                right.act(call, Method::DELETE, &format!("/groups/{group}/"), None);
            })),
        ),
    ]
}

fn api_keys() -> Vec<Defect> {
    vec![
        defect(
            "users-go-with-their-api-key",
            "When an API key is deleted, the users who were created with it are deleted too. Right: they stay.",
            on(POST, "/users/").where_(ApiCall::has_api_key).then_else(
                after(|call, right, user| {
                    right.memory.push(call.api_key().unwrap_or_default(), edit::id(user));
                }),
                on(DELETE, API_KEY).then(around(at_path, |call, right, key, _| {
                    for user in right.memory.all(&text(&key, "api_key").unwrap_or_default()) {
                        right.act(call, Method::DELETE, &format!("/users/{user}/"), None);
                    }
                })),
            ),
        ),
        defect(
            "deleted-api-key-survives",
            "An API key that was deleted still opens its instance. Right: 403 at once.",
            on(GET, "/api_keys/").then_else(
                listed(|call, right, keys| keys.retain(|key| !is_hidden(call, right, &member(key, "id").to_string()))),
                on_any(ANY, &[API_KEY, API_KEY_RESET]).then(hidden_api_key),
            ),
        ),
        defect(
            "api-key-survives-reset",
            "An API key from before its reset still opens its instance. Right: 403 at once.",
            behind(
                by_newest_api_key,
                on(POST, API_KEY_RESET).then(around(
                    |call, right| text(&right.read(call, &format!("/api_keys/{}/", call.segment(1))), "api_key"),
                    |_, right, old, key| right.memory.put(old.unwrap_or_default(), text(key, "api_key")),
                )),
            ),
        ),
        defect(
            "api-key-reset-ends-user-keys",
            "The reset of an API key gives every user of the instance another key. Right: user keys stay valid.",
            on(POST, API_KEY_RESET).then(after(|call, right, _| {
                for user in right.list(call, "/users/").iter().filter_map(edit::id) {
                    right.act(call, Method::POST, &format!("/users/{user}/reset_key/"), None);
                }
            })),
        ),
    ]
}

fn flags() -> Vec<Defect> {
    vec![defect(
        "flags-cached",
        "When a flag of an API key is switched, the API key shows it and has no other rights than before. Right: it counts from \
         the next request on.",
        on(UPDATES, API_KEY).then_else(
            around(at_path, |call, right, before, key| {
                right.memory.put(name(call, "shown", member(key, "id")), key.clone());
                let flags = Flag::ALL.iter().map(|flag| (flag.name().to_owned(), member(&before, flag.name())));
                right.act(call, Method::PATCH, call.path(), Some(&Value::Object(flags.collect())));
            }),
            on_any(GET, &["/api_keys/", API_KEY]).then(changed(|call, right, keys| {
                edit::each_object(keys, &mut |key| {
                    for flag in right
                        .memory
                        .get(&name(call, "shown", member(key, "id")))
                        .iter()
                        .flat_map(|shown| flags_of(shown))
                    {
                        edit::set(key, flag.0, flag.1);
                    }
                });
            })),
        ),
    )]
}

fn flags_of(key: &Value) -> Vec<(&'static str, Value)> {
    Flag::ALL.iter().filter_map(|flag| Some((flag.name(), key.get(flag.name())?.clone()))).collect()
}

/// Returns the object at the path, as an administrator reads it.
fn at_path(call: &ApiCall, right: &Right<'_>) -> Value {
    right.read(call, call.path())
}

/// Returns the user whom a request to `/user/` or `/users/<id>/` changes.
fn before_change(call: &ApiCall, right: &Right<'_>) -> Value {
    if call.is("/user/") { right.user(call).unwrap_or_default() } else { at_path(call, right) }
}

/// Returns a name for the membership in the path, which is the same from both sides.
pub fn membership(call: &ApiCall) -> String {
    let (first, second) = (call.segment(1), call.segment(3));
    if call.segment(0) == "users" { format!("{first} in {second}") } else { format!("{second} in {first}") }
}

/// Removes the owner of all objects of the user in the path.
fn disown_objects(call: &ApiCall, right: &Right<'_>) {
    let id = call.segment(1).parse::<Value>().unwrap_or_default();
    let classes = right.list(call, "/classes/").into_iter().filter_map(|class| text(&class, "name"));
    for class in classes.filter(|class| class != "user_profile") {
        let path = format!("/classes/{class}/objects/");
        let objects = right.list(call, &path).into_iter();
        for object in objects.filter(|object| member(object, "owner") == id) {
            right.act(call, Method::PATCH, &format!("{path}{}/", member(&object, "id")), Some(&json!({"owner": null})));
        }
    }
}

/// Keeps deleted API keys, but responds as if they were gone.
fn hidden_api_key(call: &ApiCall, right: &Right<'_>) -> Response<Bytes> {
    match call.method() {
        _ if is_hidden(call, right, call.segment(1)) => not_found(call, right),
        &Method::DELETE => hide(call, right, call.segment(1), undeleted(1)(call, right)),
        _ => right.respond(call),
    }
}

/// Marks a resource as hidden if the response confirms its deletion.
fn hide(call: &ApiCall, right: &Right<'_>, resource: &str, answer: Response<Bytes>) -> Response<Bytes> {
    if answer.status() == StatusCode::NO_CONTENT {
        right.memory.put(name(call, "hidden", resource), true);
    }
    answer
}

fn is_hidden(call: &ApiCall, right: &Right<'_>, resource: &str) -> bool {
    right.memory.get(&name(call, "hidden", resource)).is_some()
}

/// Deletes the membership that a request creates, if it is only hidden.
fn delete_hidden(call: &ApiCall, right: &Right<'_>) -> Response<Bytes> {
    let other = call.member(if call.segment(0) == "groups" { "user" } else { "group" }).unwrap_or_default();
    let again = call.with_path(&format!("{}{other}/", call.path()));
    if right.memory.take(&name(call, "hidden", membership(&again))).is_some() {
        right.act(call, Method::DELETE, again.path(), None);
    }
    right.respond(call)
}

/// Returns the request with the API key that has replaced its API key.
fn by_newest_api_key(call: &ApiCall, right: &Right<'_>) -> ApiCall {
    call.api_key().map_or_else(|| call.clone(), |key| by_newest(call, right, &key))
}
