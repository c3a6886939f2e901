//! Requests that are confirmed but have no effect, and unexpected side effects.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::actions::{not_found, reject};
use super::around::{after, listed, sent_as};
use super::call::ApiCall;
use super::defect::{Defect, defect};
use super::edit::{self, text};
use super::pretend::{pretended, undeleted};
use super::when::{DELETE, GET, PATCH, POST, on, on_any};
use syncano_simulator::api::Flag;

const API_KEY_RESET: &str = "/api_keys/{api_key}/reset_key/";
/// The members of an object that are not fields of its schema.
const BUILT_IN: [&str; 7] =
    ["owner", "owner_permissions", "group", "group_permissions", "other_permissions", "channel", "channel_room"];

pub fn defects() -> Vec<Defect> {
    [lost(), rejected(), groups()].into_iter().flatten().collect()
}

fn lost() -> Vec<Defect> {
    vec![
        defect(
            "deletions-lost",
            "Groups, classes, API keys and objects are not deleted, although the response is 204. Right: they are deleted.",
            on_any(DELETE, &["/groups/{group}/", "/classes/{class}/", "/api_keys/{api_key}/"])
                .then_else(undeleted(1), on(DELETE, "/classes/{class}/objects/{object}/").then(undeleted(3))),
        ),
        defect(
            "api-key-reset-does-nothing",
            "The reset of an API key answers with the same key. Right: with a new one.",
            on(POST, API_KEY_RESET).then(pretended(1, |_| {})),
        ),
        defect(
            "new-password-lost",
            "The password of a new user is not kept, so the user cannot log in. Right: it is kept.",
            on(POST, "/users/").then(sent_as(|call, _| match text(&call.json(), "password") {
                Some(password) if !password.trim().is_empty() && password.len() < 100 => {
                    call.with_member("password", format!("not {password}"))
                }
                _ => call.clone(),
            })),
        ),
        defect(
            "object-fields-lost",
            "New objects do not keep the fields of their schema. Right: they do.",
            on(POST, "/classes/{class}/objects/").where_(|call| call.json().is_object()).then(sent_as(|call, _| {
                let mut body = call.json();
                if let Value::Object(members) = &mut body {
                    members.retain(|name, _| BUILT_IN.contains(&name.as_str()) || name.ends_with("_key"));
                }
                call.with_json(&body)
            })),
        ),
        defect(
            "api-key-patch-clears-flags",
            "PATCH on an API key switches off the flags that it does not name. Right: they stay.",
            on(PATCH, "/api_keys/{api_key}/").where_(|call| call.json().is_object()).then(sent_as(|call, _| {
                let unnamed = Flag::ALL.iter().filter(|flag| call.member(flag.name()).is_none());
                unnamed.fold(call.clone(), |call, flag| call.with_member(flag.name(), false))
            })),
        ),
    ]
}

fn rejected() -> Vec<Defect> {
    vec![
        defect(
            "api-key-reset-rejected",
            "No caller may reset an API key. Right: administrators in the role `full` may.",
            on(POST, API_KEY_RESET).then(reject),
        ),
        defect(
            "profile-class-hidden",
            "The class `user_profile` cannot be read. Right: 200.",
            on(GET, "/classes/user_profile/").instead_of(StatusCode::OK, not_found),
        ),
    ]
}

fn groups() -> Vec<Defect> {
    vec![
        defect(
            "new-group-adds-the-newest-user",
            "A new group has the newest user of the instance in it. Right: no members.",
            on(POST, "/groups/").then(after(|call, right, group| {
                let newest = right.list(call, "/users/").last().and_then(edit::id);
                let members = edit::id(group).map(|id| format!("/groups/{id}/users/")).unwrap_or_default();
                right.act(call, Method::POST, &members, Some(&json!({"user": newest})));
            })),
        ),
        defect(
            "non-member-shown",
            "`/groups/<id>/users/<user id>/` shows a user who is not in the group. Right: 404.",
            on(GET, "/groups/{group}/users/{user}/").instead_of(StatusCode::NOT_FOUND, |call, right| {
                let user = right.respond(&call.by_same_caller(Method::GET, &format!("/users/{}/", call.segment(3))));
                let is_group = !right.read(call, &format!("/groups/{}/", call.segment(1))).is_null();
                if user.status() != StatusCode::OK || !is_group {
                    return right.respond(call);
                }
                let membership = json!({"user": edit::json(&user), "links": {"self": call.full_path()}});
                edit::json_response(StatusCode::OK, &membership)
            }),
        ),
        defect(
            "groups-of-other-instances-shown",
            "Groups of other instances are shown like those of the own instance. Right: they are not shown.",
            on(POST, "/groups/").then_else(
                after(|call, right, group| {
                    right.memory.push("groups", json!({"instance": call.instance(), "group": group}));
                }),
                on(GET, "/groups/").then_else(
                    listed(|call, right, groups| {
                        groups.extend(right.memory.all("groups").into_iter().filter_map(|group| foreign(call, &group)));
                    }),
                    on(GET, "/groups/{group}/").instead_of(StatusCode::NOT_FOUND, |call, right| {
                        let groups = right.memory.all("groups");
                        let mut foreign = groups.iter().filter_map(|group| foreign(call, group));
                        match foreign.find(|group| edit::id(group) == call.segment(1).parse().ok()) {
                            Some(group) => edit::json_response(StatusCode::OK, &group),
                            None => right.respond(call),
                        }
                    }),
                ),
            ),
        ),
    ]
}

/// Returns a remembered group if it is in another instance than the request.
fn foreign(call: &ApiCall, noted: &Value) -> Option<Value> {
    let is_own = text(noted, "instance").map(|name| name.to_lowercase()) == call.instance().map(str::to_lowercase);
    noted.get("group").filter(|_| !is_own).cloned()
}
