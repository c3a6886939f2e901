//! Why a run, or a part of it, could not be done.

use syncano_simulator::api::Capability;

use super::cleanup::JournalError;
use super::deployment::{ClientError, ExchangeError};
use super::shutdown::StopReason;

/// An error of a run. Messages hold no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// A request of the harness did not do what it was sent for.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The target is not asked any more.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// A creation could not be written to the journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The run had to stop.
    #[error("{0}")]
    Stopped(StopReason),
    /// The plan names an instance that the administrator does not see.
    #[error("there is no instance {0}, or this account is none of its administrators")]
    NoInstance(String),
    /// The plan has API keys and names no instance.
    #[error("API keys belong to an instance, and none is named")]
    UnnamedInstance,
    /// The plan has no key at all.
    #[error("there is neither an account key nor an API key")]
    NoKey,
    /// An API key is not what it is declared to be.
    #[error("the API key `{name}`: {why}")]
    ApiKey {
        /// The name that scenarios use for it.
        name: &'static str,
        /// What is wrong.
        why: String,
    },
    /// A user cannot sign in.
    #[error("the user `{label}` cannot sign in: {error}")]
    SignIn {
        /// The name of the user in the profile.
        label: String,
        /// The reason.
        error: ClientError,
    },
    /// Two users are one.
    #[error("the user `{0}` is one of those before it")]
    SameUser(String),
    /// The target lacks something that it is declared to offer.
    #[error(
        "`{capability}` is declared and is not there: {why}\n  \
         hint: where the target does not offer it, take it out of `capabilities`"
    )]
    NotOffered {
        /// What is declared.
        capability: Capability,
        /// What the target answered.
        why: String,
    },
    /// A new instance has another name than it was given.
    #[error("the new instance is called {found:?}, not {expected:?}")]
    InstanceName {
        /// The name that was sent.
        expected: String,
        /// The name that came back.
        found: String,
    },
    /// It is unknown where a new resource stands.
    #[error("the answer to POST {0} has neither an `id` nor a `links.self` below that path")]
    UnknownPath(String),
    /// A step of a dry run cannot be built.
    #[error("{step}: {why}")]
    Step {
        /// The name of the step.
        step: String,
        /// The reason.
        why: String,
    },
    /// An error after which the clean-up failed too.
    #[error("{error}\nleft behind: {}", left.join("; "))]
    LeftBehind {
        /// The error.
        error: Box<RunError>,
        /// What is left, each with the reason.
        left: Vec<String>,
    },
    /// Nothing was judged: the target could not be set up. The text has passed the redactor of the run.
    #[error("{0}")]
    NotSetUp(String),
}
