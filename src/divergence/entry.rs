//! Known differences between a target and the suite.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::judge::Evidence;
use syncano_suite::SourcePosition;

/// A known difference: one target does not do what one check expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// The name of the target, as in reports.
    pub target: String,
    /// The id of the check.
    pub check: String,
    /// The expected text, as in reports.
    pub expected: String,
    /// The actual text of this target, as in reports.
    pub instead: String,
    /// The class: who must fix it.
    pub class: DivergenceClass,
    /// The reason for accepting it.
    pub reason: String,
    /// A link to more information.
    pub link: Option<String>,
    /// The day when it was found.
    pub since: Date,
    /// The last day before a review is due.
    pub review_by: Date,
}

/// An entry with its place in the file.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The divergence.
    pub divergence: Divergence,
    /// The place.
    pub place: SourcePosition,
    /// Whether it states a known bug of the reference deployment. Such an entry is of every target,
    /// and is not stale when its check passes.
    pub of_reference: bool,
}

/// The class of a divergence: who must fix it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DivergenceClass {
    /// The target is wrong and must be fixed.
    TargetBug,
    /// The page is wrong and the target is right.
    PageWrong,
    /// The target has changed; the page or the suite must follow.
    Drift,
    /// No page states what is right.
    Unspecified,
}

impl DivergenceClass {
    /// All classes.
    pub const ALL: [DivergenceClass; 4] =
        [DivergenceClass::TargetBug, DivergenceClass::PageWrong, DivergenceClass::Drift, DivergenceClass::Unspecified];

    /// Returns the word for the class in the file.
    pub fn name(self) -> &'static str {
        match self {
            DivergenceClass::TargetBug => "target-bug",
            DivergenceClass::PageWrong => "page-wrong",
            DivergenceClass::Drift => "drift",
            DivergenceClass::Unspecified => "unspecified",
        }
    }
}

impl fmt::Display for DivergenceClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The error for a text that is not a class.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown class {0:?}; expected target-bug, page-wrong, drift or unspecified")]
pub struct DivergenceClassError(String);

impl FromStr for DivergenceClass {
    type Err = DivergenceClassError;

    fn from_str(text: &str) -> Result<DivergenceClass, DivergenceClassError> {
        DivergenceClass::ALL
            .into_iter()
            .find(|class| class.name() == text)
            .ok_or_else(|| DivergenceClassError(text.to_owned()))
    }
}

impl Divergence {
    /// Returns whether a check failed exactly as the entry states.
    pub fn states(&self, evidence: &Evidence) -> bool {
        is_same(&self.expected, &evidence.expected) && is_same(&self.instead, &evidence.actual)
    }

    /// Like [`states`](Divergence::states), but pages may lack the charset, which the server in
    /// front of a deployment adds.
    pub fn states_without_charset(&self, evidence: &Evidence) -> bool {
        let instead = self.instead.replace("content-type: text/html; charset=utf-8", "content-type: text/html");
        is_same(&self.expected, &evidence.expected) && is_same(&instead, &evidence.actual)
    }

    /// Returns whether the review was due before this day.
    pub fn is_overdue(&self, today: Date) -> bool {
        self.review_by < today
    }

    /// Returns the number of days since it was found.
    pub fn age(&self, today: Date) -> i64 {
        today.duration_since(self.since).as_hours() / 24
    }
}

/// Compares two texts. Ignores spaces at the ends of lines and empty lines around a text, which are
/// invisible in a file that people edit.
pub fn is_same(stated: &str, came: &str) -> bool {
    fn lines(text: &str) -> impl Iterator<Item = &str> {
        text.trim_start_matches(['\r', '\n']).trim_end().lines().map(str::trim_end)
    }
    lines(stated).eq(lines(came))
}

/// Checks that a text is a web link.
pub fn link(text: &str) -> Result<String, &'static str> {
    let is_web = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if is_web { Ok(text.to_owned()) } else { Err("write it like https://bugs.example.com/17") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_charset_of_an_html_page_may_be_missing() {
        let divergence = Divergence {
            target: "reference".to_owned(),
            check: "sane/nul".to_owned(),
            expected: "400".to_owned(),
            instead: "500\ncontent-type: text/html; charset=utf-8\n\n<h1>".to_owned(),
            class: DivergenceClass::TargetBug,
            reason: "a bug".to_owned(),
            link: None,
            since: Date::constant(2026, 1, 1),
            review_by: Date::constant(2026, 2, 1),
        };
        let evidence = |actual: &str| Evidence { expected: "400".to_owned(), actual: actual.to_owned() };
        let without = evidence("500\ncontent-type: text/html\n\n<h1>");
        assert!(!divergence.states(&without) && divergence.states_without_charset(&without));
        assert!(!divergence.states_without_charset(&evidence("500\ncontent-type: text/plain\n\n<h1>")));
        assert!(!divergence.states_without_charset(&evidence("502\ncontent-type: text/html\n\n<h1>")));
    }
}
