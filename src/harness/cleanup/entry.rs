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
    /// The base URL of the target.
    pub target: String,
    /// The name of the target's profile, if it has one.
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
            .map_err(|error| format!("this is not the first line of a journal: {error}"))?;
        if header.format != FORMAT {
            return Err(format!("unknown journal format {:?}; expected {FORMAT:?}", header.format));
        }
        let is_id = header.run.len() == RunId::LENGTH && header.run.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_id {
            return Err(format!("{:?} is not the id of a run", header.run));
        }
        if header.api_version.parse::<Version>().is_err() {
            return Err(format!("{:?} is not a version of the API", header.api_version));
        }
        Ok(header)
    }
}

/// A line after the first: one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum JournalEntry {
    /// An account, before the run creates anything on it.
    Account {
        /// Its e-mail address.
        email: String,
        /// Whether the run registers it.
        registered: bool,
    },
    /// The result of the registration of an account. Without this line the account may exist.
    Registration {
        /// Its e-mail address.
        email: String,
        /// Whether it was registered.
        done: bool,
    },
    /// A resource is about to be created.
    Creating {
        /// The number of the resource in the journal.
        number: usize,
        /// The number of the scenario.
        scenario: usize,
        /// The path of its collection.
        collection: String,
        /// Its own path, if it is known beforehand.
        path: Option<String>,
        /// The e-mail address of the account that can remove it.
        by: String,
    },
    /// The resource was created.
    Created {
        /// The number of the resource.
        number: usize,
        /// Its own path.
        path: String,
    },
    /// The resource was not created.
    Rejected {
        /// The number of the resource.
        number: usize,
    },
    /// The resource is gone, with everything below it.
    Removed {
        /// The number of the resource.
        number: usize,
    },
}

impl JournalEntry {
    /// Reads a line. Its paths must have the form that the harness writes, because a sweep
    /// sends them.
    pub fn parse(line: &[u8]) -> Result<JournalEntry, String> {
        // serde reads the numbers of a tagged enum only from a `Value`.
        let read = serde_json::from_slice::<Value>(line).and_then(serde_json::from_value);
        let entry = read.map_err(|error| error.to_string())?;
        let paths = match &entry {
            JournalEntry::Creating { collection, path, .. } => vec![Some(collection), path.as_ref()],
            JournalEntry::Created { path, .. } => vec![Some(path)],
            _ => Vec::new(),
        };
        match paths.into_iter().flatten().find(|path| !is_plain_path(path)) {
            Some(path) => Err(format!("{path:?} is not a path below /VERSION/instances/")),
            None => Ok(entry),
        }
    }
}
