//! Data objects: the rights that their permissions give, their owners, groups and revisions, and
//! profiles.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::actions::{as_administrator, as_user, not_found, pretend_to_delete, reject};
use super::call::ApiCall;
use super::defect::{Defect, defect};
use super::edit;
use super::right::Right;
use super::when::{ANY, CHANGES, DELETE, GET, POST, READS, Who, on, on_any};
use syncano_simulator::api::Flag;

pub const OBJECTS: &str = "/classes/{class}/objects/";
pub const OBJECT: &str = "/classes/{class}/objects/{object}/";
const PROFILES: &str = "/classes/user_profile/objects/";
const PROFILE: &str = "/classes/user_profile/objects/{object}/";
/// The methods that update an object; POST does the same as PUT.
const OBJECT_UPDATES: &[Method] = &[Method::PATCH, Method::POST];

pub fn defects() -> Vec<Defect> {
    [reads(), writes(), groups(), revisions(), profiles()].into_iter().flatten().collect()
}

fn reads() -> Vec<Defect> {
    vec![
        defect(
            "private-objects-listed",
            "The list of objects shows those that the caller may not read. Right: they are missing.",
            on(GET, OBJECTS).by(Who::App).instead_of(StatusCode::OK, as_administrator),
        ),
        defect(
            "private-object-shown",
            "An object is shown to a user who may not read it. Right: 404.",
            on(ANY, OBJECT).by(Who::User).instead_of_404(|call, right| match right.has(call, call.path()) {
                true if READS.contains(call.method()) => as_administrator(call, right),
                true => reject(call, right),
                false => not_found(call, right),
            }),
        ),
    ]
}

fn writes() -> Vec<Defect> {
    vec![
        defect(
            "read-suffices-to-write",
            "A caller who may read an object may change it. Right: 403 without `write`.",
            on(OBJECT_UPDATES, OBJECT).by(Who::User).only_if(may_read).instead_of_403(as_administrator),
        ),
        defect(
            "write-suffices-to-delete",
            "A caller who may change an object may delete it. Right: 403 without `full`.",
            on(DELETE, OBJECT).by(Who::User).only_if(may_write).instead_of_403(as_administrator),
        ),
        defect(
            "object-owner-not-forced",
            "A user who creates an object may name its owner. Right: they are always the owner.",
            on(POST, OBJECTS).where_(|call| call.member("owner").is_some()).by(Who::User).edit(
                |call, right, answer| {
                    let object = edit::json(&answer).get("id").and_then(Value::as_u64);
                    let owner = json!({"owner": call.member("owner")});
                    let act = |id| right.act(call, Method::PATCH, &format!("{}{id}/", call.path()), Some(&owner));
                    object.map(act).map_or(answer, |changed| edit::with_status(changed, StatusCode::CREATED))
                },
            ),
        ),
    ]
}

fn may_read(call: &ApiCall, right: &Right<'_>) -> bool {
    right.respond(&call.with_method(Method::GET).without_body()).status().is_success()
}

fn may_write(call: &ApiCall, right: &Right<'_>) -> bool {
    right.respond(&call.with_method(Method::PATCH).with_json(&json!({}))).status().is_success()
}

fn groups() -> Vec<Defect> {
    vec![
        defect(
            "group-permission-for-everybody",
            "The `group_permissions` of an object apply to every user. Right: to the members of its group.",
            on_any(ANY, &[OBJECTS, OBJECT]).by(Who::User).then(as_member_of_its_group),
        ),
        defect(
            "group-of-others-accepted",
            "A user may give an object a group that they are not in. Right: 400.",
            on_any(OBJECT_UPDATES, &[OBJECTS, OBJECT]).by(Who::User).edit(|call, right, answer| {
                let is_foreign = edit::json(&answer).pointer("/group/0") == Some(&json!("Invalid group specified."));
                match (is_foreign, call.is(OBJECTS)) {
                    (true, true) => create_as_administrator(call, right),
                    (true, false) => as_administrator(call, right),
                    (false, _) => answer,
                }
            }),
        ),
    ]
}

/// Responds as to a member of the object's group; adds the objects that members may read to lists.
fn as_member_of_its_group(call: &ApiCall, right: &Right<'_>) -> Response<Bytes> {
    let answer = right.respond(call);
    if call.is(OBJECTS) {
        let permissions = |object: &Value| {
            edit::text(object, "group_permissions").filter(|_| object.get("group").is_some_and(Value::is_u64))
        };
        let is_open = |object: &Value| permissions(object).is_some_and(|permissions| permissions != "none");
        return edit::change_objects(answer, |seen| {
            let all = right.list(call, call.path()).into_iter();
            let open = all.filter(|object| is_open(object) && !seen.contains(object)).collect::<Vec<_>>();
            seen.extend(open);
        });
    }
    let object = right.read(call, call.path());
    let Some(group) = object.get("group").and_then(Value::as_u64) else { return answer };
    let member = right.list(call, &format!("/groups/{group}/users/")).into_iter().next();
    match member.as_ref().and_then(|member| member.get("user")) {
        Some(member) if answer.status().is_client_error() => as_user(call, right, member),
        _ => answer,
    }
}

/// Creates an object as an administrator; the calling user is its owner.
pub fn create_as_administrator(call: &ApiCall, right: &Right<'_>) -> Response<Bytes> {
    as_administrator(&call.with_member("owner", right.user_id(call)), right)
}

fn revisions() -> Vec<Defect> {
    vec![
        defect(
            "revision-ignored",
            "An object is changed with any `expected_revision`. Right: 400 unless it is the current one.",
            on(OBJECT_UPDATES, OBJECT).then(|call, right| right.respond(&call.without_member("expected_revision"))),
        ),
        defect(
            "revision-stays",
            "The `revision` of an object is always 1. Right: it rises by one with every change.",
            on_any(ANY, &[OBJECTS, OBJECT]).edit(|_, _, answer| {
                edit::change_json(answer, |body| {
                    edit::each_member(body, &mut |name, value| {
                        if name == "revision" {
                            *value = json!(1);
                        }
                        true
                    });
                })
            }),
        ),
    ]
}

fn profiles() -> Vec<Defect> {
    vec![
        defect(
            "own-profile-locked",
            "A user may not change the object that is their profile. Right: 200.",
            on(CHANGES, PROFILE).by(Who::User).by(Who::Lacks(Flag::IgnoreAcl)).then(reject),
        ),
        defect(
            "profile-deletable",
            "DELETE on an object that is a profile is 204. Right: 403.",
            on(DELETE, PROFILE).instead_of_403(pretend_to_delete),
        ),
        defect(
            "profiles-created-directly",
            "POST on the objects of the class of profiles is 201. Right: 403 for every caller.",
            on(POST, PROFILES)
                .where_(|call| call.api_key().is_some())
                .instead_of_403(|call, _| edit::json_response(StatusCode::CREATED, &call.json())),
        ),
        defect(
            "app-changes-profiles",
            "An API key alone may change the objects that are profiles. Right: 403.",
            on(CHANGES, PROFILE).by(Who::AppAlone).instead_of_403(as_administrator),
        ),
    ]
}
