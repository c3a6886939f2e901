//! The outcome of one exchange: a complete response, or the reason why there is none.

use bytes::Bytes;
use http::{Request, Response};

use crate::judge::Exchange;

/// A complete response.
#[derive(Debug)]
pub struct Answer {
    /// The response.
    pub response: Response<Bytes>,
    /// Why each earlier attempt was not enough.
    pub retries: Vec<String>,
    /// The other host that a redirect leads to. It is not followed.
    pub astray: Option<String>,
    /// Why the response is too large, if it is; then `response` holds its beginning only.
    pub too_large: Option<String>,
}

/// An exchange without a complete response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct ExchangeError {
    /// The reason. Holds no URL, and so no key.
    pub why: String,
    /// Whether the target may have done what the request asked for.
    pub may_have_gone_through: bool,
}

impl Answer {
    /// Joins the response with the request that it answers.
    pub fn to(self, request: Request<Bytes>) -> Exchange {
        let Answer { response, retries, astray, too_large } = self;
        Exchange { request, response, retries, astray, too_large }
    }
}

impl ExchangeError {
    /// Returns the error for a request that is not sent, because the target has stopped answering.
    pub fn stopped() -> ExchangeError {
        ExchangeError { why: "the target has stopped answering".to_owned(), may_have_gone_through: false }
    }
}
