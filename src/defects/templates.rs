//! Templates: in whose name they are rendered, and what they show of an answer.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde_json::{Map, Value};

use super::actions::as_administrator;
use super::call::ApiCall;
use super::defect::{Defect, defect};
use super::edit;
use super::right::Right;
use super::when::{ANY, CHANGES, GET, POST, Who, everywhere, on, on_any};

const LIST: &str = "/snippets/templates/";
const ITEM: &str = "/snippets/templates/{template}/";
const RENAME: &str = "/snippets/templates/{template}/rename/";
const RENDER: &str = "/snippets/templates/{template}/render/";

pub fn defects() -> Vec<Defect> {
    [rights(), users(), shown()].into_iter().flatten().collect()
}

fn rights() -> Vec<Defect> {
    vec![
        defect(
            "templates-open-to-apps",
            "An API key creates, changes, renames and deletes templates. Right: 403.",
            on_any(CHANGES, &[LIST, ITEM, RENAME]).by(Who::App).instead_of_403(as_administrator),
        ),
        defect(
            "templates-open-without-a-key",
            "A request without a key lists, reads and renders templates. Right: 403.",
            on_any(ANY, &[LIST, ITEM, RENDER]).by(Who::NoKey).instead_of_403(as_administrator),
        ),
    ]
}

fn users() -> Vec<Defect> {
    vec![
        defect(
            "template-names-the-first-user",
            "The variable `user` of a template is the first user of the instance. Right: the calling user.",
            on(POST, RENDER).then(|call, right| {
                let first = right.list(call, "/users/").first().and_then(|user| edit::text(user, "username"));
                in_the_name_of(call, right, &first.unwrap_or_default())
            }),
        ),
        defect(
            "template-names-the-account",
            "The variable `user` of a template is the e-mail of a calling account. Right: empty.",
            on(POST, RENDER).by(Who::Account).then(|call, right| {
                let asked = call.outside("/account/").with_method(Method::GET).without_body();
                let account = edit::json(&right.respond(&asked));
                in_the_name_of(call, right, &edit::text(&account, "email").unwrap_or_default())
            }),
        ),
        defect(
            "template-names-a-user-beside-an-account",
            "The variable `user` of a template is the user of a user key beside an account key. Right: empty.",
            on(POST, RENDER).by(Who::Account).then(|call, right| match right.user_of_key(call) {
                Some(user) => in_the_name_of(call, right, &edit::text(&user, "username").unwrap_or_default()),
                None => right.respond(call),
            }),
        ),
        defect(
            "sent-context-is-added",
            "The context of a request is added to the one that a template stores. Right: it takes its place.",
            on(POST, RENDER).then(|call, right| render_with(call, right, |context| context.extend(sent(call)))),
        ),
    ]
}

/// Renders a template as the request asks, with another name of the user.
fn in_the_name_of(call: &ApiCall, right: &Right<'_>, name: &str) -> Response<Bytes> {
    render_with(call, right, |context| {
        if !sent(call).is_empty() {
            *context = sent(call);
        }
        context.insert("user".to_owned(), name.into());
    })
}

/// Renders a template with its stored context, which `change` changes.
fn render_with(call: &ApiCall, right: &Right<'_>, change: impl FnOnce(&mut Map<String, Value>)) -> Response<Bytes> {
    let template = right.read(call, call.path().trim_end_matches("render/"));
    let mut context = edit::member(&template, "context").as_object().cloned().unwrap_or_default();
    change(&mut context);
    right.respond(&call.with_member("context", context))
}

/// Returns the context of a request.
fn sent(call: &ApiCall) -> Map<String, Value> {
    call.member("context").and_then(|context| context.as_object().cloned()).unwrap_or_default()
}

fn shown() -> Vec<Defect> {
    vec![
        defect(
            "template-shows-the-whole-list",
            "A list that a template renders shows a user everything. Right: what the list shows them without it.",
            everywhere(GET).by(Who::User).where_(names_template).instead_of(StatusCode::OK, as_administrator),
        ),
        defect(
            "template-opens-a-closed-list",
            "A list that is closed to the caller is open with a template. Right: 403, as without it.",
            everywhere(GET).where_(names_template).instead_of_403(as_administrator),
        ),
        defect(
            "unknown-template-is-ignored",
            "A request that names an unknown template is answered without one. Right: 406.",
            everywhere(GET).instead_of(StatusCode::NOT_ACCEPTABLE, |call, right| {
                right.respond(&call.without_query(&["template_response"]))
            }),
        ),
    ]
}

fn names_template(call: &ApiCall) -> bool {
    call.query("template_response").is_some() || call.header("x-template-response").is_some()
}
