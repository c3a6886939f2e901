//! Responses of operations: all possible statuses with their bodies.

use http::Method;
use serde_json::{Map, Value, json};

use super::rights::Admitted;
use super::{bodies, schemas};
use crate::access::Action;
use crate::answer_schema::{reference, schema, with};
use crate::endpoint_spec::{EndpointKind, Parent};
use crate::endpoints::{EndpointRow, Success, Verb};
use crate::resources;

/// Returns the responses of an operation.
pub fn for_operation(row: &EndpointRow, method: &Method) -> Value {
    let mut answers = Map::new();
    if let Some((status, answer)) = success(row, method) {
        answers.insert(status.to_owned(), answer);
    }
    if row.operation(method).is_some_and(|operation| operation.success == Success::ShownOrNothing) {
        answers.insert("204".to_owned(), reference("responses", "Nothing"));
    }
    for (status, name) in rejections(row, method) {
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
        answers.insert("4XX".to_owned(), reference("responses", "Rejected"));
    }
    answers.sort_keys();
    answers.into()
}

/// The errors of almost all operations, combined in one response `4XX`.
const USUAL: [(&str, &str); 5] = [
    ("400", "BadRequest"),
    ("403", "Forbidden"),
    ("404", "NotFound"),
    ("406", "NotAcceptable"),
    ("415", "UnsupportedMediaType"),
];

/// Returns the response `4XX`, with the response of each status.
fn usual() -> Value {
    let by_status = USUAL.map(|(status, name)| (status.to_owned(), reference("responses", name)));
    json!({
        "description": "The request is rejected. `x-statuses` has the response of each status, unless it is listed beside `4XX`.",
        "headers": page_headers(),
        "content": { "application/json": { "schema": schema("Detail") }, "text/html": page() },
        "x-statuses": Map::from_iter(by_status),
    })
}

/// Returns the response of success; `None` if the operation never succeeds.
fn success(row: &EndpointRow, method: &Method) -> Option<(&'static str, Value)> {
    let has_templates = row.spec.is_inside_instance() && row.spec.has_templates;
    let is_rendered = row.spec.shows.name == "RenderedTemplate";
    let shown = |schema: Value, description: &str| {
        let mut content = if is_rendered { json!({}) } else { json!({ "application/json": { "schema": schema } }) };
        if has_templates {
            // A template chooses its media type.
            content = with(content, "*/*", page());
        }
        json!({ "description": description, "headers": endpoint_headers(), "content": content })
    };
    if row.spec.missing.is_some() {
        return (*method == Method::GET && is_visible_in_new_instance(row))
            .then(|| ("200", reference("responses", "NewInstanceList")));
    }
    if *method == Method::OPTIONS {
        return Some(("200", reference("responses", "Options")));
    }
    let operation = row.operation(method)?;
    match operation.success {
        Success::Never => None,
        Success::Nothing => Some(("204", reference("responses", "Nothing"))),
        Success::Created => {
            let created = shown(schema(row.spec.shows.name), "The created object.");
            Some((
                "201",
                match links(row) {
                    Some(links) => with(created, "links", links),
                    None => created,
                },
            ))
        }
        Success::Shown | Success::ShownOrNothing if operation.verb != Verb::Get => {
            Some(("200", shown(schema(row.spec.shows.name), "The result.")))
        }
        Success::Shown | Success::ShownOrNothing => {
            let one =
                if row.spec.selects { schemas::selected(row.spec.shows.name) } else { row.spec.shows.name.to_owned() };
            let answer = match row.spec.shows_list() {
                true => shown(schemas::page(&one, row.spec.shows.name == "DataObject"), "A page of the list."),
                false => shown(schema(&one), "The requested object."),
            };
            Some(("200", answer))
        }
    }
}

/// Returns whether an unsupported endpoint is a list that some callers may read as it is in a new
/// instance.
fn is_visible_in_new_instance(row: &EndpointRow) -> bool {
    let has_callers = !Admitted::to(row, Action::new(&Method::GET, true)).is_empty();
    row.spec.shows_list() && has_callers && !has_missing_parent(row)
}

/// Returns a link from a list to the created object.
fn links(list: &EndpointRow) -> Option<Value> {
    let item = resources::rows().iter().find(|row| {
        row.spec.kind == EndpointKind::Item
            && row.spec.template.strip_prefix(list.spec.template).is_some_and(|rest| rest.matches('/').count() == 1)
    })?;
    let parameter = item.spec.lookup?;
    let member = match item.spec.name {
        "Instance" | "Class" | "Channel" | "DataEndpoint" | "DataEndpointV1" | "Template" => "name",
        "GcmDevice" | "ApnsDevice" => "registration_id",
        _ => "id",
    };
    // A membership has no id of its own.
    if item.spec.shows.name.ends_with("Membership") || list.spec.kind != EndpointKind::List {
        return None;
    }
    let known = list.spec.template.split(['{', '}']).skip(1).step_by(2);
    let known = known.map(|name| (name.to_owned(), Value::from(format!("$request.path.{name}"))));
    let known = with(known.collect::<Map<_, _>>().into(), parameter, format!("$response.body#/{member}"));
    Some(json!({ "created": { "operationId": format!("get{}", item.spec.name), "parameters": known } }))
}

/// Returns the errors of an operation, except 400.
fn rejections(row: &EndpointRow, method: &Method) -> Vec<(&'static str, &'static str)> {
    let logs_in = row.spec.name.ends_with("Auth") || matches!(row.spec.name, "Login" | "SocialLogin");
    let mut rejections = vec![("404", "NotFound"), ("415", "UnsupportedMediaType")];
    if has_missing_parent(row) {
        return rejections;
    }
    rejections.push(("406", "NotAcceptable"));
    if logs_in && method == Method::POST {
        rejections.push(("401", "Unauthorized"));
    }
    if row.spec.longest_body.is_some() && method == Method::POST {
        rejections.push(("413", "PayloadTooLarge"));
    }
    // Endpoints that log in an account check no keys.
    if row.spec.takes_keys {
        rejections.push(("403", "Forbidden"));
    }
    rejections
}

/// Returns whether the parent in the path never exists, so that the answer is always 404.
pub fn has_missing_parent(row: &EndpointRow) -> bool {
    matches!(row.spec.parent, Parent::Missing(_))
}

/// Returns the name of the response 400, and the possible schemas of its body.
fn bad_request(row: &EndpointRow, method: &Method) -> (String, Vec<String>) {
    let mut forms = vec!["Detail".to_owned()];
    forms.extend(row.operation(method).and_then(|operation| bodies::errors(row, operation.verb)));
    if row.spec.shows.name == "DataObject" {
        forms.extend(["QueryErrors", "Texts"].map(str::to_owned));
    }
    if row.spec.shows.name == "Change" && row.operation(method).is_some_and(|operation| operation.verb == Verb::Get)
        || row.spec.parent == Parent::Channel
    {
        forms.push("ChangeErrors".to_owned());
    }
    let reads = row.operation(method).is_some_and(|operation| operation.verb == Verb::Get);
    if reads && row.spec.filters.contains(&"device_id") {
        forms.push("FilterErrors".to_owned());
    }
    let name = match forms.get(1).map(String::as_str) {
        None => "BadRequest".to_owned(),
        Some("QueryErrors") => "BadQuery".to_owned(),
        Some(errors) => format!("Bad{}", errors.trim_end_matches("Errors")),
    };
    (name, forms)
}

/// Returns the shared responses.
pub fn components() -> Value {
    let mut answers = everywhere();
    let of_row = |row: &'static EndpointRow| row.methods().map(move |method| bad_request(row, &method));
    for (name, forms) in resources::rows().iter().copied().flat_map(of_row).filter(|(_, forms)| forms.len() > 1) {
        let forms = forms.iter().map(|form| schema(form)).collect::<Vec<_>>();
        answers = with(answers, &name, rejected("The body or query is not valid.", json!({ "anyOf": forms })));
    }
    answers
}

/// Returns the responses that are the same for all operations.
fn everywhere() -> Value {
    let not_found = "The object does not exist, or the caller cannot see it. An HTML page if no endpoint has the path.";
    json!({
        "Nothing": { "description": "Success; the body is empty.", "headers": endpoint_headers() },
        // A CORS preflight gets an empty page.
        "Options": {
            "description": "The description of the endpoint; an empty page for a preflight.",
            "headers": page_headers(),
            "content": { "application/json": { "schema": schema("Description") }, "text/html": page(), "*/*": page() },
        },
        "NewInstanceList": {
            "description": "The list in a new instance, which is empty.",
            "headers": endpoint_headers(),
            "content": { "application/json": { "schema": schema("NewInstanceList") }, "*/*": page() },
        },
        "Head": { "description": "The headers of GET, with the same statuses and no body.", "headers": page_headers() },
        "Rejected": usual(),
        "BadRequest": rejected("The request is not valid.", schema("Detail")),
        "Unauthorized": rejected("The login failed.", schema("UnauthorizedDetail")),
        "Forbidden": rejected("The caller has no right to do this, or the key is unknown.", schema("ForbiddenDetail")),
        "NotFound": {
            "description": not_found,
            "headers": page_headers(),
            "content": { "application/json": { "schema": schema("NotFoundDetail") }, "text/html": page() },
        },
        "NotAcceptable": rejected("`Accept` excludes JSON, or the template does not exist.", schema("NotAcceptableDetail")),
        "PayloadTooLarge": rejected("The body is too long.", schema("Detail")),
        "UnsupportedMediaType": rejected("The media type of the body is not supported.", schema("UnsupportedMediaTypeDetail")),
    })
}

/// Returns the headers of responses.
pub fn headers() -> Value {
    json!({
        "Allow": {
            "description": "The methods of the endpoint.",
            "required": true,
            "schema": { "type": "string", "pattern": "^(GET, |PUT, |PATCH, |POST, |DELETE, |HEAD, )+OPTIONS$" },
        },
        "AllowUnlessPage": {
            "description": "The methods of the endpoint. HTML pages of the server itself lack this header.",
            "schema": { "type": "string", "pattern": "^(GET, |PUT, |PATCH, |POST, |DELETE, |HEAD, )+OPTIONS$" },
        },
        "Vary": { "description": "Always `Origin`.", "required": true, "schema": { "const": "Origin" } },
    })
}

fn rejected(description: &str, schema: Value) -> Value {
    json!({
        "description": description,
        "headers": endpoint_headers(),
        "content": { "application/json": { "schema": schema } },
    })
}

fn page() -> Value {
    json!({ "schema": { "type": "string" } })
}

fn endpoint_headers() -> Value {
    json!({ "Allow": reference("headers", "Allow"), "Vary": reference("headers", "Vary") })
}

fn page_headers() -> Value {
    json!({ "Allow": reference("headers", "AllowUnlessPage"), "Vary": reference("headers", "Vary") })
}
