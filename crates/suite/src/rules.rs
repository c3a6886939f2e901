//! The registry of rules: what is promised, by whom, and with which source.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check_id::CheckId;
use super::diagnostic::{Diagnostic, Source, SourcePosition};
use super::level::Level;
use super::model::Scenario;

/// All rules, in the order of the file.
pub type Rules = IndexMap<String, Rule>;

/// A rule: one promise of the API.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// A short code that stays when the rule gets another name: `R138`.
    pub code: String,
    /// The promise, in one sentence.
    pub statement: String,
    /// Who promises it.
    pub level: Level,
    /// The source of the promise, or the observation.
    pub source: String,
    /// The difference between sources that disagree. A disputed rule is judged and listed apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disputed: Option<Dispute>,
    /// The reason why the suite has no check of it, if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excluded: Option<String>,
}

/// The statements of a page and of the reference deployment that disagree. The rule and its checks
/// follow the deployment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dispute {
    /// The statement of the page.
    pub page: String,
    /// The behaviour of the reference deployment.
    pub deployment: String,
}

/// Adds the lent rules that checks name to the rules of a suite. Returns the rules of the suite,
/// and the other lent rules.
pub fn borrow(own: Rules, lent: Rules, scenarios: &[Scenario]) -> (Rules, Rules) {
    let checks = scenarios.iter().flat_map(Scenario::checks);
    let built_in = scenarios.iter().flat_map(|scenario| &scenario.built_in).filter_map(|check| check.rule());
    let named = checks.filter_map(|(_, check)| check.rule.as_deref()).chain(built_in).collect::<HashSet<_>>();
    let (mut rules, mut others) = (own, Rules::new());
    for (name, rule) in lent {
        if rules.contains_key(&name) {
            continue;
        }
        if named.contains(name.as_str()) {
            // The reason is about the lending suite; this one has a check.
            rules.insert(name, Rule { excluded: None, ..rule });
        } else {
            others.insert(name, rule);
        }
    }
    (rules, others)
}

/// Reads the registry.
pub fn read(source: &Arc<Source>) -> Result<Rules, Vec<Diagnostic>> {
    let rules: Rules = toml::from_str(&source.text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        vec![Diagnostic::at(SourcePosition::from_span(source, span), error.message().to_owned())]
    })?;
    let mut wrong = Vec::new();
    for (name, rule) in &rules {
        let place = || {
            let quoted = format!("[\"{name}\"]");
            let start = source.text.find(&quoted).unwrap_or_default();
            SourcePosition::from_span(source, start..start + quoted.len())
        };
        if let Err(message) = CheckId::try_from(name.clone()) {
            wrong.push(Diagnostic::at(place(), message));
        }
        if let Some((other, _)) = rules.iter().find(|(other, twin)| *other != name && twin.code == rule.code) {
            wrong.push(
                Diagnostic::at(place(), format!("`{other}` already has the code {}", rule.code))
                    .help("codes must be unique"),
            );
        }
    }
    if wrong.is_empty() { Ok(rules) } else { Err(wrong) }
}
