//! Reads a text into entries. Tables are read key by key, so that all mistakes are reported at once, each at
//! its place.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml::value::Datetime;

use super::entry::{Class, Divergence, Entry, link};
use crate::scenario::diagnostic::Suggestions;
use crate::scenario::{Diagnostic, Source, SourcePosition};

/// What `[[divergence]]` can hold; `link` may be left out.
const KEYS: [&str; 9] = ["target", "check", "expected", "instead", "class", "reason", "link", "since", "review-by"];

type Value<'t> = Spanned<DeValue<'t>>;

/// What a text says.
pub fn entries(source: &Arc<Source>, checks: &HashSet<String>) -> Result<Vec<Entry>, Vec<Diagnostic>> {
    let document = DeTable::parse(&source.text).map_err(|error| {
        let place = SourcePosition::of_span(source, error.span().unwrap_or(0..0));
        vec![Diagnostic::at(place, error.message().to_owned())]
    })?;
    let mut reader = Reader { source, checks, suggestions: Suggestions::default(), wrong: Vec::new() };
    let entries = reader.document(document.get_ref());
    if reader.wrong.is_empty() { Ok(entries) } else { Err(reader.wrong) }
}

struct Reader<'s> {
    source: &'s Arc<Source>,
    /// Every id that a run can report.
    checks: &'s HashSet<String>,
    suggestions: Suggestions,
    wrong: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn report(&mut self, at: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        let place = SourcePosition::of_span(self.source, at);
        self.wrong.push(Diagnostic::at(place, message).help(help));
    }

    /// Every key of a table is one of these.
    fn known(&mut self, table: &DeTable<'_>, known: &[&str], whose: &str) {
        for key in table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            let word = key.get_ref().as_ref();
            let otherwise = format!("there {} {}", if known.len() == 1 { "is" } else { "are" }, known.join(", "));
            let help = self.suggestions.help(word, known.iter().copied(), otherwise);
            self.report(key.span(), format!("`{word}` is no key of {whose}"), help);
        }
    }

    fn document(&mut self, document: &DeTable<'_>) -> Vec<Entry> {
        self.known(document, &["divergence"], "this file");
        let Some(list) = document.get("divergence") else { return Vec::new() };
        let DeValue::Array(tables) = list.get_ref() else {
            self.report(list.span(), "this is no list of divergences", "write each as [[divergence]]");
            return Vec::new();
        };
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen: HashMap<(String, String), SourcePosition> = HashMap::new();
        for value in tables {
            let DeValue::Table(table) = value.get_ref() else {
                self.report(value.span(), "this is no divergence", "write each as [[divergence]]");
                continue;
            };
            let Some(divergence) = self.divergence(value.span(), table) else { continue };
            let place = SourcePosition::of_span(self.source, value.span());
            let about = (divergence.target.clone(), divergence.check.clone());
            if let Some(first) = seen.get(&about) {
                let message = format!("`{}` on {} stands at {first} too", divergence.check, divergence.target);
                self.report(value.span(), message, "keep one of the two");
            }
            seen.entry(about).or_insert_with(|| place.clone());
            entries.push(Entry { divergence, place });
        }
        entries
    }

    /// Nothing where something in it is wrong.
    fn divergence(&mut self, at: Range<usize>, table: &DeTable<'_>) -> Option<Divergence> {
        self.known(table, &KEYS, "a divergence");
        for missing in KEYS.into_iter().filter(|key| *key != "link" && !table.contains_key(*key)) {
            self.report(at.clone(), format!("this divergence has no `{missing}`"), hint(missing));
        }
        let target = self.words(table, "target");
        let check = self.check(table);
        let expected = self.text(table, "expected").map(trimmed);
        let instead = self.text(table, "instead").map(trimmed);
        let class = self.class(table);
        let reason = self.words(table, "reason");
        let link = self.link(table);
        let since = self.date(table, "since");
        let review_by = self.date(table, "review-by");
        if let (Some(since), Some(review_by), Some(value)) = (since, review_by, table.get("review-by"))
            && review_by < since
        {
            self.report(value.span(), "this day is before `since`", "name the day by which somebody has to look again");
        }
        Some(Divergence {
            target: target?,
            check: check?,
            expected: expected?,
            instead: instead?,
            class: class?,
            reason: reason?,
            link,
            since: since?,
            review_by: review_by?,
        })
    }

    fn check(&mut self, table: &DeTable<'_>) -> Option<String> {
        let id = self.words(table, "check")?;
        if !self.checks.contains(&id)
            && let Some(value) = table.get("check")
        {
            let otherwise = "name a check as reports do, or take the entry out";
            let help = self.suggestions.help(&id, self.checks.iter().map(String::as_str), otherwise);
            self.report(value.span(), format!("there is no check `{id}`"), help);
        }
        Some(id)
    }

    fn class(&mut self, table: &DeTable<'_>) -> Option<Class> {
        let text = self.text(table, "class")?;
        let class = text.parse().ok();
        if let (None, Some(value)) = (class, table.get("class")) {
            let help = self.suggestions.help(text, Class::ALL.map(Class::name), hint("class"));
            self.report(value.span(), format!("there is no class {text:?}"), help);
        }
        class
    }

    fn link(&mut self, table: &DeTable<'_>) -> Option<String> {
        let text = self.text(table, "link")?;
        if let (Err(help), Some(value)) = (link(text), table.get("link")) {
            self.report(value.span(), "this is no link", help);
        }
        Some(text.to_owned())
    }

    fn date(&mut self, table: &DeTable<'_>, key: &str) -> Option<Date> {
        let value = table.get(key)?;
        let date = match value.get_ref() {
            DeValue::Datetime(Datetime { date: Some(date), time: None, offset: None }) => {
                let [month, day] = [date.month, date.day].map(|number| i8::try_from(number).unwrap_or_default());
                Date::new(i16::try_from(date.year).unwrap_or_default(), month, day).ok()
            }
            _ => None,
        };
        if date.is_none() {
            self.report(value.span(), "this is no day", hint(key));
        }
        date
    }

    /// A text that says something.
    fn words(&mut self, table: &DeTable<'_>, key: &str) -> Option<String> {
        let text = self.text(table, key)?;
        if let (true, Some(value)) = (text.trim().is_empty(), table.get(key)) {
            self.report(value.span(), format!("`{key}` says nothing"), hint(key));
            return None;
        }
        Some(text.to_owned())
    }

    fn text<'v>(&mut self, table: &'v DeTable<'_>, key: &str) -> Option<&'v str> {
        let value: &Value<'_> = table.get(key)?;
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.report(value.span(), "this is no text", hint(key));
        }
        text
    }
}

/// A text as reports show it: without the lines that only quotes stand on.
fn trimmed(text: &str) -> String {
    text.trim_start_matches(['\r', '\n']).trim_end().to_owned()
}

/// How a key is written.
fn hint(key: &str) -> &'static str {
    match key {
        "target" => "name the target as reports do: target = \"staging\"",
        "check" => "name the check as reports do: check = \"user/is-the-caller\"",
        "class" => "write class = \"target-bug\", \"page-wrong\", \"drift\" or \"unspecified\"",
        "reason" => "say in quotes why it is left so",
        "link" => "write it in quotes, or leave it out",
        "since" => "write a day without quotes: since = 2026-11-26",
        "review-by" => "write a day without quotes: review-by = 2027-02-24",
        _ => "copy what a report shows, in quotes; `divergences add` does that",
    }
}
