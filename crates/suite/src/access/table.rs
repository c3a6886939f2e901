//! The access table in memory.

use std::sync::Arc;

use http::Method;
use indexmap::IndexMap;

use crate::check_id::CheckId;
use crate::diagnostic::{Source, SourcePosition};
use crate::expectation::Expectation;
use crate::locator::Locator;
use crate::model::Given;
use crate::principal::Principal;
use crate::template::{Json, Reference, Text};

/// The methods in the table, reading ones first.
pub const METHODS: [Method; 6] =
    [Method::GET, Method::OPTIONS, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// The access table: who may do what, by endpoint, method and principal.
#[derive(Debug)]
pub struct AccessTable {
    /// The file.
    pub source: Arc<Source>,
    /// The contents of the table's world.
    pub given: Given,
    /// The principals, in the order of the file.
    pub callers: Vec<AccessCaller>,
    /// The endpoints, in the order of the file.
    pub endpoints: Vec<AccessEndpoint>,
}

/// A principal that sends requests.
#[derive(Debug)]
pub struct AccessCaller {
    /// The name in the file.
    pub word: String,
    /// The keys of the principal.
    pub principal: Principal,
    /// Keys that no principal has, as headers.
    pub headers: IndexMap<String, Text>,
}

/// An endpoint: a path, its request body, and its access cases.
#[derive(Debug)]
pub struct AccessEndpoint {
    /// The name, such as `users/self/groups`.
    pub name: String,
    /// The path, as in a scenario.
    pub path: Text,
    /// The body of POST, PUT and PATCH.
    pub json: Option<Json>,
    /// For a list: the locator of the values that identify rows, and the values of the world.
    pub rows: Option<(Locator, Vec<Reference>)>,
    /// The path that shows the object that a request would change.
    pub shown_at: Option<Text>,
    /// The access cases, in the order of [`METHODS`] and of the callers.
    pub cases: Vec<AccessCase>,
    /// Its place in the file.
    pub place: SourcePosition,
}

/// An access case: one request by one caller, with the expected answer.
#[derive(Debug)]
pub struct AccessCase {
    /// The id, such as `access/users/self/groups/get/api-ignore-acl`.
    pub id: CheckId,
    /// The method.
    pub method: Method,
    /// The index of the caller.
    pub caller: usize,
    /// The expected answer.
    pub expected: Arc<Expectation>,
    /// The place of the outcome in the file.
    pub place: SourcePosition,
}

impl AccessTable {
    /// The name of the file in the folder of scenarios.
    pub const FILE: &str = "access.toml";
    /// The first word of the ids of access cases. No area of scenarios may have this name.
    pub const AREA: &str = "access";

    /// Returns the number of access cases.
    pub fn access_cases(&self) -> usize {
        self.endpoints.iter().map(|endpoint| endpoint.cases.len()).sum()
    }
}

impl AccessEndpoint {
    /// Returns the name in the form of a scenario name.
    pub fn full_name(&self) -> String {
        format!("{}/{}", AccessTable::AREA, self.name)
    }

    /// Returns whether the endpoint is the world's own instance or a setting of it, or depends on
    /// one: a request that is not a read needs an instance of its own.
    pub fn is_of_settings(&self) -> bool {
        let path = self.path.to_string();
        let depends = ["/config/", "/messages/", "/send_message/"].iter().any(|part| path.contains(part));
        let is_config = path.ends_with("/snippets/config/");
        path == "{{instance.path}}/" || is_config || path.starts_with("/push_notifications/") && depends
    }

    /// Returns the expected answer of a method to a caller.
    pub fn expected(&self, method: &Method, caller: usize) -> Option<&Arc<Expectation>> {
        self.cases.iter().find(|case| case.method == *method && case.caller == caller).map(|case| &case.expected)
    }
}
