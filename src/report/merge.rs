//! Merges the reports of all shards of a run into one report.

use std::collections::BTreeMap;

use super::Report;
use crate::harness::{Event, Finished, ScenarioResult, Shard, Started};

/// The reports are not those of all shards of one run. Each report has the name that the caller gave it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// There are no reports.
    #[error("there are no reports to merge")]
    Nothing,
    /// The run of a report did not reach its target.
    #[error("{0}: the run did not reach its target")]
    NotStarted(String),
    /// The run of a report did not end.
    #[error("{0}: the run did not end")]
    NotFinished(String),
    /// A report is not from a sharded run.
    #[error("{0}: report is not from a sharded run")]
    Whole(String),
    /// A report is from another run.
    #[error("{name} and {first} are not from one run: {what} is {here:?}, not {there:?}")]
    Differs {
        /// One report.
        name: String,
        /// The other report.
        first: String,
        /// The property in which they differ.
        what: &'static str,
        /// Its value in the one report.
        here: String,
        /// Its value in the other report.
        there: String,
    },
    /// Two reports are of the same shard.
    #[error("{name} and {first} are both shard {shard}")]
    Double {
        /// One.
        first: String,
        /// The other.
        name: String,
        /// The shard.
        shard: Shard,
    },
    /// The reports of some shards are missing.
    #[error("the reports of these shards of {of} are missing: {}", numbers(missing))]
    Missing {
        /// Their numbers.
        missing: Vec<usize>,
        /// The number of all shards.
        of: usize,
    },
}

/// The report of a shard, with the name of its file.
struct Part {
    name: String,
    report: Report,
    started: Started,
    finished: Finished,
    shard: Shard,
}

impl Report {
    /// Merges the reports of the shards of a run, each with a name. Except for times and the run id, the result is the report of
    /// a single run: it began with the first shard and took as long as the longest.
    pub fn merge(parts: Vec<(String, Report)>) -> Result<Report, MergeError> {
        let parts = parts.into_iter().map(Part::new).collect::<Result<Vec<_>, _>>()?;
        let parts = in_order(parts)?;
        let Some(first) = parts.first() else { return Err(MergeError::Nothing) };
        let strict = first.report.strict;
        let tool_version = first.report.tool_version.clone();
        let started = Started {
            run: parts.iter().map(|part| part.started.run.as_str()).collect::<Vec<_>>().join("+"),
            began: parts.iter().map(|part| part.started.began).min().unwrap_or(first.started.began),
            access_cases_not_run: parts.iter().map(|part| part.started.access_cases_not_run).sum(),
            shard: None,
            ..first.started.clone()
        };
        let lines = |of: fn(&Finished) -> &Vec<String>| parts.iter().flat_map(move |part| of(&part.finished)).cloned();
        let finished = Finished {
            interrupted: parts.iter().any(|part| part.finished.interrupted),
            elapsed: parts.iter().map(|part| part.finished.elapsed).max().unwrap_or_default(),
            stale: once(lines(|finished| &finished.stale)),
            left_behind: lines(|finished| &finished.left_behind).collect(),
            notes: once(lines(|finished| &finished.notes)),
        };
        let scenarios = dealt_back(parts.into_iter().map(|part| part.report.scenarios).collect());
        let scenarios = scenarios.into_iter().map(Event::Scenario);
        let events = [Event::Started(started)].into_iter().chain(scenarios).chain([Event::Finished(finished)]);
        Ok(Report { tool_version, ..Report::new(&events.collect::<Vec<_>>(), strict) })
    }
}

impl Part {
    fn new((name, mut report): (String, Report)) -> Result<Part, MergeError> {
        let Some(started) = report.started.take() else { return Err(MergeError::NotStarted(name)) };
        let Some(finished) = report.finished.take() else { return Err(MergeError::NotFinished(name)) };
        let Some(shard) = started.shard else { return Err(MergeError::Whole(name)) };
        Ok(Part { name, report, started, finished, shard })
    }

    /// Returns the properties that have to be the same in all parts.
    fn common(&self) -> [(&'static str, String); 9] {
        let Part { report, started, shard, .. } = self;
        [
            ("the target", started.target.clone()),
            ("the version of the API", started.api_version.clone()),
            ("the selection", if started.words.is_empty() { "all".to_owned() } else { started.words.join(" ") }),
            ("the selection of access cases", started.access.to_string()),
            ("the number of shards", shard.of.to_string()),
            ("the number of declared checks", started.declared.to_string()),
            ("the number of declared checks of disputed rules", started.declared_disputed.to_string()),
            ("the version of the program", report.tool_version.clone()),
            ("whether it is strict", report.strict.to_string()),
        ]
    }
}

/// Sorts the parts by their numbers, and checks that they are complete and from one run.
fn in_order(parts: Vec<Part>) -> Result<Vec<Part>, MergeError> {
    let mut by_number: BTreeMap<usize, Part> = BTreeMap::new();
    let mut common = None;
    for part in parts {
        let (first, expected) = common.get_or_insert_with(|| (part.name.clone(), part.common()));
        let differs = part.common().into_iter().zip(expected.iter()).find(|(here, there)| here != *there);
        if let Some(((what, here), (_, there))) = differs {
            let (name, first, there) = (part.name, first.clone(), there.clone());
            return Err(MergeError::Differs { name, first, what, here, there });
        }
        if let Some(first) = by_number.get(&part.shard.number) {
            return Err(MergeError::Double { first: first.name.clone(), name: part.name, shard: part.shard });
        }
        by_number.insert(part.shard.number, part);
    }
    let of = by_number.values().next().map_or(0, |part| part.shard.of);
    let missing = (1..=of).filter(|number| !by_number.contains_key(number)).collect::<Vec<_>>();
    if !missing.is_empty() {
        return Err(MergeError::Missing { missing, of });
    }
    Ok(by_number.into_values().collect())
}

/// Restores the order of the scenarios, which were dealt out to the shards one by one.
fn dealt_back(shards: Vec<Vec<ScenarioResult>>) -> Vec<ScenarioResult> {
    let mut shards = shards.into_iter().map(Vec::into_iter).collect::<Vec<_>>();
    let mut all = Vec::new();
    loop {
        let before = all.len();
        all.extend(shards.iter_mut().filter_map(Iterator::next));
        if all.len() == before {
            return all;
        }
    }
}

/// Returns each line once: every shard reports the lines about the whole suite.
fn once(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for line in lines {
        if !all.contains(&line) {
            all.push(line);
        }
    }
    all
}

fn numbers(numbers: &[usize]) -> String {
    numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}
