//! Reads a text into entries. Tables are read key by key, so that all mistakes are reported at
//! once, each with its place.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml::value::Datetime;

use super::entry::{Divergence, DivergenceClass, Entry, link};
use syncano_suite::diagnostic::Suggestions;
use syncano_suite::{Diagnostic, Source, SourcePosition};

/// The keys of `[[divergence]]`; only `link` is optional.
const KEYS: [&str; 9] = ["target", "check", "expected", "instead", "class", "reason", "link", "since", "review-by"];

type TomlValue<'t> = Spanned<DeValue<'t>>;

/// Reads the entries in a text.
pub fn entries(source: &Arc<Source>, checks: &HashSet<String>) -> Result<Vec<Entry>, Vec<Diagnostic>> {
    let document = DeTable::parse(&source.text).map_err(|error| {
        let place = SourcePosition::from_span(source, error.span().unwrap_or(0..0));
        vec![Diagnostic::at(place, error.message().to_owned())]
    })?;
    let mut reader = DivergenceReader { source, checks, suggestions: Suggestions::default(), wrong: Vec::new() };
    let entries = reader.document(document.get_ref());
    if reader.wrong.is_empty() { Ok(entries) } else { Err(reader.wrong) }
}

struct DivergenceReader<'s> {
    source: &'s Arc<Source>,
    /// The ids of all checks that a run can report.
    checks: &'s HashSet<String>,
    suggestions: Suggestions,
    wrong: Vec<Diagnostic>,
}

impl DivergenceReader<'_> {
    fn report(&mut self, at: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        let place = SourcePosition::from_span(self.source, at);
        self.wrong.push(Diagnostic::at(place, message).help(help));
    }

    /// Reports unknown keys of a table.
    fn known(&mut self, table: &DeTable<'_>, known: &[&str], whose: &str) {
        for key in table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            let word = key.get_ref().as_ref();
            let otherwise = format!("valid keys: {}", known.join(", "));
            let help = self.suggestions.help(word, known.iter().copied(), otherwise);
            self.report(key.span(), format!("unknown key `{word}` in {whose}"), help);
        }
    }

    fn document(&mut self, document: &DeTable<'_>) -> Vec<Entry> {
        self.known(document, &["divergence"], "this file");
        let Some(list) = document.get("divergence") else { return Vec::new() };
        let DeValue::Array(tables) = list.get_ref() else {
            self.report(list.span(), "this is not a list of divergences", "write each as [[divergence]]");
            return Vec::new();
        };
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen: HashMap<(String, String), SourcePosition> = HashMap::new();
        for value in tables {
            let DeValue::Table(table) = value.get_ref() else {
                self.report(value.span(), "this is not a divergence", "write each as [[divergence]]");
                continue;
            };
            let Some(divergence) = self.divergence(value.span(), table) else { continue };
            let place = SourcePosition::from_span(self.source, value.span());
            let about = (divergence.target.clone(), divergence.check.clone());
            if let Some(first) = seen.get(&about) {
                let message =
                    format!("`{}` on {} already has an entry at {first}", divergence.check, divergence.target);
                self.report(value.span(), message, "keep one of the two");
            }
            seen.entry(about).or_insert_with(|| place.clone());
            entries.push(Entry { divergence, place, of_reference: false });
        }
        entries
    }

    /// Reads an entry. Returns `None` if it has a mistake.
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
            self.report(value.span(), "this day is before `since`", "write the last day before the next review");
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
            let otherwise = "write the id of a check as in reports, or remove the entry";
            let help = self.suggestions.help(&id, self.checks.iter().map(String::as_str), otherwise);
            self.report(value.span(), format!("there is no check `{id}`"), help);
        }
        Some(id)
    }

    fn class(&mut self, table: &DeTable<'_>) -> Option<DivergenceClass> {
        let text = self.text(table, "class")?;
        let class = text.parse().ok();
        if let (None, Some(value)) = (class, table.get("class")) {
            let help = self.suggestions.help(text, DivergenceClass::ALL.map(DivergenceClass::name), hint("class"));
            self.report(value.span(), format!("unknown class {text:?}"), help);
        }
        class
    }

    fn link(&mut self, table: &DeTable<'_>) -> Option<String> {
        let text = self.text(table, "link")?;
        if let (Err(help), Some(value)) = (link(text), table.get("link")) {
            self.report(value.span(), "this is not a link", help);
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
            self.report(value.span(), "this is not a date", hint(key));
        }
        date
    }

    /// Reads a text that is not blank.
    fn words(&mut self, table: &DeTable<'_>, key: &str) -> Option<String> {
        let text = self.text(table, key)?;
        if let (true, Some(value)) = (text.trim().is_empty(), table.get(key)) {
            self.report(value.span(), format!("`{key}` is empty"), hint(key));
            return None;
        }
        Some(text.to_owned())
    }

    fn text<'v>(&mut self, table: &'v DeTable<'_>, key: &str) -> Option<&'v str> {
        let value: &TomlValue<'_> = table.get(key)?;
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.report(value.span(), "this is not a text", hint(key));
        }
        text
    }
}

/// Removes the empty lines around a text that the quotes of TOML add, as reports do.
fn trimmed(text: &str) -> String {
    text.trim_start_matches(['\r', '\n']).trim_end().to_owned()
}

/// Returns the advice on a key.
fn hint(key: &str) -> &'static str {
    match key {
        "target" => "write the name of the target as in reports: target = \"staging\"",
        "check" => "write the id of the check as in reports: check = \"user/is-the-caller\"",
        "class" => "write class = \"target-bug\", \"page-wrong\", \"drift\" or \"unspecified\"",
        "reason" => "write the reason in quotes",
        "link" => "write the link in quotes, or remove it",
        "since" => "write a date without quotes: since = 2026-11-26",
        "review-by" => "write a date without quotes: review-by = 2027-02-24",
        _ => "copy the text from a report, in quotes, or run `divergences add`",
    }
}
