//! The paths with their methods.

use http::Method;
use serde_json::{Map, Value, json};

use super::rights::{self, Admitted};
use super::{bodies, parameters, responses, with, words};
use crate::api::{ABSENT_ENDPOINTS, ENDPOINTS, Endpoint, within_instance};
use crate::simulator::access::Deed;
use crate::simulator::routes;

/// Every path.
pub fn paths() -> Value {
    let known = ENDPOINTS.iter().chain(ABSENT_ENDPOINTS);
    known.map(|(endpoint, template)| ((*template).to_owned(), path(*endpoint, template))).collect::<Map<_, _>>().into()
}

fn path(endpoint: Endpoint, template: &str) -> Value {
    let mut path = Map::new();
    let in_path = parameters::of_path(endpoint, template);
    if !in_path.is_empty() {
        path.insert("parameters".to_owned(), in_path.into());
    }
    for method in routes::methods(endpoint).split(", ").filter_map(|method| method.parse::<Method>().ok()) {
        path.insert(method.as_str().to_ascii_lowercase(), operation(endpoint, template, &method));
    }
    path.into()
}

fn operation(endpoint: Endpoint, template: &str, method: &Method) -> Value {
    let admitted = Admitted::to(endpoint, template, Deed::of(method, endpoint));
    let is_inside_instance = within_instance(template).is_some();
    let description = match words::note(endpoint, method) {
        Some(note) => format!("{}\n\n{note}", admitted.words()),
        None => admitted.words(),
    };
    let mut operation = json!({
        "operationId": id(endpoint, template, method),
        "tags": [words::tag(endpoint)],
        "summary": words::summary(endpoint, method),
        "description": description,
    });
    let in_query = match *method {
        Method::GET | Method::HEAD => {
            parameters::of_reading(endpoint, parameters::shows_list(endpoint), is_inside_instance)
        }
        _ => parameters::of_writing(endpoint, is_inside_instance),
    };
    operation = with(operation, "parameters", in_query);
    if let Some(body) = bodies::body(endpoint, method) {
        operation = with(operation, "requestBody", body);
    }
    operation = with(operation, "responses", responses::of(endpoint, method, is_inside_instance));
    let security = admitted.security();
    if security != rights::everyday() {
        operation = with(operation, "security", security);
    }
    operation
}

/// `getUsers`. What is not simulated is called by its path.
fn id(endpoint: Endpoint, template: &str, method: &Method) -> String {
    let method = method.as_str().to_ascii_lowercase();
    let Endpoint::Absent(_) = endpoint else { return format!("{method}{endpoint:?}") };
    let words = template.split(['/', '_', '{', '}']).filter(|word| !word.is_empty() && *word != "version");
    let capitalised = words.map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        first.to_ascii_uppercase() + rest
    });
    method + &capitalised.collect::<String>()
}
