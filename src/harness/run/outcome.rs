//! The outcome of a check: its verdict, with the evidence for it.

use std::mem;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::divergence::{DivergenceClass, REFERENCE};
use crate::judge::{Evidence, JudgedOutcome, Verdict};

/// The outcome of a check. Each verdict has exactly the evidence that it requires; reasons are one
/// line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    /// The check holds.
    Pass,
    /// The check was not run.
    Skip {
        /// The capability, key or permission that is missing.
        because: String,
    },
    /// The check fails exactly as an entry of divergences.toml states.
    Known {
        /// The statement of the entry.
        because: String,
        /// The expected and the actual value.
        evidence: Evidence,
        /// The entry.
        divergence: Box<DivergenceResult>,
    },
    /// The check passed only after a retry.
    Flaky {
        /// Why the earlier attempts failed.
        because: String,
    },
    /// The check passes although an entry of divergences.toml states that it fails, or the entry is
    /// overdue.
    Stale {
        /// Why the entry is stale.
        because: String,
        /// The expected and the actual value, if it fails.
        evidence: Option<Evidence>,
        /// The entry.
        divergence: Box<DivergenceResult>,
    },
    /// The response proves nothing.
    Untestable {
        /// The witness or the step that did not hold.
        because: String,
    },
    /// The check does not hold.
    Fail {
        /// The difference, in words.
        because: String,
        /// The expected and the actual value.
        evidence: Evidence,
        /// The entry of divergences.toml that states another failure.
        divergence: Option<Box<DivergenceResult>>,
    },
    /// The check could not be judged.
    Error {
        /// The reason.
        because: String,
    },
}

/// An entry of divergences.toml, compared with the result of its check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DivergenceResult {
    /// The result of the comparison.
    pub standing: Standing,
    /// The expected value, as the entry states it.
    pub expected: String,
    /// The actual value, as the entry states it.
    pub instead: String,
    /// The class of the divergence.
    pub class: DivergenceClass,
    /// Why the divergence is accepted.
    pub reason: String,
    /// A link to more information.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The day since which it is known.
    pub since: Date,
    /// The day by which it must be reviewed.
    pub review_by: Date,
    /// The number of days for which it has been known.
    pub age_days: i64,
    /// Whether `review_by` has passed.
    pub overdue: bool,
    /// Its position: `divergences.toml:12:1`.
    pub at: String,
}

impl DivergenceResult {
    /// Returns whether the entry is a known bug of the reference deployment.
    pub fn is_of_reference(&self) -> bool {
        self.at.starts_with(REFERENCE)
    }
}

/// The result of comparing a check with its entry of divergences.toml.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The check failed exactly as stated.
    AsStated,
    /// The check failed in another way.
    Otherwise,
    /// The check passed.
    NotNeeded,
}

/// The members of an outcome in a report.
#[derive(Debug)]
pub struct OutcomeParts {
    /// The verdict.
    pub verdict: Verdict,
    /// The reason.
    pub because: Option<String>,
    /// The expected and the actual value.
    pub evidence: Option<Evidence>,
    /// The entry of divergences.toml.
    pub divergence: Option<DivergenceResult>,
}

/// Members that are not the outcome of a check.
#[derive(Debug, thiserror::Error)]
#[error("a check with the verdict `{0}` cannot have this combination of `because`, `evidence` and `divergence`")]
pub struct OutcomeError(Verdict);

impl From<JudgedOutcome> for CheckOutcome {
    fn from(outcome: JudgedOutcome) -> CheckOutcome {
        match outcome {
            JudgedOutcome::Pass => CheckOutcome::Pass,
            JudgedOutcome::Skip { because } => CheckOutcome::Skip { because },
            JudgedOutcome::Flaky { because } => CheckOutcome::Flaky { because },
            JudgedOutcome::Untestable { because } => CheckOutcome::Untestable { because },
            JudgedOutcome::Fail { because, evidence } => CheckOutcome::Fail { because, evidence, divergence: None },
            JudgedOutcome::Error { because } => CheckOutcome::Error { because },
        }
    }
}

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

    /// Returns the expected and the actual value, if it failed.
    pub fn evidence(&self) -> Option<&Evidence> {
        match self {
            CheckOutcome::Known { evidence, .. } | CheckOutcome::Fail { evidence, .. } => Some(evidence),
            CheckOutcome::Stale { evidence, .. } => evidence.as_ref(),
            _ => None,
        }
    }

    /// Returns its entry of divergences.toml.
    pub fn divergence(&self) -> Option<&DivergenceResult> {
        match self {
            CheckOutcome::Known { divergence, .. } | CheckOutcome::Stale { divergence, .. } => Some(divergence),
            CheckOutcome::Fail { divergence, .. } => divergence.as_deref(),
            _ => None,
        }
    }

    /// Returns the outcome with every text replaced that comes from the target or the user.
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

    /// Returns the members for a report.
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
