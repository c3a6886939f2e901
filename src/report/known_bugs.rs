//! The known bugs of the reference deployment that a target has.

use std::collections::BTreeMap;

use super::Report;
use crate::judge::Verdict;

impl Report {
    /// Returns each bug, with what to do about it, and the number of checks that fail because of it.
    pub fn known_bugs(&self) -> BTreeMap<&str, usize> {
        let known = self.checks().filter(|(_, check)| check.verdict() == Verdict::Known);
        let known = known.filter_map(|(_, check)| check.divergence());
        let mut bugs: BTreeMap<&str, usize> = BTreeMap::new();
        for divergence in known.filter(|divergence| divergence.is_of_reference()) {
            *bugs.entry(&divergence.reason).or_default() += 1;
        }
        bugs
    }
}
