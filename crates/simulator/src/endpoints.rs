//! Endpoints as rows of a table: a specification with its methods and their handlers. Routing,
//! `Allow`, the access check, OPTIONS, faults and the OpenAPI document are derived from the rows,
//! which are defined in `resources/`.

use http::Method;
use serde_json::{Map, Value};

use super::answer::{ApiAnswer, Failure};
use super::call::{BatchContext, Call};
use super::caller::Caller;
use super::core::Core;
use super::endpoint_spec::EndpointSpec;
use super::world::{Instance, InstanceHandle};

/// An endpoint: its specification and its operations.
#[derive(Clone, Copy)]
pub struct EndpointRow {
    pub spec: EndpointSpec,
    pub operations: &'static [Operation],
}

/// A method of an endpoint.
#[derive(Clone, Copy)]
pub struct Operation {
    pub verb: Verb,
    pub handler: Handler,
    /// The summary in the OpenAPI document.
    pub summary: &'static str,
    /// The description in the OpenAPI document, if the summary is not enough.
    pub note: Option<&'static str>,
    pub success: Success,
}

/// The methods of endpoints, in the order of `Allow`. Every endpoint with GET also has HEAD, and
/// all have OPTIONS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// The answer of a successful operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Success {
    /// 200 with the schema of the endpoint.
    Shown,
    /// 201 with the created object.
    Created,
    /// 200 with the schema of the endpoint, or 204 if there is nothing after waiting.
    ShownOrNothing,
    /// 204.
    Nothing,
    /// The operation never succeeds.
    Never,
}

/// The function that answers a request.
#[derive(Clone, Copy)]
pub enum Handler {
    /// An endpoint outside of instances.
    Outside(fn(Outside<'_>) -> HandlerResult),
    /// Reads an instance.
    Reads(fn(Reading<'_>) -> HandlerResult),
    /// Changes an instance.
    Changes(fn(Changing<'_>) -> HandlerResult),
    /// Needs neither an instance nor a caller.
    Anywhere(fn(&Call<'_>) -> HandlerResult),
    /// A batch, which locks the instance for each of its items separately.
    Batch(fn(Batching<'_>) -> HandlerResult),
}

/// The result of a handler.
pub type HandlerResult = Result<ApiAnswer, Failure>;

/// The context of a handler outside of instances.
#[derive(Clone, Copy)]
pub struct Outside<'a> {
    pub core: &'a Core,
    pub call: &'a Call<'a>,
    pub caller: &'a Caller,
}

/// The context of a handler that reads an instance.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    pub core: &'a Core,
    pub call: &'a Call<'a>,
    pub caller: &'a Caller,
    pub instance: &'a Instance,
}

/// The context of a handler that changes an instance.
pub struct Changing<'a> {
    pub core: &'a Core,
    pub call: &'a Call<'a>,
    pub caller: &'a Caller,
    pub instance: &'a mut Instance,
}

/// The context of the batch handler.
pub struct Batching<'a> {
    pub call: &'a Call<'a>,
    pub caller: &'a Caller,
    pub instance: &'a InstanceHandle,
    pub send: Send<'a>,
}

/// Sends an item of a batch through the pipeline; returns `None` if no endpoint has its path.
pub type Send<'a> = &'a dyn Fn(BatchContext<'_>, BatchItem<'_>) -> Option<ApiAnswer>;

/// An item of a batch.
pub struct BatchItem<'a> {
    pub method: Method,
    pub path: &'a str,
    pub query: &'a str,
    pub body: Option<Map<String, Value>>,
}

impl EndpointSpec {
    /// Returns the row of the endpoint with these operations.
    pub const fn operations(self, operations: &'static [Operation]) -> EndpointRow {
        EndpointRow { spec: self, operations }
    }
}

impl EndpointRow {
    /// Returns the operation of a method, if the endpoint has it. HEAD uses the operation of GET.
    pub fn operation(&self, method: &Method) -> Option<&'static Operation> {
        let verb = Verb::from_method(method)?;
        self.operations.iter().find(|operation| operation.verb == verb)
    }

    /// Returns all methods of the endpoint, including HEAD and OPTIONS.
    pub fn methods(&self) -> impl Iterator<Item = Method> {
        let allowed = self.allow().split(", ").map(str::to_owned).collect::<Vec<_>>();
        allowed.into_iter().filter_map(|method| method.parse().ok())
    }

    /// Returns whether the endpoint has that method.
    pub fn allows(&self, method: &Method) -> bool {
        *method == Method::OPTIONS || self.operation(method).is_some()
    }

    /// Returns the value of the header `Allow`.
    pub fn allow(&self) -> String {
        let mut names: Vec<&str> = self.operations.iter().map(|operation| operation.verb.name()).collect();
        if names.contains(&Verb::Get.name()) {
            names.push("HEAD");
        }
        names.push("OPTIONS");
        names.join(", ")
    }
}

impl Operation {
    const fn new(verb: Verb, summary: &'static str, handler: Handler, success: Success) -> Operation {
        Operation { verb, handler, summary, note: None, success }
    }

    /// Adds a description for the OpenAPI document.
    pub const fn note(self, note: &'static str) -> Operation {
        Operation { note: Some(note), ..self }
    }

    /// Sets the answer of success, where it is not the usual one of the method.
    pub const fn success(self, success: Success) -> Operation {
        Operation { success, ..self }
    }
}

pub const fn get(summary: &'static str, handler: Handler) -> Operation {
    Operation::new(Verb::Get, summary, handler, Success::Shown)
}

/// Returns a POST that creates an object in a list.
pub const fn create(summary: &'static str, handler: Handler) -> Operation {
    Operation::new(Verb::Post, summary, handler, Success::Created)
}

/// Returns a POST that does not create.
pub const fn post(summary: &'static str, handler: Handler) -> Operation {
    Operation::new(Verb::Post, summary, handler, Success::Shown)
}

pub const fn put(summary: &'static str, handler: Handler) -> Operation {
    Operation::new(Verb::Put, summary, handler, Success::Shown)
}

pub const fn patch(summary: &'static str, handler: Handler) -> Operation {
    Operation::new(Verb::Patch, summary, handler, Success::Shown)
}

pub const fn delete(summary: &'static str, handler: Handler) -> Operation {
    Operation::new(Verb::Delete, summary, handler, Success::Nothing)
}

impl Verb {
    /// Returns the verb of a method; HEAD counts as GET.
    pub fn from_method(method: &Method) -> Option<Verb> {
        Some(match *method {
            Method::GET | Method::HEAD => Verb::Get,
            Method::POST => Verb::Post,
            Method::PUT => Verb::Put,
            Method::PATCH => Verb::Patch,
            Method::DELETE => Verb::Delete,
            _ => return None,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Verb::Get => "GET",
            Verb::Post => "POST",
            Verb::Put => "PUT",
            Verb::Patch => "PATCH",
            Verb::Delete => "DELETE",
        }
    }
}
