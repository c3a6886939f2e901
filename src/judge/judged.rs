//! The judged checks of a scenario.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finding::Finding;
use super::verdict::Verdict;
use syncano_secrets::Redactor;
use syncano_suite::CheckId;

/// A judged check. Everything in it is normalised; call [`redacted`](Judged::redacted) before you
/// show it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The check.
    pub id: CheckId,
    /// The verdict with its reason.
    pub outcome: JudgedOutcome,
    /// The status of the answer, if one arrived.
    pub status: Option<u16>,
    /// The request as a shell command, if it is not the step's own.
    pub request: Option<String>,
    /// For a snapshot: its path, and the normalised answer.
    pub snapshot: Option<(String, String)>,
}

/// The verdict on a check. Each has exactly the parts that it requires; reasons are one line.
#[derive(Clone, Debug)]
pub enum JudgedOutcome {
    /// The check holds.
    Pass,
    /// The target lacks something.
    Skip {
        /// What it lacks.
        because: String,
    },
    /// The check passed only after a retry.
    Flaky {
        /// Why the earlier attempts failed.
        because: String,
    },
    /// The answer proves nothing.
    Untestable {
        /// The witness or the step that did not hold.
        because: String,
    },
    /// The check does not hold.
    Fail {
        /// The difference, in words.
        because: String,
        /// The expected and the actual text.
        evidence: Evidence,
    },
    /// The check could not be judged.
    Error {
        /// The reason.
        because: String,
    },
}

/// The expected and the actual text, which can be compared line by line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// The expected text.
    pub expected: String,
    /// The actual text.
    pub actual: String,
}

impl JudgedOutcome {
    /// Changes its texts.
    pub(super) fn map(self, mut text: impl FnMut(String) -> String) -> JudgedOutcome {
        match self {
            JudgedOutcome::Pass => JudgedOutcome::Pass,
            JudgedOutcome::Skip { because } => JudgedOutcome::Skip { because: text(because) },
            JudgedOutcome::Flaky { because } => JudgedOutcome::Flaky { because: text(because) },
            JudgedOutcome::Untestable { because } => JudgedOutcome::Untestable { because: text(because) },
            JudgedOutcome::Fail { because, evidence: Evidence { expected, actual } } => JudgedOutcome::Fail {
                because: text(because),
                evidence: Evidence { expected: text(expected), actual: text(actual) },
            },
            JudgedOutcome::Error { because } => JudgedOutcome::Error { because: text(because) },
        }
    }
}

impl Judged {
    pub(super) fn new(id: CheckId, finding: Finding) -> Judged {
        let outcome = match finding {
            Finding::Holds => JudgedOutcome::Pass,
            Finding::Broken { because, expected, actual } => {
                JudgedOutcome::Fail { because, evidence: Evidence { expected, actual } }
            }
            Finding::Unjudged(because) => JudgedOutcome::Error { because },
        };
        Judged { id, outcome, status: None, request: None, snapshot: None }
    }

    /// Returns the verdict.
    pub fn verdict(&self) -> Verdict {
        match self.outcome {
            JudgedOutcome::Pass => Verdict::Pass,
            JudgedOutcome::Skip { .. } => Verdict::Skip,
            JudgedOutcome::Flaky { .. } => Verdict::Flaky,
            JudgedOutcome::Untestable { .. } => Verdict::Untestable,
            JudgedOutcome::Fail { .. } => Verdict::Fail,
            JudgedOutcome::Error { .. } => Verdict::Error,
        }
    }

    /// Returns the reason, if the check did not pass.
    pub fn because(&self) -> Option<&str> {
        match &self.outcome {
            JudgedOutcome::Pass => None,
            JudgedOutcome::Skip { because }
            | JudgedOutcome::Flaky { because }
            | JudgedOutcome::Untestable { because }
            | JudgedOutcome::Fail { because, .. }
            | JudgedOutcome::Error { because } => Some(because),
        }
    }

    /// Makes a passed check flaky if there were retries; `retries` holds the reasons.
    pub(super) fn after(self, retries: &[String]) -> Judged {
        if retries.is_empty() || self.verdict() != Verdict::Pass {
            return self;
        }
        let because = format!("passed only after a retry: first {}", retries.join(", then "));
        Judged { outcome: JudgedOutcome::Flaky { because }, ..self }
    }

    /// Makes a check untestable if something that it depends on is missing. A failure stays a
    /// failure.
    pub(super) fn incomplete(self, why: Option<&str>) -> Judged {
        match why {
            Some(why) if self.verdict() < Verdict::Untestable => Judged::untestable(self.id, why),
            _ => self,
        }
    }

    /// Returns an error: the check could not be judged.
    pub fn error(id: CheckId, why: &str) -> Judged {
        Judged::without_answer(id, JudgedOutcome::Error { because: why.to_owned() })
    }

    /// Returns an untestable check: its request was never sent.
    pub fn untestable(id: CheckId, why: &str) -> Judged {
        Judged::without_answer(id, JudgedOutcome::Untestable { because: why.to_owned() })
    }

    /// Returns a skipped check: the target lacks something.
    pub fn skip(id: CheckId, why: &str) -> Judged {
        Judged::without_answer(id, JudgedOutcome::Skip { because: why.to_owned() })
    }

    /// Redacts secrets.
    pub fn redacted(self, redactor: &Redactor) -> Judged {
        let text = |text: String| redactor.text(&text);
        Judged {
            outcome: self.outcome.map(text),
            request: self.request.map(text),
            snapshot: self.snapshot.map(|(path, snapshot)| (path, redactor.text(&snapshot))),
            ..self
        }
    }

    fn without_answer(id: CheckId, outcome: JudgedOutcome) -> Judged {
        Judged { id, outcome, status: None, request: None, snapshot: None }
    }

    /// Returns the expected and the actual text of a check that failed.
    #[cfg(test)]
    pub(super) fn evidence(&self) -> Option<&Evidence> {
        match &self.outcome {
            JudgedOutcome::Fail { evidence, .. } => Some(evidence),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> CheckId {
        "a/check".to_owned().try_into().unwrap()
    }

    fn broken(because: &str, expected: &str, actual: &str) -> Finding {
        Finding::Broken { because: because.to_owned(), expected: expected.to_owned(), actual: actual.to_owned() }
    }

    #[test]
    fn only_a_check_that_passed_after_a_retry_is_flaky() {
        let retries = ["503".to_owned(), "it was late".to_owned()];
        let flaky = Judged::new(id(), Finding::Holds).after(&retries);
        assert_eq!(flaky.verdict(), Verdict::Flaky);
        assert_eq!(flaky.because(), Some("passed only after a retry: first 503, then it was late"));
        assert_eq!(Judged::new(id(), Finding::Holds).after(&[]).verdict(), Verdict::Pass);
        let failed = Judged::new(id(), broken("no", "a", "b")).after(&retries);
        assert_eq!((failed.verdict(), failed.because()), (Verdict::Fail, Some("no")));
    }

    #[test]
    fn secrets_are_redacted_from_shown_text() {
        let key = "1111111111111111111111111111111111111110";
        let redactor = Redactor::knowing([("alice.user_key", key)]);
        let shown = Judged {
            request: Some(format!("curl {key}")),
            snapshot: Some(("a/list".to_owned(), format!("shows {key}"))),
            ..Judged::new(id(), broken(&format!("why {key}"), &format!("expected {key}"), &format!("actual {key}")))
        };
        let shown = shown.redacted(&redactor);
        assert_eq!((&shown.id, shown.verdict()), (&id(), Verdict::Fail));
        assert_eq!(shown.because(), Some("why <alice.user_key>"));
        let evidence = shown.evidence().unwrap();
        assert_eq!(
            (evidence.expected.as_str(), evidence.actual.as_str()),
            ("expected <alice.user_key>", "actual <alice.user_key>")
        );
        assert_eq!(shown.request.as_deref(), Some("curl <alice.user_key>"));
        assert_eq!(shown.snapshot, Some(("a/list".to_owned(), "shows <alice.user_key>".to_owned())));
    }
}
