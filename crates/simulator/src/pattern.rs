//! Regular expressions that are constants.

use regex::Regex;

/// A pattern that is written in the code, and used by a test. Anything that comes from outside is compiled where it comes in.
pub fn constant(pattern: &str) -> Regex {
    #[expect(clippy::expect_used, reason = "a constant that is no pattern fails the first test that uses it")]
    Regex::new(pattern).expect("a constant pattern")
}
