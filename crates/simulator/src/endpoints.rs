//! An endpoint is one row: what it is, and its methods with their handlers. Routing, `Allow`, the access check, OPTIONS, faults
//! and the OpenAPI document are derived from the rows, which stand with their resources.

use http::Method;
use serde_json::{Map, Value};

use super::answer::{Answer, Failure};
use super::call::{Batch, Call};
use super::caller::Caller;
use super::core::Core;
use super::endpoint_spec::EndpointSpec;
use super::world::{Instance, SharedInstance};

/// One endpoint, with what it does.
#[derive(Clone, Copy)]
pub struct Row {
    pub spec: EndpointSpec,
    pub operations: &'static [Operation],
}

/// A method of an endpoint.
#[derive(Clone, Copy)]
pub struct Operation {
    pub verb: Verb,
    pub handler: Handler,
    /// What it does, for the OpenAPI document.
    pub summary: &'static str,
    /// What there is to say beyond that.
    pub note: Option<&'static str>,
    pub success: Success,
}

/// The methods that endpoints have, in the order of `Allow`. HEAD goes with GET, and OPTIONS everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// What an operation is answered with when all is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Success {
    /// 200 with what the endpoint shows.
    Shown,
    /// 201 with what was created.
    Created,
    /// 204.
    Nothing,
    /// It never succeeds.
    Never,
}

/// The function that answers.
#[derive(Clone, Copy)]
pub enum Handler {
    /// Outside of instances.
    Outside(fn(Outside<'_>) -> Reply),
    /// Reads an instance.
    Reads(fn(Reading<'_>) -> Reply),
    /// Changes an instance.
    Changes(fn(Changing<'_>) -> Reply),
    /// Needs neither an instance nor a caller.
    Anywhere(fn(&Call<'_>) -> Reply),
    /// Takes the lock of the instance by itself, item by item.
    Batch(fn(Batching<'_>) -> Reply),
}

/// What a handler returns.
pub type Reply = Result<Answer, Failure>;

/// What a handler outside of instances works with.
#[derive(Clone, Copy)]
pub struct Outside<'a> {
    pub core: &'a Core,
    pub call: &'a Call<'a>,
    pub caller: &'a Caller,
}

/// What a handler works with that reads an instance.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    pub core: &'a Core,
    pub call: &'a Call<'a>,
    pub caller: &'a Caller,
    pub instance: &'a Instance,
}

/// What a handler works with that changes an instance.
pub struct Changing<'a> {
    pub core: &'a Core,
    pub call: &'a Call<'a>,
    pub caller: &'a Caller,
    pub instance: &'a mut Instance,
}

/// What the handler of batches works with.
pub struct Batching<'a> {
    pub call: &'a Call<'a>,
    pub caller: &'a Caller,
    pub instance: &'a SharedInstance,
    pub send: Send<'a>,
}

/// Sends a request of a batch through the stations; `None` if no endpoint has its path.
pub type Send<'a> = &'a dyn Fn(Batch<'_>, BatchItem<'_>) -> Option<Answer>;

/// A request of a batch.
pub struct BatchItem<'a> {
    pub method: Method,
    pub path: &'a str,
    pub query: &'a str,
    pub body: Option<Map<String, Value>>,
}

impl EndpointSpec {
    /// The endpoint with what it does.
    pub const fn operations(self, operations: &'static [Operation]) -> Row {
        Row { spec: self, operations }
    }
}

impl Row {
    /// The operation of a method, if the endpoint has it. HEAD is that of GET.
    pub fn operation(&self, method: &Method) -> Option<&'static Operation> {
        let verb = Verb::of(method)?;
        self.operations.iter().find(|operation| operation.verb == verb)
    }

    /// The methods that it has, HEAD and OPTIONS among them.
    pub fn methods(&self) -> impl Iterator<Item = Method> {
        let allowed = self.allow().split(", ").map(str::to_owned).collect::<Vec<_>>();
        allowed.into_iter().filter_map(|method| method.parse().ok())
    }

    /// Whether the endpoint has that method.
    pub fn allows(&self, method: &Method) -> bool {
        *method == Method::OPTIONS || self.operation(method).is_some()
    }

    /// The methods, as the header `Allow` lists them.
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

    /// With something to say beyond the summary.
    pub const fn note(self, note: &'static str) -> Operation {
        Operation { note: Some(note), ..self }
    }

    /// With another answer than the method usually has.
    pub const fn success(self, success: Success) -> Operation {
        Operation { success, ..self }
    }
}

pub const fn get(summary: &'static str, handler: Handler) -> Operation {
    Operation::new(Verb::Get, summary, handler, Success::Shown)
}

/// POST that creates something in a list.
pub const fn create(summary: &'static str, handler: Handler) -> Operation {
    Operation::new(Verb::Post, summary, handler, Success::Created)
}

/// POST that does something else.
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
    /// What a method is; HEAD is GET.
    pub fn of(method: &Method) -> Option<Verb> {
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
