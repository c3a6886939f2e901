//! Merges the reports of all shards of a run into one report.

use std::collections::BTreeMap;

use super::Report;
use crate::harness::{Event, Finished, ScenarioResult, Shard, Started};

/// Why reports are not the parts of one run. Each part is named as its user named it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// There are none.
    #[error("there is nothing to be merged")]
    Nothing,
    /// One says nothing.
    #[error("{0}: the target was not reached, so that it says nothing")]
    NotStarted(String),
    /// One is cut off.
    #[error("{0}: its run came to no end")]
    NotFinished(String),
    /// One is of a run that was not split.
    #[error("{0}: it is no part, but of a whole run")]
    Whole(String),
    /// One is of another run.
    #[error("{name} does not fit {first}: {what} is {here:?}, not {there:?}")]
    Differs {
        /// The one.
        name: String,
        /// The one that it does not fit.
        first: String,
        /// In what they differ.
        what: &'static str,
        /// What it has.
        here: String,
        /// What the other has.
        there: String,
    },
    /// Two are the same part.
    #[error("{name} and {first} are both shard {shard}")]
    Double {
        /// One.
        first: String,
        /// The other.
        name: String,
        /// Which.
        shard: Shard,
    },
    /// Some are not there.
    #[error("of {of} shards there is none with the number {}", numbers(missing))]
    Missing {
        /// Their numbers.
        missing: Vec<usize>,
        /// How many there should be.
        of: usize,
    },
}

/// One part, with the name of its file.
struct Part {
    name: String,
    report: Report,
    started: Started,
    finished: Finished,
    shard: Shard,
}

impl Report {
    /// Joins the reports of the shards of a run, each with a name for it. But for times and the id of the run the whole is what
    /// one run would have reported: it began with the first of them and took as long as the longest.
    pub fn merge(parts: Vec<(String, Report)>) -> Result<Report, MergeError> {
        let parts = parts.into_iter().map(Part::of).collect::<Result<Vec<_>, _>>()?;
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
        Ok(Report { tool_version, ..Report::of(&events.collect::<Vec<_>>(), strict) })
    }
}

impl Part {
    fn of((name, mut report): (String, Report)) -> Result<Part, MergeError> {
        let Some(started) = report.started.take() else { return Err(MergeError::NotStarted(name)) };
        let Some(finished) = report.finished.take() else { return Err(MergeError::NotFinished(name)) };
        let Some(shard) = started.shard else { return Err(MergeError::Whole(name)) };
        Ok(Part { name, report, started, finished, shard })
    }

    /// What has to be the same in all parts.
    fn common(&self) -> [(&'static str, String); 9] {
        let Part { report, started, shard, .. } = self;
        [
            ("the target", started.target.clone()),
            ("the version of the API", started.api_version.clone()),
            ("what was selected", if started.words.is_empty() { "all".to_owned() } else { started.words.join(" ") }),
            ("what of the access table was run", started.access.to_string()),
            ("the number of shards", shard.of.to_string()),
            ("the number of declared checks", started.declared.to_string()),
            ("the number of declared checks of disputed rules", started.declared_disputed.to_string()),
            ("the version of the program", report.tool_version.clone()),
            ("whether it is strict", report.strict.to_string()),
        ]
    }
}

/// The parts by their numbers, all there and fitting.
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

/// What was dealt out to the shards, one after the other, in its order again.
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

/// Each line once: what is said of the whole suite is said by every shard.
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
