//! Regular expressions that are constants.

use regex::Regex;

/// Compiles a constant pattern. Patterns from input must be compiled where their errors can be
/// reported.
pub fn constant(pattern: &str) -> Regex {
    #[expect(clippy::expect_used, reason = "an invalid constant fails the first test that uses it")]
    Regex::new(pattern).expect("a constant pattern")
}
