//! The paths with their methods.

use std::borrow::Cow;

use http::Method;
use serde_json::{Map, Value, json};

use super::rights::{self, Admitted};
use super::{bodies, parameters, responses, with};
use crate::access::Action;
use crate::endpoints::{self, Row};

/// Every path.
pub fn paths() -> Value {
    let paths = endpoints::rows().iter().map(|row| (row.template.to_owned(), path(row)));
    paths.collect::<Map<_, _>>().into()
}

fn path(row: &Row) -> Value {
    let mut path = Map::new();
    let in_path = parameters::of_path(row);
    if !in_path.is_empty() {
        path.insert("parameters".to_owned(), in_path.into());
    }
    for method in row.allow().split(", ").filter_map(|method| method.parse::<Method>().ok()) {
        path.insert(method.as_str().to_ascii_lowercase(), operation(row, &method));
    }
    path.into()
}

fn operation(row: &Row, method: &Method) -> Value {
    let admitted = Admitted::to(row, Action::new(method, row.is_list()));
    let description = match note(row, method) {
        Some(note) => format!("{}\n\n{note}", admitted.words()),
        None => admitted.words(),
    };
    let mut operation = json!({
        "operationId": id(row, method),
        "tags": [row.tag],
        "summary": summary(row, method),
        "description": description,
    });
    let in_query = match *method {
        Method::GET | Method::HEAD => parameters::of_reading(row),
        _ => parameters::of_writing(row),
    };
    operation = with(operation, "parameters", in_query);
    if let Some(body) = row.operation(method).and_then(|operation| bodies::body(row, operation.verb)) {
        operation = with(operation, "requestBody", body);
    }
    operation = with(operation, "responses", responses::of(row, method));
    let security = admitted.security();
    if security != rights::everyday() {
        operation = with(operation, "security", security);
    }
    operation
}

/// What an operation does.
fn summary(row: &Row, method: &Method) -> Cow<'static, str> {
    if let Some(missing) = row.missing {
        return format!("Not simulated: {missing}").into();
    }
    match *method {
        Method::OPTIONS => "What may be sent here".into(),
        Method::HEAD => "The head of what GET answers".into(),
        _ => row.operation(method).map_or("", |operation| operation.summary).into(),
    }
}

/// What there is to say beyond that.
fn note(row: &Row, method: &Method) -> Option<&'static str> {
    if responses::leads_through_nothing(row) {
        return Some("What the path goes through is not simulated either, so it is 404 for everybody.");
    }
    row.operation(method)?.note
}

/// `getUsers`. What is not simulated is called by its path.
fn id(row: &Row, method: &Method) -> String {
    let method = method.as_str().to_ascii_lowercase();
    if !row.name.is_empty() {
        return format!("{method}{}", row.name);
    }
    let words = row.template.split(['/', '_', '{', '}']).filter(|word| !word.is_empty() && *word != "version");
    let capitalised = words.map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        first.to_ascii_uppercase() + rest
    });
    method + &capitalised.collect::<String>()
}
