//! Finds the optional parts of the API that a scenario needs.

use std::collections::BTreeSet;

use syncano_simulator::api::{Capability, Version};

use syncano_suite::{Given, Role, Scenario, Step, StepBody};

/// The parts of paths of data endpoints.
const DATA_ENDPOINTS: [&str; 3] = ["{{instance.data_endpoints}}", "/endpoints/data/", "/api/objects/"];

/// Returns the capabilities that the world and the requests of a scenario need.
pub fn needed(scenario: &Scenario) -> BTreeSet<Capability> {
    let mut needed = BTreeSet::new();
    given(&scenario.given, &mut needed);
    scenario.steps.iter().for_each(|step| named(step, &mut needed));
    needed
}

fn given(given: &Given, needed: &mut BTreeSet<Capability>) {
    if !given.groups.is_empty() {
        needed.insert(Capability::Groups);
    }
    if !given.classes.is_empty() || !given.objects.is_empty() {
        needed.insert(Capability::Classes);
    }
    if !given.data_endpoints.is_empty() {
        needed.insert(Capability::DataEndpoints);
    }
    if !given.channels.is_empty() {
        needed.insert(Capability::Channels);
    }
    if !given.devices.is_empty() {
        needed.insert(Capability::Push);
    }
    if !given.templates.is_empty() {
        needed.insert(Capability::Templates);
    }
    if !given.roles.is_empty() {
        needed.insert(Capability::Register);
    }
    if given.roles.iter().any(|role| *role != Role::Stranger) {
        needed.insert(Capability::Invitations);
    }
}

/// Adds the capabilities that a step needs, by its path and by the paths in the body of a batch.
fn named(step: &Step, needed: &mut BTreeSet<Capability>) {
    let path = step.path.to_string();
    let paths = match &step.body {
        StepBody::Json(json) if path.contains("/batch/") => json.texts().iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    for path in paths.iter().chain([&path]) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let names = |word: &str| path.split('/').any(|segment| segment == word);
        let found = [
            (Capability::Groups, names("groups")),
            (Capability::Classes, names("classes")),
            (Capability::Channels, names("channels")),
            (Capability::DataEndpoints, DATA_ENDPOINTS.iter().any(|word| path.contains(word))),
            (Capability::Batch, names("batch")),
            (Capability::Invitations, names("invitations") || names("admins")),
            (Capability::Register, names("register")),
            (Capability::Push, names("push_notifications")),
            (Capability::Templates, names("templates") || query.contains("template_response=")),
            (Capability::V1, path.starts_with(&format!("/{}/", Version::V1))),
        ];
        needed.extend(found.into_iter().filter(|(_, named)| *named).map(|(capability, _)| capability));
    }
}
