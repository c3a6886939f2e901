//! What operations are answered with: every status that they may have, and what comes with it.

use http::Method;
use serde_json::{Map, Value, json};

use super::rights::Admitted;
use super::{bodies, schemas};
use crate::access::Action;
use crate::answer_schema::{reference, schema, with};
use crate::endpoint_spec::{EndpointKind, Parent};
use crate::endpoints::{Row, Success, Verb};
use crate::resources;

/// The answers to an operation.
pub fn of(row: &Row, method: &Method) -> Value {
    let mut answers = Map::new();
    if let Some((status, answer)) = success(row, method) {
        answers.insert(status.to_owned(), answer);
    }
    for (status, name) in refusals(row, method) {
        answers.insert(status.to_owned(), reference("responses", name));
    }
    answers.insert("400".to_owned(), reference("responses", &bad_request(row, method).0));
    if *method == Method::HEAD {
        return json!({ "default": reference("responses", "Head") });
    }
    if USUAL.iter().all(|(status, _)| answers.contains_key(*status)) {
        let is_usual = |status: &str, answer: &Value| {
            USUAL.iter().any(|(usual, name)| *usual == status && *answer == reference("responses", name))
        };
        answers.retain(|status, answer| !is_usual(status, answer));
        answers.insert("4XX".to_owned(), reference("responses", "Refused"));
    }
    answers.sort_keys();
    answers.into()
}

/// The refusals that nearly everything has. They stand behind one name.
const USUAL: [(&str, &str); 5] = [
    ("400", "BadRequest"),
    ("403", "Forbidden"),
    ("404", "NotFound"),
    ("406", "NotAcceptable"),
    ("415", "UnsupportedMediaType"),
];

/// The usual refusals: in one that holds for all of them, and status by status.
fn usual() -> Value {
    let by_status = USUAL.map(|(status, name)| (status.to_owned(), reference("responses", name)));
    json!({
        "description": "It is refused. `x-statuses` has what comes with each status, but for one that stands beside `4XX`.",
        "headers": of_anything(),
        "content": { "application/json": { "schema": schema("Detail") }, "text/html": page() },
        "x-statuses": Map::from_iter(by_status),
    })
}

/// What comes when all is well; `None` where that cannot be.
fn success(row: &Row, method: &Method) -> Option<(&'static str, Value)> {
    let shows_tables = row.spec.is_inside_instance() && row.spec.has_templates;
    let shown = |schema: Value, description: &str| {
        let mut content = json!({ "application/json": { "schema": schema } });
        if shows_tables {
            content = with(content, "text/html", page());
        }
        json!({ "description": description, "headers": of_endpoint(), "content": content })
    };
    if row.spec.missing.is_some() {
        return (*method == Method::GET && is_known_at_first(row))
            .then(|| ("200", reference("responses", "ListAtFirst")));
    }
    if *method == Method::OPTIONS {
        return Some(("200", reference("responses", "Options")));
    }
    let operation = row.operation(method)?;
    match operation.success {
        Success::Never => None,
        Success::Nothing => Some(("204", reference("responses", "Nothing"))),
        Success::Created => {
            let created = shown(schema(row.spec.shows.name), "What was created.");
            Some((
                "201",
                match links(row) {
                    Some(links) => with(created, "links", links),
                    None => created,
                },
            ))
        }
        Success::Shown if operation.verb != Verb::Get => {
            Some(("200", shown(schema(row.spec.shows.name), "The result.")))
        }
        Success::Shown => {
            let one =
                if row.spec.selects { schemas::selected(row.spec.shows.name) } else { row.spec.shows.name.to_owned() };
            let answer = match row.spec.shows_list() {
                true => shown(schemas::page(&one, row.spec.name == "Objects"), "A page of the list."),
                false => shown(schema(&one), "What is asked for."),
            };
            Some(("200", answer))
        }
    }
}

/// Whether a resource that is not simulated is a list that somebody sees as it is in a new instance.
fn is_known_at_first(row: &Row) -> bool {
    let is_for_somebody = !Admitted::to(row, Action::new(&Method::GET, true)).is_nobody();
    row.spec.shows_list() && is_for_somebody && !leads_through_nothing(row)
}

/// Where what was created is found.
fn links(list: &Row) -> Option<Value> {
    let item = resources::rows().iter().find(|row| {
        row.spec.kind == EndpointKind::Item
            && row.spec.template.strip_prefix(list.spec.template).is_some_and(|rest| rest.matches('/').count() == 1)
    })?;
    let parameter = item.spec.lookup?;
    let member = if matches!(item.spec.name, "Instance" | "Class") { "name" } else { "id" };
    // A membership has no id of its own.
    if item.spec.shows.name.ends_with("Membership") || list.spec.kind != EndpointKind::List {
        return None;
    }
    let known = list.spec.template.split(['{', '}']).skip(1).step_by(2);
    let known = known.map(|name| (name.to_owned(), Value::from(format!("$request.path.{name}"))));
    let known = with(known.collect::<Map<_, _>>().into(), parameter, format!("$response.body#/{member}"));
    Some(json!({ "created": { "operationId": format!("get{}", item.spec.name), "parameters": known } }))
}

/// The ways in which an operation is refused, but for 400.
fn refusals(row: &Row, method: &Method) -> Vec<(&'static str, &'static str)> {
    let logs_in = row.spec.name.ends_with("Auth") || matches!(row.spec.name, "Login" | "SocialLogin");
    let mut refusals = vec![("404", "NotFound"), ("415", "UnsupportedMediaType")];
    if leads_through_nothing(row) {
        return refusals;
    }
    refusals.push(("406", "NotAcceptable"));
    if logs_in && method == Method::POST {
        refusals.push(("401", "Unauthorized"));
    }
    // A caller who logs in as an account is not asked for a key, so none is bad.
    if row.spec.takes_keys {
        refusals.push(("403", "Forbidden"));
    }
    refusals
}

/// Whether the path goes through something that never exists, so that it leads nowhere for anybody.
pub fn leads_through_nothing(row: &Row) -> bool {
    matches!(row.spec.parent, Parent::Missing(_))
}

/// The answer to what makes no sense: its name, and the schemas one of which its body has.
fn bad_request(row: &Row, method: &Method) -> (String, Vec<String>) {
    let mut forms = vec!["Detail".to_owned()];
    forms.extend(row.operation(method).and_then(|operation| bodies::errors(row, operation.verb)));
    if row.spec.shows.name == "DataObject" {
        forms.extend(["QueryErrors", "Texts"].map(str::to_owned));
    }
    let name = match forms.get(1).map(String::as_str) {
        None => "BadRequest".to_owned(),
        Some("QueryErrors") => "BadQuery".to_owned(),
        Some(errors) => format!("Bad{}", errors.trim_end_matches("Errors")),
    };
    (name, forms)
}

/// The answers that operations share.
pub fn components() -> Value {
    let mut answers = everywhere();
    let of_row = |row: &'static Row| row.methods().map(move |method| bad_request(row, &method));
    for (name, forms) in resources::rows().iter().copied().flat_map(of_row).filter(|(_, forms)| forms.len() > 1) {
        let forms = forms.iter().map(|form| schema(form)).collect::<Vec<_>>();
        answers = with(answers, &name, refused("What was sent is not valid.", json!({ "anyOf": forms })));
    }
    answers
}

/// Those that are the same for all.
fn everywhere() -> Value {
    let not_found = "It is not there, or not for this caller. A page, where the path leads nowhere.";
    json!({
        "Nothing": { "description": "Done; the body is empty.", "headers": of_endpoint() },
        // A browser that asks what it may do gets an empty page.
        "Options": {
            "description": "What may be sent; an empty page for a preflight.",
            "headers": of_anything(),
            "content": { "application/json": { "schema": schema("Description") }, "text/html": page() },
        },
        "ListAtFirst": {
            "description": "What a new instance has: two channels, two templates, and nothing of anything else.",
            "headers": of_endpoint(),
            "content": { "application/json": { "schema": schema("ListAtFirst") }, "text/html": page() },
        },
        "Head": { "description": "As GET, with the same statuses, without the body.", "headers": of_anything() },
        "Refused": usual(),
        "BadRequest": refused("What was sent makes no sense.", schema("Detail")),
        "Unauthorized": refused("The login has failed.", schema("UnauthorizedDetail")),
        "Forbidden": refused("The caller may not, or the key is none.", schema("ForbiddenDetail")),
        "NotFound": {
            "description": not_found,
            "headers": of_anything(),
            "content": { "application/json": { "schema": schema("NotFoundDetail") }, "text/html": page() },
        },
        "NotAcceptable": refused("`Accept` leaves out JSON, or there is no such template.", schema("NotAcceptableDetail")),
        "UnsupportedMediaType": refused("Nobody reads bodies of that type.", schema("UnsupportedMediaTypeDetail")),
    })
}

/// The headers of answers.
pub fn headers() -> Value {
    json!({
        "Allow": {
            "description": "The methods of the path.",
            "required": true,
            "schema": { "type": "string", "pattern": "^(GET, |PUT, |PATCH, |POST, |DELETE, |HEAD, )+OPTIONS$" },
        },
        "AllowUnlessPage": {
            "description": "The methods of the path. The pages of the server itself are without.",
            "schema": { "type": "string", "pattern": "^(GET, |PUT, |PATCH, |POST, |DELETE, |HEAD, )+OPTIONS$" },
        },
        "Vary": { "description": "Always `Origin`.", "required": true, "schema": { "const": "Origin" } },
    })
}

fn refused(description: &str, schema: Value) -> Value {
    json!({
        "description": description,
        "headers": of_endpoint(),
        "content": { "application/json": { "schema": schema } },
    })
}

fn page() -> Value {
    json!({ "schema": { "type": "string" } })
}

fn of_endpoint() -> Value {
    json!({ "Allow": reference("headers", "Allow"), "Vary": reference("headers", "Vary") })
}

fn of_anything() -> Value {
    json!({ "Allow": reference("headers", "AllowUnlessPage"), "Vary": reference("headers", "Vary") })
}
