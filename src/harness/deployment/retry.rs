//! Decides which requests are repeated, and when. Pure.
//!
//! A read is repeated if it got no response or an error of a gateway. A request that may change
//! something is repeated only if no connection was made. That holds for PUT and DELETE too: if the
//! first one had been processed, the second would get another response, such as 404, and a check
//! would judge that. A target that responds with 429 has not processed the request, so every
//! request is repeated after the wait that it asks for.

use std::time::{Duration, SystemTime};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{Method, Response, StatusCode};

use super::limits::Retries;

/// The maximum number of waits for a target that responds with 429.
const MAX_WAITS: usize = 20;

/// A failed attempt to send a request.
#[derive(Debug)]
pub struct FailedAttempt {
    /// The reason. It holds no URL.
    pub why: String,
    /// How to fix it, if the reason shows that.
    pub hint: Option<&'static str>,
    /// Whether the target may have received the request.
    pub fate: Fate,
}

/// The fate of a request without a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// There was no connection to send it.
    NotSent,
    /// There was no connection, and a retry would fail too: a certificate is not valid, or a proxy
    /// rejects the request.
    Unreachable,
    /// The target may have processed it.
    Unknown,
    /// The response cannot be parsed, and a retry would get the same.
    Unreadable,
}

impl Fate {
    /// Returns whether the target may have processed the request.
    pub fn may_have_gone_through(self) -> bool {
        matches!(self, Fate::Unknown | Fate::Unreadable)
    }
}

/// The next action after an attempt.
#[derive(Debug, PartialEq, Eq)]
pub enum NextAction {
    /// The result of the attempt is final.
    Done,
    /// Repeats the request after this wait, for this reason.
    Again(Duration, String),
    /// Waits for a busy target, then repeats the request.
    Wait(Duration),
    /// The target is busy for longer than the maximum wait; with the reason.
    Busy(String),
}

/// The attempts of one exchange.
pub struct Attempts {
    only_reads: bool,
    retries: Retries,
    again: ExponentialBackoff,
    busy: ExponentialBackoff,
    /// The total wait for the busy target so far.
    waited: Duration,
}

impl Attempts {
    /// Creates the state before the first attempt.
    pub fn new(method: &Method, retries: Retries) -> Attempts {
        let waits = ExponentialBuilder::new()
            .with_jitter()
            .with_min_delay(retries.shortest)
            .with_max_delay(retries.longest.max(retries.shortest));
        Attempts {
            only_reads: method.is_safe(),
            retries,
            again: waits.with_max_times(retries.most).build(),
            busy: waits.with_max_times(if retries.most == 0 { 0 } else { MAX_WAITS }).build(),
            waited: Duration::ZERO,
        }
    }

    /// Returns the next action after an attempt.
    pub fn next(&mut self, came: &Result<Response<Bytes>, FailedAttempt>, now: SystemTime) -> NextAction {
        let why = match came {
            Ok(answer) if answer.status() == StatusCode::TOO_MANY_REQUESTS => return self.busy(answer, now),
            Ok(answer) if is_gateway_error(answer.status()) && self.only_reads => {
                let wanted = retry_after(answer, now).filter(|wanted| *wanted <= self.retries.busy);
                let why = answer.status().as_u16().to_string();
                // The gateway's `Retry-After` counts only if it is within the maximum wait.
                return self.again(wanted.unwrap_or_default(), why);
            }
            Err(FailedAttempt { why, fate: Fate::NotSent, .. }) => why.clone(),
            Err(FailedAttempt { why, fate: Fate::Unknown, .. }) if self.only_reads => why.clone(),
            Ok(_) | Err(_) => return NextAction::Done,
        };
        self.again(Duration::ZERO, why)
    }

    /// Repeats the request after at least this wait, if a retry is left.
    fn again(&mut self, least: Duration, why: String) -> NextAction {
        self.again.next().map_or(NextAction::Done, |wait| NextAction::Again(wait.max(least), why))
    }

    fn busy(&mut self, answer: &Response<Bytes>, now: SystemTime) -> NextAction {
        let Retries { busy, .. } = self.retries;
        let wanted = retry_after(answer, now);
        let Some(least) = self.busy.next() else {
            return NextAction::Busy("the target responds with 429, Too Many Requests".to_owned());
        };
        // At least as long as the target asks for, and never at once.
        let wait = least.max(wanted.unwrap_or_default());
        if self.waited.saturating_add(wait) <= busy {
            self.waited += wait;
            return NextAction::Wait(wait);
        }
        let asks = match wanted {
            Some(wanted) if wanted > busy => format!("and asks for a wait of {} s", wanted.as_secs()),
            _ => format!("even after waits of {} s", self.waited.as_secs()),
        };
        NextAction::Busy(format!(
            "the target responds with 429, Too Many Requests, {asks}; the maximum wait is {} s",
            busy.as_secs()
        ))
    }
}

/// Returns whether a status comes from a gateway, or from a target that is temporarily unavailable.
fn is_gateway_error(status: StatusCode) -> bool {
    matches!(status, StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT)
}

/// Returns the wait that a response asks for: a number of seconds, or until a date.
fn retry_after(answer: &Response<Bytes>, now: SystemTime) -> Option<Duration> {
    let text = answer.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    Some(until.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The waits are shorter than any that a test target asks for.
    const RETRIES: Retries = Retries {
        most: 2,
        shortest: Duration::from_millis(1),
        longest: Duration::from_millis(4),
        busy: Duration::from_secs(30),
    };

    type Came = Result<Response<Bytes>, FailedAttempt>;

    fn answer(status: u16) -> Came {
        Ok(Response::builder().status(status).body(Bytes::new()).unwrap())
    }

    fn busy(retry_after: &str) -> Came {
        Ok(Response::builder().status(429).header("Retry-After", retry_after).body(Bytes::new()).unwrap())
    }

    fn failure(fate: Fate) -> Came {
        Err(FailedAttempt { why: "no connection".to_owned(), hint: None, fate })
    }

    /// Returns the number of retries of a request that always gets this result.
    fn again(method: Method, came: &Came) -> usize {
        let mut attempts = Attempts::new(&method, RETRIES);
        let next = std::iter::from_fn(|| Some(attempts.next(came, SystemTime::UNIX_EPOCH)));
        next.take_while(|next| matches!(next, NextAction::Again(..))).count()
    }

    #[test]
    fn reads_and_requests_that_were_never_sent_are_repeated() {
        for came in [answer(502), answer(503), answer(504), failure(Fate::Unknown), failure(Fate::NotSent)] {
            assert_eq!([Method::GET, Method::HEAD, Method::OPTIONS].map(|method| again(method, &came)), [2; 3]);
        }
        for method in [Method::POST, Method::PATCH, Method::PUT, Method::DELETE] {
            assert_eq!(again(method.clone(), &failure(Fate::NotSent)), 2, "{method}");
            assert_eq!(again(method.clone(), &failure(Fate::Unknown)), 0, "{method} may have gone through");
            assert_eq!(again(method.clone(), &answer(503)), 0, "{method} may have gone through");
        }
    }

    #[test]
    fn a_response_of_the_target_is_final() {
        for came in [answer(200), answer(301), answer(404), answer(500), answer(501), failure(Fate::Unreadable)] {
            assert_eq!(again(Method::GET, &came), 0, "{came:?}");
        }
        assert_eq!(again(Method::GET, &failure(Fate::Unreachable)), 0, "a certificate stays invalid");
    }

    #[test]
    fn a_busy_target_gets_the_wait_that_it_asks_for() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_770);
        for (retry_after, seconds) in
            [("7", 7), ("Sun, 06 Nov 1994 08:49:37 GMT", 7), ("Sunday, 06-Nov-94 08:49:32 GMT", 2)]
        {
            let next = Attempts::new(&Method::POST, RETRIES).next(&busy(retry_after), now);
            assert_eq!(next, NextAction::Wait(Duration::from_secs(seconds)), "{retry_after}");
        }
        for nothing in ["0", "soon", "-1", "", "Sun, 06 Nov 1994 08:00:00 GMT"] {
            let next = Attempts::new(&Method::POST, RETRIES).next(&busy(nothing), now);
            let waits =
                matches!(next, NextAction::Wait(wait) if wait >= RETRIES.shortest && wait < Duration::from_secs(1));
            assert!(waits, "{nothing}: {next:?}");
        }
    }

    #[test]
    fn a_gateway_gets_the_wait_that_it_asks_for() {
        let wait = |seconds: &str| {
            let answer = Response::builder().status(503).header("Retry-After", seconds).body(Bytes::new()).unwrap();
            match Attempts::new(&Method::GET, RETRIES).next(&Ok(answer), SystemTime::UNIX_EPOCH) {
                NextAction::Again(wait, _) => wait,
                next => panic!("{next:?}"),
            }
        };
        assert_eq!(wait("30"), Duration::from_secs(30));
        assert!(wait("31") < Duration::from_secs(1), "no wait is longer than the maximum");
        assert!(wait("0") >= RETRIES.shortest);
    }

    #[test]
    fn the_wait_for_a_busy_target_is_limited() {
        let now = SystemTime::UNIX_EPOCH;
        let mut attempts = Attempts::new(&Method::GET, RETRIES);
        let next = [(); 4].map(|()| attempts.next(&busy("10"), now));
        let wait = NextAction::Wait(Duration::from_secs(10));
        assert_eq!(
            next[..3],
            [NextAction::Wait(Duration::from_secs(10)), NextAction::Wait(Duration::from_secs(10)), wait]
        );
        assert!(matches!(&next[3], NextAction::Busy(why) if why.contains("even after waits of 30 s")), "{next:?}");

        for most in ["31", "18446744073709551615"] {
            let next = Attempts::new(&Method::GET, RETRIES).next(&busy(most), now);
            assert!(matches!(&next, NextAction::Busy(why) if why.contains(most)), "{next:?}");
        }
        let mut attempts = Attempts::new(&Method::GET, RETRIES);
        let waits = std::iter::from_fn(|| Some(attempts.next(&busy("0"), now)));
        assert_eq!(waits.take_while(|next| matches!(next, NextAction::Wait(_))).count(), MAX_WAITS);
        let next = Attempts::new(&Method::GET, Retries { most: 0, ..RETRIES }).next(&busy("0"), now);
        assert!(matches!(next, NextAction::Busy(_)), "{next:?}");
    }
}
