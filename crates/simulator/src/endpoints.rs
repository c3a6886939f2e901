//! An endpoint is one row: its path, its methods with their handlers, who may use it, what it takes, and how the documents
//! describe it. Routing, `Allow`, the access check, OPTIONS, faults and the OpenAPI document are derived from the rows, which
//! stand with their resources.

use http::Method;
use serde_json::Value;

use super::Core;
use super::access::{Action, May, Through};
use super::answer::{Answer, Failure};
use super::answer_schema::AnswerSchema;
use super::call::Call;
use super::caller::Caller;
use super::members::MembersOf;
use super::quirks::{Quirk, Quirks};
use super::world::{Document, Instance, SharedInstance};
use crate::api::{Version, within_instance};

/// One endpoint.
#[derive(Clone, Copy)]
pub struct Row {
    /// The name in the OpenAPI document, `Users`.
    pub name: &'static str,
    /// The path, in the syntax of `matchit`. A parameter is named after what it identifies.
    pub template: &'static str,
    /// The one version that has the endpoint; `None` if all have it.
    pub only_in: Option<Version>,
    pub form: Form,
    /// The parameter that names the one object that the endpoint is about.
    pub lookup: Option<&'static str>,
    /// What the path goes through below the instance.
    pub parent: Parent,
    pub may: May,
    /// A known bug that admits more callers, and those whom it admits.
    pub opened_by: Option<(Quirk, May)>,
    pub operations: &'static [Operation],
    /// The name and the description that OPTIONS gives.
    pub title: &'static str,
    pub text: &'static str,
    /// The method under which OPTIONS describes what may be sent, and that.
    pub takes: Option<(&'static str, MembersOf)>,
    /// Whether keys are looked for. Those that sign somebody in with a password alone need none.
    pub takes_keys: bool,
    /// Whether `fields` and `excluded_fields` choose what GET shows.
    pub selects: bool,
    /// Whether it can be shown with a template.
    pub has_templates: bool,
    /// The parameter that filters its list by the beginning of a name.
    pub filter: Option<&'static str>,
    /// The group of operations in the OpenAPI document.
    pub tag: &'static str,
    /// What it shows.
    pub shows: &'static AnswerSchema,
    /// What the resource keeps in each instance, where that is no more than one JSON value.
    pub keeps: Option<&'static Document>,
    /// A body that makes sense in the demo world.
    pub example: Option<fn() -> Value>,
    /// What the simulator does not have, where the endpoint is not simulated.
    pub missing: Option<&'static str>,
}

/// What kind of endpoint it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A list: POST creates.
    List,
    /// A list that only shows.
    ListOnly,
    /// One object, or something that is done.
    Item,
    /// A page of links, which anybody may read.
    Links,
}

/// What a path goes through below its instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parent {
    Nothing,
    User,
    Group,
    Class,
    /// A channel; every instance has the channel `default`.
    Channel,
    /// Something that the simulator never has, as it is called where it is missing.
    Missing(&'static str),
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
    pub core: &'a Core,
    pub call: &'a Call<'a>,
    pub caller: &'a Caller,
    pub instance: &'a SharedInstance,
}

impl Row {
    const fn new(name: &'static str, template: &'static str, form: Form, may: May) -> Row {
        Row {
            name,
            template,
            only_in: None,
            form,
            lookup: None,
            parent: Parent::Nothing,
            may,
            opened_by: None,
            operations: &[],
            title: "",
            text: "",
            takes: None,
            takes_keys: true,
            selects: true,
            has_templates: true,
            filter: None,
            tag: "",
            shows: &AnswerSchema::NOTHING,
            keeps: None,
            example: None,
            missing: None,
        }
    }

    /// A list.
    pub const fn list(name: &'static str, template: &'static str, may: May) -> Row {
        Row::new(name, template, Form::List, may)
    }

    /// One object, which this parameter names.
    pub const fn item(name: &'static str, template: &'static str, lookup: &'static str, may: May) -> Row {
        Row { lookup: Some(lookup), ..Row::new(name, template, Form::Item, may) }
    }

    /// Something that is done, or a thing of which there is one.
    pub const fn single(name: &'static str, template: &'static str, may: May) -> Row {
        Row::new(name, template, Form::Item, may)
    }

    /// A page of links.
    pub const fn links(name: &'static str, template: &'static str, operations: &'static [Operation]) -> Row {
        let row = Row::new(name, template, Form::Links, |_, _, _| true);
        Row { operations, tag: "links", selects: false, has_templates: false, ..row }
    }

    /// Whether POST creates.
    pub fn is_list(&self) -> bool {
        self.form == Form::List
    }

    /// Whether GET shows a page of a list.
    pub fn shows_list(&self) -> bool {
        matches!(self.form, Form::List | Form::ListOnly)
    }

    /// Whether the path goes through an instance, which has to exist before anything else is looked at.
    pub fn is_inside_instance(&self) -> bool {
        within_instance(self.template).is_some()
    }

    /// Whether a caller may do something with the endpoint, through that parent.
    pub fn admits(&self, caller: &Caller, action: Action, through: Through, quirks: Quirks) -> bool {
        let is_opened = self.opened_by.is_some_and(|(quirk, may)| quirks.has(quirk) && may(caller, action, through));
        is_opened || (self.may)(caller, action, through)
    }

    /// The operation of a method, if the endpoint has it. HEAD is that of GET.
    pub fn operation(&self, method: &Method) -> Option<&'static Operation> {
        let verb = Verb::of(method)?;
        self.operations.iter().find(|operation| operation.verb == verb)
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
