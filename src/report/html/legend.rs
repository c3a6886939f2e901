//! What the words of the page mean, folded beside the place where they stand.

use maud::{Markup, html};

use super::spans::spans;

/// The levels and codes of rules, and the checks that belong to no rule.
const RULES: [(&str, &str); 9] = [
    ("seed", "a rule of the User Key page of the API's manual"),
    ("public", "a rule of another public page of the manual or the reference"),
    ("observed", "no page has this rule; the reference deployment behaves so"),
    ("sane", "no page has this rule; no API may do otherwise"),
    ("R95", "the code of a rule; `syncano-conformance explain R95` shows the rule with all its checks"),
    ("leak/...", "no response of the scenario shows data that its caller must not see"),
    ("sane/...", "no response of the scenario is a server error or malformed, or has headers that make it public"),
    ("replay/...", "the reads of the scenario, sent again in another way, show the same"),
    ("access/...", "a case of the access table: endpoint, method and principal"),
];

/// The names of principals. Most names consist of several of these.
const PRINCIPALS: [(&str, &str); 12] = [
    ("account", "the account key of the administrator who owns the instance"),
    ("account-full, -write, -read", "the account key of another administrator, who has this role"),
    ("account-stranger", "the account key of somebody who is no administrator of the instance"),
    ("api", "an API key alone, without any flag"),
    ("api-FLAG", "an API key alone, with this flag"),
    ("self", "an API key with the user key of the user `self`"),
    ("self-FLAG", "the same, with an API key that has this flag"),
    ("...-self", "the key named before it, with the user key of `self`"),
    ("anonymous", "no API key"),
    ("foreign, zoe", "the API key of another instance; the user key of zoe, a user of that instance"),
    ("unknown-..., malformed-...", "a key that nobody has; a text that is no key"),
    ("...-as-...", "a key in the place of another kind of key"),
];

/// Explains levels, codes and the checks without a rule.
pub fn rules() -> Markup {
    legend("Levels, codes and ids", &RULES)
}

/// Explains the columns of the access table.
pub fn principals() -> Markup {
    legend("Names of the columns", &PRINCIPALS)
}

fn legend(title: &str, words: &[(&str, &str)]) -> Markup {
    html! {
        details.legend {
            summary { (title) }
            dl { @for (word, meaning) in words { dt { code { (word) } } dd { (spans(meaning)) } } }
        }
    }
}
