//! An answer, as received and with values replaced by the scenario's names.

use std::borrow::Cow;
use std::cell::OnceCell;

use serde_json::Value;

use super::bindings::Bindings;
use super::excerpt::{BESIDE, excerpt};
use super::exchange::Exchange;
use super::finding::Finding;
use super::history::History;
use super::naming::shortened;
use super::normalise::{Normaliser, Placeholders, Shown};
use syncano_suite::Locator;

/// The maximum length of a body in a reason.
const LONGEST_BRIEF: usize = 80;

/// An answer. It is normalised only when needed.
pub struct Answer<'a> {
    pub(super) exchange: &'a Exchange,
    pub(super) bindings: &'a Bindings,
    history: &'a History,
    /// The body, if it is JSON.
    pub(super) body: Option<Value>,
    /// The normalised answer, and the placeholders after it.
    shown: OnceCell<(Shown, Placeholders)>,
    /// The beginning of the normalised answer, which findings show.
    beginning: OnceCell<String>,
}

impl<'a> Answer<'a> {
    /// Creates an answer that followed the given history, to be judged with the given values.
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

    /// Returns the placeholders after this answer, if it was normalised.
    pub fn placeholders(self) -> Option<Placeholders> {
        self.shown.into_inner().map(|(_, placeholders)| placeholders)
    }

    /// Returns the whole answer, normalised.
    pub fn snapshot(&self) -> &str {
        &self.shown().text
    }

    /// Returns the value that a locator finds, as received and as shown.
    pub fn saved(&self, at: &Locator) -> Option<(Value, Value)> {
        Some((at.find(self.body.as_ref()?)?, at.find(self.shown().body.as_ref()?)?))
    }

    /// Returns a finding if the answer fails every check: it redirects to another host, or it is
    /// too large.
    pub fn wrong(&self) -> Option<Finding> {
        if let Some(why) = &self.exchange.too_large {
            return Some(self.beside(why, "an answer that is not too large"));
        }
        let host = self.exchange.astray.as_ref()?;
        Some(self.beside(&Exchange::leads_astray(host), "an answer of the target itself"))
    }

    /// Returns the values of a header.
    pub(super) fn header(&self, name: &str) -> Vec<String> {
        self.exchange
            .response
            .headers()
            .get_all(name)
            .iter()
            .map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned())
            .collect()
    }

    /// Returns the body as text.
    pub(super) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.exchange.response.body())
    }

    /// Returns a finding that compares two texts. Its reason begins with the status, as those of
    /// all findings except on the status itself.
    pub(super) fn compared(&self, because: &str, expected: &str, actual: &str) -> Finding {
        Finding::compared(self.bindings, self.with_status(because), expected, actual)
    }

    /// Returns a finding about a value in the answer.
    pub(super) fn found(&self, because: &str, expected: &str, found: &str) -> Finding {
        let (expected, actual) = (expected.to_owned(), excerpt(found, BESIDE, self.bindings));
        Finding::Broken { because: self.with_status(because), expected, actual }
    }

    /// Returns a finding about the whole answer, which shows the beginning of it.
    pub(super) fn beside(&self, because: &str, expected: impl Into<String>) -> Finding {
        let (because, expected) = (self.with_status(because), expected.into());
        Finding::Broken { because, expected, actual: self.beginning() }
    }

    /// Returns a finding on the status, which shows the beginning of the answer.
    pub(super) fn wrong_status(&self, because: String, expected: String) -> Finding {
        Finding::Broken { because, expected, actual: self.beginning() }
    }

    fn with_status(&self, because: &str) -> String {
        format!("{}: {because}", self.exchange.response.status().as_u16())
    }

    fn beginning(&self) -> String {
        self.beginning.get_or_init(|| excerpt(self.snapshot(), BESIDE, self.bindings)).clone()
    }

    /// Describes the body in a few words, which follow "the answer": "begins with `<h1>Not Found`".
    pub(super) fn in_brief(&self) -> String {
        let Shown { body, text } = self.shown();
        let text = match body {
            Some(body) => body.to_string(),
            None => text.split_once("\n\n").map(|(_, body)| body.to_owned()).unwrap_or_default(),
        };
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match text.len() {
            0 => "is empty".to_owned(),
            1..=LONGEST_BRIEF => format!("is `{text}`"),
            _ => format!("begins with `{}`", shortened(&text, LONGEST_BRIEF, self.bindings)),
        }
    }

    /// Replaces known values in a text of the answer by the scenario's names.
    pub(super) fn renamed(&self, text: &str) -> String {
        Normaliser::new("", self.bindings, &mut Placeholders::default()).text(text)
    }
}
