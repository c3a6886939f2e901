//! The forms of a report. All are made of the [`Report`] alone, so that none says more than the JSON.

use std::fmt;
use std::str::FromStr;

use super::Report;
use super::github::github;
use super::html;
use super::json::json;
use super::junit::junit;
use super::markdown::markdown;
use super::tap::tap;
use syncano_simulator::visible;

/// What a report is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Everything, for other programs; any other form can be made of it.
    Json,
    /// JUnit XML, for CI systems.
    Junit,
    /// TAP version 14, for test harnesses.
    Tap,
    /// Markdown, for a comment on a pull request.
    Markdown,
    /// Annotations of GitHub Actions, at file and line.
    Github,
    /// A page, for persons.
    Html,
}

/// The word names no form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no form {word:?}; there are {}", all())]
pub struct NoForm {
    word: String,
}

/// The report cannot be put into a form.
#[derive(Debug, thiserror::Error)]
pub enum CannotRender {
    /// Not as JSON.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// Not as XML.
    #[error("{0}")]
    Junit(#[from] quick_junit::SerializeError),
}

impl Form {
    /// All of them.
    pub const ALL: &[Form] = &[Form::Json, Form::Junit, Form::Tap, Form::Markdown, Form::Github, Form::Html];

    /// As the user writes it.
    pub fn name(self) -> &'static str {
        match self {
            Form::Json => "json",
            Form::Junit => "junit",
            Form::Tap => "tap",
            Form::Markdown => "markdown",
            Form::Github => "github",
            Form::Html => "html",
        }
    }

    /// The report in this form. It ends with a line feed.
    pub fn render(self, report: &Report) -> Result<String, CannotRender> {
        let text = match self {
            Form::Json => json(report)?,
            // Titles of scenarios stand in these too, and nothing has looked at them.
            Form::Junit => visible::text(&junit(report)?).into_owned(),
            Form::Tap => visible::text(&tap(report)).into_owned(),
            Form::Markdown => visible::text(&markdown(report)).into_owned(),
            Form::Github => visible::text(&github(report)).into_owned(),
            Form::Html => html::page(report),
        };
        Ok(format!("{}\n", text.trim_end()))
    }
}

/// `json, junit and html`
fn all() -> String {
    let names = Form::ALL.iter().map(|form| form.name()).collect::<Vec<_>>();
    match names.split_last() {
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}

impl FromStr for Form {
    type Err = NoForm;

    fn from_str(word: &str) -> Result<Form, NoForm> {
        Form::ALL.iter().copied().find(|form| form.name() == word).ok_or_else(|| NoForm { word: word.to_owned() })
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
