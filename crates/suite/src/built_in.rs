//! The checks that every scenario has, although no file states them.

use super::check_id::CheckId;
use super::level::Level;

/// A check of all answers in a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltInCheck {
    /// No answer shows data that its principal must not see: the leak check.
    Leak,
    /// No answer is a server error, a page where JSON is due, or of another type than it says.
    Answers,
    /// No answer to a caller with a key has headers that make it public.
    Headers,
}

impl BuiltInCheck {
    /// All of them, in the order of a scenario's checks.
    pub const ALL: [BuiltInCheck; 3] = [BuiltInCheck::Leak, BuiltInCheck::Answers, BuiltInCheck::Headers];

    /// Returns the id in a scenario or an endpoint of the access table.
    pub fn id(self, scenario: &str) -> CheckId {
        CheckId::built_in(self.prefix(), scenario)
    }

    /// Returns the check that has this id in some scenario.
    pub fn named(id: &str) -> Option<BuiltInCheck> {
        let follows = |check: &BuiltInCheck| id.strip_prefix(check.prefix()).is_some_and(|rest| rest.starts_with('/'));
        BuiltInCheck::ALL.into_iter().find(follows)
    }

    /// Returns its rule, if it has one.
    pub fn rule(self) -> Option<&'static str> {
        match self {
            BuiltInCheck::Leak => None,
            BuiltInCheck::Answers => Some("sane/answers-match-their-headers"),
            BuiltInCheck::Headers => Some("sane/answers-to-keys-stay-private"),
        }
    }

    /// Returns the level that it belongs to.
    pub fn level(self) -> Level {
        match self {
            BuiltInCheck::Leak => Level::Seed,
            BuiltInCheck::Answers | BuiltInCheck::Headers => Level::Sane,
        }
    }

    /// Returns what it states, in words.
    pub fn promise(self) -> &'static str {
        match self {
            BuiltInCheck::Leak => "no response shows data that its principal must not see",
            BuiltInCheck::Answers => {
                "no response is a server error, an HTML page where JSON is due, or of another type than it says"
            }
            BuiltInCheck::Headers => "no response to a caller with a key has headers that make it public",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            BuiltInCheck::Leak => "leak",
            BuiltInCheck::Answers => "sane/answers",
            BuiltInCheck::Headers => "sane/headers",
        }
    }
}
