//! The paths with their methods. What is not simulated is alike in many places, so there a path refers to what it shares with
//! others.

use http::Method;
use serde_json::{Map, Value, json};

use super::rights::{self, Admitted};
use super::{bodies, parameters, responses};
use crate::access::Action;
use crate::answer_schema::with;
use crate::endpoints::Row;
use crate::resources;

/// Every path, and what those share that are not simulated.
pub fn paths() -> (Value, Value) {
    let (mut paths, mut shared) = (Map::new(), Map::new());
    for row in resources::rows() {
        let described = match row.spec.missing {
            Some(missing) => not_simulated(row, missing, &mut shared),
            None => path(row),
        };
        paths.insert(row.spec.template.to_owned(), described);
    }
    (paths.into(), shared.into())
}

/// What is said of the path alone, and a reference to the rest. That is called by the first path that is so.
fn not_simulated(row: &Row, missing: &str, shared: &mut Map<String, Value>) -> Value {
    let path = path(row);
    let known = shared.iter().find(|(_, known)| **known == path).map(|(name, _)| name.clone());
    let name = known.unwrap_or_else(|| name(row));
    let mut described = json!({ "summary": format!("Not simulated: {missing}") });
    if responses::leads_through_nothing(row) {
        let note = "What the path goes through is not simulated either, so it is 404 for everybody.";
        described = with(described, "description", note);
    }
    let described = with(described, "$ref", format!("#/components/pathItems/{name}"));
    shared.insert(name, path);
    described
}

fn path(row: &Row) -> Value {
    let mut path = Map::new();
    let in_all = parameters::of_all(row);
    if !in_all.is_empty() {
        path.insert("parameters".to_owned(), in_all.into());
    }
    for method in row.methods() {
        path.insert(method.as_str().to_ascii_lowercase(), operation(row, &method));
    }
    path.into()
}

fn operation(row: &Row, method: &Method) -> Value {
    let admitted = Admitted::to(row, Action::new(method, row.spec.is_list()));
    let mut operation = said(row, method, &admitted);
    let in_query = match *method {
        Method::GET | Method::HEAD => parameters::of_reading(row),
        _ => Vec::new(),
    };
    if !in_query.is_empty() {
        operation = with(operation, "parameters", in_query);
    }
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

/// What an operation is called, and what it does for whom. What many paths share has no name of its own.
fn said(row: &Row, method: &Method, admitted: &Admitted) -> Value {
    let tags = json!({ "tags": [row.spec.tag] });
    if row.spec.missing.is_some() {
        return with(tags, "description", admitted.words());
    }
    let id = format!("{}{}", method.as_str().to_ascii_lowercase(), name(row));
    let said = with(with(tags, "operationId", id), "summary", summary(row, method));
    let note = row.operation(method).and_then(|operation| operation.note);
    match note {
        // What GET says holds for HEAD too.
        _ if *method == Method::HEAD => said,
        Some(note) => with(said, "description", format!("{}\n\n{note}", admitted.words())),
        None => with(said, "description", admitted.words()),
    }
}

/// What an operation does.
fn summary(row: &Row, method: &Method) -> &'static str {
    match *method {
        Method::OPTIONS => "What may be sent here",
        Method::HEAD => "The head of what GET answers",
        _ => row.operation(method).map_or("", |operation| operation.summary),
    }
}

/// `Users`. What is not simulated is called by its path.
fn name(row: &Row) -> String {
    if !row.spec.name.is_empty() {
        return row.spec.name.to_owned();
    }
    let words = row.spec.template.split(['/', '_', '{', '}']).filter(|word| !word.is_empty() && *word != "version");
    let capitalised = words.map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        first.to_ascii_uppercase() + rest
    });
    capitalised.collect()
}
