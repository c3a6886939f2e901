//! What a check counts as where there are fewer words than eight verdicts. The forms that other programs read count alike,
//! since all ask here.

use super::Report;
use crate::harness::{CheckResult, ScenarioResult};
use crate::judge::Verdict;

/// What a check counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    /// It passed, perhaps only when asked again.
    Passed,
    /// It was not asked.
    Skipped,
    /// It did not pass, and that does not count: it is known to differ, or its rule is disputed.
    Excused,
    /// It failed, or passed where it is said to differ.
    Failed,
    /// It could not be judged, or its answer would prove nothing.
    Broken,
}

impl Report {
    /// What a check counts as.
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

    /// The checks that count against the target, in order.
    pub fn troubles(&self) -> impl Iterator<Item = (&ScenarioResult, &CheckResult)> {
        self.checks().filter(|(_, check)| matches!(self.counts_as(check), Count::Failed | Count::Broken))
    }

    /// Why a check did not pass, in one line. Of one that does not count since its rule is disputed it says so.
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

    /// The target as the user named it, or nothing where it was not reached.
    pub fn target(&self) -> &str {
        self.started.as_ref().map_or("", |started| started.target.as_str())
    }
}
