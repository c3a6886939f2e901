//! The outcome of one exchange: a complete response, or the reason why there is none.

use bytes::Bytes;
use http::{Request, Response};

use super::retry::FailedAttempt;
use crate::judge::Exchange;

/// A complete response.
#[derive(Debug)]
pub struct CompleteResponse {
    /// The response.
    pub response: Response<Bytes>,
    /// The reason why each earlier attempt failed.
    pub retries: Vec<String>,
    /// The other host that a redirect points to. Redirects are not followed.
    pub astray: Option<String>,
    /// The reason why the response is too large, if it is; then `response` holds only its
    /// beginning.
    pub too_large: Option<String>,
}

/// An exchange without a complete response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct ExchangeError {
    /// The reason. Holds no URL, and so no key.
    pub why: String,
    /// How to fix it, if the reason shows that.
    pub hint: Option<&'static str>,
    /// Whether the target may have processed the request.
    pub may_have_gone_through: bool,
}

impl CompleteResponse {
    /// Joins the response with the request that it answers.
    pub fn into_exchange(self, request: Request<Bytes>) -> Exchange {
        let CompleteResponse { response, retries, astray, too_large } = self;
        Exchange { request, response, retries, astray, too_large }
    }
}

impl From<FailedAttempt> for ExchangeError {
    fn from(FailedAttempt { why, hint, fate }: FailedAttempt) -> ExchangeError {
        ExchangeError { why, hint, may_have_gone_through: fate.may_have_gone_through() }
    }
}

impl ExchangeError {
    /// Returns the error for a request that is not sent, because the target has stopped answering.
    pub fn stopped() -> ExchangeError {
        ExchangeError { why: "the target has stopped answering".to_owned(), hint: None, may_have_gone_through: false }
    }
}
