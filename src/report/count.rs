//! What a check counts as in formats with fewer words than there are verdicts. All formats use it, so that they count alike.

use super::Report;
use crate::harness::{CheckResult, ScenarioResult};
use crate::judge::Verdict;

/// What a check counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    /// It passed, perhaps only when asked again.
    Passed,
    /// It was skipped.
    Skipped,
    /// It failed but does not count: it is known to differ, or its rule is disputed.
    Excused,
    /// It failed, or passed although divergences.toml says that it fails.
    Failed,
    /// It could not be judged, or its response would prove nothing.
    Broken,
}

impl Report {
    /// Returns what a check counts as.
    pub(super) fn counts_as(&self, check: &CheckResult) -> Count {
        match check.verdict() {
            Verdict::Pass | Verdict::Flaky => Count::Passed,
            Verdict::Skip => Count::Skipped,
            Verdict::Known => Count::Excused,
            Verdict::Stale => Count::Failed,
            _ if self.is_apart(check) => Count::Excused,
            Verdict::Fail => Count::Failed,
            Verdict::Untestable | Verdict::Error => Count::Broken,
        }
    }

    /// Returns the checks that count against the target, in order.
    pub fn troubles(&self) -> impl Iterator<Item = (&ScenarioResult, &CheckResult)> {
        self.checks().filter(|(_, check)| matches!(self.counts_as(check), Count::Failed | Count::Broken))
    }

    /// Returns in one line why a check did not pass, and whether its rule is disputed.
    pub(super) fn reason(&self, check: &CheckResult) -> String {
        let because = check.because().unwrap_or_default().to_owned();
        let disputed = check.rule.as_ref().and_then(|rule| rule.disputed.as_ref()).filter(|_| self.is_apart(check));
        match disputed {
            Some(dispute) => {
                format!("disputed (the page: {} the deployment: {}): {because}", dispute.page, dispute.deployment)
            }
            None => because,
        }
    }

    /// Returns the name of the target, or an empty text if it was not reached.
    pub fn target(&self) -> &str {
        self.started.as_ref().map_or("", |started| started.target.as_str())
    }
}
