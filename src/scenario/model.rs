//! A scenario that has been read and has no mistakes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use indexmap::IndexMap;

use super::diagnostic::{Source, SourcePosition};
use super::expectation::Expectation;
use super::file::{CheckId, ClassPermission, Need, ObjectPermission, Pattern, SaveName, SnapshotName, Via};
use super::locator::Locator;
use super::name::Name;
use super::principal::{Principal, Role};
use super::template::{Json, Reference, Text};
use syncano_simulator::api::Flag;

/// A scenario that can be run.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The file.
    pub source: Arc<Source>,
    /// Area and name, `group-users/only-the-caller`: the path below `scenarios/` without its ending. Snapshots stand
    /// under the same path.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// What the target has to offer.
    pub needs: Vec<Need>,
    /// What is made before the first step.
    pub given: Given,
    /// The requests.
    pub steps: Vec<Step>,
}

/// What a world holds.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Users of the scenario's own instance.
    pub users: Vec<Name>,
    /// Groups and their members.
    pub groups: IndexMap<Name, Vec<Name>>,
    /// API keys, by name: `plain`, those of the flags that are used, those that the file names.
    pub api_keys: IndexMap<Name, Vec<Flag>>,
    /// Classes, by name.
    pub classes: IndexMap<Name, Class>,
    /// Data objects, by name.
    pub objects: IndexMap<Name, Object>,
    /// The users of the other instance, where there is one.
    pub foreign: Option<Vec<Name>>,
    /// Who else is an administrator, or a stranger: whoever the steps name.
    pub roles: BTreeSet<Role>,
}

/// A class of data objects with one field, `title`, a string.
#[derive(Clone, Debug, Default)]
pub struct Class {
    /// The group that `group_permissions` is about.
    pub group: Option<Name>,
    /// What members of the group may do with the class.
    pub group_permissions: Option<ClassPermission>,
    /// What everybody may do with it.
    pub other_permissions: Option<ClassPermission>,
}

/// A data object.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its class.
    pub class: Name,
    /// The user whom it belongs to.
    pub owner: Option<Name>,
    /// What the owner may do with it.
    pub owner_permissions: Option<ObjectPermission>,
    /// The group that `group_permissions` is about.
    pub group: Option<Name>,
    /// What members of the group may do with it.
    pub group_permissions: Option<ObjectPermission>,
    /// What everybody may do with it.
    pub other_permissions: Option<ObjectPermission>,
}

/// A request and what has to be true of its answer.
#[derive(Clone, Debug)]
pub struct Step {
    /// What happens.
    pub name: String,
    /// Whose keys it carries.
    pub principal: Principal,
    /// How they travel.
    pub via: Via,
    /// The method.
    pub method: Method,
    /// The path: below the instance where it begins with `/` and no version, otherwise as it is.
    pub path: Text,
    /// Headers beside those of the keys.
    pub headers: IndexMap<String, Text>,
    /// What is sent as body.
    pub body: Body,
    /// What later steps use of the answer.
    pub save: Vec<(SaveName, Locator)>,
    /// How long to ask again until all checks pass.
    pub eventually: Option<Duration>,
    /// What has to be true.
    pub checks: Vec<Check>,
    /// Where the step stands.
    pub place: SourcePosition,
}

/// A body to be sent.
#[derive(Clone, Debug)]
pub enum Body {
    /// None.
    Empty,
    /// `application/json`
    Json(Json),
    /// `application/x-www-form-urlencoded`
    Form(IndexMap<String, Text>),
    /// `multipart/form-data`
    Multipart(IndexMap<String, Text>),
    /// As it stands.
    Raw(Text),
}

/// One thing that has to be true of an answer.
#[derive(Clone, Debug)]
pub struct Check {
    /// Unique in the suite.
    pub id: CheckId,
    /// The rule that it checks.
    pub rule: Option<String>,
    /// Whether the scenario's negative checks depend on it.
    pub witness: bool,
    /// What has to be true.
    pub assertion: Assertion,
    /// Where the check stands.
    pub place: SourcePosition,
}

/// What has to be true. The values are the ones of [`CheckFile`](super::file::CheckFile).
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Assertion {
    Status(u16),
    Header {
        name: String,
        value: Text,
    },
    NoHeader(String),
    Equals(Locator, Json),
    Differs(Locator, Json),
    Only(Locator, Json),
    Contains(Locator, Json),
    Matches(Option<Locator>, Pattern),
    Count(Locator, usize),
    Present(Locator, bool),
    Absent(Vec<Reference>),
    Snapshot(SnapshotName),
    /// A cell of the access table; no file of a scenario states it.
    AccessCase(Arc<Expectation>),
}

impl Assertion {
    /// Whether it says that something cannot be seen or done, so that a target on which nothing is there would fulfil it.
    pub fn is_negative(&self) -> bool {
        match self {
            Assertion::Status(status) => matches!(status, 401 | 403 | 404),
            Assertion::Absent(_) | Assertion::Only(..) | Assertion::Count(_, 0) | Assertion::Present(_, false) => true,
            Assertion::Equals(_, json) => json.is_empty_list(),
            Assertion::AccessCase(expected) => expected.is_negative(),
            _ => false,
        }
    }

    /// Whether it can show that something is there: not where it is negative, and not where anything would fulfil it.
    pub fn can_witness(&self) -> bool {
        match self {
            Assertion::NoHeader(_) | Assertion::Differs(..) => false,
            Assertion::Contains(_, json) => !json.is_empty_list(),
            Assertion::Matches(_, pattern) => !pattern.0.is_match(""),
            other => !other.is_negative(),
        }
    }

    /// The member of the file that states it.
    pub fn keyword(&self) -> &'static str {
        match self {
            Assertion::Status(_) => "status",
            Assertion::Header { .. } => "header",
            Assertion::NoHeader(_) => "no_header",
            Assertion::Equals(..) => "equals",
            Assertion::Differs(..) => "differs",
            Assertion::Only(..) => "only",
            Assertion::Contains(..) => "contains",
            Assertion::Matches(..) => "matches",
            Assertion::Count(..) => "count",
            Assertion::Present(..) => "present",
            Assertion::Absent(_) => "absent",
            Assertion::Snapshot(_) => "snapshot",
            Assertion::AccessCase(_) => "cell",
        }
    }

    /// The references whose values it compares with.
    pub fn references(&self) -> Vec<&Reference> {
        match self {
            Assertion::Header { value, .. } => value.references().collect(),
            Assertion::Equals(_, json)
            | Assertion::Differs(_, json)
            | Assertion::Only(_, json)
            | Assertion::Contains(_, json) => json.references(),
            Assertion::Absent(references) => references.iter().collect(),
            Assertion::AccessCase(expected) => expected.references(),
            _ => Vec::new(),
        }
    }
}

impl Scenario {
    /// Every check with its step, in order.
    pub fn checks(&self) -> impl Iterator<Item = (&Step, &Check)> {
        self.steps.iter().flat_map(|step| step.checks.iter().map(move |check| (step, check)))
    }

    /// The names after `unique.` that its steps use, each once.
    pub fn unique_words(&self) -> Vec<String> {
        let of_steps = self.steps.iter().flat_map(Step::references);
        let of_checks = self.checks().flat_map(|(_, check)| check.assertion.references());
        let mut words = of_steps
            .chain(of_checks)
            .filter_map(|reference| reference.as_str().strip_prefix("unique.").map(str::to_owned))
            .collect::<Vec<_>>();
        words.sort();
        words.dedup();
        words
    }

    /// The file name of a snapshot below the folder of snapshots, without its ending.
    pub fn snapshot_path(&self, snapshot: &SnapshotName) -> String {
        format!("{}/{}", self.name, snapshot.as_str())
    }
}

impl Step {
    /// All references that sending the request needs.
    pub fn references(&self) -> Vec<&Reference> {
        let mut found: Vec<&Reference> = self.path.references().collect();
        found.extend(self.headers.values().flat_map(Text::references));
        match &self.body {
            Body::Empty => {}
            Body::Json(json) => found.extend(json.references()),
            Body::Form(fields) | Body::Multipart(fields) => found.extend(fields.values().flat_map(Text::references)),
            Body::Raw(text) => found.extend(text.references()),
        }
        found
    }
}
