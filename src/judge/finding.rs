//! The result of evaluating an assertion against an answer.

use super::bindings::Bindings;
use super::excerpt::{COMPARED, excerpt};

/// The result of an assertion.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// The assertion is true.
    Holds,
    /// The assertion is false: the reason in one line, the expected text, the actual text.
    Broken { because: String, expected: String, actual: String },
    /// The assertion could not be evaluated; with the reason.
    Unjudged(String),
}

impl Finding {
    /// Creates a finding on a false assertion that compares two texts.
    pub fn compared(bindings: &Bindings, because: impl Into<String>, expected: &str, actual: &str) -> Finding {
        let [expected, actual] = [expected, actual].map(|text| excerpt(text, COMPARED, bindings));
        Finding::Broken { because: because.into(), expected, actual }
    }
}
