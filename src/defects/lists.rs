//! Lists: their pages, their order, and the parameters of their query.

use http::StatusCode;
use serde_json::{Value, json};

use super::around::{changed, listed, sent_as};
use super::defect::{Defect, defect};
use super::edit::{self, text};
use super::when::{GET, everywhere, on};

pub fn defects() -> Vec<Defect> {
    [links(), pages(), sizes(), choices()].into_iter().flatten().collect()
}

fn links() -> Vec<Defect> {
    vec![
        defect(
            "lists-without-prev",
            "Lists have no `prev`. Right: they have it, even if it is null.",
            everywhere(GET).then(changed(|_, _, list| edit::unset(list, "prev"))),
        ),
        defect(
            "next-missing",
            "No page has a `next`. Right: a full page has one.",
            everywhere(GET).then(changed(|_, _, list| without_link(list, "next"))),
        ),
        defect(
            "prev-missing",
            "No page has a `prev`. Right: the second page leads back.",
            everywhere(GET).then(changed(|_, _, list| without_link(list, "prev"))),
        ),
        defect(
            "next-on-every-page",
            "Every page has a `next`. Right: only a full page has one.",
            everywhere(GET).then(changed(|call, _, list| {
                let last = list.get("objects").and_then(Value::as_array).and_then(|objects| edit::id(objects.last()?));
                if let (Some(last), Some(Value::Null)) = (last, list.get("next")) {
                    edit::set(list, "next", format!("{}?direction=1&last_pk={last}", call.full_path()));
                }
            })),
        ),
    ]
}

fn pages() -> Vec<Defect> {
    vec![
        defect(
            "lists-descend",
            "Lists begin with the highest id. Right: with the lowest.",
            everywhere(GET).then(|call, right| {
                let descends = call.query("ordering").is_some_and(|order| order.eq_ignore_ascii_case("desc"));
                let (sent, meant) = if descends { ("asc", "desc") } else { ("desc", "asc") };
                changed(move |_, _, list| {
                    relink(list, &format!("ordering={sent}"), &format!("ordering={meant}"));
                })(&call.with_query("ordering", sent), right)
            }),
        ),
        defect(
            "pages-skip",
            "The next page omits its first object. Right: the pages show every object once.",
            everywhere(GET).where_(|call| call.query("direction").as_deref() == Some("1")).then(listed(
                |_, _, objects| {
                    objects.drain(..objects.len().min(1));
                },
            )),
        ),
        defect(
            "pages-repeat",
            "The next page begins with the last object of the page before. Right: the pages show every object once.",
            everywhere(GET).where_(|call| call.query("direction").as_deref() == Some("1")).then(sent_as(|call, _| {
                let last = call
                    .query("last_pk")
                    .and_then(|last| last.parse::<u32>().ok())
                    .and_then(|last| last.checked_sub(1));
                last.map_or_else(|| call.clone(), |last| call.with_query("last_pk", &last.to_string()))
            })),
        ),
        defect(
            "position-needs-no-direction",
            "`last_pk` without `direction` leads to the page after it. Right: it is ignored.",
            everywhere(GET)
                .where_(|call| call.query("last_pk").is_some() && call.query("direction").is_none())
                .then(sent_as(|call, _| call.with_query("direction", "1"))),
        ),
    ]
}

fn sizes() -> Vec<Defect> {
    vec![
        defect(
            "large-pages-unscoped",
            "A page of 50 or more shows a user everything that the administrator sees. Right: the page size changes no scope.",
            everywhere(GET)
                .where_(|call| {
                    let size = call.query("page_size").and_then(|size| size.parse::<u64>().ok());
                    call.user_key().is_some() && size.is_some_and(|size| size >= 50)
                })
                .then(sent_as(|call, right| right.as_administrator(call))),
        ),
        defect(
            "chosen-members-unscoped",
            "With `fields` or `excluded_fields` a list shows a user everything that the administrator sees. Right: they change no scope.",
            everywhere(GET)
                .where_(|call| {
                    let chooses = call.query("fields").or_else(|| call.query("excluded_fields")).is_some();
                    call.user_key().is_some() && chooses
                })
                .then(sent_as(|call, right| right.as_administrator(call))),
        ),
        defect(
            "page-holds-one-more",
            "A page holds one object more than `page_size`. Right: at most `page_size` objects.",
            everywhere(GET).where_(|call| call.query("page_size").is_some()).then(|call, right| {
                let Some(size) = call.query("page_size").and_then(|size| size.parse::<u32>().ok()) else {
                    return right.respond(call);
                };
                let more = size.saturating_add(1);
                changed(move |_, _, list| {
                    relink(list, &format!("page_size={more}"), &format!("page_size={size}"));
                })(&call.with_query("page_size", &more.to_string()), right)
            }),
        ),
        defect(
            "page-size-ignored",
            "`page_size` is ignored. Right: a page holds at most that number of objects.",
            everywhere(GET).then(sent_as(|call, _| call.without_query(&["page_size"]))),
        ),
        defect(
            "page-size-unchecked",
            "A `page_size` that is not a number is ignored. Right: 400.",
            everywhere(GET)
                .where_(|call| call.query("page_size").is_some_and(|size| size.parse::<u32>().is_err()))
                .instead_of(StatusCode::BAD_REQUEST, sent_as(|call, _| call.without_query(&["page_size"]))),
        ),
    ]
}

fn choices() -> Vec<Defect> {
    vec![
        defect(
            "fields-ignored",
            "`fields` is ignored. Right: it chooses the members that are shown.",
            everywhere(GET).then(sent_as(|call, _| call.without_query(&["fields"]))),
        ),
        defect(
            "excluded-fields-ignored",
            "`excluded_fields` is ignored. Right: it removes members.",
            everywhere(GET).then(sent_as(|call, _| call.without_query(&["excluded_fields"]))),
        ),
        defect(
            "filter-ignored",
            "`username__startswith` is ignored. Right: it chooses the users whose names begin with it.",
            on(GET, "/users/").then(sent_as(|call, _| call.without_query(&["username__startswith"]))),
        ),
    ]
}

fn without_link(list: &mut Value, name: &str) {
    if let Some(link) = list.get_mut(name) {
        *link = json!(null);
    }
}

/// Replaces a text in the links to other pages.
fn relink(list: &mut Value, from: &str, to: &str) {
    for name in ["next", "prev"] {
        if let Some(link) = text(list, name) {
            edit::set(list, name, link.replace(from, to));
        }
    }
}
