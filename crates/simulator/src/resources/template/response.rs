//! Answers in the form of a template: `?template_response=NAME` or one of its other spellings, on
//! every endpoint of an instance.
//!
//! The request is answered as without a template, and then rendered: the template gets what the
//! caller would have seen. Errors stay JSON.

use http::Method;
use serde_json::{Map, Value};

use super::model::Template;
use super::storage::Templates;
use crate::answer::{ApiAnswer, Failure};
use crate::call::Call;
use crate::caller::Caller;
use crate::endpoint_spec::{EndpointKind, EndpointSpec};
use crate::python;
use crate::rendering::Rendering;
use crate::world::Instance;

/// Returns the template that the request names.
///
/// # Errors
///
/// 406 for a name that no template has.
pub fn named<'i>(call: &Call<'_>, instance: &'i Instance) -> Result<Option<&'i Template>, Failure> {
    let Some(name) = call.template() else { return Ok(None) };
    let templates = Templates::of(instance);
    let id = templates.named(&python::strip(name).to_lowercase());
    id.and_then(|id| templates.get(id)).ok_or_else(Failure::not_acceptable).map(Some)
}

/// Prepares the rendering of the answer. The variables of the context win over those of the request.
pub fn prepare(
    call: &Call<'_>,
    caller: &Caller,
    instance: &Instance,
    (template, context): (&Template, Map<String, Value>),
) {
    let mut variables = Map::from_iter([
        ("instance".to_owned(), Value::from(instance.name())),
        ("action".to_owned(), Value::from(action(call.route.spec, &call.method))),
    ]);
    if let Some(user) = caller.user().and_then(|id| instance.users.get(id)) {
        variables.insert("user".to_owned(), Value::from(user.name()));
    }
    variables.extend(context);
    let (content, content_type) = (template.content.clone(), template.content_type.clone());
    call.rendering.set(Some(Box::new(Rendering { content, content_type, variables })));
}

/// Renders an answer, if a rendering of it is prepared.
///
/// # Errors
///
/// 400 if the template fails, or if the endpoint has no templates; the request is done all the same.
pub fn render(call: &Call<'_>, answer: ApiAnswer) -> Result<ApiAnswer, Failure> {
    match call.rendering.take() {
        Some(_) if !call.route.spec.has_templates => {
            Err(Failure::bad_request("This endpoint does not support templates."))
        }
        Some(rendering) => rendering.of(answer),
        None => Ok(answer),
    }
}

/// Returns the name that the platform has for an operation.
fn action(spec: &EndpointSpec, method: &Method) -> &'static str {
    let is_list = matches!(spec.kind, EndpointKind::List | EndpointKind::ListOnly);
    match *method {
        Method::OPTIONS => "metadata",
        Method::POST if is_list => "create",
        Method::POST => match spec.template.trim_end_matches('/').rsplit('/').next() {
            Some("post") => "post_api",
            Some(last) => last,
            None => "",
        },
        Method::PUT => "update",
        Method::PATCH => "partial_update",
        Method::DELETE => "destroy",
        _ if is_list => "list",
        _ => "retrieve",
    }
}
