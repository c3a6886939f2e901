//! Creates the first and the last event of a run.

use std::time::Instant;

use jiff::Unit;

use super::event::{Event, Finished, Started};
use super::known::KnownDivergences;
use crate::harness::plan::{Plan, Selection, replayable};
use crate::harness::shutdown::StopReason;
use crate::harness::trace::EndLine;
use syncano_suite::{AccessTable, BuiltInCheck, Check, Suite};

/// Returns the first event of a run on a target.
pub fn started(plan: &Plan, suite: &Suite, selection: &Selection, target: &str, run: &str) -> Event {
    let is_disputed = |check: &Check| {
        let rule = check.rule.as_ref().and_then(|rule| suite.rules.get(rule));
        rule.is_some_and(|rule| rule.disputed.is_some())
    };
    let checks = || suite.scenarios.iter().flat_map(|scenario| scenario.checks());
    let cases = suite.access.as_ref().map_or(0, AccessTable::access_cases);
    let of_scenarios = suite.scenarios.iter().map(|scenario| scenario.built_in.len()).sum::<usize>();
    let endpoints_in_table = suite.access.as_ref().map_or(0, |table| table.endpoints.len());
    let built_in = of_scenarios + endpoints_in_table * BuiltInCheck::ALL.len();
    let endpoints = suite
        .access
        .iter()
        .flat_map(|table| selection.endpoints(suite).into_iter().filter_map(|number| table.endpoints.get(number)));
    let not_run = endpoints.flat_map(|endpoint| &endpoint.cases).filter(|case| !plan.access.runs(&case.method)).count();
    let ways = |scenario| replayable(scenario, plan.administers(), plan.instance.is_none()).len();
    let replays = if plan.replays { suite.scenarios.iter().map(ways).sum() } else { 0 };
    Event::Started(Started {
        target: target.to_owned(),
        api_version: plan.version.to_string(),
        run: run.to_owned(),
        began: plan.now.round(Unit::Second).unwrap_or(plan.now),
        words: selected(suite, selection),
        access: plan.access,
        access_cases_not_run: not_run,
        shard: selection.selected_shard(),
        declared: checks().filter(|(_, check)| !is_disputed(check)).count() + cases + built_in + replays,
        declared_disputed: checks().filter(|(_, check)| is_disputed(check)).count(),
    })
}

/// Returns what is selected, in the words of the command line.
fn selected(suite: &Suite, selection: &Selection) -> Vec<String> {
    let levels = suite.levels.iter().map(|level| level.name()).collect::<Vec<_>>().join(",");
    let levels = Some(format!("--level {levels}")).filter(|_| !suite.levels.is_empty());
    levels.into_iter().chain(selection.words().iter().cloned()).collect()
}

/// Returns the last event of a run; `snapshots` are those that no check uses.
pub fn finished(end: EndLine, begun: Instant, snapshots: Vec<String>, known: KnownDivergences) -> Event {
    let EndLine { stopped, left_behind, notes, .. } = end;
    let snapshots = snapshots.into_iter().map(|path| format!("no check uses the snapshot {path}.snap"));
    let stale = snapshots.chain(known.stale()).collect();
    let interrupted = stopped == Some(StopReason::Interrupted);
    Event::Finished(Finished { interrupted, elapsed: begun.elapsed(), stale, left_behind, notes })
}
