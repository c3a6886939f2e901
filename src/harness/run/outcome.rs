//! The outcome of a check: its verdict, with what the verdict rests on.

use std::mem;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::divergence::Class;
use crate::judge::{Evidence, Verdict};

/// The outcome of a check. Each verdict has exactly what it rests on; reasons are one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    /// It is as it should be.
    Pass,
    /// It was not run.
    Skip {
        /// What the run or the target lacks.
        because: String,
    },
    /// It fails exactly as an entry of divergences.toml states.
    Known {
        /// What the entry states.
        because: String,
        /// What was expected and what came.
        evidence: Evidence,
        /// The entry.
        divergence: Box<DivergenceResult>,
    },
    /// It passed only when asked again.
    Flaky {
        /// Why the earlier attempts were not enough.
        because: String,
    },
    /// It passes although an entry of divergences.toml states that it fails, or the entry is overdue.
    Stale {
        /// What is wrong with the entry.
        because: String,
        /// What was expected and what came, if it fails.
        evidence: Option<Evidence>,
        /// The entry.
        divergence: Box<DivergenceResult>,
    },
    /// The response would prove nothing.
    Untestable {
        /// The witness or the step that did not hold.
        because: String,
    },
    /// It is not as it should be.
    Fail {
        /// What is wrong.
        because: String,
        /// What was expected and what came.
        evidence: Evidence,
        /// The entry of divergences.toml that states another failure.
        divergence: Option<Box<DivergenceResult>>,
    },
    /// It could not be judged.
    Error {
        /// Why not.
        because: String,
    },
}

/// An entry of divergences.toml, and what it came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DivergenceResult {
    /// What it came to.
    pub standing: Standing,
    /// What is expected, as it states.
    pub expected: String,
    /// What the target does instead, as it states.
    pub instead: String,
    /// Whose fault it is.
    pub class: Class,
    /// Why it is left so.
    pub reason: String,
    /// Where more is to be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Since when it is known.
    pub since: Date,
    /// The last day on which nobody has to look at it again.
    pub review_by: Date,
    /// How many days it has been known.
    pub age_days: i64,
    /// Whether `review_by` has passed.
    pub overdue: bool,
    /// Where it stands: `divergences.toml:12:1`.
    pub at: String,
}

/// What a check has made of an entry of divergences.toml.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The check failed exactly as stated.
    AsStated,
    /// It failed in another way.
    Otherwise,
    /// It passed.
    NotNeeded,
}

/// The members of an outcome, as a report writes them.
#[derive(Debug)]
pub struct OutcomeParts {
    /// The verdict.
    pub verdict: Verdict,
    /// The reason.
    pub because: Option<String>,
    /// What was expected and what came.
    pub evidence: Option<Evidence>,
    /// The entry of divergences.toml.
    pub divergence: Option<DivergenceResult>,
}

/// Members that are not the outcome of a check.
#[derive(Debug, thiserror::Error)]
#[error("a check that is `{0}` has not these of `because`, `evidence` and `divergence`")]
pub struct OutcomeError(Verdict);

impl CheckOutcome {
    /// Returns the verdict.
    pub fn verdict(&self) -> Verdict {
        match self {
            CheckOutcome::Pass => Verdict::Pass,
            CheckOutcome::Skip { .. } => Verdict::Skip,
            CheckOutcome::Known { .. } => Verdict::Known,
            CheckOutcome::Flaky { .. } => Verdict::Flaky,
            CheckOutcome::Stale { .. } => Verdict::Stale,
            CheckOutcome::Untestable { .. } => Verdict::Untestable,
            CheckOutcome::Fail { .. } => Verdict::Fail,
            CheckOutcome::Error { .. } => Verdict::Error,
        }
    }

    /// Returns the reason, if it did not pass.
    pub fn because(&self) -> Option<&str> {
        match self {
            CheckOutcome::Pass => None,
            CheckOutcome::Skip { because }
            | CheckOutcome::Known { because, .. }
            | CheckOutcome::Flaky { because }
            | CheckOutcome::Stale { because, .. }
            | CheckOutcome::Untestable { because }
            | CheckOutcome::Fail { because, .. }
            | CheckOutcome::Error { because } => Some(because),
        }
    }

    /// Returns what was expected and what came, if it failed.
    pub fn evidence(&self) -> Option<&Evidence> {
        match self {
            CheckOutcome::Known { evidence, .. } | CheckOutcome::Fail { evidence, .. } => Some(evidence),
            CheckOutcome::Stale { evidence, .. } => evidence.as_ref(),
            _ => None,
        }
    }

    /// Returns the entry of divergences.toml about it.
    pub fn divergence(&self) -> Option<&DivergenceResult> {
        match self {
            CheckOutcome::Known { divergence, .. } | CheckOutcome::Stale { divergence, .. } => Some(divergence),
            CheckOutcome::Fail { divergence, .. } => divergence.as_deref(),
            _ => None,
        }
    }

    /// Returns the same outcome with every text replaced that came from the target or the user.
    pub fn map_text(self, mut change: impl FnMut(&str) -> String) -> CheckOutcome {
        let mut replace = |text: &mut String| *text = change(text);
        let mut outcome = self;
        if let CheckOutcome::Known { divergence, .. }
        | CheckOutcome::Stale { divergence, .. }
        | CheckOutcome::Fail { divergence: Some(divergence), .. } = &mut outcome
        {
            let DivergenceResult { expected, instead, reason, link, .. } = divergence.as_mut();
            [expected, instead, reason].into_iter().chain(link).for_each(&mut replace);
        }
        if let CheckOutcome::Known { evidence, .. }
        | CheckOutcome::Stale { evidence: Some(evidence), .. }
        | CheckOutcome::Fail { evidence, .. } = &mut outcome
        {
            replace(&mut evidence.expected);
            replace(&mut evidence.actual);
        }
        match &mut outcome {
            CheckOutcome::Pass => {}
            CheckOutcome::Skip { because }
            | CheckOutcome::Known { because, .. }
            | CheckOutcome::Flaky { because }
            | CheckOutcome::Stale { because, .. }
            | CheckOutcome::Untestable { because }
            | CheckOutcome::Fail { because, .. }
            | CheckOutcome::Error { because } => replace(because),
        }
        outcome
    }

    /// Takes the outcome, and leaves a pass.
    pub fn take(&mut self) -> CheckOutcome {
        mem::replace(self, CheckOutcome::Pass)
    }

    /// Returns the members, as a report writes them.
    pub fn into_parts(self) -> OutcomeParts {
        let verdict = self.verdict();
        let (because, evidence, divergence) = match self {
            CheckOutcome::Pass => (None, None, None),
            CheckOutcome::Skip { because }
            | CheckOutcome::Flaky { because }
            | CheckOutcome::Untestable { because }
            | CheckOutcome::Error { because } => (Some(because), None, None),
            CheckOutcome::Known { because, evidence, divergence } => (Some(because), Some(evidence), Some(divergence)),
            CheckOutcome::Stale { because, evidence, divergence } => (Some(because), evidence, Some(divergence)),
            CheckOutcome::Fail { because, evidence, divergence } => (Some(because), Some(evidence), divergence),
        };
        OutcomeParts { verdict, because, evidence, divergence: divergence.map(|divergence| *divergence) }
    }
}

impl TryFrom<OutcomeParts> for CheckOutcome {
    type Error = OutcomeError;

    fn try_from(parts: OutcomeParts) -> Result<CheckOutcome, OutcomeError> {
        let OutcomeParts { verdict, because, evidence, divergence } = parts;
        let divergence = divergence.map(Box::new);
        Ok(match (verdict, because, evidence, divergence) {
            (Verdict::Pass, None, None, None) => CheckOutcome::Pass,
            (Verdict::Skip, Some(because), None, None) => CheckOutcome::Skip { because },
            (Verdict::Flaky, Some(because), None, None) => CheckOutcome::Flaky { because },
            (Verdict::Untestable, Some(because), None, None) => CheckOutcome::Untestable { because },
            (Verdict::Error, Some(because), None, None) => CheckOutcome::Error { because },
            (Verdict::Known, Some(because), Some(evidence), Some(divergence)) => {
                CheckOutcome::Known { because, evidence, divergence }
            }
            (Verdict::Stale, Some(because), evidence, Some(divergence)) => {
                CheckOutcome::Stale { because, evidence, divergence }
            }
            (Verdict::Fail, Some(because), Some(evidence), divergence) => {
                CheckOutcome::Fail { because, evidence, divergence }
            }
            (verdict, ..) => return Err(OutcomeError(verdict)),
        })
    }
}
