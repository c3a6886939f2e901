//! The specification of an endpoint: its path, access rule, members and schema, and its texts in
//! documents. The handlers are in its row, in `endpoints.rs`.

use serde_json::Value;

use super::access::{AccessParent, Action, May};
use super::answer_schema::AnswerSchema;
use super::caller::Caller;
use super::members::MembersOf;
use super::quirks::{Quirk, Quirks};
use super::world::KeptType;
use crate::api::{Version, within_instance};

/// The specification of an endpoint.
#[derive(Clone, Copy)]
pub struct EndpointSpec {
    /// The name in the OpenAPI document, such as `Users`.
    pub name: &'static str,
    /// The path, in the syntax of `matchit`. Each parameter is named after the resource that it
    /// identifies.
    pub template: &'static str,
    /// The only version with this endpoint; `None` for all versions.
    pub only_in: Option<Version>,
    pub kind: EndpointKind,
    /// The path parameter that identifies the object of the endpoint.
    pub lookup: Option<&'static str>,
    /// The parent resource in the path, below the instance.
    pub parent: Parent,
    pub may: May,
    /// Quirks that admit more callers, each with the access rule for those callers.
    pub opened_by: &'static [(Quirk, May)],
    /// The access rule for the object in the path, if it differs from that of the endpoint. It is
    /// checked after the method, and not for OPTIONS.
    pub of_object: Option<ObjectRule>,
    /// Maximum length of a body, in bytes. A longer one is 413 before anything else.
    pub longest_body: Option<usize>,
    /// The name that OPTIONS shows.
    pub title: &'static str,
    /// The description that OPTIONS shows.
    pub text: &'static str,
    /// The method under which OPTIONS lists the members of the body, and those members.
    pub takes: Option<(&'static str, MembersOf)>,
    /// Whether keys are checked. Endpoints that authenticate with a password alone do not.
    pub takes_keys: bool,
    /// Whether the query parameters `fields` and `excluded_fields` select members of the answer to
    /// GET.
    pub selects: bool,
    /// Whether its answers can be rendered with a template.
    pub has_templates: bool,
    /// The query parameter that filters its list by the prefix of a name.
    pub filter: Option<&'static str>,
    /// The group of operations in the OpenAPI document.
    pub tag: &'static str,
    /// The schema of its answers.
    pub shows: &'static AnswerSchema,
    /// What the resource keeps in each instance. One of its rows names it.
    pub keeps: Option<&'static KeptType>,
    /// An example body that is valid in the demo world.
    pub example: Option<fn() -> Value>,
    /// The name of the unsupported feature, if the endpoint is not simulated.
    pub missing: Option<&'static str>,
}

/// An access rule with the quirks that admit more callers.
#[derive(Clone, Copy)]
pub struct ObjectRule {
    pub may: May,
    pub opened_by: &'static [(Quirk, May)],
}

/// The kind of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointKind {
    /// A list in which POST creates.
    List,
    /// A read-only list.
    ListOnly,
    /// A single object or an action.
    Item,
    /// A list of links, public to all callers.
    Links,
}

/// The parent resource in a path, below the instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parent {
    Nothing,
    User,
    Group,
    Class,
    Channel,
    /// A resource that the simulator does not support, by its name in the API's 404.
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
            opened_by: &[],
            of_object: None,
            longest_body: None,
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

    /// Returns a list.
    pub const fn list(name: &'static str, template: &'static str, may: May) -> EndpointSpec {
        EndpointSpec::new(name, template, EndpointKind::List, may)
    }

    /// Returns an endpoint of one object, which the path parameter `lookup` identifies.
    pub const fn item(name: &'static str, template: &'static str, lookup: &'static str, may: May) -> EndpointSpec {
        EndpointSpec { lookup: Some(lookup), ..EndpointSpec::new(name, template, EndpointKind::Item, may) }
    }

    /// Returns an action, or a resource of which there is exactly one.
    pub const fn single(name: &'static str, template: &'static str, may: May) -> EndpointSpec {
        EndpointSpec::new(name, template, EndpointKind::Item, may)
    }

    /// Returns a list of links.
    pub const fn links(name: &'static str, template: &'static str) -> EndpointSpec {
        let spec = EndpointSpec::new(name, template, EndpointKind::Links, |_, _, _| true);
        EndpointSpec { tag: "links", selects: false, has_templates: false, ..spec }
    }

    /// Returns whether POST creates an object.
    pub fn is_list(&self) -> bool {
        self.kind == EndpointKind::List
    }

    /// Returns whether GET returns a page of a list.
    pub fn shows_list(&self) -> bool {
        matches!(self.kind, EndpointKind::List | EndpointKind::ListOnly)
    }

    /// Returns whether the path is inside an instance. A missing instance is reported before
    /// anything else.
    pub fn is_inside_instance(&self) -> bool {
        within_instance(self.template).is_some()
    }

    /// Returns whether the caller may perform the action below that parent.
    pub fn admits(&self, caller: &Caller, action: Action, through: AccessParent, quirks: Quirks) -> bool {
        admits(self.may, self.opened_by, caller, action, through, quirks)
    }

    /// Returns whether the caller may perform the action on the object in the path.
    pub fn admits_to_object(&self, caller: &Caller, action: Action, through: AccessParent, quirks: Quirks) -> bool {
        self.of_object.is_none_or(|rule| admits(rule.may, rule.opened_by, caller, action, through, quirks))
    }
}

fn admits(
    may: May,
    opened_by: &[(Quirk, May)],
    caller: &Caller,
    action: Action,
    through: AccessParent,
    quirks: Quirks,
) -> bool {
    let is_opened = opened_by.iter().any(|(quirk, may)| quirks.has(*quirk) && may(caller, action, through));
    is_opened || may(caller, action, through)
}
