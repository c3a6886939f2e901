//! Compares two reports.

use std::fmt;
use std::io::{self, Write};

use indexmap::IndexMap;
use serde::Serialize;

use super::Report;
use super::count::Count;
use super::style::{BAD, GOOD, QUIET, STRONG, UNSURE};
use super::wording::thousands;
use crate::harness::CheckResult;
use crate::judge::Verdict;

/// The maximum number of changes of a kind that are shown, except regressions.
const SHOWN: usize = 20;

/// The differences between two reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReportComparison {
    /// Name and version of this format: syncano-conformance-comparison/1.
    pub format: &'static str,
    /// Differences between the runs themselves, such as the target, one line each.
    pub remarks: Vec<String>,
    /// The changes, in the order of the new report; checks that are gone come last.
    pub changes: Vec<CheckChange>,
    /// The number of checks with the same result.
    pub unchanged: usize,
    /// The number of those that count against the target.
    pub still_failing: usize,
}

/// One check with another result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckChange {
    /// The kind of change.
    pub kind: ChangeKind,
    /// The id of the check.
    pub id: String,
    /// The verdict before, or nothing if the check is new.
    pub before: Option<Verdict>,
    /// The verdict now, or nothing if the check is gone.
    pub after: Option<Verdict>,
    /// The reason, if it does not pass now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// A kind of change, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// It counts against the target and did not before, or is new: the only regression.
    NewlyFailing,
    /// It passes only when asked again.
    NewlyFlaky,
    /// It is skipped now.
    NewlySkipped,
    /// It fails but does not count: divergences.toml states it, or its rule is disputed.
    NewlyExcused,
    /// It passes now.
    Fixed,
    /// It passes now, and was skipped before.
    NoLongerSkipped,
    /// The old report does not have it.
    New,
    /// The new report does not have it.
    Gone,
}

impl ChangeKind {
    const ALL: [ChangeKind; 8] = [
        ChangeKind::NewlyFailing,
        ChangeKind::NewlyFlaky,
        ChangeKind::NewlySkipped,
        ChangeKind::NewlyExcused,
        ChangeKind::Fixed,
        ChangeKind::NoLongerSkipped,
        ChangeKind::New,
        ChangeKind::Gone,
    ];
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            ChangeKind::NewlyFailing => "newly failing",
            ChangeKind::NewlyFlaky => "newly flaky",
            ChangeKind::NewlySkipped => "newly skipped",
            ChangeKind::NewlyExcused => "newly known or disputed",
            ChangeKind::Fixed => "fixed",
            ChangeKind::NoLongerSkipped => "no longer skipped",
            ChangeKind::New => "new",
            ChangeKind::Gone => "gone",
        })
    }
}

/// The result of a check, as far as it matters for a comparison.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Passes,
    IsFlaky,
    IsSkipped,
    IsExcused,
    Fails,
}

impl State {
    fn new(report: &Report, check: &CheckResult) -> State {
        match report.counts_as(check) {
            Count::Passed if check.verdict() == Verdict::Flaky => State::IsFlaky,
            Count::Passed => State::Passes,
            Count::Skipped => State::IsSkipped,
            Count::Excused => State::IsExcused,
            Count::Failed | Count::Broken => State::Fails,
        }
    }

    /// Returns the kind of change from another state, if it is one.
    fn after(self, before: Option<State>) -> Option<ChangeKind> {
        match (before, self) {
            (Some(before), after) if before == after => None,
            (_, State::Fails) => Some(ChangeKind::NewlyFailing),
            (None, _) => Some(ChangeKind::New),
            (_, State::IsFlaky) => Some(ChangeKind::NewlyFlaky),
            (_, State::IsSkipped) => Some(ChangeKind::NewlySkipped),
            (_, State::IsExcused) => Some(ChangeKind::NewlyExcused),
            (Some(State::IsSkipped), State::Passes) => Some(ChangeKind::NoLongerSkipped),
            (Some(_), State::Passes) => Some(ChangeKind::Fixed),
        }
    }
}

impl ReportComparison {
    /// Compares check by check.
    pub fn new(old: &Report, new: &Report) -> ReportComparison {
        let mut before = old
            .checks()
            .map(|(_, check)| (check.id.as_str(), (State::new(old, check), check.verdict())))
            .collect::<IndexMap<_, _>>();
        let (mut changes, mut unchanged, mut still_failing) = (Vec::new(), 0, 0);
        for (_, check) in new.checks() {
            let was = before.shift_remove(check.id.as_str());
            let state = State::new(new, check);
            let Some(kind) = state.after(was.map(|(state, _)| state)) else {
                unchanged += 1;
                still_failing += usize::from(state == State::Fails);
                continue;
            };
            let before = was.map(|(_, verdict)| verdict);
            let because = check.because().map(str::to_owned);
            changes.push(CheckChange { kind, id: check.id.clone(), before, after: Some(check.verdict()), because });
        }
        changes.extend(before.into_iter().map(|(id, (_, verdict))| CheckChange {
            kind: ChangeKind::Gone,
            id: id.to_owned(),
            before: Some(verdict),
            after: None,
            because: None,
        }));
        let format = "syncano-conformance-comparison/1";
        ReportComparison { format, remarks: remarks(old, new), changes, unchanged, still_failing }
    }

    /// Returns whether a check newly fails.
    pub fn is_regression(&self) -> bool {
        self.with_kind(ChangeKind::NewlyFailing).next().is_some()
    }

    /// Writes the changes for people, the worst first.
    pub fn table(&self, out: &mut impl Write) -> io::Result<()> {
        for remark in &self.remarks {
            writeln!(out, "{UNSURE}note{UNSURE:#} {remark}")?;
        }
        for kind in ChangeKind::ALL {
            self.section(kind, out)?;
        }
        let failing = match self.still_failing {
            0 => String::new(),
            failing => format!(", {} of them failing", thousands(failing)),
        };
        let between = if self.remarks.is_empty() && self.changes.is_empty() { "" } else { "\n" };
        writeln!(
            out,
            "{between}changed {}, unchanged {}{failing}",
            thousands(self.changes.len()),
            thousands(self.unchanged)
        )
    }

    fn section(&self, kind: ChangeKind, out: &mut impl Write) -> io::Result<()> {
        let number = self.with_kind(kind).count();
        if number == 0 {
            return Ok(());
        }
        let style = match kind {
            ChangeKind::NewlyFailing => BAD,
            ChangeKind::Fixed | ChangeKind::NoLongerSkipped => GOOD,
            ChangeKind::New | ChangeKind::Gone => STRONG,
            _ => UNSURE,
        };
        writeln!(out, "\n{style}{kind}{style:#}: {number}")?;
        let most = if kind == ChangeKind::NewlyFailing { number } else { SHOWN };
        for CheckChange { id, before, after, because, .. } in self.with_kind(kind).take(most) {
            let word = |verdict: &Option<Verdict>| verdict.map_or("none", Verdict::word);
            writeln!(out, "  {id} {QUIET}{} -> {}{QUIET:#}", word(before), word(after))?;
            if let Some(because) = because {
                writeln!(out, "    {because}")?;
            }
        }
        match number.saturating_sub(most) {
            0 => Ok(()),
            more => writeln!(out, "  {QUIET}and {more} more{QUIET:#}"),
        }
    }

    fn with_kind(&self, kind: ChangeKind) -> impl Iterator<Item = &CheckChange> {
        self.changes.iter().filter(move |change| change.kind == kind)
    }
}

/// Returns the differences between the runs themselves.
fn remarks(old: &Report, new: &Report) -> Vec<String> {
    let mut remarks = Vec::new();
    let mut differ = |what: &str, before: String, after: String| {
        if before != after {
            remarks.push(format!("{what}: {before} before, {after} now"));
        }
    };
    if let (Some(before), Some(after)) = (&old.started, &new.started) {
        let words = |words: &[String]| if words.is_empty() { "everything".to_owned() } else { words.join(" ") };
        let shard = |shard: Option<crate::harness::Shard>| shard.map_or("all".to_owned(), |shard| shard.to_string());
        differ("the targets differ", before.target.clone(), after.target.clone());
        differ("the versions of the API differ", before.api_version.clone(), after.api_version.clone());
        differ("other parts of the suite were selected", words(&before.words), words(&after.words));
        differ("other access cases were run", before.access.to_string(), after.access.to_string());
        differ("the shards differ", shard(before.shard), shard(after.shard));
    }
    let strict = |report: &Report| if report.strict { "strict" } else { "not strict" }.to_owned();
    differ("one run was strict", strict(old), strict(new));
    differ("the versions of the program differ", old.tool_version.clone(), new.tool_version.clone());
    for (report, which) in [(old, "old"), (new, "new")] {
        if report.finished.as_ref().is_none_or(|finished| finished.interrupted) {
            remarks.push(format!("the {which} run was interrupted"));
        }
    }
    remarks
}
