//! Compares a value of an answer with an expected one.

use serde_json::Value;

use super::answer::Answer;
use super::finding::Finding;
use super::locate::is_no_match;
use super::naming::{listed, named};
use super::normalise::{Normaliser, Placeholders, pretty};
use syncano_suite::number::equal;
use syncano_suite::{Json, Locator};

/// How a value is compared with the expected one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ValueComparison {
    /// The value is the expected one.
    Equals,
    /// The value is another one.
    Differs,
    /// The list has exactly the expected elements, in any order.
    Only,
    /// The list has at least the expected elements.
    Contains,
}

impl Answer<'_> {
    /// Compares the value at a locator with another value.
    pub(super) fn compare(&self, at: &Locator, expected: &Json, comparison: ValueComparison) -> Finding {
        let bindings = self.bindings;
        let Ok(value) = expected.resolve(|reference| bindings.get(reference)) else {
            return Finding::Unjudged("a value to compare with was not saved".to_owned());
        };
        let expected_shown = || expected.resolve(|reference| bindings.shown(reference)).unwrap_or_default();
        let actual = match self.located(at, || pretty(&expected_shown())) {
            Ok(actual) => actual,
            Err(nothing) => return nothing,
        };
        let because = match comparison {
            ValueComparison::Equals if equal(&actual, &value) => return Finding::Holds,
            ValueComparison::Equals => match (actual.as_array(), value.as_array()) {
                (Some(found), Some(wanted)) => {
                    let (more, less) = (surplus(found, wanted), surplus(wanted, found));
                    let more = self.names(&actual, self.shown_at(at), &more);
                    also_and_lacks(&more, &self.names(&value, Some(expected_shown()), &less))
                }
                _ => self.difference_at(at, &expected_shown()),
            },
            ValueComparison::Differs if !equal(&actual, &value) => return Finding::Holds,
            ValueComparison::Differs => format!("{at} should not be {}", named(&expected_shown(), bindings)),
            ValueComparison::Only | ValueComparison::Contains => {
                let (Some(found), Some(wanted)) = (actual.as_array(), value.as_array()) else {
                    let because = format!("the value at {at} is not a list");
                    return self.compared(&because, &pretty(&expected_shown()), &self.shown_text(at));
                };
                let more = if comparison == ValueComparison::Only { surplus(found, wanted) } else { Vec::new() };
                let less = surplus(wanted, found);
                if more.is_empty() && less.is_empty() {
                    return Finding::Holds;
                }
                let more = self.names(&actual, self.shown_at(at), &more);
                also_and_lacks(&more, &self.names(&value, Some(expected_shown()), &less))
            }
        };
        if is_no_match(at, &actual) {
            return self.nothing_at(at, pretty(&expected_shown()));
        }
        self.compared(&because, &pretty(&expected_shown()), &self.shown_text(at))
    }

    /// Describes how the value at a locator differs from the expected one.
    fn difference_at(&self, at: &Locator, expected: &Value) -> String {
        let differs = format!("the value at {at} differs");
        match (self.shown_at(at), expected) {
            (Some(Value::Object(actual)), Value::Object(expected)) => {
                let added = actual.keys().filter(|name| !expected.contains_key(*name));
                let names = expected.keys().chain(added).filter(|name| actual.get(*name) != expected.get(*name));
                match listed(&names.map(|name| named(&Value::from(name.as_str()), self.bindings)).collect::<Vec<_>>()) {
                    names if names.is_empty() => differs,
                    names => format!("{differs} in {names}"),
                }
            }
            (None, _) | (Some(Value::Array(_) | Value::Object(_)), _) | (_, Value::Array(_) | Value::Object(_)) => {
                differs
            }
            (Some(actual), expected) => match [&actual, expected].map(|value| named(value, self.bindings)) {
                [actual, expected] if actual != expected => format!("{at} is {actual}, not {expected}"),
                _ => differs,
            },
        }
    }

    /// Returns the names of these elements of a list. A locator with a filter may find other
    /// elements in the normalised answer, which are then normalised one by one.
    fn names(&self, list: &Value, shown: Option<Value>, elements: &[usize]) -> Vec<String> {
        let elements_of = |list: &Value| list.as_array().cloned().unwrap_or_default();
        let list = elements_of(list);
        let shown = shown.map(|shown| elements_of(&shown)).filter(|shown| shown.len() == list.len());
        let shown = shown.unwrap_or_else(|| {
            let mut placeholders = Placeholders::default();
            let mut normaliser = Normaliser::from_exchange(self.exchange, self.bindings, &mut placeholders);
            list.iter().map(|element| normaliser.body(element)).collect()
        });
        elements.iter().filter_map(|element| shown.get(*element)).map(|shown| named(shown, self.bindings)).collect()
    }
}

/// Says what a list holds beyond what it should, and what it lacks. An element on both sides has the
/// name of the expected one, but differs from it.
pub fn also_and_lacks(more: &[String], less: &[String]) -> String {
    let without = |these: &[String], those: &[String]| {
        these.iter().filter(|name| !those.contains(name)).cloned().collect::<Vec<_>>()
    };
    let changed = more.iter().filter(|name| less.contains(name)).cloned().collect::<Vec<_>>();
    let parts = [
        ("the list also holds ", without(more, less)),
        ("the list lacks ", without(less, more)),
        ("the list holds another version of ", changed),
    ];
    let parts = parts.iter().filter(|(_, names)| !names.is_empty());
    let parts = parts.map(|(says, names)| format!("{says}{}", listed(names))).collect::<Vec<_>>();
    match parts.split_first() {
        None => "the order of the list differs".to_owned(),
        Some((first, others)) => others
            .iter()
            .fold(first.clone(), |says, other| format!("{says}, and {}", other.trim_start_matches("the list "))),
    }
}

/// Returns the indices of the elements of `these` that have no partner of their own in `those`.
fn surplus(these: &[Value], those: &[Value]) -> Vec<usize> {
    let mut free = those.iter().collect::<Vec<_>>();
    let elements = these.iter().enumerate().filter(|(_, this)| match free.iter().position(|that| equal(that, this)) {
        Some(found) => {
            free.swap_remove(found);
            false
        }
        None => true,
    });
    elements.map(|(index, _)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_with_another_version_of_an_element_does_not_both_hold_and_lack_it() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let (alice, bob) = (names(&["<alice.id>"]), names(&["<bob.id>"]));
        assert_eq!(also_and_lacks(&alice, &alice), "the list holds another version of <alice.id>");
        assert_eq!(also_and_lacks(&alice, &bob), "the list also holds <alice.id>, and lacks <bob.id>");
        let both = names(&["<alice.id>", "<bob.id>"]);
        assert_eq!(
            also_and_lacks(&both, &bob),
            "the list also holds <alice.id>, and holds another version of <bob.id>"
        );
        assert_eq!(also_and_lacks(&[], &[]), "the order of the list differs");
    }
}
