//! The expected answer to the request of an access case.

use std::fmt;

use super::locator::Locator;
use super::template::Reference;

/// The expected answers to a request; each of them is right.
#[derive(Debug)]
pub struct Expectation {
    /// The expected answers; at least one.
    pub answers: Vec<ExpectedAnswer>,
}

/// One right answer.
#[derive(Debug)]
pub struct ExpectedAnswer {
    /// The status.
    pub status: u16,
    /// The member `detail` of an error.
    pub detail: Option<String>,
    /// The expected rows of a list.
    pub rows: Option<Rows>,
    /// Whether OPTIONS names fields that the caller may write.
    pub actions: Option<bool>,
}

/// The rows that a list must show and must hide; other rows are ignored.
#[derive(Debug)]
pub struct Rows {
    /// The locator of the values that identify rows.
    pub at: Locator,
    /// Values that the list must contain.
    pub shown: Vec<Reference>,
    /// Values that the list must not contain.
    pub hidden: Vec<Reference>,
}

impl Expectation {
    /// Returns whether an expected answer is a rejection.
    pub fn is_rejection(&self) -> bool {
        self.answers.iter().any(|answer| matches!(answer.status, 401 | 403 | 404))
    }

    /// Returns whether it expects that something is invisible or impossible, so that an empty
    /// target would pass.
    pub fn is_negative(&self) -> bool {
        let hides = |answer: &ExpectedAnswer| answer.rows.as_ref().is_some_and(|rows| !rows.hidden.is_empty());
        self.is_rejection() || self.answers.iter().any(hides)
    }

    /// Returns the references whose values it compares with.
    pub fn references(&self) -> Vec<&Reference> {
        let rows = self.answers.iter().filter_map(|answer| answer.rows.as_ref());
        rows.flat_map(|rows| rows.shown.iter().chain(&rows.hidden)).collect()
    }

    /// Returns whether the request can change nothing: every expected answer is an error of the
    /// caller.
    pub fn changes_nothing(&self) -> bool {
        self.answers.iter().all(|answer| (400..500).contains(&answer.status))
    }
}

/// Formats the expected answers: `200, a list with self and without other, third`.
impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, answer) in self.answers.iter().enumerate() {
            let or = if number == 0 { "" } else { " or " };
            write!(f, "{or}{answer}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ExpectedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        if let Some(detail) = &self.detail {
            write!(f, ", {detail:?}")?;
        }
        if let Some(Rows { shown, hidden, .. }) = &self.rows {
            let words = |rows: &[Reference]| rows.iter().map(Reference::owner).collect::<Vec<_>>().join(", ");
            match (words(shown).as_str(), words(hidden).as_str()) {
                ("", hidden) => write!(f, ", a list without {hidden}")?,
                (shown, "") => write!(f, ", a list with {shown}")?,
                (shown, hidden) => write!(f, ", a list with {shown} and without {hidden}")?,
            }
        }
        match self.actions {
            Some(true) => f.write_str(", with `actions`"),
            Some(false) => f.write_str(", without `actions`"),
            None => Ok(()),
        }
    }
}
