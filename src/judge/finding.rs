//! The result of evaluating an assertion against an answer.

use super::bindings::Bindings;
use super::excerpt::{COMPARED, excerpt};

/// What an assertion comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// It is true.
    Holds,
    /// It is not: why in one line, what was expected, what came.
    Broken { because: String, expected: String, actual: String },
    /// It cannot be said.
    Unjudged(String),
}

impl Finding {
    /// An assertion that is not true, with two texts to be compared.
    pub fn compared(bindings: &Bindings, because: impl Into<String>, expected: &str, actual: &str) -> Finding {
        let [expected, actual] = [expected, actual].map(|text| excerpt(text, COMPARED, bindings));
        Finding::Broken { because: because.into(), expected, actual }
    }
}
