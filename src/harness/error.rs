//! The errors of a run.

use http::StatusCode;
use syncano_simulator::api::Capability;

use super::cleanup::JournalError;
use super::deployment::{ClientError, ExchangeError};
use super::shutdown::StopReason;

/// An error of a run. Messages hold no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// A request of the harness failed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The target has stopped answering.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// A creation could not be written to the journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The run had to stop.
    #[error("{0}")]
    Stopped(StopReason),
    /// The plan names an instance that does not exist, or that the key does not see.
    #[error("there is no instance {0}, or this key does not see it")]
    NoInstance(String),
    /// The plan has API keys and names no instance.
    #[error("API keys need an instance; name it with --instance or as `instance` in the profile")]
    UnnamedInstance,
    /// The plan has no key at all.
    #[error("there is no account key and no API key")]
    NoKey,
    /// An API key does not match its declaration.
    #[error("the API key `{name}`: {why}")]
    ApiKey {
        /// The name that scenarios use for it.
        name: &'static str,
        /// The reason.
        why: String,
        /// How to fix it, if that is known.
        hint: Option<String>,
    },
    /// A user cannot sign in.
    #[error("the user `{label}` cannot sign in: {error}")]
    SignIn {
        /// The name of the user in the profile.
        label: String,
        /// The reason.
        error: ClientError,
    },
    /// A user is listed twice.
    #[error("the user `{0}` is the same as an earlier one")]
    SameUser(String),
    /// The target lacks a declared capability.
    #[error("`{capability}` is declared, but the target does not offer it: {why}")]
    NotOffered {
        /// The capability.
        capability: Capability,
        /// The response of the target.
        why: String,
    },
    /// A new instance has another name than the request.
    #[error("the new instance has the name {found:?}; expected {expected:?}")]
    InstanceName {
        /// The name in the request.
        expected: String,
        /// The name in the response.
        found: String,
    },
    /// A scenario needs more instances at a time than the run may have.
    #[error(
        "it needs {needed} at a time besides the other instance of the run, and the account may have {allowed}: \
         delete instances that nobody needs, raise the limit of the account, or name an instance with --instance"
    )]
    TooFewInstances {
        /// The number of instances that the scenario needs.
        needed: usize,
        /// The number that the plan and the target allow, without those that others have.
        allowed: usize,
    },
    /// The other instance of the run could not be created.
    #[error("the other instance could not be created: {0}")]
    OtherInstance(String),
    /// The path of a new resource is unknown.
    #[error("the response to POST {0} has neither an `id` nor a `links.self` below that path")]
    UnknownPath(String),
    /// A step of a dry run cannot be built.
    #[error("{step}: {why}")]
    Step {
        /// The name of the step.
        step: String,
        /// The reason.
        why: String,
    },
    /// An error, after which the clean-up failed too.
    #[error("{error}\nleft behind: {}", left.join("; "))]
    LeftBehind {
        /// The error.
        error: Box<RunError>,
        /// The resources that are left, each with the reason.
        left: Vec<String>,
    },
    /// The target could not be set up, so nothing was judged. The texts are redacted.
    #[error("{why}{}", in_a_line(hint.as_deref()))]
    NotSetUp {
        /// The reason.
        why: String,
        /// How to fix it, if the reason shows that.
        hint: Option<String>,
    },
}

impl RunError {
    /// Returns how to fix the cause, if the error shows the cause.
    pub fn hint(&self) -> Option<String> {
        match self {
            RunError::Client(error) => error.hint(),
            RunError::SignIn { error, .. } => error.hint(),
            RunError::Exchange(error) => error.hint.map(str::to_owned),
            RunError::ApiKey { hint, .. } | RunError::NotSetUp { hint, .. } => hint.clone(),
            RunError::NoInstance(_) => Some(
                "check the name in --instance, or `instance` in the profile, and that the keys are those of this instance"
                    .to_owned(),
            ),
            RunError::NotOffered { .. } => Some("remove it from `capabilities`".to_owned()),
            RunError::LeftBehind { error, .. } => error.hint(),
            _ => None,
        }
    }
}

fn in_a_line(hint: Option<&str>) -> String {
    hint.map(|hint| format!("\n  hint: {hint}")).unwrap_or_default()
}

impl RunError {
    /// Returns whether the target does not find the resource of a request of the harness.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, RunError::Client(ClientError::Unexpected { status: StatusCode::NOT_FOUND, .. }))
    }

    /// Returns whether the target has rejected an instance because the account has too many.
    pub(super) fn is_instance_limit(&self) -> bool {
        let RunError::Client(ClientError::Unexpected { status, body, .. }) = self else { return false };
        is_instance_limit(*status, body.as_bytes())
    }
}

/// Returns whether a response says that the account has too many instances.
pub(super) fn is_instance_limit(status: StatusCode, body: &[u8]) -> bool {
    const TEXT: &[u8] = b"Instance count exceeded";
    status == StatusCode::BAD_REQUEST && body.windows(TEXT.len()).any(|part| part == TEXT)
}
