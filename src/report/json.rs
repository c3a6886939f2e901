//! The whole judgement as JSON. Other programs read it.

use serde::{Deserialize, Serialize};

use super::summary::Summary;
use crate::harness::{Event, Finished, ScenarioResult, Started};

/// Name and version of the format. The version rises when something is removed or means something else.
pub const FORMAT: &str = "syncano-conformance-report/1";

/// Everything that a run has said.
#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    /// [`FORMAT`].
    pub format: String,
    /// The version of the program that ran.
    pub tool_version: String,
    /// What was run; nothing where the target was not reached.
    pub started: Option<Started>,
    /// The scenarios, in order.
    pub scenarios: Vec<ScenarioResult>,
    /// How it ended; nothing where it did not.
    pub finished: Option<Finished>,
    /// The counts.
    pub summary: Summary,
}

impl Report {
    /// Puts the events of a run together.
    pub fn of(events: &[Event], strict: bool) -> Report {
        let mut report = Report {
            format: FORMAT.to_owned(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            started: None,
            scenarios: Vec::new(),
            finished: None,
            summary: Summary::default(),
        };
        for event in events {
            report.summary.count(event, strict);
            match event.clone() {
                Event::Started(started) => report.started = Some(started),
                Event::Scenario(scenario) => report.scenarios.push(scenario),
                Event::Finished(finished) => report.finished = Some(finished),
            }
        }
        report
    }
}
