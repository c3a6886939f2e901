//! The lines of a journal.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use syncano_simulator::api::Version;

use super::paths::is_plain_path;
use crate::harness::deployment::Target;
use crate::harness::plan::RunId;

/// Name and version of the format.
const FORMAT: &str = "syncano-conformance-journal/1";

/// The first line of a journal: the run that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalHeader {
    format: String,
    tool_version: String,
    /// What stands before every path.
    pub target: String,
    /// The name of the profile, where the target has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The version of the API.
    pub api_version: String,
    /// The id of the run.
    pub run: String,
    /// When the run began.
    pub begun: String,
}

impl JournalHeader {
    /// Creates the header of a run that begins now.
    pub fn new(target: &Target, version: Version, run: &RunId) -> JournalHeader {
        JournalHeader {
            format: FORMAT.to_owned(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            target: target.base().to_owned(),
            profile: (target.name() != target.base()).then(|| target.name().to_owned()),
            api_version: version.to_string(),
            run: run.to_string(),
            begun: Timestamp::now().strftime("%FT%TZ").to_string(),
        }
    }

    /// Reads the first line of a journal.
    pub fn parse(line: &[u8]) -> Result<JournalHeader, String> {
        let header = serde_json::from_slice::<JournalHeader>(line)
            .map_err(|error| format!("this begins no journal: {error}"))?;
        if header.format != FORMAT {
            return Err(format!("a journal of the form {:?}, and this program reads {FORMAT:?}", header.format));
        }
        let is_id = header.run.len() == RunId::LENGTH && header.run.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_id {
            return Err(format!("{:?} is no id of a run", header.run));
        }
        if header.api_version.parse::<Version>().is_err() {
            return Err(format!("{:?} is no version of the API", header.api_version));
        }
        Ok(header)
    }
}

/// A line after the first: one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum JournalEntry {
    /// An account, before anything is made on it.
    Account {
        /// Its e-mail address.
        email: String,
        /// Whether the run registers it.
        registered: bool,
    },
    /// What became of the registration of an account. Without this line it may have been registered.
    Registration {
        /// Its e-mail address.
        email: String,
        /// Whether it was registered.
        done: bool,
    },
    /// Something is about to be made.
    Creating {
        /// Tells it from the others of the journal.
        number: usize,
        /// The number of the scenario.
        scenario: usize,
        /// Below which path it will stand.
        collection: String,
        /// Its own path, where that is known before.
        path: Option<String>,
        /// The e-mail address of the account that can remove it.
        by: String,
    },
    /// It was made.
    Created {
        /// Which.
        number: usize,
        /// Its own path.
        path: String,
    },
    /// It was not made after all.
    Refused {
        /// Which.
        number: usize,
    },
    /// It is gone, with everything below it.
    Removed {
        /// Which.
        number: usize,
    },
}

impl JournalEntry {
    /// Reads a line. Its paths must have the form that the harness writes: nothing else is ever sent.
    pub fn parse(line: &[u8]) -> Result<JournalEntry, String> {
        // Numbers of a tagged line are read out of a value alone.
        let read = serde_json::from_slice::<Value>(line).and_then(serde_json::from_value);
        let entry = read.map_err(|error| error.to_string())?;
        let paths = match &entry {
            JournalEntry::Creating { collection, path, .. } => vec![Some(collection), path.as_ref()],
            JournalEntry::Created { path, .. } => vec![Some(path)],
            _ => Vec::new(),
        };
        match paths.into_iter().flatten().find(|path| !is_plain_path(path)) {
            Some(path) => Err(format!("{path:?} is no path of an instance")),
            None => Ok(entry),
        }
    }
}
