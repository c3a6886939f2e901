//! The report as JSON, from which every other format is made.

use std::borrow::Cow;
use std::fmt;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::summary::{Outcome, Summary};
use super::terminal::Terminal;
use crate::harness::{CheckResult, Event, Finished, ScenarioResult, Started};
use syncano_simulator::visible;

/// Name and version of the format. The version rises when something is removed or means something else.
pub const FORMAT: &str = "syncano-conformance-report/1";

/// Everything that a run has said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "A report of syncano-conformance")]
pub struct Report {
    /// Name and version of this format: syncano-conformance-report/1.
    pub format: String,
    /// The version of the program that ran.
    pub tool_version: String,
    /// Whether checks of disputed rules count, and what was skipped too.
    pub strict: bool,
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
    /// Reads a JSON report. Hidden characters stand in it as escapes, as in one that a run has just made: whoever has written it
    /// may have put in others.
    ///
    /// # Errors
    ///
    /// When the text is no report.
    pub fn read(text: &str) -> serde_json::Result<Report> {
        let report: Report = serde_json::from_str(text)?;
        let mut value = serde_json::to_value(report)?;
        escape(&mut value);
        serde_json::from_value(value)
    }

    /// Puts the events of a run together.
    pub fn of(events: &[Event], strict: bool) -> Report {
        let mut report = Report {
            format: FORMAT.to_owned(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            strict,
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

    /// The events that it was made of.
    pub fn events(&self) -> impl Iterator<Item = Event> {
        let started = self.started.clone().map(Event::Started);
        let scenarios = self.scenarios.iter().cloned().map(Event::Scenario);
        started.into_iter().chain(scenarios).chain(self.finished.clone().map(Event::Finished))
    }

    /// Every check with its scenario, in order.
    pub fn checks(&self) -> impl Iterator<Item = (&ScenarioResult, &CheckResult)> {
        self.scenarios.iter().flat_map(|scenario| scenario.checks.iter().map(move |check| (scenario, check)))
    }

    /// Whether a check is shown apart and does not count, since its rule is disputed.
    pub fn is_apart(&self, check: &CheckResult) -> bool {
        check.is_disputed() && !self.strict
    }

    /// What the run came to as a whole.
    pub fn outcome(&self) -> Outcome {
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

/// The report as JSON. Outside of ASCII hidden characters stand as JSON writes them where it has to, and so does what GitHub
/// Actions would take for a workflow command.
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

/// What a person reads after a run, without colours.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::new();
        let mut terminal = Terminal::new(&mut text, self.strict);
        self.events().try_for_each(|event| terminal.show(&event)).map_err(|_| fmt::Error)?;
        drop(terminal);
        f.write_str(&anstream::adapter::strip_str(&String::from_utf8_lossy(&text)).to_string())
    }
}

/// The JSON Schema of reports, as it is committed in `docs/report.schema.json`.
pub fn json_schema() -> String {
    let schema = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Report>();
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
