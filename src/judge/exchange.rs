//! A request and its answer.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};

/// What became of a step.
#[derive(Debug)]
pub enum Outcome {
    /// It was sent and answered.
    Answered(Arc<Exchange>),
    /// It was sent and no complete answer came; why.
    Broken(String),
    /// It could not be sent, because a step before it did not bring what it needs; why.
    NotSent(String),
}

/// A request and its answer. `Debug` shows neither headers nor bodies, for they hold keys.
pub struct Exchange {
    /// What was sent; its URI is a path.
    pub request: Request<Bytes>,
    /// The answer, complete.
    pub response: Response<Bytes>,
    /// Why each attempt before this one was not enough, as a rule none. What then passes is flaky.
    pub retries: Vec<String>,
    /// The host to which the answer sends its user, where that is another than the target's. Then it is wrong, whatever is
    /// stated of it.
    pub astray: Option<String>,
    /// Why the answer is too large to be judged, where it is. Then the response holds its beginning only, and it is wrong
    /// too, whatever is stated of it.
    pub too_large: Option<String>,
}

impl Exchange {
    /// Whether the answer is wrong whatever is stated of it.
    pub fn is_wrong(&self) -> bool {
        self.astray.is_some() || self.too_large.is_some()
    }

    /// What is wrong with an answer that sends its user to this host.
    pub fn leads_astray(host: &str) -> String {
        format!("the target sends its users to another host, {host}, which is not followed")
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
    fn debug_shows_of_an_exchange_what_was_asked_and_the_status() {
        let mut exchange = answer(403, KEY);
        exchange.request =
            Request::post(format!("/user/?user_key={KEY}")).header("x-user-key", KEY).body(KEY.into()).unwrap();
        assert_eq!(format!("{exchange:?}"), "POST /user/: 403");
    }
}
