//! What an endpoint is: its path, who may use it, what it takes and shows, and how the documents describe it. What it does is
//! in its row, which stands above this.

use serde_json::Value;

use super::access::{Action, May, Through};
use super::answer_schema::AnswerSchema;
use super::caller::Caller;
use super::members::MembersOf;
use super::quirks::{Quirk, Quirks};
use super::world::Document;
use crate::api::{Version, within_instance};

/// An endpoint.
#[derive(Clone, Copy)]
pub struct EndpointSpec {
    /// The name in the OpenAPI document, `Users`.
    pub name: &'static str,
    /// The path, in the syntax of `matchit`. A parameter is named after what it identifies.
    pub template: &'static str,
    /// The one version that has the endpoint; `None` if all have it.
    pub only_in: Option<Version>,
    pub kind: EndpointKind,
    /// The parameter that names the one object that the endpoint is about.
    pub lookup: Option<&'static str>,
    /// What the path goes through below the instance.
    pub parent: Parent,
    pub may: May,
    /// A known bug that admits more callers, and those whom it admits.
    pub opened_by: Option<(Quirk, May)>,
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
pub enum EndpointKind {
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

impl EndpointSpec {
    const fn new(name: &'static str, template: &'static str, kind: EndpointKind, may: May) -> EndpointSpec {
        EndpointSpec {
            name,
            template,
            only_in: None,
            kind,
            lookup: None,
            parent: Parent::Nothing,
            may,
            opened_by: None,
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
    pub const fn list(name: &'static str, template: &'static str, may: May) -> EndpointSpec {
        EndpointSpec::new(name, template, EndpointKind::List, may)
    }

    /// One object, which this parameter names.
    pub const fn item(name: &'static str, template: &'static str, lookup: &'static str, may: May) -> EndpointSpec {
        EndpointSpec { lookup: Some(lookup), ..EndpointSpec::new(name, template, EndpointKind::Item, may) }
    }

    /// Something that is done, or a thing of which there is one.
    pub const fn single(name: &'static str, template: &'static str, may: May) -> EndpointSpec {
        EndpointSpec::new(name, template, EndpointKind::Item, may)
    }

    /// A page of links.
    pub const fn links(name: &'static str, template: &'static str) -> EndpointSpec {
        let spec = EndpointSpec::new(name, template, EndpointKind::Links, |_, _, _| true);
        EndpointSpec { tag: "links", selects: false, has_templates: false, ..spec }
    }

    /// Whether POST creates.
    pub fn is_list(&self) -> bool {
        self.kind == EndpointKind::List
    }

    /// Whether GET shows a page of a list.
    pub fn shows_list(&self) -> bool {
        matches!(self.kind, EndpointKind::List | EndpointKind::ListOnly)
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
}
