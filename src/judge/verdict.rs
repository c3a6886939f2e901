//! Verdicts on checks.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finding::Finding;
use crate::secret::Redactor;
use syncano_suite::CheckId;

/// The verdict on a check. The worst of several is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The check passed.
    Pass,
    /// The check was not run, because the target lacks something.
    Skip,
    /// The check differs from the suite exactly as an entry for this target states.
    Known,
    /// The check passed only after a retry.
    Flaky,
    /// An entry or a snapshot is no longer needed.
    Stale,
    /// The check would prove nothing: its witness failed, or an earlier step did not save a value
    /// that it needs.
    Untestable,
    /// The check failed.
    Fail,
    /// The check could not be judged.
    Error,
}

impl Verdict {
    /// All verdicts.
    pub const ALL: [Verdict; 8] = [
        Verdict::Pass,
        Verdict::Skip,
        Verdict::Known,
        Verdict::Flaky,
        Verdict::Stale,
        Verdict::Untestable,
        Verdict::Fail,
        Verdict::Error,
    ];

    /// Returns the word of the verdict.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Skip => "skip",
            Verdict::Known => "known",
            Verdict::Flaky => "flaky",
            Verdict::Stale => "stale",
            Verdict::Untestable => "untestable",
            Verdict::Fail => "fail",
            Verdict::Error => "error",
        }
    }

    /// Returns whether the assertion was true in the end. A witness with such a verdict has done
    /// its job.
    pub fn holds(self) -> bool {
        matches!(self, Verdict::Pass | Verdict::Flaky)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The verdict on one check, with its evidence. Everything in it is normalised; call
/// [`redacted`](Judged::redacted) before you show it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The check.
    pub id: CheckId,
    /// The verdict.
    pub verdict: Verdict,
    /// The reason in one line, if the check did not pass.
    pub because: Option<String>,
    /// The expected and the actual text, if the check failed.
    pub evidence: Option<Evidence>,
    /// The status of the answer, if one arrived.
    pub status: Option<u16>,
    /// The request as a shell command, if it is not the step's own.
    pub request: Option<String>,
    /// For a snapshot: its path, and the normalised answer.
    pub snapshot: Option<(String, String)>,
}

/// The expected and the actual text, which can be compared line by line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// The expected text.
    pub expected: String,
    /// The actual text.
    pub actual: String,
}

impl Judged {
    pub(super) fn new(id: CheckId, finding: Finding) -> Judged {
        let (verdict, because, evidence) = match finding {
            Finding::Holds => (Verdict::Pass, None, None),
            Finding::Broken { because, expected, actual } => {
                (Verdict::Fail, Some(because), Some(Evidence { expected, actual }))
            }
            Finding::Unjudged(why) => (Verdict::Error, Some(why), None),
        };
        Judged { id, verdict, because, evidence, status: None, request: None, snapshot: None }
    }

    /// Makes a passed check flaky if there were retries; `retries` holds the reasons.
    pub(super) fn after(self, retries: &[String]) -> Judged {
        if retries.is_empty() || self.verdict != Verdict::Pass {
            return self;
        }
        let because = format!("passed only after a retry: first {}", retries.join(", then "));
        Judged { verdict: Verdict::Flaky, because: Some(because), ..self }
    }

    /// Makes a check untestable if something that it depends on is missing. A failure stays a
    /// failure.
    pub(super) fn incomplete(self, why: Option<&str>) -> Judged {
        match why {
            Some(why) if self.verdict < Verdict::Untestable => Judged::untestable(self.id, why),
            _ => self,
        }
    }

    /// Returns an error: the check could not be judged.
    pub fn error(id: CheckId, why: &str) -> Judged {
        Judged::without_answer(id, Verdict::Error, why)
    }

    /// Returns an untestable check: its request was never sent.
    pub fn untestable(id: CheckId, why: &str) -> Judged {
        Judged::without_answer(id, Verdict::Untestable, why)
    }

    /// Returns a skipped check: the target lacks something.
    pub fn skip(id: CheckId, why: &str) -> Judged {
        Judged::without_answer(id, Verdict::Skip, why)
    }

    /// Redacts secrets.
    pub fn redacted(self, redactor: &Redactor) -> Judged {
        let text = |text: String| redactor.text(&text);
        Judged {
            because: self.because.map(text),
            evidence: self.evidence.map(|Evidence { expected, actual }| Evidence {
                expected: redactor.text(&expected),
                actual: redactor.text(&actual),
            }),
            request: self.request.map(text),
            snapshot: self.snapshot.map(|(path, snapshot)| (path, redactor.text(&snapshot))),
            ..self
        }
    }

    fn without_answer(id: CheckId, verdict: Verdict, why: &str) -> Judged {
        Judged {
            id,
            verdict,
            because: Some(why.to_owned()),
            evidence: None,
            status: None,
            request: None,
            snapshot: None,
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
    fn a_verdict_has_the_same_word_on_screen_and_in_files() {
        use Verdict::{Error, Fail, Flaky, Known, Pass, Skip, Stale, Untestable};
        let words = ["pass", "skip", "known", "flaky", "stale", "untestable", "fail", "error"];
        for (verdict, word) in [Pass, Skip, Known, Flaky, Stale, Untestable, Fail, Error].into_iter().zip(words) {
            assert_eq!(format!("{verdict:11}|"), format!("{word:11}|"));
            assert_eq!(serde_json::to_value(verdict).unwrap(), word);
            assert_eq!(verdict.holds(), matches!(verdict, Pass | Flaky), "{verdict}");
        }
    }

    #[test]
    fn only_a_check_that_passed_after_a_retry_is_flaky() {
        let retries = ["503".to_owned(), "it was late".to_owned()];
        let flaky = Judged::new(id(), Finding::Holds).after(&retries);
        assert_eq!(flaky.verdict, Verdict::Flaky);
        assert_eq!(flaky.because.as_deref(), Some("passed only after a retry: first 503, then it was late"));
        assert_eq!(Judged::new(id(), Finding::Holds).after(&[]).verdict, Verdict::Pass);
        let failed = Judged::new(id(), broken("no", "a", "b")).after(&retries);
        assert_eq!((failed.verdict, failed.because.as_deref()), (Verdict::Fail, Some("no")));
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
        assert_eq!((shown.id, shown.verdict), (id(), Verdict::Fail));
        assert_eq!(shown.because.as_deref(), Some("why <alice.user_key>"));
        let evidence = shown.evidence.unwrap();
        assert_eq!(
            (evidence.expected.as_str(), evidence.actual.as_str()),
            ("expected <alice.user_key>", "actual <alice.user_key>")
        );
        assert_eq!(shown.request.as_deref(), Some("curl <alice.user_key>"));
        assert_eq!(shown.snapshot, Some(("a/list".to_owned(), "shows <alice.user_key>".to_owned())));
    }
}
