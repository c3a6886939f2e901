//! A request and its answer.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};

/// The outcome of sending a step.
#[derive(Debug)]
pub enum Outcome {
    /// The request was answered.
    Answered(Arc<Exchange>),
    /// The request was sent, but no complete answer arrived; with the reason.
    Broken(String),
    /// The request was not sent, because an earlier step did not save a value that it needs; with
    /// the reason.
    NotSent(String),
}

/// A request and its answer. `Debug` shows neither headers nor bodies, because they hold keys.
pub struct Exchange {
    /// The request; its URI is a path.
    pub request: Request<Bytes>,
    /// The complete answer.
    pub response: Response<Bytes>,
    /// The reason for each retry; usually none. A check that passes after a retry is flaky.
    pub retries: Vec<String>,
    /// The other host to which the answer redirects, if it does. Such an answer fails every check.
    pub astray: Option<String>,
    /// Why the answer is too large to judge, if it is. The response then holds only its beginning,
    /// and fails every check.
    pub too_large: Option<String>,
}

impl Exchange {
    /// Returns whether the answer fails every check.
    pub fn is_wrong(&self) -> bool {
        self.astray.is_some() || self.too_large.is_some()
    }

    /// Returns the finding on an answer that redirects to this host.
    pub fn leads_astray(host: &str) -> String {
        format!("the target redirects to {host}, which is not followed")
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.request.method(), self.request.uri().path(), self.response.status().as_u16())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::testing::answer;

    const KEY: &str = "1111111111111111111111111111111111111110";

    #[test]
    fn debug_of_an_exchange_shows_the_request_and_the_status() {
        let mut exchange = answer(403, KEY);
        exchange.request =
            Request::post(format!("/user/?user_key={KEY}")).header("x-user-key", KEY).body(KEY.into()).unwrap();
        assert_eq!(format!("{exchange:?}"), "POST /user/: 403");
    }
}
