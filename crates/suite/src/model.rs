//! A valid scenario.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use indexmap::IndexMap;

use super::built_in::BuiltInCheck;
use super::check_id::CheckId;
use super::diagnostic::{Source, SourcePosition};
use super::expectation::Expectation;
use super::file::{ChannelPermission, ClassPermission, Need, ObjectPermission, Pattern, SaveName, SnapshotName, Via};
use super::locator::Locator;
use super::name::Name;
use super::principal::{Principal, Role};
use super::template::{Json, Reference, Text};
use syncano_simulator::api::Flag;

/// A scenario that can be run.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The scenario file.
    pub source: Arc<Source>,
    /// Area and name, `group-users/only-the-caller`: the path below `scenarios/` without extension.
    /// Snapshots have the same path.
    pub name: String,
    /// The behaviour that the scenario shows, as a sentence.
    pub title: String,
    /// The capabilities that the target must have.
    pub needs: Vec<Need>,
    /// The contents of the world before the first step.
    pub given: Given,
    /// The requests.
    pub steps: Vec<Step>,
    /// The checks of all answers together, which no file states.
    pub built_in: Vec<BuiltInCheck>,
}

/// The contents of a world.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Users of the scenario's own instance.
    pub users: Vec<Name>,
    /// Groups and their members.
    pub groups: IndexMap<Name, Vec<Name>>,
    /// API keys, by name: `plain`, the keys of the flags in use, and the keys that the file names.
    pub api_keys: IndexMap<Name, Vec<Flag>>,
    /// Classes, by name.
    pub classes: IndexMap<Name, Class>,
    /// Data objects, by name.
    pub objects: IndexMap<Name, Object>,
    /// The class of each data endpoint, by name.
    pub data_endpoints: IndexMap<Name, Name>,
    /// Channels, by name.
    pub channels: IndexMap<Name, Channel>,
    /// The user of each device, by the name of the device.
    pub devices: IndexMap<Name, Name>,
    /// The content of each template, by name.
    pub templates: IndexMap<Name, String>,
    /// The users of the other instance, if the scenario has one.
    pub foreign: Option<Vec<Name>>,
    /// The roles of the extra accounts that the steps name.
    pub roles: BTreeSet<Role>,
}

/// A class of data objects with one field, `title`, a string.
#[derive(Clone, Debug, Default)]
pub struct Class {
    /// The group that `group_permissions` applies to.
    pub group: Option<Name>,
    /// The permission of the group's members on the class.
    pub group_permissions: Option<ClassPermission>,
    /// The permission of every user on the class.
    pub other_permissions: Option<ClassPermission>,
}

/// A data object.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its class.
    pub class: Name,
    /// The user who owns the object.
    pub owner: Option<Name>,
    /// The permission of the owner on the object.
    pub owner_permissions: Option<ObjectPermission>,
    /// The group that `group_permissions` applies to.
    pub group: Option<Name>,
    /// The permission of the group's members on the object.
    pub group_permissions: Option<ObjectPermission>,
    /// The permission of every user on the object.
    pub other_permissions: Option<ObjectPermission>,
    /// Whether it has a file.
    pub file: bool,
}

/// A channel with one message.
#[derive(Clone, Debug, Default)]
pub struct Channel {
    /// The group that `group_permissions` applies to.
    pub group: Option<Name>,
    /// The permission of the group's members on the channel.
    pub group_permissions: Option<ChannelPermission>,
    /// The permission of every user on the channel.
    pub other_permissions: Option<ChannelPermission>,
}

/// A request and the checks of its answer.
#[derive(Clone, Debug)]
pub struct Step {
    /// The purpose of the step, in a few words.
    pub name: String,
    /// The principal whose keys the request carries.
    pub principal: Principal,
    /// How the keys are sent.
    pub via: Via,
    /// The method.
    pub method: Method,
    /// The path: below the instance if it begins with `/` and no version, otherwise complete.
    pub path: Text,
    /// Additional headers.
    pub headers: IndexMap<String, Text>,
    /// The request body.
    pub body: StepBody,
    /// The values of the answer that later steps use.
    pub save: Vec<(SaveName, Locator)>,
    /// How long to repeat the request until all checks pass.
    pub eventually: Option<Duration>,
    /// Whether the request waits for the next step.
    pub waits_for_next: bool,
    /// Whether no endpoint has the path, on purpose.
    pub no_endpoint: bool,
    /// The checks of the answer.
    pub checks: Vec<Check>,
    /// The place of the step in its file.
    pub place: SourcePosition,
}

/// A request body.
#[derive(Clone, Debug)]
pub enum StepBody {
    /// No body.
    Empty,
    /// A body in `application/json`.
    Json(Json),
    /// A body in `application/x-www-form-urlencoded`.
    Form(IndexMap<String, Text>),
    /// A body in `multipart/form-data`.
    Multipart(IndexMap<String, Text>),
    /// A body that is sent as it is.
    Raw(Text),
}

/// One check of an answer.
#[derive(Clone, Debug)]
pub struct Check {
    /// The id, unique in the suite.
    pub id: CheckId,
    /// The rule that it checks.
    pub rule: Option<String>,
    /// Whether the scenario's negative checks depend on it.
    pub witness: bool,
    /// The assertion.
    pub assertion: Assertion,
    /// The place of the check in its file.
    pub place: SourcePosition,
}

/// An assertion. The values are those of [`CheckFile`](super::file::CheckFile).
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
    /// The expectation of an access case; no scenario file has this assertion.
    AccessCase(Arc<Expectation>),
}

impl Assertion {
    /// Returns whether it states that something is invisible or impossible, so that an empty target
    /// would pass.
    pub fn is_negative(&self) -> bool {
        match self {
            Assertion::Status(status) => matches!(status, 401 | 403 | 404),
            Assertion::Absent(_) | Assertion::Only(..) | Assertion::Count(_, 0) | Assertion::Present(_, false) => true,
            Assertion::Equals(_, json) => json.is_empty_list(),
            Assertion::AccessCase(expected) => expected.is_negative(),
            _ => false,
        }
    }

    /// Returns whether it can show that something exists: it is not negative, and not every answer
    /// passes.
    pub fn can_witness(&self) -> bool {
        match self {
            Assertion::NoHeader(_) | Assertion::Differs(..) => false,
            Assertion::Contains(_, json) => !json.is_empty_list(),
            Assertion::Matches(_, pattern) => !pattern.0.is_match(""),
            other => !other.is_negative(),
        }
    }

    /// Returns the member of the file that states it.
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
            Assertion::AccessCase(_) => "access_case",
        }
    }

    /// Returns the references whose values it compares with.
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
    /// Returns every check with its step, in order.
    pub fn checks(&self) -> impl Iterator<Item = (&Step, &Check)> {
        self.steps.iter().flat_map(|step| step.checks.iter().map(move |check| (step, check)))
    }

    /// Returns the ids of the checks of all answers together.
    pub fn built_in_ids(&self) -> impl Iterator<Item = CheckId> {
        self.built_in.iter().map(|check| check.id(&self.name))
    }

    /// Returns the names after `unique.` in the steps, each once.
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

    /// Returns the path of a snapshot below the folder of snapshots, without extension.
    pub fn snapshot_path(&self, snapshot: &SnapshotName) -> String {
        format!("{}/{}", self.name, snapshot.as_str())
    }
}

impl Step {
    /// Returns all references that the request needs.
    pub fn references(&self) -> Vec<&Reference> {
        let mut found: Vec<&Reference> = self.path.references().collect();
        found.extend(self.headers.values().flat_map(Text::references));
        match &self.body {
            StepBody::Empty => {}
            StepBody::Json(json) => found.extend(json.references()),
            StepBody::Form(fields) | StepBody::Multipart(fields) => {
                found.extend(fields.values().flat_map(Text::references))
            }
            StepBody::Raw(text) => found.extend(text.references()),
        }
        found
    }
}
