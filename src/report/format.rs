//! Report formats. All of them render the [`Report`], so that none says more than the JSON.

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

/// A report format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportFormat {
    /// Everything, for other programs. `report` converts it to the other formats.
    Json,
    /// JUnit XML, for CI systems.
    Junit,
    /// TAP version 14, for test harnesses.
    Tap,
    /// Markdown, for a comment on a pull request.
    Markdown,
    /// Annotations for GitHub Actions, at file and line.
    Github,
    /// A self-contained HTML page.
    Html,
}

/// The word names no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown format {word:?}; there are {}", all())]
pub struct FormatError {
    word: String,
}

/// The report cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// As JSON.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// As XML.
    #[error("{0}")]
    Junit(#[from] quick_junit::SerializeError),
}

impl ReportFormat {
    /// All formats.
    pub const ALL: &[ReportFormat] = &[
        ReportFormat::Json,
        ReportFormat::Junit,
        ReportFormat::Tap,
        ReportFormat::Markdown,
        ReportFormat::Github,
        ReportFormat::Html,
    ];

    /// Returns the name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            ReportFormat::Json => "json",
            ReportFormat::Junit => "junit",
            ReportFormat::Tap => "tap",
            ReportFormat::Markdown => "markdown",
            ReportFormat::Github => "github",
            ReportFormat::Html => "html",
        }
    }

    /// Renders a report. The text ends with a line feed.
    pub fn render(self, report: &Report) -> Result<String, RenderError> {
        let text = match self {
            ReportFormat::Json => json(report)?,
            // These also contain scenario titles, in which hidden characters are not escaped yet.
            ReportFormat::Junit => visible::text(&junit(report)?).into_owned(),
            ReportFormat::Tap => visible::text(&tap(report)).into_owned(),
            ReportFormat::Markdown => visible::text(&markdown(report)).into_owned(),
            ReportFormat::Github => visible::text(&github(report)).into_owned(),
            ReportFormat::Html => html::page(report),
        };
        Ok(format!("{}\n", text.trim_end()))
    }
}

/// `json, junit and html`
fn all() -> String {
    let names = ReportFormat::ALL.iter().map(|format| format.name()).collect::<Vec<_>>();
    match names.split_last() {
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}

impl FromStr for ReportFormat {
    type Err = FormatError;

    fn from_str(word: &str) -> Result<ReportFormat, FormatError> {
        ReportFormat::ALL
            .iter()
            .copied()
            .find(|format| format.name() == word)
            .ok_or_else(|| FormatError { word: word.to_owned() })
    }
}

impl fmt::Display for ReportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
