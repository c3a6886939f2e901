//! Chooses the smallest set of bugs that explains a run.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};

use super::observed::Observed;
use crate::selftest::Wrong;

/// The maximum number of bugs in a diagnosis.
const MAX_CAUSES: usize = 5;
/// The number of bugs that are looked at more closely for each bug of a diagnosis.
const CLOSE: usize = 4;
/// Their maximum number if they look alike.
const MAX_ALIKE: usize = 12;

/// The worth of an explained failure. It exceeds the price of a bug, so that each failure is
/// explained if possible.
const EXPLAINED: i64 = 10;
/// The price of a check that passed, although it fails because of the bug.
const CONTRADICTED: i64 = 6;
/// The price of a bug, so that fewer are better.
const BUG: i64 = 8;

/// A bug that was tried.
pub struct Candidate {
    /// The bug.
    pub wrong: Wrong,
    /// The failed checks of the run that fail because of the bug, too.
    pub explains: BTreeSet<usize>,
    /// The checks of the run that passed, although they fail because of the bug.
    pub contradicts: BTreeSet<usize>,
}

impl Candidate {
    /// Creates the result of a bug, given the checks that fail because of it.
    pub fn new(wrong: Wrong, failed: impl Iterator<Item = usize>, observed: &Observed) -> Candidate {
        let failed = failed.collect::<BTreeSet<_>>();
        let explains = failed.iter().copied().filter(|check| observed.failed.contains(check)).collect();
        let contradicts = failed.into_iter().filter(|check| observed.passed.contains(check)).collect();
        Candidate { wrong, explains, contradicts }
    }

    /// Returns whether the checks of the run cannot tell this bug from another one.
    pub fn looks_like(&self, other: &Candidate) -> bool {
        self.explains == other.explains && self.contradicts == other.contradicts
    }
}

/// Returns the bugs that could be part of a diagnosis.
pub fn close(candidates: &[Candidate]) -> Vec<Wrong> {
    let mut close = BTreeSet::new();
    let mut chosen = Vec::new();
    while chosen.len() < MAX_CAUSES {
        let mut best = gains(candidates, &chosen);
        best.retain(|(gain, _)| *gain > 0);
        best.sort_by_key(|(gain, number)| (Reverse(*gain), *number));
        let least = best.get(CLOSE.min(best.len()).saturating_sub(1)).map_or(0, |(gain, _)| *gain);
        close.extend(best.iter().take_while(|(gain, _)| *gain >= least).take(MAX_ALIKE).map(|(_, number)| *number));
        match best.first() {
            Some((_, number)) => chosen.push(*number),
            None => break,
        }
    }
    close.into_iter().filter_map(|number| candidates.get(number)).map(|candidate| candidate.wrong).collect()
}

/// Returns whether some bugs explain every failure of these parts, and no passed check contradicts
/// them.
pub fn is_exact(candidates: &[Candidate], observed: &Observed, parts: &HashSet<String>) -> bool {
    let chosen = smallest(candidates);
    let chosen = || chosen.iter().filter_map(|number| candidates.get(*number));
    let explained = chosen().flat_map(|candidate| &candidate.explains).collect::<BTreeSet<_>>();
    let is_explained = |check: &usize| explained.contains(check) || !observed.is_in(*check, parts);
    observed.failed.iter().all(is_explained) && chosen().all(|candidate| candidate.contradicts.is_empty())
}

/// Returns the numbers of the bugs in the smallest set that explains the most.
pub fn smallest(candidates: &[Candidate]) -> Vec<usize> {
    let mut chosen = Vec::new();
    while chosen.len() < MAX_CAUSES {
        let best = gains(candidates, &chosen).into_iter().max_by_key(|(gain, number)| (*gain, Reverse(*number)));
        match best {
            Some((gain, number)) if gain > 0 => chosen.push(number),
            _ => break,
        }
        exchange(candidates, &mut chosen);
    }
    chosen
}

/// Exchanges a bug for a better one, or leaves it out, as long as that improves the set.
fn exchange(candidates: &[Candidate], chosen: &mut Vec<usize>) {
    for place in 0..chosen.len() {
        let others = chosen.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, number)| *number);
        let others = others.collect::<Vec<_>>();
        let Some(now) = chosen.get(place).copied() else { return };
        let gains = gains(candidates, &others);
        let gain_now = gains.iter().find(|(_, number)| *number == now).map_or(0, |(gain, _)| *gain);
        match gains.into_iter().max_by_key(|(gain, number)| (*gain, Reverse(*number))) {
            Some((gain, better)) if gain > gain_now => {
                *chosen = others;
                chosen.push(better);
            }
            _ => {}
        }
    }
}

/// Returns what each further bug adds to the worth of a set, with its number.
fn gains(candidates: &[Candidate], chosen: &[usize]) -> Vec<(i64, usize)> {
    let set = || chosen.iter().filter_map(|number| candidates.get(*number));
    let explained = set().flat_map(|candidate| &candidate.explains).collect::<BTreeSet<_>>();
    let contradicted = set().flat_map(|candidate| &candidate.contradicts).collect::<BTreeSet<_>>();
    let free = candidates.iter().enumerate().filter(|(number, _)| !chosen.contains(number));
    free.map(|(number, candidate)| {
        let more = |checks: &BTreeSet<usize>, known: &BTreeSet<&usize>| {
            checks.iter().filter(|check| !known.contains(check)).count() as i64
        };
        let explains = more(&candidate.explains, &explained) * EXPLAINED;
        let contradicts = more(&candidate.contradicts, &contradicted) * CONTRADICTED;
        (explains - contradicts - BUG, number)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selftest::Wrong;

    fn candidate(number: usize, explains: &[usize], contradicts: &[usize]) -> Candidate {
        let wrong = Wrong::all().nth(number).unwrap();
        let set = |checks: &[usize]| checks.iter().copied().collect();
        Candidate { wrong, explains: set(explains), contradicts: set(contradicts) }
    }

    #[test]
    fn one_bug_that_explains_everything_is_better_than_two() {
        let candidates = [candidate(0, &[1, 2], &[]), candidate(1, &[3], &[]), candidate(2, &[1, 2, 3], &[])];
        assert_eq!(smallest(&candidates), [2]);
    }

    #[test]
    fn a_bug_that_contradicts_what_passed_is_worse() {
        let candidates = [candidate(0, &[1, 2, 3], &[7, 8, 9]), candidate(1, &[1, 2, 3], &[])];
        assert_eq!(smallest(&candidates), [1]);
        let candidates = [candidate(0, &[1], &[7, 8])];
        assert_eq!(smallest(&candidates), [] as [usize; 0], "it contradicts more than it explains");
    }

    #[test]
    fn two_bugs_are_found_beside_each_other() {
        let candidates = [candidate(0, &[1, 2, 3, 4], &[]), candidate(1, &[4, 5], &[]), candidate(2, &[3, 4], &[])];
        assert_eq!(smallest(&candidates), [0, 1]);
        assert_eq!(close(&candidates).len(), 3);
    }
}
