//! An answer, as it came and in the scenario's own names.

use std::borrow::Cow;
use std::cell::OnceCell;

use serde_json::Value;

use super::bindings::Bindings;
use super::excerpt::{BESIDE, excerpt};
use super::exchange::Exchange;
use super::finding::Finding;
use super::history::History;
use super::normalise::{Normaliser, Placeholders, Shown};
use crate::scenario::Locator;

/// An answer. It is normalised only if that is asked for.
pub struct Answer<'a> {
    pub(super) exchange: &'a Exchange,
    pub(super) bindings: &'a Bindings,
    history: &'a History,
    /// The body, where it is JSON.
    pub(super) body: Option<Value>,
    /// As it is shown, and the placeholders after it.
    shown: OnceCell<(Shown, Placeholders)>,
    /// Its beginning, as it is shown beside what is wrong with it.
    beginning: OnceCell<String>,
}

impl<'a> Answer<'a> {
    /// An answer that came after others, to be held against these values.
    pub fn new(exchange: &'a Exchange, bindings: &'a Bindings, history: &'a History) -> Answer<'a> {
        let body = serde_json::from_slice(exchange.response.body()).ok();
        Answer { exchange, bindings, history, body, shown: OnceCell::new(), beginning: OnceCell::new() }
    }

    pub(super) fn shown(&self) -> &Shown {
        let (shown, _) = self.shown.get_or_init(|| {
            let mut placeholders = self.history.placeholders(self.bindings);
            let mut normaliser = Normaliser::from_exchange(self.exchange, self.bindings, &mut placeholders);
            (normaliser.answer(&self.exchange.response), placeholders)
        });
        shown
    }

    /// The placeholders after it, if it was normalised.
    pub fn placeholders(self) -> Option<Placeholders> {
        self.shown.into_inner().map(|(_, placeholders)| placeholders)
    }

    /// The whole answer, normalised.
    pub fn snapshot(&self) -> &str {
        &self.shown().text
    }

    /// What a locator finds: the value itself and as it is shown.
    pub fn saved(&self, at: &Locator) -> Option<(Value, Value)> {
        Some((at.find(self.body.as_ref()?)?, at.find(self.shown().body.as_ref()?)?))
    }

    /// What is wrong with it whatever is stated: it sends its user away from the target, or it is too large.
    pub fn wrong(&self) -> Option<Finding> {
        if let Some(why) = &self.exchange.too_large {
            return Some(self.beside(why, "an answer that is not too large"));
        }
        let host = self.exchange.astray.as_ref()?;
        Some(self.beside(Exchange::leads_astray(host), "an answer of the target itself"))
    }

    /// The values of a header.
    pub(super) fn header(&self, name: &str) -> Vec<String> {
        self.exchange
            .response
            .headers()
            .get_all(name)
            .iter()
            .map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned())
            .collect()
    }

    /// The body as text.
    pub(super) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.exchange.response.body())
    }

    /// A finding with two texts to be compared.
    pub(super) fn compared(&self, because: impl Into<String>, expected: &str, actual: &str) -> Finding {
        Finding::compared(self.bindings, because, expected, actual)
    }

    /// A finding about a value that was found in the answer.
    pub(super) fn found(&self, because: impl Into<String>, expected: &str, found: &str) -> Finding {
        let (expected, actual) = (expected.to_owned(), excerpt(found, BESIDE, self.bindings));
        Finding::Broken { because: because.into(), expected, actual }
    }

    /// A finding about the answer as a whole, which is shown beside it.
    pub(super) fn beside(&self, because: impl Into<String>, expected: impl Into<String>) -> Finding {
        let beginning = || excerpt(self.snapshot(), BESIDE, self.bindings);
        let actual = self.beginning.get_or_init(beginning).clone();
        Finding::Broken { because: because.into(), expected: expected.into(), actual }
    }

    /// A text of the answer in the scenario's own names.
    pub(super) fn renamed(&self, text: &str) -> String {
        Normaliser::new("", self.bindings, &mut Placeholders::default()).text(text)
    }
}
