//! Paths and their operations. Many unsupported endpoints have equal descriptions, so their paths
//! refer to shared path items.

use http::Method;
use serde_json::{Map, Value, json};

use super::rights::{self, Admitted};
use super::{bodies, media, parameters, responses};
use crate::access::Action;
use crate::answer_schema::with;
use crate::endpoints::EndpointRow;
use crate::resources;

/// Returns all paths, with that of files, and the path items shared by unsupported endpoints.
pub fn paths() -> (Value, Value) {
    let (mut paths, mut shared) = (Map::new(), Map::new());
    for row in resources::rows() {
        let described = match row.spec.missing {
            Some(missing) => not_simulated(row, missing, &mut shared),
            None => path(row),
        };
        paths.insert(row.spec.template.to_owned(), described);
    }
    paths.insert(media::PATH.to_owned(), media::path());
    (paths.into(), shared.into())
}

/// Returns the path of an unsupported endpoint: its summary, and a reference to a shared path item
/// that is named after its first path.
fn not_simulated(row: &EndpointRow, missing: &str, shared: &mut Map<String, Value>) -> Value {
    let path = path(row);
    let known = shared.iter().find(|(_, known)| **known == path).map(|(name, _)| name.clone());
    let name = known.unwrap_or_else(|| name(row));
    let mut described = json!({ "summary": format!("Not simulated: {missing}") });
    if responses::has_missing_parent(row) {
        let note = "The parent resource is not simulated either, so the answer is always 404.";
        described = with(described, "description", note);
    }
    let described = with(described, "$ref", format!("#/components/pathItems/{name}"));
    shared.insert(name, path);
    described
}

fn path(row: &EndpointRow) -> Value {
    let mut path = Map::new();
    let in_all = parameters::for_all_methods(row);
    if !in_all.is_empty() {
        path.insert("parameters".to_owned(), in_all.into());
    }
    for method in row.methods() {
        path.insert(method.as_str().to_ascii_lowercase(), operation(row, &method));
    }
    path.into()
}

fn operation(row: &EndpointRow, method: &Method) -> Value {
    let admitted = Admitted::to(row, Action::new(method, row.spec.is_list()));
    let mut operation = described(row, method, &admitted);
    let in_query = match *method {
        Method::GET | Method::HEAD => parameters::for_reading(row),
        _ => Vec::new(),
    };
    if !in_query.is_empty() {
        operation = with(operation, "parameters", in_query);
    }
    if let Some(body) = row.operation(method).and_then(|operation| bodies::body(row, operation.verb)) {
        operation = with(operation, "requestBody", body);
    }
    operation = with(operation, "responses", responses::for_operation(row, method));
    let security = admitted.security();
    if security != rights::everyday() {
        operation = with(operation, "security", security);
    }
    operation
}

/// Returns the name and description of an operation. Shared path items have no operation id.
fn described(row: &EndpointRow, method: &Method, admitted: &Admitted) -> Value {
    let tags = json!({ "tags": [row.spec.tag] });
    if row.spec.missing.is_some() {
        return with(tags, "description", admitted.words());
    }
    let id = format!("{}{}", method.as_str().to_ascii_lowercase(), name(row));
    let described = with(with(tags, "operationId", id), "summary", summary(row, method));
    let note = row.operation(method).and_then(|operation| operation.note);
    match note {
        // The note on GET also applies to HEAD and is not repeated.
        _ if *method == Method::HEAD => described,
        Some(note) => with(described, "description", format!("{}\n\n{note}", admitted.words())),
        None => with(described, "description", admitted.words()),
    }
}

/// Returns the summary of an operation.
fn summary(row: &EndpointRow, method: &Method) -> &'static str {
    match *method {
        Method::OPTIONS => "Describes the endpoint",
        Method::HEAD => "Returns the headers of GET",
        _ => row.operation(method).map_or("", |operation| operation.summary),
    }
}

/// Returns the name of an endpoint, such as `Users`; unsupported endpoints are named after their
/// path.
fn name(row: &EndpointRow) -> String {
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
