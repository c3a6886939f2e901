//! How the request of an access case has to be answered.

use std::fmt;

use super::locator::Locator;
use super::template::Reference;

/// The answers that a request may get; any one of them is right.
#[derive(Debug)]
pub struct Expectation {
    /// At least one.
    pub answers: Vec<ExpectedAnswer>,
}

/// One right answer.
#[derive(Debug)]
pub struct ExpectedAnswer {
    /// The status.
    pub status: u16,
    /// The member `detail` of an error.
    pub detail: Option<String>,
    /// The rows of a list.
    pub rows: Option<Rows>,
    /// Whether OPTIONS names fields that the caller may write.
    pub actions: Option<bool>,
}

/// Which things of the world a list shows and which it hides; its other rows are not looked at.
#[derive(Debug)]
pub struct Rows {
    /// The place of the values that tell rows apart.
    pub at: Locator,
    /// Values that are in the list.
    pub shown: Vec<Reference>,
    /// Values that are not.
    pub hidden: Vec<Reference>,
}

impl Expectation {
    /// Whether the caller may be refused, or may be told that nothing is there.
    pub fn is_refusal(&self) -> bool {
        self.answers.iter().any(|answer| matches!(answer.status, 401 | 403 | 404))
    }

    /// Whether it says that something cannot be seen or done, so that a target on which nothing is there would fulfil it.
    pub fn is_negative(&self) -> bool {
        let hides = |answer: &ExpectedAnswer| answer.rows.as_ref().is_some_and(|rows| !rows.hidden.is_empty());
        self.is_refusal() || self.answers.iter().any(hides)
    }

    /// The references whose values it compares with.
    pub fn references(&self) -> Vec<&Reference> {
        let rows = self.answers.iter().filter_map(|answer| answer.rows.as_ref());
        rows.flat_map(|rows| rows.shown.iter().chain(&rows.hidden)).collect()
    }

    /// Whether nothing can have changed: every answer is an error of the caller.
    pub fn changes_nothing(&self) -> bool {
        self.answers.iter().all(|answer| (400..500).contains(&answer.status))
    }
}

/// `200, a list with self and without other, third`
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
