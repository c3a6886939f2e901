//! Classes: their visibility, and the rights that their permissions give.

use http::{Method, StatusCode};
use serde_json::Value;

use super::actions::{as_administrator, reject};
use super::call::ApiCall;
use super::defect::{Defect, defect};
use super::edit;
use super::objects::{OBJECT, OBJECTS, create_as_administrator};
use super::right::Right;
use super::when::{ANY, DELETE, POST, READS, Who, on, on_any};
use syncano_simulator::api::Flag;

pub fn defects() -> Vec<Defect> {
    [classes(), open_classes()].into_iter().flatten().collect()
}

fn classes() -> Vec<Defect> {
    vec![
        defect(
            "hidden-classes-shown",
            "Classes that an API key may not read are shown to it. Right: they are missing from lists, and 404.",
            on_any(READS, &["/classes/", "/classes/{class}/"]).by(Who::App).then(as_administrator),
        ),
        defect(
            "classes-begin-closed",
            "The permissions of a new class are `none`. Right: `create_objects`.",
            on(POST, "/classes/").then(|call, right| {
                let names = ["group_permissions", "other_permissions"].into_iter();
                let missing = names.filter(|name| call.member(name).is_none());
                right.respond(&missing.fold(call.clone(), |call, name| call.with_member(name, "none")))
            }),
        ),
        defect(
            "profile-class-deletable",
            "DELETE on the class `user_profile` is 204. Right: 403.",
            on(DELETE, "/classes/user_profile/")
                .by(Who::Role("owner"))
                .instead_of_403(|_, _| edit::empty(StatusCode::NO_CONTENT)),
        ),
    ]
}

fn open_classes() -> Vec<Defect> {
    vec![
        defect(
            "closed-class-open",
            "A class whose `other_permissions` are `none` lets every user read and change objects. Right: 403 for those \
             who are not in its group.",
            on_any(&[Method::GET, Method::HEAD, Method::PATCH, Method::DELETE], &[OBJECTS, OBJECT])
                .by(Who::User)
                .only_if(is_closed)
                .instead_of_403(as_administrator),
        ),
        defect(
            "closed-class-accepts-objects",
            "A class whose `other_permissions` are `none` takes new objects of every user. Right: 403.",
            on(POST, OBJECTS).by(Who::User).only_if(is_closed).instead_of_403(create_as_administrator),
        ),
        defect(
            "readable-class-accepts-objects",
            "A class that a user may only read takes their new objects. Right: 403.",
            on(POST, OBJECTS).by(Who::User).only_if(is_readable).instead_of_403(create_as_administrator),
        ),
        defect(
            "class-ignores-its-group",
            "A class closed to others is closed to the members of its group too. Right: they have `group_permissions`.",
            on_any(ANY, &[OBJECTS, OBJECT])
                .by(Who::User)
                .by(Who::Lacks(Flag::IgnoreAcl))
                .only_if(keeps_others_out)
                .then(reject),
        ),
    ]
}

/// Returns whether the class in the path is closed to users outside its group.
fn is_closed(call: &ApiCall, right: &Right<'_>) -> bool {
    other_permissions(call, right).as_deref() == Some("none")
}

/// Returns whether the caller may read objects of the class in the path.
fn is_readable(call: &ApiCall, right: &Right<'_>) -> bool {
    right.respond(&call.with_method(Method::GET).without_body()).status().is_success()
}

/// Returns whether the class in the path rejects callers outside its group.
fn keeps_others_out(call: &ApiCall, right: &Right<'_>) -> bool {
    let creates = *call.method() == Method::POST && call.is(OBJECTS);
    match other_permissions(call, right).as_deref() {
        Some("none") => true,
        Some("read") => creates,
        _ => false,
    }
}

/// Returns the `other_permissions` of the class in the path.
fn other_permissions(call: &ApiCall, right: &Right<'_>) -> Option<String> {
    let class = right.read(call, &format!("/classes/{}/", call.segment(1)));
    class.get("other_permissions").and_then(Value::as_str).map(str::to_owned)
}
