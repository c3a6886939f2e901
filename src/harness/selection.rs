//! Which scenarios of a suite are run.

use crate::scenario::{Scenario, Suite};

/// Words that scenarios, checks or rules are selected by; none selects everything. Whole scenarios are run, since their
/// steps rest on each other.
///
/// A word selects a scenario where it is the beginning of the scenario's path (`scenarios/user/` or `user/reads.yaml` or
/// `user`), of the id of one of its checks, or of the name or code of one of its rules.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    words: Vec<String>,
}

impl Selection {
    /// What these words select.
    pub fn new(words: Vec<String>) -> Selection {
        Selection { words }
    }

    /// The numbers of the selected scenarios, in order.
    pub fn of(&self, suite: &Suite) -> Vec<usize> {
        let selected =
            |scenario: &Scenario| self.words.is_empty() || self.words.iter().any(|word| selects(word, scenario, suite));
        suite
            .scenarios
            .iter()
            .enumerate()
            .filter(|(_, scenario)| selected(scenario))
            .map(|(number, _)| number)
            .collect()
    }

    /// The words that select nothing.
    pub fn in_vain(&self, suite: &Suite) -> Vec<&str> {
        let nothing = |word: &&String| !suite.scenarios.iter().any(|scenario| selects(word, scenario, suite));
        self.words.iter().filter(nothing).map(String::as_str).collect()
    }
}

fn selects(word: &str, scenario: &Scenario, suite: &Suite) -> bool {
    let path = word.strip_prefix("./").unwrap_or(word);
    let path = path.strip_prefix("scenarios/").unwrap_or(path);
    let path = path.strip_suffix(".yaml").unwrap_or(path);
    begins(&scenario.name, path)
        || scenario.checks().any(|(_, check)| {
            let rule = check.rule.as_deref();
            begins(check.id.as_str(), word)
                || rule.is_some_and(|name| begins(name, word))
                || rule.and_then(|name| suite.rules.get(name)).is_some_and(|rule| rule.code == word)
        })
}

/// Whether a path begins with whole words of another.
fn begins(path: &str, with: &str) -> bool {
    let with = with.trim_end_matches('/');
    !with.is_empty() && path.strip_prefix(with).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
