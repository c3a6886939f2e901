//! Finds the value at a locator.

use serde_json::Value;

use super::answer::Answer;
use super::finding::Finding;
use super::normalise::pretty;
use syncano_suite::Locator;

impl Answer<'_> {
    /// Returns the value at a locator, or the finding that there is none.
    pub(super) fn located(&self, at: &Locator, expected: impl Fn() -> String) -> Result<Value, Finding> {
        let Some(body) = &self.body else { return Err(self.no_json()) };
        at.find(body).ok_or_else(|| self.nothing_at(at, expected()))
    }

    /// Returns the normalised value at a locator.
    pub(super) fn shown_at(&self, at: &Locator) -> Option<Value> {
        at.find(self.shown().body.as_ref()?)
    }

    /// Returns the normalised value at a locator as text.
    pub(super) fn shown_text(&self, at: &Locator) -> String {
        self.shown_at(at).map_or_else(|| self.snapshot().to_owned(), |shown| pretty(&shown))
    }

    /// Returns the finding that a locator matches nothing.
    pub(super) fn nothing_at(&self, at: &Locator, expected: impl Into<String>) -> Finding {
        self.beside(&format!("nothing is at {at}; the answer {}", self.in_brief()), expected)
    }

    /// Returns the finding that the body is not JSON.
    pub(super) fn no_json(&self) -> Finding {
        self.beside(&format!("the answer is not JSON; it {}", self.in_brief()), "JSON")
    }
}

/// Returns whether a locator that can match several times has matched nothing.
pub fn is_no_match(at: &Locator, found: &Value) -> bool {
    !at.is_singular() && found.as_array().is_some_and(Vec::is_empty)
}
