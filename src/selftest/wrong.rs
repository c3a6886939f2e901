//! The wrong deployments that the suite must notice.

use std::sync::Arc;
use std::time::Instant;

use super::attempt::noticed;
use super::matrix::{DefectRow, Transport};
use crate::defects::{self, Defect, Deployment};
use crate::harness::{ScenarioResult, Target};
use syncano_simulator::{Quirk, Quirks, Simulator};
use syncano_suite::Suite;

/// A wrong deployment: one with a defect in front of it, or the simulator with a bug of the
/// reference deployment.
#[derive(Clone, Copy, Debug)]
pub enum Wrong {
    /// A defect in front of a right deployment.
    Defect(&'static Defect),
    /// The simulator with a quirk.
    Quirk(Quirk),
}

impl Wrong {
    /// Returns all of them: the defects, then the quirks.
    pub fn all() -> impl Iterator<Item = Wrong> {
        defects::all().iter().map(Wrong::Defect).chain(Wrong::quirks())
    }

    /// Returns the quirks.
    pub fn quirks() -> impl Iterator<Item = Wrong> {
        Quirk::ALL.iter().copied().map(Wrong::Quirk)
    }

    /// Returns the one with this name.
    pub fn named(name: &str) -> Option<Wrong> {
        Wrong::all().find(|wrong| wrong.name() == name)
    }

    /// Returns the name, as on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Wrong::Defect(defect) => defect.name(),
            Wrong::Quirk(quirk) => quirk.name(),
        }
    }

    /// Returns what is wrong, and what is right instead.
    pub fn about(&self) -> &'static str {
        match self {
            Wrong::Defect(defect) => defect.about(),
            Wrong::Quirk(quirk) => quirk.about(),
        }
    }

    /// Returns the defect; `None` for a quirk, which only the simulator can have.
    pub fn defect(&self) -> Option<&'static Defect> {
        match self {
            Wrong::Defect(defect) => Some(defect),
            Wrong::Quirk(_) => None,
        }
    }

    /// Returns the row, after a run on the wrong deployment.
    pub(super) fn row(
        self,
        suite: &Suite,
        transport: Transport,
        begun: Instant,
        (scenarios, broken): (Vec<ScenarioResult>, Option<String>),
    ) -> DefectRow {
        let pinned = suite.pins.get(self.name()).map(|pin| pin.ids().map(str::to_owned).collect());
        DefectRow {
            defect: self.name(),
            about: self.about(),
            transport,
            pinned: pinned.unwrap_or_default(),
            noticed_by: noticed(suite, &scenarios),
            broken,
            milliseconds: begun.elapsed().as_millis() as u64,
        }
    }
}

/// Returns a simulator with the quirks among these.
pub(super) fn simulator(wrong: &[Wrong]) -> Simulator {
    let quirks = wrong.iter().fold(Quirks::none(), |quirks, wrong| match wrong {
        Wrong::Quirk(quirk) => quirks.with(*quirk),
        Wrong::Defect(_) => quirks,
    });
    Simulator::builder().quirks(quirks).build()
}

/// Returns a simulator in this process with all of these bugs at once.
pub fn in_process(wrong: &[Wrong]) -> Target {
    let right: Arc<dyn Deployment> = Arc::new(simulator(wrong));
    let defects = wrong.iter().filter_map(Wrong::defect);
    let deployment = defects.fold(right, |deployment, defect| defect.around(deployment));
    Target::in_process("simulator", move |request| deployment.respond(request))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_wrong_deployment_has_a_unique_name() {
        let mut names = HashSet::new();
        assert!(Wrong::all().all(|wrong| names.insert(wrong.name())));
        assert!(names.into_iter().all(|name| Wrong::named(name).is_some_and(|wrong| wrong.name() == name)));
    }
}
