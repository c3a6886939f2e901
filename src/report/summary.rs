//! The counts of a run, and the outcome that follows from them.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::harness::{CheckResult, Event};
use crate::judge::Verdict;

/// The counts of a run so far. Checks of disputed rules are counted apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Checks of the suite.
    pub declared: usize,
    /// Those of them that were selected.
    pub selected: usize,
    /// Those of them that were not skipped.
    pub executed: usize,
    /// Those of them that could be judged.
    pub judged: usize,
    /// How many selected checks came to each verdict.
    pub verdicts: BTreeMap<Verdict, usize>,
    /// How many selected checks of disputed rules came to each verdict.
    pub disputed: BTreeMap<Verdict, usize>,
    /// Snapshots that nobody uses, and divergences that nobody needs or that are overdue.
    pub stale: usize,
    /// What was made and could not be removed.
    pub left_behind: usize,
    /// Whether the run was interrupted.
    pub interrupted: bool,
}

/// What a run came to as a whole. The order is that of precedence: the first that is true is the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was interrupted.
    Interrupted,
    /// The worlds of all selected checks could not be made, so that none could be judged.
    NotSetUp,
    /// Nothing was selected, or nothing ran.
    NothingRan,
    /// A check failed, or an error kept one from being judged.
    Failed,
    /// Something was untestable; when strict, also skipped or flaky.
    Incomplete,
    /// Only divergences or snapshots that nobody needs, or divergences that are overdue, are wrong.
    Stale,
    /// All is judged, and something could not be removed.
    LeftBehind,
    /// Every selected check passed, or is known to differ.
    Passed,
}

impl Outcome {
    /// In a word or two.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Interrupted => "interrupted",
            Outcome::NotSetUp => "nothing could be judged",
            Outcome::NothingRan => "nothing ran",
            Outcome::Failed => "failed",
            Outcome::Incomplete => "incomplete",
            Outcome::Stale => "stale",
            Outcome::LeftBehind => "something is left behind",
            Outcome::Passed => "passed",
        }
    }
}

impl Summary {
    /// Counts one more event. When strict, checks of disputed rules count like any other.
    pub fn count(&mut self, event: &Event, strict: bool) {
        match event {
            Event::Started(started) => {
                self.declared = started.declared + if strict { started.declared_disputed } else { 0 };
            }
            Event::Scenario(scenario) => {
                self.left_behind += scenario.left_behind.len();
                scenario.checks.iter().for_each(|check| self.check(check, strict));
            }
            Event::Finished(finished) => {
                self.stale = finished.stale.len();
                self.left_behind += finished.left_behind.len();
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

    /// How many checks came to a verdict.
    pub fn of(&self, verdict: Verdict) -> usize {
        self.verdicts.get(&verdict).copied().unwrap_or_default()
    }

    /// Whether any check was judged, be its rule disputed or not.
    pub fn has_judged(&self) -> bool {
        let mut verdicts = self.verdicts.keys().chain(self.disputed.keys());
        verdicts.any(|verdict| !matches!(verdict, Verdict::Skip | Verdict::Error))
    }

    /// What the counts mean.
    pub fn outcome(&self, strict: bool) -> Outcome {
        let none_judged = !self.has_judged();
        let errors = self.of(Verdict::Error) + self.disputed.get(&Verdict::Error).copied().unwrap_or_default();
        if self.interrupted {
            Outcome::Interrupted
        } else if none_judged && errors > 0 {
            Outcome::NotSetUp
        } else if none_judged {
            Outcome::NothingRan
        } else if self.of(Verdict::Fail) + self.of(Verdict::Error) > 0 {
            Outcome::Failed
        } else if self.of(Verdict::Untestable) > 0 || strict && self.of(Verdict::Skip) + self.of(Verdict::Flaky) > 0 {
            Outcome::Incomplete
        } else if self.stale + self.of(Verdict::Stale) > 0 {
            Outcome::Stale
        } else if self.left_behind > 0 {
            Outcome::LeftBehind
        } else {
            Outcome::Passed
        }
    }
}

/// The funnel: `declared 412, selected 40, executed 38, judged 37: 33 passed, 1 failed, 3 untestable, 2 skipped`.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary { declared, selected, executed, judged, .. } = self;
        write!(f, "declared {declared}, selected {selected}, executed {executed}, judged {judged}: ")?;
        let words = [
            (Verdict::Pass, "passed"),
            (Verdict::Known, "known"),
            (Verdict::Flaky, "flaky"),
            (Verdict::Stale, "stale"),
            (Verdict::Fail, "failed"),
            (Verdict::Error, "with an error"),
            (Verdict::Untestable, "untestable"),
            (Verdict::Skip, "skipped"),
        ];
        write!(f, "{} passed", self.of(Verdict::Pass))?;
        for (verdict, word) in words.into_iter().skip(1).filter(|(verdict, _)| self.of(*verdict) > 0) {
            write!(f, ", {} {word}", self.of(verdict))?;
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
        assert_eq!(disputed(Verdict::Fail).outcome(false), Outcome::Passed);
        assert_eq!(disputed(Verdict::Error).outcome(false), Outcome::NotSetUp);
        assert_eq!(disputed(Verdict::Skip).outcome(false), Outcome::NothingRan);
    }

    #[test]
    fn the_worst_decides() {
        let pass = (Verdict::Pass, 1);
        assert_eq!(summary(&[pass]).outcome(false), Outcome::Passed);
        assert_eq!(summary(&[pass, (Verdict::Fail, 1), (Verdict::Untestable, 1)]).outcome(false), Outcome::Failed);
        assert_eq!(summary(&[pass, (Verdict::Error, 1)]).outcome(false), Outcome::Failed);
        assert_eq!(summary(&[(Verdict::Error, 3)]).outcome(false), Outcome::NotSetUp);
        assert_eq!(summary(&[]).outcome(false), Outcome::NothingRan);
        assert_eq!(summary(&[(Verdict::Skip, 3)]).outcome(false), Outcome::NothingRan);
        assert_eq!(summary(&[pass, (Verdict::Untestable, 1)]).outcome(false), Outcome::Incomplete);
        assert_eq!(summary(&[pass, (Verdict::Skip, 1)]).outcome(false), Outcome::Passed);
        assert_eq!(summary(&[pass, (Verdict::Skip, 1)]).outcome(true), Outcome::Incomplete);
        assert_eq!(Summary { stale: 1, left_behind: 1, ..summary(&[pass]) }.outcome(false), Outcome::Stale);
        assert_eq!(Summary { left_behind: 1, ..summary(&[pass]) }.outcome(false), Outcome::LeftBehind);
        assert_eq!(
            Summary { interrupted: true, ..summary(&[(Verdict::Fail, 1)]) }.outcome(false),
            Outcome::Interrupted
        );
    }
}
