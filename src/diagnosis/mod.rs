//! Diagnoses a run: which known bugs explain its failures.
//!
//! The [defects](crate::defects) and quirks are tried in the built-in simulator, in this process.
//! Nothing is sent to the target. A bug explains a failure if the same check fails because of the
//! bug; it contradicts the run if it makes a check fail that passed. The smallest set of bugs that
//! explains the most is the diagnosis. No bug explains what fails without one, such as a wrong check.

mod choice;
mod observed;
mod trial;

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use choice::Candidate;
use observed::Observed;

use crate::judge::Verdict;
use crate::report::{Cause, Diagnosis, Report};
use crate::selftest::Wrong;
use syncano_suite::Suite;

/// The maximum cost of each search, in scenarios. A limit of time would make the diagnosis depend on
/// the speed of the machine.
const MAX_COST: usize = 6_000;

/// Finds the bugs that explain the failures of a run with this suite. A bug whose pinned checks all
/// passed is none of them. Returns `None` if no check failed, or the run was interrupted.
pub async fn diagnose(suite: &Arc<Suite>, report: &Report) -> Option<Diagnosis> {
    let mut observed = Arc::new(Observed::new(report));
    let has_failed = report.troubles().any(|(_, check)| check.verdict() == Verdict::Fail);
    if !has_failed || report.summary.interrupted {
        return None;
    }
    let anyway = trial::failing_anyway(suite, report, &observed, observed.all_parts()).await;
    if !anyway.is_empty() {
        observed = Arc::new(Observed::new(report).without(&anyway));
    }
    let (noticed, unknown) = plausible(suite, &observed);
    let noticed = noticed.into_iter().map(|wrong| (wrong, observed.parts(pins(suite, wrong)))).collect();
    let unknown = unknown.into_iter().map(|wrong| (wrong, observed.few_parts())).collect();
    // The other scenarios of the run distinguish bugs that look alike there.
    let all_parts = observed.all_parts();
    let whole = |tried: &[Candidate], known: &[Candidate]| {
        let is_new = |wrong: &Wrong| !known.iter().any(|known| known.wrong.name() == wrong.name());
        choice::close(tried).into_iter().filter(is_new).map(|wrong| (wrong, all_parts.clone())).collect()
    };
    let mut tried = trial::all(suite, report, &observed, noticed, MAX_COST).await;
    let mut candidates = trial::all(suite, report, &observed, whole(&tried, &[]), MAX_COST).await;
    if !choice::is_exact(&candidates, &observed, &all_parts) {
        tried.extend(trial::all(suite, report, &observed, unknown, MAX_COST).await);
        candidates.extend(trial::all(suite, report, &observed, whole(&tried, &candidates), MAX_COST).await);
    }
    let mut chosen = choice::smallest(&candidates);
    let explained =
        chosen.iter().filter_map(|number| candidates.get(*number)).map(|candidate| candidate.explains.len());
    // Where most checks fail, every bug explains some of them.
    let failed = observed.failed.iter().filter(|check| observed.is_in(**check, &all_parts)).count();
    if failed > observed.passed.len() && explained.max().unwrap_or_default() * 2 < failed {
        chosen.clear();
    }
    Some(in_words(suite, report, &observed, &candidates, &chosen))
}

/// Returns the bugs with a failed pinned check, first those with most of them failed; and the bugs
/// without a pinned check in the run, as in a run of a part of the suite.
fn plausible(suite: &Suite, observed: &Observed) -> (Vec<Wrong>, Vec<Wrong>) {
    let (mut noticed, mut unknown) = (Vec::new(), Vec::new());
    for wrong in Wrong::all() {
        let judged = pins(suite, wrong).filter_map(|id| observed.number(id)).filter(|check| observed.is_judged(*check));
        let judged = judged.collect::<Vec<_>>();
        match judged.iter().filter(|check| observed.failed.contains(check)).count() {
            _ if judged.is_empty() => unknown.push(wrong),
            0 => {}
            failed => noticed.push((100 * failed / judged.len(), wrong)),
        }
    }
    noticed.sort_by_key(|(rate, _)| Reverse(*rate));
    (noticed.into_iter().map(|(_, wrong)| wrong).collect(), unknown)
}

fn pins(suite: &Suite, wrong: Wrong) -> impl Iterator<Item = &str> {
    suite.pins.get(wrong.name()).into_iter().flat_map(|pin| pin.ids())
}

fn in_words(
    suite: &Suite,
    report: &Report,
    observed: &Observed,
    candidates: &[Candidate],
    chosen: &[usize],
) -> Diagnosis {
    let failures = report.failures().into_iter().filter_map(|(_, check)| observed.number(&check.id));
    let order = failures.enumerate().map(|(place, check)| (check, place)).collect::<HashMap<_, _>>();
    let counted = order.keys().copied().collect::<BTreeSet<_>>();
    let mut causes = chosen
        .iter()
        .filter_map(|number| candidates.get(*number))
        .map(|candidate| {
            let alike = candidates.iter().filter(|other| other.looks_like(candidate));
            let others = alike.map(|other| other.wrong.name()).filter(|name| *name != candidate.wrong.name());
            let (wrong, right) =
                candidate.wrong.about().split_once(" Right: ").unwrap_or((candidate.wrong.about(), ""));
            let mut explains = candidate.explains.intersection(&counted).copied().collect::<Vec<_>>();
            // The pinned checks show a bug most plainly.
            let pinned = pins(suite, candidate.wrong).collect::<HashSet<_>>();
            explains.sort_by_key(|check| (!pinned.contains(observed.id(*check)), order.get(check)));
            let checks = explains.len() + candidate.contradicts.len();
            Cause {
                names: [candidate.wrong.name()].into_iter().chain(others).map(str::to_owned).collect(),
                wrong: wrong.to_owned(),
                right: right.to_owned(),
                explains: explains.into_iter().map(|check| observed.id(check).to_owned()).collect(),
                checks,
            }
        })
        .collect::<Vec<_>>();
    causes.sort_by_key(|cause| Reverse(cause.explains.len()));
    let explained = chosen.iter().filter_map(|number| candidates.get(*number));
    let explained = explained.flat_map(|candidate| candidate.explains.iter().copied()).collect::<BTreeSet<_>>();
    // Nothing is known of checks on which no bug was tried.
    let tried = observed.all_parts();
    let unexplained = counted.difference(&explained).filter(|check| observed.is_in(**check, &tried));
    let unexplained = unexplained.map(|check| observed.id(*check).to_owned()).collect();
    Diagnosis { failures: counted.len(), causes, unexplained }
}
