//! Finds requests that are probably misspelt: of methods that the API does not have, and of paths
//! that no endpoint has.

use http::Method;
use serde_json::Value;
use syncano_simulator::Simulator;
use syncano_simulator::api::short_template;

use super::diagnostic::{Diagnostic, SourcePosition, nearest};
use super::endpoint_paths::has_endpoint;
use super::model::{Assertion, Step};
use super::suite::Suite;
use super::template::{Reference, Text};

/// The methods of the API.
const METHODS: [Method; 7] =
    [Method::GET, Method::HEAD, Method::OPTIONS, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// The references that a path can begin with.
const BEGINNINGS: [&str; 4] = ["root", "instance.path", "instance.data_endpoints", "foreign.path"];

/// How a step says that it sends such a request on purpose.
const EXPECTED: &str = "correct it, or write `no_endpoint: true` in the step if it is meant";

impl Suite {
    /// Returns the warnings: steps with an unknown method, or with a path that no endpoint has. A
    /// step that expects 404 or 405 is written for that.
    pub fn warnings(&self) -> Vec<Diagnostic> {
        let steps = self.scenarios.iter().flat_map(|scenario| &scenario.steps);
        let of_steps = steps.filter(|step| !expects_no_endpoint(step)).filter_map(|step| {
            unknown_method(&step.method, &step.place).or_else(|| unknown_path(&step.path, &step.place))
        });
        let endpoints = self.access.iter().flat_map(|table| &table.endpoints);
        let of_table = endpoints.filter_map(|endpoint| unknown_path(&endpoint.path, &endpoint.place));
        of_steps.chain(of_table).collect()
    }
}

fn expects_no_endpoint(step: &Step) -> bool {
    step.no_endpoint || step.checks.iter().any(|check| matches!(check.assertion, Assertion::Status(404 | 405)))
}

fn unknown_method(method: &Method, place: &SourcePosition) -> Option<Diagnostic> {
    if METHODS.contains(method) {
        return None;
    }
    let help = match nearest(method.as_str(), METHODS.iter().map(Method::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => EXPECTED.to_owned(),
    };
    Some(Diagnostic::at(place.clone(), format!("the API does not have the method {method}")).warning().help(help))
}

fn unknown_path(path: &Text, place: &SourcePosition) -> Option<Diagnostic> {
    let example = example(path)?;
    if has_endpoint(&example) {
        return None;
    }
    let templates = Simulator::endpoints().map(|endpoint| short_template(endpoint.template));
    let help = if has_endpoint(&format!("{example}/")) {
        "end it with a slash".to_owned()
    } else if let Some(near) = nearest(path.to_string().split('?').next().unwrap_or_default(), templates) {
        format!("did you mean `{near}`?")
    } else {
        EXPECTED.to_owned()
    };
    Some(Diagnostic::at(place.clone(), format!("no endpoint has the path {path}")).warning().help(help))
}

/// Returns a path with examples in place of references, without its query. Returns `None` if the
/// answer to an earlier step is the beginning of the path.
fn example(path: &Text) -> Option<String> {
    let begins_with = path.references().next().filter(|_| path.begins_with_reference());
    if begins_with.is_some_and(|reference| !BEGINNINGS.contains(&reference.as_str())) {
        return None;
    }
    let (root, instance, id) = (Value::from("/v1.1"), Value::from("/v1.1/instances/example"), Value::from(1));
    let data_endpoints = Value::from("/v1.1/instances/example/endpoints/data");
    let value = |reference: &Reference| match reference.as_str() {
        "root" => Some(&root),
        "instance.path" | "foreign.path" => Some(&instance),
        "instance.data_endpoints" => Some(&data_endpoints),
        _ => Some(&id),
    };
    let resolved = path.resolve(value).ok()?;
    let above = if path.is_below_instance() { instance.as_str()? } else { "" };
    let full = format!("{above}{resolved}");
    full.split('?').next().map(str::to_owned)
}
