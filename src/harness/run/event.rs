//! The events of a run. Reports are built from these events alone.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::outcome::{CheckOutcome, DivergenceResult, OutcomeError, OutcomeParts, Standing};
use crate::harness::plan::{Access, Shard};
use crate::judge::{Evidence, Verdict};
use syncano_secrets::Redactor;
use syncano_suite::{Dispute, Level, Rule};

/// An event of a run. All texts in it are normalised and redacted, and hold no key.
#[derive(Clone, Debug)]
pub enum Event {
    /// The run has started: the target was reached.
    Started(Started),
    /// A scenario has ended. These events come in the order of the files.
    Scenario(ScenarioResult),
    /// The run has ended.
    Finished(Finished),
}

/// The start of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Started {
    /// The target as the user named it.
    pub target: String,
    /// The version of the API.
    pub api_version: String,
    /// The id of the run, which is part of the name of everything that it creates.
    pub run: String,
    /// When the run began, or when the judging of its trace began.
    pub began: Timestamp,
    /// The words that selected the scenarios; no words select all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// The access cases that were run.
    pub access: Access,
    /// The number of access cases of the selected endpoints that the run leaves out.
    #[serde(default)]
    pub access_cases_not_run: usize,
    /// The shard of the run, if the suite was split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// The number of checks of the suite, without those of disputed rules.
    pub declared: usize,
    /// The number of checks of disputed rules.
    pub declared_disputed: usize,
}

/// One scenario with its checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioResult {
    /// Its area and name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// The file.
    pub file: String,
    /// Its duration in milliseconds, including creating and removing its world.
    pub milliseconds: u64,
    /// Every check, in order.
    pub checks: Vec<CheckResult>,
    /// Why the callers who may see its world could not see it, if they could not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unseen: Option<String>,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "CheckRecord", into = "CheckRecord")]
pub struct CheckResult {
    /// Its id, unique in the suite.
    pub id: String,
    /// The step that it belongs to.
    pub step: String,
    /// The line in the file, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// The rule that it checks.
    pub rule: Option<RuleResult>,
    /// Its outcome.
    pub outcome: CheckOutcome,
    /// The status of the response to the step, if it got one.
    pub status: Option<u16>,
    /// The request as a curl command, if one was sent.
    pub request: Option<String>,
    /// The path and the new content of a compared snapshot. Only `record` uses it.
    pub snapshot: Option<(String, String)>,
}

/// A check as reports store it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "CheckResult", description = "One check.")]
struct CheckRecord {
    /// Its id, unique in the suite.
    id: String,
    /// The step that it belongs to.
    step: String,
    /// The line in the file, from 1.
    line: usize,
    /// The column, from 1.
    column: usize,
    /// The rule that it checks.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<RuleResult>,
    /// Its verdict.
    verdict: Verdict,
    /// The reason, if it did not pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<String>,
    /// The expected and the actual value, if it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Evidence>,
    /// The status of the response to the step, if it got one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// The request as a curl command, if one was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    /// Its entry of divergences.toml, if it has one and passed or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    divergence: Option<DivergenceResult>,
}

/// The rule of a check, as reports show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleResult {
    /// Its name.
    pub name: String,
    /// Its short code.
    pub code: String,
    /// The promise.
    pub statement: String,
    /// Who promises it.
    pub level: Level,
    /// The page that promises it, or the observation that shows it.
    pub source: String,
    /// The disagreement of sources, if its rule is disputed. Reports list such a check separately.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disputed: Option<Dispute>,
}

/// The end of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finished {
    /// Whether the user has interrupted it before all scenarios were run.
    pub interrupted: bool,
    /// Its duration.
    pub elapsed: Duration,
    /// A line for each snapshot that no check uses, and for each entry of divergences.toml that is
    /// not needed or overdue.
    pub stale: Vec<String>,
    /// The resources of the whole run that could not be removed, each with the reason.
    #[serde(default)]
    pub left_behind: Vec<String>,
    /// Other notes for the user.
    pub notes: Vec<String>,
}

impl Event {
    /// Returns the event without secrets.
    pub fn redacted(self, redactor: &Redactor) -> Event {
        let hide = |text: &mut String| *text = redactor.text(text);
        match self {
            Event::Started(mut started) => {
                [&mut started.target].into_iter().chain(&mut started.words).for_each(hide);
                Event::Started(started)
            }
            Event::Scenario(scenario) => Event::Scenario(scenario.redacted(redactor)),
            Event::Finished(mut finished) => {
                let Finished { stale, left_behind, notes, .. } = &mut finished;
                stale.iter_mut().chain(left_behind).chain(notes).for_each(hide);
                Event::Finished(finished)
            }
        }
    }
}

impl ScenarioResult {
    /// Returns the area of the suite that it belongs to.
    pub fn area(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }

    /// Returns the result without secrets. Checks that passed need none removed, because they show
    /// no response.
    pub fn redacted(mut self, redactor: &Redactor) -> ScenarioResult {
        let hide = |text: &mut String| *text = redactor.text(text);
        self.unseen.iter_mut().for_each(hide);
        // The checks of a step share one request, and requests are most of a report, so each is
        // redacted once.
        let mut last: Option<(String, String)> = None;
        for request in self.checks.iter_mut().filter_map(|check| check.request.as_mut()) {
            let hidden = match last.take().filter(|(sent, _)| sent == request) {
                Some((_, hidden)) => hidden,
                None => redactor.text(request),
            };
            let sent = std::mem::replace(request, hidden.clone());
            last = Some((sent, hidden));
        }
        for check in self.checks.iter_mut().filter(|check| check.outcome != CheckOutcome::Pass) {
            check.outcome = check.outcome.take().map_text(|text| redactor.text(text));
            if let Some((_, snapshot)) = &mut check.snapshot {
                hide(snapshot);
            }
        }
        self
    }
}

impl RuleResult {
    /// Creates the part of a rule that reports show.
    pub fn new(name: &str, rule: &Rule) -> RuleResult {
        RuleResult {
            name: name.to_owned(),
            code: rule.code.clone(),
            statement: rule.statement.clone(),
            level: rule.level,
            source: rule.source.clone(),
            disputed: rule.disputed.clone(),
        }
    }
}

impl CheckResult {
    /// Returns whether its rule is disputed.
    pub fn is_disputed(&self) -> bool {
        self.rule.as_ref().is_some_and(|rule| rule.disputed.is_some())
    }

    /// Returns its verdict.
    pub fn verdict(&self) -> Verdict {
        self.outcome.verdict()
    }

    /// Returns the reason of its verdict, if it did not pass.
    pub fn because(&self) -> Option<&str> {
        self.outcome.because()
    }

    /// Returns the expected and the actual value, if it failed.
    pub fn evidence(&self) -> Option<&Evidence> {
        self.outcome.evidence()
    }

    /// Returns its entry of divergences.toml.
    pub fn divergence(&self) -> Option<&DivergenceResult> {
        self.outcome.divergence()
    }

    /// Returns its entry of divergences.toml, if that states another failure.
    pub fn stated_otherwise(&self) -> Option<&DivergenceResult> {
        self.divergence().filter(|divergence| divergence.standing == Standing::Otherwise)
    }
}

impl From<CheckResult> for CheckRecord {
    fn from(check: CheckResult) -> CheckRecord {
        let CheckResult { id, step, line, column, rule, outcome, status, request, snapshot: _ } = check;
        let OutcomeParts { verdict, because, evidence, divergence } = outcome.into_parts();
        CheckRecord { id, step, line, column, rule, verdict, because, evidence, status, request, divergence }
    }
}

impl TryFrom<CheckRecord> for CheckResult {
    type Error = OutcomeError;

    fn try_from(record: CheckRecord) -> Result<CheckResult, OutcomeError> {
        let CheckRecord { id, step, line, column, rule, verdict, because, evidence, status, request, divergence } =
            record;
        let outcome = OutcomeParts { verdict, because, evidence, divergence }.try_into()?;
        Ok(CheckResult { id, step, line, column, rule, outcome, status, request, snapshot: None })
    }
}

impl JsonSchema for CheckResult {
    fn schema_name() -> Cow<'static, str> {
        CheckRecord::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        CheckRecord::json_schema(generator)
    }
}
