//! Reads an outcome such as `200 self` or `403 key`.

use http::Method;
use toml::Spanned;

use super::builder::AccessTableBuilder;
use crate::expectation::{Expectation, ExpectedAnswer, Rows};
use crate::locator::Locator;
use crate::template::Reference;

impl AccessTableBuilder<'_> {
    /// Returns the expected answers of an outcome for a method of an endpoint.
    pub fn outcome(&mut self, text: &Spanned<String>, method: &Method, name: &str) -> Option<Expectation> {
        let place = self.at(text);
        let answers = text.get_ref().split(" or ").map(|text| self.expected_answer(text, method, name));
        match answers.collect() {
            Ok(answers) => Some(Expectation { answers }),
            Err(Mistake { message, help }) => {
                self.reader.report(&place, message, help);
                None
            }
        }
    }

    fn expected_answer(&self, text: &str, method: &Method, name: &str) -> Result<ExpectedAnswer, Mistake> {
        let (status, rest) = text.split_once(' ').unwrap_or((text, ""));
        let status = status.parse().ok().filter(|status| (100..600).contains(status)).ok_or_else(|| Mistake {
            message: format!("{text:?} is not an outcome"),
            help: "write a status and an optional detail: `200 self`, `403 key`".to_owned(),
        })?;
        let rows = self.endpoints.get(name).and_then(|endpoint| endpoint.rows.as_ref());
        let mut answer = ExpectedAnswer { status, detail: self.errors.get(text).cloned(), rows: None, actions: None };
        match (method, status, rows) {
            _ if answer.detail.is_some() => {}
            (&Method::OPTIONS, 200, _) if matches!(rest, "" | "actions") => answer.actions = Some(rest == "actions"),
            (&Method::GET, 200, Some((at, of))) => answer.rows = Some(read_rows(rest, at, of)?),
            _ if rest.is_empty() => {}
            _ => {
                let otherwise = "define it under `errors`, or write only the status";
                let known = self.errors.keys().map(String::as_str);
                let help = self.reader.suggestions.help(text, known, otherwise);
                return Err(Mistake { message: format!("`{text}` has no meaning for {method} {name}"), help });
            }
        }
        Ok(answer)
    }
}

/// A mistake in an outcome.
struct Mistake {
    message: String,
    help: String,
}

/// Reads the rows of a list that are shown: `self other`, `all` or `nothing`.
fn read_rows(words: &str, at: &Locator, of: &[Reference]) -> Result<Rows, Mistake> {
    let known = || of.iter().map(Reference::owner).chain(["all", "nothing"]);
    let mistake = |message: String| Mistake {
        message,
        help: format!("name the rows that the list shows: {}", known().collect::<Vec<_>>().join(", ")),
    };
    let words = words.split_whitespace().collect::<Vec<_>>();
    if words.is_empty() {
        return Err(mistake("the outcome does not name the rows of the list".to_owned()));
    }
    if let Some(word) = words.iter().find(|word| !known().any(|row| row == **word)) {
        return Err(mistake(format!("`{word}` is not a row of this list")));
    }
    let is_shown = |row: &Reference| words == ["all"] || words.contains(&row.owner());
    let (shown, hidden) = of.iter().cloned().partition(is_shown);
    Ok(Rows { at: at.clone(), shown, hidden })
}
