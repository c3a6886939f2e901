//! The access table in memory.

use std::sync::Arc;

use http::Method;
use indexmap::IndexMap;

use super::super::diagnostic::{Source, SourcePosition};
use super::super::expectation::Expectation;
use super::super::file::CheckId;
use super::super::locator::Locator;
use super::super::model::Given;
use super::super::principal::Principal;
use super::super::template::{Json, Reference, Text};

/// The methods that the table speaks of, reading ones first.
pub const METHODS: [Method; 6] =
    [Method::GET, Method::OPTIONS, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// Who may do what: endpoint x method x principal.
#[derive(Debug)]
pub struct AccessTable {
    /// The file.
    pub source: Arc<Source>,
    /// What a world of the table holds.
    pub given: Given,
    /// The principals, in the order of the file.
    pub callers: Vec<Caller>,
    /// The endpoints, in the order of the file.
    pub endpoints: Vec<Endpoint>,
}

/// A principal that sends requests.
#[derive(Debug)]
pub struct Caller {
    /// Its name in the file.
    pub word: String,
    /// Its keys.
    pub principal: Principal,
    /// Keys that no principal has, as headers.
    pub headers: IndexMap<String, Text>,
}

/// A path, what is sent to it, and how it answers.
#[derive(Debug)]
pub struct Endpoint {
    /// `users/self/groups`
    pub name: String,
    /// The path, as in a scenario.
    pub path: Text,
    /// The body of POST, PUT and PATCH.
    pub json: Option<Json>,
    /// For a list: the place of the values that tell rows apart, and the values of the world.
    pub rows: Option<(Locator, Vec<Reference>)>,
    /// The path that shows whatever a request would change.
    pub shown_at: Option<Text>,
    /// An access case for each method and caller, in the order of [`METHODS`] and of the callers.
    pub cases: Vec<AccessCase>,
    /// Its place in the file.
    pub place: SourcePosition,
}

/// An access case: one request by one caller, and how it has to be answered.
#[derive(Debug)]
pub struct AccessCase {
    /// `access/users/self/groups/get/api-ignore-acl`
    pub id: CheckId,
    /// The method.
    pub method: Method,
    /// The index of the caller.
    pub caller: usize,
    /// How it has to be answered.
    pub expected: Arc<Expectation>,
    /// Where the file says so.
    pub place: SourcePosition,
}

impl AccessTable {
    /// The name of the file below the folder of scenarios.
    pub const FILE: &str = "access.toml";
    /// The first word of the ids of access cases, and therefore no area of scenarios.
    pub const AREA: &str = "access";

    /// The number of access cases.
    pub fn access_cases(&self) -> usize {
        self.endpoints.iter().map(|endpoint| endpoint.cases.len()).sum()
    }
}

impl Endpoint {
    /// Its name among those of scenarios.
    pub fn full_name(&self) -> String {
        format!("{}/{}", AccessTable::AREA, self.name)
    }

    /// Whether it is the world's own instance.
    pub fn is_instance(&self) -> bool {
        self.path.to_string() == "{{instance.path}}/"
    }

    /// How a method answers a caller.
    pub fn expected(&self, method: &Method, caller: usize) -> Option<&Arc<Expectation>> {
        self.cases.iter().find(|case| case.method == *method && case.caller == caller).map(|case| &case.expected)
    }
}
