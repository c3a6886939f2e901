//! Which checks have to notice a defect, and which scenarios can still show that they do.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::harness::Selection;
use syncano_suite::{Level, Pin, Suite};

/// The scenarios that each defect is tried on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breadth {
    /// All.
    Whole,
    /// Those of the checks that are pinned to the defect, and those of the checks that have to notice
    /// a defect and noticed none before.
    Needed,
}

/// Returns the checks that have to notice one of these defects and quirks: those of a rule that a
/// page promises, unless they are pinned to others only.
pub fn must_notice<'a>(suite: &'a Suite, tried: &HashSet<&str>) -> BTreeSet<&'a str> {
    let ids = |is_tried: bool| {
        let pins = suite.pins.iter().filter(move |(name, _)| tried.contains(name.as_str()) == is_tried);
        pins.flat_map(|(_, pin)| pin.ids()).collect::<HashSet<_>>()
    };
    let (of_tried, of_others) = (ids(true), ids(false));
    let checks = suite.scenarios.iter().flat_map(|scenario| scenario.checks()).map(|(_, check)| check);
    let promised = checks.filter(|check| {
        let rule = check.rule.as_ref().and_then(|name| suite.rules.get(name));
        rule.is_some_and(|rule| matches!(rule.level, Level::Seed | Level::Public))
    });
    let ids = promised.map(|check| check.id.as_str());
    ids.filter(|id| of_tried.contains(id) || !of_others.contains(id)).collect()
}

/// The checks of a selftest that have noticed no defect so far.
pub struct Proof {
    suite: Arc<Suite>,
    breadth: Breadth,
    unproven: Mutex<BTreeSet<String>>,
}

impl Proof {
    /// Begins a selftest with these defects and quirks.
    pub fn new(suite: &Arc<Suite>, breadth: Breadth, tried: &HashSet<&str>) -> Proof {
        let unproven = must_notice(suite, tried).into_iter().map(str::to_owned).collect();
        Proof { suite: Arc::clone(suite), breadth, unproven: Mutex::new(unproven) }
    }

    /// Returns the scenarios to try a defect or quirk on.
    pub fn selection(&self, name: &str) -> Selection {
        if self.breadth == Breadth::Whole {
            return Selection::default();
        }
        let unproven = self.unproven.lock().unwrap_or_else(PoisonError::into_inner);
        let pinned = self.suite.pins.get(name).into_iter().flat_map(Pin::ids).collect::<HashSet<_>>();
        scenarios_with(&self.suite, |id| pinned.contains(id) || unproven.contains(id))
    }

    /// Takes note of the checks that noticed a defect.
    pub fn noticed(&self, checks: &BTreeSet<String>) {
        self.unproven.lock().unwrap_or_else(PoisonError::into_inner).retain(|id| !checks.contains(id));
    }
}

/// Selects the scenarios that have one of these checks.
pub fn scenarios_with(suite: &Suite, is_wanted: impl Fn(&str) -> bool) -> Selection {
    let wanted = suite.scenarios.iter().filter(|scenario| {
        scenario.checks().any(|(_, check)| is_wanted(check.id.as_str()))
            || scenario.built_in_ids().any(|id| is_wanted(id.as_str()))
    });
    Selection::default().only(wanted.map(|scenario| scenario.name.clone()).collect())
}
