//! What a run says while it goes on. Reports are folds of these events, and know nothing else.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::outcome::{CheckOutcome, DivergenceResult, OutcomeError, OutcomeParts, Standing};
use crate::harness::plan::{Access, Shard};
use crate::judge::{Evidence, Verdict};
use crate::scenario::{Dispute, Level, Rule};
use crate::secret::Redactor;

/// One thing that happened. Everything in it is normalised, has passed the redactor of the run, and holds no key.
#[derive(Clone, Debug)]
pub enum Event {
    /// The target was reached, and scenarios begin.
    Started(Started),
    /// A scenario has come to its end. They come in the order of their files, whatever finished first.
    Scenario(ScenarioResult),
    /// The run has come to its end.
    Finished(Finished),
}

/// What is run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Started {
    /// The target as the user named it.
    pub target: String,
    /// The version of the API.
    pub api_version: String,
    /// The id of the run, which is part of the names of all that it makes.
    pub run: String,
    /// When the run began, or the judging of its trace.
    pub began: Timestamp,
    /// The words that scenarios were selected by; none select all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// Which cells of the access table were run.
    pub access: Access,
    /// The number of access cases of the selected endpoints that the run leaves out.
    #[serde(default)]
    pub access_cases_not_run: usize,
    /// Which part of the run it is, where the suite was split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// How many checks the suite has, without those of disputed rules.
    pub declared: usize,
    /// How many checks of disputed rules it has.
    pub declared_disputed: usize,
}

/// One scenario with its checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioResult {
    /// Area and name.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// The file.
    pub file: String,
    /// How long it took, in milliseconds, making its world and clearing it away included.
    pub milliseconds: u64,
    /// Every check, in order.
    pub checks: Vec<CheckResult>,
    /// Why its world could not be seen by those who may, where it could not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unseen: Option<String>,
    /// What it made and could not remove, with the reason.
    pub left_behind: Vec<String>,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "CheckRecord", into = "CheckRecord")]
pub struct CheckResult {
    /// Its id, unique in the suite.
    pub id: String,
    /// The step it belongs to.
    pub step: String,
    /// Line in the file, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// The rule that it checks.
    pub rule: Option<RuleResult>,
    /// What it came to.
    pub outcome: CheckOutcome,
    /// The status of the answer, where one came to the step.
    pub status: Option<u16>,
    /// The request as a line for the shell, where one was made.
    pub request: Option<String>,
    /// For a snapshot that was compared: its path and what the answer looked like. Only for who writes snapshots.
    pub snapshot: Option<(String, String)>,
}

/// A check as it is written.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "CheckResult", description = "One check.")]
struct CheckRecord {
    /// Its id, unique in the suite.
    id: String,
    /// The step it belongs to.
    step: String,
    /// Line in the file, from 1.
    line: usize,
    /// Column, from 1.
    column: usize,
    /// The rule that it checks.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<RuleResult>,
    /// What it came to.
    verdict: Verdict,
    /// Why, where it did not pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<String>,
    /// What was expected and what came, where it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Evidence>,
    /// The status of the answer, where one came to the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// The request as a line for the shell, where one was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    /// The entry of divergences.toml about it, where there is one and the check passed or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    divergence: Option<DivergenceResult>,
}

/// The rule of a check, as far as a report shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleResult {
    /// Its name.
    pub name: String,
    /// Its short code.
    pub code: String,
    /// What is promised.
    pub statement: String,
    /// Who promises it.
    pub level: Level,
    /// Where it is promised, or how it was seen.
    pub source: String,
    /// Where sources disagree. Such a check is shown apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disputed: Option<Dispute>,
}

/// How the run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finished {
    /// Whether it was interrupted before all scenarios had been run.
    pub interrupted: bool,
    /// How long it took.
    pub elapsed: Duration,
    /// Snapshots that no check of the suite uses, and entries of divergences.toml that nothing needs or that are overdue; a
    /// line each.
    pub stale: Vec<String>,
    /// What the scenarios shared and could not be removed, with the reason.
    #[serde(default)]
    pub left_behind: Vec<String>,
    /// What the user should know besides, a line each.
    pub notes: Vec<String>,
}

impl Event {
    /// The same without secrets.
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
    /// The part of the suite that it belongs to.
    pub fn area(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }

    /// The same without secrets. Of what came, what passed shows nothing.
    pub fn redacted(mut self, redactor: &Redactor) -> ScenarioResult {
        let hide = |text: &mut String| *text = redactor.text(text);
        self.unseen.iter_mut().chain(&mut self.left_behind).for_each(hide);
        // The checks of a step have one request, and most of a report is requests.
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
    /// What a report shows of a rule.
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
    /// Whether its rule is disputed.
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

    /// Returns what was expected and what came, if it failed.
    pub fn evidence(&self) -> Option<&Evidence> {
        self.outcome.evidence()
    }

    /// Returns the entry of divergences.toml about it.
    pub fn divergence(&self) -> Option<&DivergenceResult> {
        self.outcome.divergence()
    }

    /// Returns the entry of divergences.toml that states something else than what it found.
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
