//! The counts of a run, and the outcome that follows from them.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::wording::thousands;
use crate::harness::{CheckResult, Event};
use crate::judge::Verdict;

/// The counts of a run so far. Checks of disputed rules are counted separately.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Checks of the suite.
    pub declared: usize,
    /// Those of them that were selected.
    pub selected: usize,
    /// Those of them that were not skipped.
    pub executed: usize,
    /// Those of them that have a verdict other than an error.
    pub judged: usize,
    /// The number of selected checks by verdict.
    pub verdicts: BTreeMap<Verdict, usize>,
    /// The number of selected checks of disputed rules by verdict.
    pub disputed: BTreeMap<Verdict, usize>,
    /// Unused snapshots, and divergences that are not needed or overdue.
    pub stale: usize,
    /// Created resources that could not be deleted.
    pub left_behind: usize,
    /// Whether the run was interrupted.
    pub interrupted: bool,
}

/// The outcome of a run, in order of precedence: the first that is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunOutcome {
    /// The run was interrupted.
    Interrupted,
    /// No world could be created, so that no check could be judged.
    NotSetUp,
    /// Nothing was selected, or nothing ran.
    NothingRan,
    /// A check failed, or could not be judged because of an error.
    Failed,
    /// A check was untestable; if strict, also skipped or flaky.
    Incomplete,
    /// Everything passed, but a divergence or snapshot is not needed, or a divergence is overdue.
    Stale,
    /// Everything passed, but a created resource could not be deleted.
    LeftBehind,
    /// Every selected check passed, or failed exactly as divergences.toml states.
    Passed,
}

impl RunOutcome {
    /// Returns the outcome in a word or two.
    pub fn word(self) -> &'static str {
        match self {
            RunOutcome::Interrupted => "interrupted",
            RunOutcome::NotSetUp => "nothing could be judged",
            RunOutcome::NothingRan => "nothing ran",
            RunOutcome::Failed => "failed",
            RunOutcome::Incomplete => "incomplete",
            RunOutcome::Stale => "stale",
            RunOutcome::LeftBehind => "something is left behind",
            RunOutcome::Passed => "passed",
        }
    }
}

impl Summary {
    /// Counts one more event. If strict, checks of disputed rules count like any other.
    pub fn count(&mut self, event: &Event, strict: bool) {
        match event {
            Event::Started(started) => {
                self.declared = started.declared + if strict { started.declared_disputed } else { 0 };
            }
            Event::Scenario(scenario) => {
                scenario.checks.iter().for_each(|check| self.check(check, strict));
            }
            Event::Finished(finished) => {
                self.stale = finished.stale.len();
                self.left_behind = finished.left_behind.len();
                self.interrupted = finished.interrupted;
            }
        }
    }

    fn check(&mut self, check: &CheckResult, strict: bool) {
        if check.is_disputed() && !strict {
            *self.disputed.entry(check.verdict()).or_default() += 1;
            return;
        }
        *self.verdicts.entry(check.verdict()).or_default() += 1;
        self.selected += 1;
        self.executed += usize::from(check.verdict() != Verdict::Skip);
        self.judged += usize::from(!matches!(check.verdict(), Verdict::Skip | Verdict::Error));
    }

    /// Returns the number of checks with a verdict.
    pub fn of(&self, verdict: Verdict) -> usize {
        self.verdicts.get(&verdict).copied().unwrap_or_default()
    }

    /// Returns whether any check was judged, of a disputed rule or not.
    pub fn has_judged(&self) -> bool {
        let mut verdicts = self.verdicts.keys().chain(self.disputed.keys());
        verdicts.any(|verdict| !matches!(verdict, Verdict::Skip | Verdict::Error))
    }

    /// Returns the outcome that follows from the counts.
    pub fn outcome(&self, strict: bool) -> RunOutcome {
        let none_judged = !self.has_judged();
        let errors = self.of(Verdict::Error) + self.disputed.get(&Verdict::Error).copied().unwrap_or_default();
        if self.interrupted {
            RunOutcome::Interrupted
        } else if none_judged && errors > 0 {
            RunOutcome::NotSetUp
        } else if none_judged {
            RunOutcome::NothingRan
        } else if self.of(Verdict::Fail) + self.of(Verdict::Error) > 0 {
            RunOutcome::Failed
        } else if self.of(Verdict::Untestable) > 0 || strict && self.of(Verdict::Skip) + self.of(Verdict::Flaky) > 0 {
            RunOutcome::Incomplete
        } else if self.stale + self.of(Verdict::Stale) > 0 {
            RunOutcome::Stale
        } else if self.left_behind > 0 {
            RunOutcome::LeftBehind
        } else {
            RunOutcome::Passed
        }
    }
}

/// The verdicts other than a pass, in the order in which they are shown.
const SHOWN: [Verdict; 7] =
    [Verdict::Known, Verdict::Flaky, Verdict::Stale, Verdict::Fail, Verdict::Error, Verdict::Untestable, Verdict::Skip];

/// Returns the word for a verdict after a number of checks.
pub(super) fn after_a_number(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "passed",
        Verdict::Fail => "failed",
        Verdict::Error => "with an error",
        Verdict::Skip => "skipped",
        verdict => verdict.word(),
    }
}

/// From declared to judged checks: `declared 412, selected 40, executed 38, judged 37: 33 passed, 1 failed, 3 untestable`.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [declared, selected, executed, judged] =
            [self.declared, self.selected, self.executed, self.judged].map(thousands);
        write!(f, "declared {declared}, selected {selected}, executed {executed}, judged {judged}: ")?;
        write!(f, "{} passed", thousands(self.of(Verdict::Pass)))?;
        for verdict in SHOWN.into_iter().filter(|verdict| self.of(*verdict) > 0) {
            write!(f, ", {} {}", thousands(self.of(verdict)), after_a_number(verdict))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(verdicts: &[(Verdict, usize)]) -> Summary {
        let count = |leave: &[Verdict]| verdicts.iter().filter(|(v, _)| !leave.contains(v)).map(|(_, n)| n).sum();
        Summary {
            declared: 50,
            selected: count(&[]),
            executed: count(&[Verdict::Skip]),
            judged: count(&[Verdict::Skip, Verdict::Error]),
            verdicts: verdicts.iter().copied().collect(),
            ..Summary::default()
        }
    }

    #[test]
    fn the_funnel_says_what_became_of_every_check() {
        let summary = summary(&[(Verdict::Pass, 33), (Verdict::Fail, 1), (Verdict::Untestable, 3), (Verdict::Skip, 2)]);
        assert_eq!(
            summary.to_string(),
            "declared 50, selected 39, executed 37, judged 37: 33 passed, 1 failed, 3 untestable, 2 skipped"
        );
    }

    #[test]
    fn disputed_checks_alone_are_judged_or_not() {
        let disputed = |verdict| Summary { disputed: BTreeMap::from([(verdict, 2)]), ..Summary::default() };
        assert_eq!(disputed(Verdict::Fail).outcome(false), RunOutcome::Passed);
        assert_eq!(disputed(Verdict::Error).outcome(false), RunOutcome::NotSetUp);
        assert_eq!(disputed(Verdict::Skip).outcome(false), RunOutcome::NothingRan);
    }

    #[test]
    fn the_worst_decides() {
        let pass = (Verdict::Pass, 1);
        assert_eq!(summary(&[pass]).outcome(false), RunOutcome::Passed);
        assert_eq!(summary(&[pass, (Verdict::Fail, 1), (Verdict::Untestable, 1)]).outcome(false), RunOutcome::Failed);
        assert_eq!(summary(&[pass, (Verdict::Error, 1)]).outcome(false), RunOutcome::Failed);
        assert_eq!(summary(&[(Verdict::Error, 3)]).outcome(false), RunOutcome::NotSetUp);
        assert_eq!(summary(&[]).outcome(false), RunOutcome::NothingRan);
        assert_eq!(summary(&[(Verdict::Skip, 3)]).outcome(false), RunOutcome::NothingRan);
        assert_eq!(summary(&[pass, (Verdict::Untestable, 1)]).outcome(false), RunOutcome::Incomplete);
        assert_eq!(summary(&[pass, (Verdict::Skip, 1)]).outcome(false), RunOutcome::Passed);
        assert_eq!(summary(&[pass, (Verdict::Skip, 1)]).outcome(true), RunOutcome::Incomplete);
        assert_eq!(Summary { stale: 1, left_behind: 1, ..summary(&[pass]) }.outcome(false), RunOutcome::Stale);
        assert_eq!(Summary { left_behind: 1, ..summary(&[pass]) }.outcome(false), RunOutcome::LeftBehind);
        assert_eq!(
            Summary { interrupted: true, ..summary(&[(Verdict::Fail, 1)]) }.outcome(false),
            RunOutcome::Interrupted
        );
    }
}
