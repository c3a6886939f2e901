//! Selects the scenarios and endpoints to run.

use std::collections::HashSet;

use super::access::Access;
use super::shard::Shard;
use syncano_suite::{AccessEndpoint, AccessTable, Scenario, Suite};

/// Words that select scenarios, checks or rules; no words select everything. Scenarios are always
/// run whole, because their steps depend on each other.
///
/// A word selects a scenario if it is the beginning of the scenario's path (`scenarios/user/` or
/// `user/reads.yaml` or `user`), of the id of one of its checks, or of the name of one of its
/// rules, or if it is the code of one of its rules. A word selects an endpoint of the access table
/// if it is the beginning of its name or of an access case: `access/users`.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    words: Vec<String>,
    /// The names of the only scenarios and endpoints that may be selected.
    only: Option<HashSet<String>>,
    shard: Option<Shard>,
}

impl Selection {
    /// Selects by these words.
    pub fn new(words: Vec<String>) -> Selection {
        Selection { words, ..Selection::default() }
    }

    /// Selects only scenarios and endpoints with these names.
    pub fn only(mut self, names: HashSet<String>) -> Selection {
        self.only = Some(names);
        self
    }

    /// Selects only what belongs to a shard.
    pub fn shard(mut self, shard: Option<Shard>) -> Selection {
        self.shard = shard;
        self
    }

    /// Returns the words; none select everything.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Returns the shard, if only one is selected.
    pub fn selected_shard(&self) -> Option<Shard> {
        self.shard
    }

    /// Returns the numbers of the selected scenarios, in order.
    pub fn scenarios(&self, suite: &Suite) -> Vec<usize> {
        self.sharded(0, self.in_all_shards(suite))
    }

    /// Returns the numbers of the selected endpoints of the access table, in order.
    pub fn endpoints(&self, suite: &Suite) -> Vec<usize> {
        let selected = |endpoint: &AccessEndpoint| {
            self.allows(&endpoint.full_name())
                && (self.words.is_empty() || self.words.iter().any(|word| selects_endpoint(word, endpoint)))
        };
        let endpoints = suite.access.iter().flat_map(|table| &table.endpoints).enumerate();
        let endpoints = endpoints.filter(|(_, endpoint)| selected(endpoint)).map(|(number, _)| number).collect();
        // The number of scenarios before the endpoints matters only to a shard.
        let before = self.shard.map_or(0, |_| self.in_all_shards(suite).len());
        self.sharded(before, endpoints)
    }

    /// Returns the number of scenarios and endpoints that are run.
    pub fn parts(&self, suite: &Suite, access: Access) -> usize {
        let endpoints = if access == Access::Off { 0 } else { self.endpoints(suite).len() };
        self.scenarios(suite).len() + endpoints
    }

    /// Returns the numbers of the selected scenarios of all shards.
    fn in_all_shards(&self, suite: &Suite) -> Vec<usize> {
        let selected = |scenario: &Scenario| {
            self.allows(&scenario.name)
                && (self.words.is_empty() || self.words.iter().any(|word| selects(word, scenario, suite)))
        };
        let scenarios = suite.scenarios.iter().enumerate();
        scenarios.filter(|(_, scenario)| selected(scenario)).map(|(number, _)| number).collect()
    }

    fn allows(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|names| names.contains(name))
    }

    /// Returns the parts that belong to the shard; `before` is the number of parts before them.
    fn sharded(&self, before: usize, parts: Vec<usize>) -> Vec<usize> {
        let Some(shard) = self.shard else { return parts };
        let taken = parts.into_iter().enumerate().filter(|(place, _)| shard.takes(before + place));
        taken.map(|(_, part)| part).collect()
    }

    /// Returns the words that select nothing.
    pub fn unmatched(&self, suite: &Suite) -> Vec<&str> {
        let nothing = |word: &&String| {
            let mut endpoints = suite.access.iter().flat_map(|table| &table.endpoints);
            !suite.scenarios.iter().any(|scenario| selects(word, scenario, suite))
                && !endpoints.any(|endpoint| selects_endpoint(word, endpoint))
        };
        self.words.iter().filter(nothing).map(String::as_str).collect()
    }
}

/// Returns whether a word selects an endpoint: by its name, by an access case, or by the file of
/// the table.
fn selects_endpoint(word: &str, endpoint: &AccessEndpoint) -> bool {
    let path = path_of(word);
    path == AccessTable::FILE
        || begins(&endpoint.full_name(), path)
        || endpoint.cases.iter().any(|case| begins(case.id.as_str(), word))
}

/// Returns a word as the path of a scenario, without its extension.
fn path_of(word: &str) -> &str {
    let path = word.strip_prefix("./").unwrap_or(word);
    let path = path.strip_prefix("scenarios/").unwrap_or(path);
    path.strip_suffix(".yaml").unwrap_or(path)
}

fn selects(word: &str, scenario: &Scenario, suite: &Suite) -> bool {
    begins(&scenario.name, path_of(word))
        || scenario.checks().any(|(_, check)| {
            let rule = check.rule.as_deref();
            begins(check.id.as_str(), word)
                || rule.is_some_and(|name| begins(name, word))
                || rule.and_then(|name| suite.rules.get(name)).is_some_and(|rule| rule.code == word)
        })
}

/// Returns whether a path begins with all segments of another.
fn begins(path: &str, with: &str) -> bool {
    let with = with.trim_end_matches('/');
    !with.is_empty() && path.strip_prefix(with).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
