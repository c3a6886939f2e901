//! Verdicts on checks.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
