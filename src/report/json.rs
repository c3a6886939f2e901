//! The JSON report, which all other formats are rendered from.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::diagnosis::Diagnosis;
use super::not_run::{by_interruption, not_run};
use super::summary::{RunOutcome, Summary};
use crate::harness::{CheckResult, Event, Finished, ScenarioResult, Started};
use crate::judge::Verdict;
use syncano_simulator::visible;

/// The name and version of the format. The version rises when a member is removed or changes its meaning.
pub const FORMAT: &str = "syncano-conformance-report/1";

/// The report of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "A report of syncano-conformance")]
pub struct Report {
    /// Name and version of this format: syncano-conformance-report/1.
    pub format: String,
    /// The version of the program that ran.
    pub tool_version: String,
    /// Whether disputed rules count, and skipped checks fail the run.
    pub strict: bool,
    /// The beginning of the run, or nothing if the target was not reached.
    pub started: Option<Started>,
    /// The scenarios, in order.
    pub scenarios: Vec<ScenarioResult>,
    /// The end of the run, or nothing if it did not end.
    pub finished: Option<Finished>,
    /// The counts.
    pub summary: Summary,
    /// What is broken, if a check failed and the run was diagnosed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<Diagnosis>,
}

impl Report {
    /// Reads a JSON report. Hidden characters are escaped as in a new report, since anybody may have written the file.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not a report.
    pub fn read(text: &str) -> serde_json::Result<Report> {
        let report: Report = serde_json::from_str(text)?;
        let mut value = serde_json::to_value(report)?;
        escape(&mut value);
        serde_json::from_value(value)
    }

    /// Returns what the run left out, or nothing if it ran everything.
    pub(crate) fn not_run(&self) -> Option<String> {
        let (mut skipped, mut interrupted) = (BTreeMap::new(), 0);
        for (prevented, checks) in self.scenarios.iter().map(by_interruption) {
            interrupted += prevented;
            for check in checks.into_iter().filter(|check| check.verdict() == Verdict::Skip) {
                *skipped.entry(check.because().unwrap_or_default().to_owned()).or_default() += 1;
            }
        }
        not_run(self.started.as_ref(), &skipped, interrupted)
    }

    /// Collects the events of a run.
    pub fn new(events: &[Event], strict: bool) -> Report {
        let mut report = Report {
            format: FORMAT.to_owned(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            strict,
            started: None,
            scenarios: Vec::new(),
            finished: None,
            summary: Summary::default(),
            diagnosis: None,
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

    /// Returns the events of the run.
    pub fn events(&self) -> impl Iterator<Item = Event> {
        let started = self.started.clone().map(Event::Started);
        let scenarios = self.scenarios.iter().cloned().map(Event::Scenario);
        started.into_iter().chain(scenarios).chain(self.finished.clone().map(Event::Finished))
    }

    /// Returns every check with its scenario, in order.
    pub fn checks(&self) -> impl Iterator<Item = (&ScenarioResult, &CheckResult)> {
        self.scenarios.iter().flat_map(|scenario| scenario.checks.iter().map(move |check| (scenario, check)))
    }

    /// Returns whether a check does not count because its rule is disputed.
    pub fn is_apart(&self, check: &CheckResult) -> bool {
        check.is_disputed() && !self.strict
    }

    /// Returns the outcome of the run.
    pub fn outcome(&self) -> RunOutcome {
        self.summary.outcome(self.strict)
    }
}

fn escape(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(shown) = visible::text(text) {
                *text = shown;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(escape),
        Value::Object(members) => members.values_mut().for_each(escape),
        _ => {}
    }
}

/// Renders the report as JSON. Hidden characters beyond ASCII, and text that GitHub Actions would take for a workflow command,
/// are written as JSON escapes.
pub(super) fn json(report: &Report) -> serde_json::Result<String> {
    let text = serde_json::to_string_pretty(report)?.replace("##[", "#\\u0023[");
    if !text.chars().any(|c| c != '\n' && visible::is_hidden(c)) {
        return Ok(text);
    }
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c == '\n' || !visible::is_hidden(c) => escaped.push(c),
            c => {
                let units = c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
                escaped.push_str(&units);
            }
        }
    }
    Ok(escaped)
}

/// Returns the JSON Schema of reports, as in `docs/report.schema.json`.
pub fn json_schema() -> String {
    let schema = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Report>();
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
