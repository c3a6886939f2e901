//! Keeps the part of a suite that some levels promise.

use std::collections::BTreeSet;
use std::iter;

use http::Method;

use super::file::SaveName;
use super::level::Level;
use super::model::{Assertion, Check, Given, Scenario, Step};
use super::rules::Rules;
use super::suite::Suite;

impl Suite {
    /// Keeps the scenarios that have a check of a rule of these levels, and in them only such
    /// checks and those that they need. No levels keep everything.
    ///
    /// The access table has no rules, so nothing of it is kept. Witnesses are kept, and built-in
    /// checks of these levels. A step that neither changes anything nor has a kept check is not
    /// sent, and where no kept check is about classes and data objects there are none.
    #[must_use]
    pub fn at_levels(mut self, levels: &BTreeSet<Level>) -> Suite {
        if levels.is_empty() {
            return self;
        }
        self.access = None;
        let scenarios = std::mem::take(&mut self.scenarios);
        let kept = scenarios.into_iter().filter_map(|scenario| at_levels(scenario, levels, &self.rules));
        self.scenarios = kept.collect();
        // A snapshot of a check that is not kept is not unused.
        let unused = self.unused_snapshots();
        unused.iter().for_each(|path| _ = self.snapshots.remove(path));
        self.levels.clone_from(levels);
        self
    }
}

/// Returns the part of a scenario that these levels promise, if there is any.
fn at_levels(mut scenario: Scenario, levels: &BTreeSet<Level>, rules: &Rules) -> Option<Scenario> {
    let is_of_level = |check: &Check| {
        let rule = check.rule.as_ref().and_then(|name| rules.get(name));
        rule.is_some_and(|rule| levels.contains(&rule.level))
    };
    scenario.steps = needed(scenario.steps, is_of_level);
    if scenario.steps.is_empty() {
        return None;
    }
    let is_about_objects = |step: &Step| asks_for_objects(step, &scenario.given);
    // A kept step may use what a step about classes and objects has saved.
    let saved = scenario.steps.iter().filter(|step| is_about_objects(step)).flat_map(|step| step.save.iter());
    let saved = saved.filter_map(|(name, _)| if let SaveName::Value(name) = name { Some(name) } else { None });
    let saved = saved.collect::<Vec<_>>();
    let needs_them = |step: &Step| {
        step.checks.iter().any(is_of_level) && is_about_objects(step)
            || saved.iter().any(|name| !is_about_objects(step) && uses(step, name.as_str()))
    };
    if !scenario.steps.iter().any(needs_them) {
        scenario.steps.retain(|step| !asks_for_objects(step, &scenario.given));
        scenario.given.classes.clear();
        scenario.given.objects.clear();
        scenario.given.data_endpoints.clear();
    }
    for step in &mut scenario.steps {
        step.checks.retain(|check| is_of_level(check) || check.witness || check.rule.is_none());
    }
    scenario.built_in.retain(|check| levels.contains(&check.level()));
    Some(scenario)
}

/// Returns the steps with a check of the levels, those for which they wait, and those before it that
/// they may need: steps that hold a witness, that keep a value which a later step uses, or that
/// change something.
fn needed(steps: Vec<Step>, is_of_level: impl Fn(&Check) -> bool) -> Vec<Step> {
    let has_check = |step: &Step| step.checks.iter().any(&is_of_level);
    let waits = |step: &Step| step.waits_for_next && has_check(step);
    let awaited = iter::once(false).chain(steps.iter().map(waits)).take(steps.len()).collect::<Vec<_>>();
    let mut kept: Vec<Step> = Vec::new();
    for (step, is_awaited) in steps.into_iter().zip(awaited).rev() {
        let has_one = is_awaited || has_check(&step);
        let is_witness = || step.checks.iter().any(|check| check.witness);
        let saves = |name: &SaveName| match name {
            SaveName::Value(name) => kept.iter().any(|later| uses(later, name.as_str())),
            SaveName::UserKey(_) => true,
        };
        let is_needed = || is_witness() || changes(&step) || step.save.iter().any(|(name, _)| saves(name));
        if has_one || !kept.is_empty() && !step.waits_for_next && is_needed() {
            kept.push(step);
        }
    }
    kept.reverse();
    kept
}

/// Returns whether a step is about classes or data objects.
fn asks_for_objects(step: &Step, given: &Given) -> bool {
    let names = || given.classes.keys().chain(given.objects.keys()).chain(given.data_endpoints.keys());
    let of_checks = step.checks.iter().flat_map(|check| check.assertion.references());
    let owners = step.references().into_iter().chain(of_checks).filter_map(|at| at.as_str().split('.').next());
    let path = step.path.to_string();
    // Every instance has the class of the profiles.
    let is_of_profiles = path.contains("/classes/user_profile/");
    !is_of_profiles && ["/classes/", "data_endpoints"].iter().any(|word| path.contains(word))
        || owners.into_iter().any(|owner| names().any(|name| name.as_str() == owner))
}

/// Returns whether a step uses a value that an earlier one keeps.
fn uses(step: &Step, name: &str) -> bool {
    let of_checks = step.checks.iter().flat_map(|check| check.assertion.references());
    step.references().into_iter().chain(of_checks).any(|reference| reference.as_str() == name)
}

/// Returns whether a step changes something: it neither only reads nor states that it is rejected.
fn changes(step: &Step) -> bool {
    let reads = matches!(step.method, Method::GET | Method::HEAD | Method::OPTIONS);
    let is_rejected = step.checks.iter().any(|check| matches!(check.assertion, Assertion::Status(400..500)));
    !reads && !is_rejected
}
