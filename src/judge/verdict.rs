//! Verdicts on checks.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finding::Finding;
use crate::scenario::file::CheckId;
use crate::secret::Redactor;

/// What a check came to; of several the worst wins, which is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is as it should be.
    Pass,
    /// It was not run: the target lacks something.
    Skip,
    /// It differs from the suite exactly as an entry for this target states.
    Known,
    /// It passed only when asked again.
    Flaky,
    /// An entry or a snapshot that nothing needs any more.
    Stale,
    /// Its witness did not hold, or a step before did not bring what it needs: the answer would prove nothing.
    Untestable,
    /// It is not as it should be.
    Fail,
    /// It could not be judged.
    Error,
}

impl Verdict {
    /// The word of the verdict.
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

    /// Whether what is stated was true in the end. A witness of which that can be said has shown what it is there for.
    pub fn holds(self) -> bool {
        matches!(self, Verdict::Pass | Verdict::Flaky)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The verdict on one check, with what it rests on. Everything in it is normalised; before it is shown it has to be
/// [`redacted`](Judged::redacted) too.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The check.
    pub id: CheckId,
    /// What it came to.
    pub verdict: Verdict,
    /// Why, in one line, where it did not pass.
    pub because: Option<String>,
    /// What was expected and what came, where the check failed.
    pub evidence: Option<Evidence>,
    /// The status of the answer, where one came.
    pub status: Option<u16>,
    /// The request as a line for the shell, where it is another than that of the step.
    pub request: Option<String>,
    /// For a snapshot: its path, and what the answer looks like.
    pub snapshot: Option<(String, String)>,
}

/// What was expected and what came, as text that can be compared line by line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// What should have come.
    pub expected: String,
    /// What came.
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

    /// The same where it took more than one attempt to get the answer; why those before were not enough.
    pub(super) fn after(self, retries: &[String]) -> Judged {
        if retries.is_empty() || self.verdict != Verdict::Pass {
            return self;
        }
        let because = format!("it passed only when asked again: first {}", retries.join(", then "));
        Judged { verdict: Verdict::Flaky, because: Some(because), ..self }
    }

    /// The same if something that it should rest on is missing, and why. What was seen to be wrong is wrong all the same.
    pub(super) fn of_a_part(self, why: Option<&str>) -> Judged {
        match why {
            Some(why) if self.verdict < Verdict::Untestable => Judged::untestable(self.id, why),
            _ => self,
        }
    }

    /// A check that could not be judged.
    pub fn error(id: CheckId, why: &str) -> Judged {
        Judged::without_answer(id, Verdict::Error, why)
    }

    /// A check whose request was never sent.
    pub fn untestable(id: CheckId, why: &str) -> Judged {
        Judged::without_answer(id, Verdict::Untestable, why)
    }

    /// A check that the target cannot be asked.
    pub fn skip(id: CheckId, why: &str) -> Judged {
        Judged::without_answer(id, Verdict::Skip, why)
    }

    /// The same without secrets.
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
    fn a_verdict_is_its_word_to_people_and_in_files() {
        use Verdict::{Error, Fail, Flaky, Known, Pass, Skip, Stale, Untestable};
        let words = ["pass", "skip", "known", "flaky", "stale", "untestable", "fail", "error"];
        for (verdict, word) in [Pass, Skip, Known, Flaky, Stale, Untestable, Fail, Error].into_iter().zip(words) {
            assert_eq!(format!("{verdict:11}|"), format!("{word:11}|"));
            assert_eq!(serde_json::to_value(verdict).unwrap(), word);
            assert_eq!(verdict.holds(), matches!(verdict, Pass | Flaky), "{verdict}");
        }
    }

    #[test]
    fn what_took_more_than_one_attempt_is_flaky_only_where_it_passed() {
        let retries = ["503".to_owned(), "it was late".to_owned()];
        let flaky = Judged::new(id(), Finding::Holds).after(&retries);
        assert_eq!(flaky.verdict, Verdict::Flaky);
        assert_eq!(flaky.because.as_deref(), Some("it passed only when asked again: first 503, then it was late"));
        assert_eq!(Judged::new(id(), Finding::Holds).after(&[]).verdict, Verdict::Pass);
        let failed = Judged::new(id(), broken("no", "a", "b")).after(&retries);
        assert_eq!((failed.verdict, failed.because.as_deref()), (Verdict::Fail, Some("no")));
    }

    #[test]
    fn secrets_are_taken_out_of_all_that_is_shown() {
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
