//! What is asked again, and when. Pure.
//!
//! What only reads is asked again where no answer came, or only one of a gateway. What may change something is sent again
//! only where it has changed nothing: where no connection was made. That holds for PUT and DELETE too: had the first one
//! gone through, the second would be answered otherwise, with 404 or another revision, and a check would judge that.
//! A target that answers 429 has done nothing either and has said when to come again, so everything is.

use std::time::{Duration, SystemTime};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{Method, Response, StatusCode};

use super::limits::Retries;

/// How often at most is waited for a target that answers with 429.
const MOST_WAITS: usize = 20;

/// An attempt that brought no answer.
#[derive(Debug)]
pub struct Failure {
    /// Why. Holds no URL.
    pub why: String,
    /// What is known of the request.
    pub fate: Fate,
}

/// What became of a request that was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// There was no connection to send it on.
    NotSent,
    /// The same, and there would be none again: a certificate is not valid, or a proxy refuses.
    Unreachable,
    /// It may have gone through.
    Unknown,
    /// It was answered by something that cannot be read, as it would be again.
    Unreadable,
}

impl Fate {
    /// Whether the target may have done what was asked.
    pub fn may_have_gone_through(self) -> bool {
        matches!(self, Fate::Unknown | Fate::Unreadable)
    }
}

/// What follows from an attempt.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// It is what the exchange came to.
    Done,
    /// The request is sent again after a while; and why.
    Again(Duration, String),
    /// The target wants to be left alone for a while.
    Wait(Duration),
    /// The target wants to be left alone for longer than there is patience; in words.
    Busy(String),
}

/// The attempts at one exchange.
pub struct Attempts {
    only_reads: bool,
    retries: Retries,
    again: ExponentialBackoff,
    busy: ExponentialBackoff,
    /// How long the target has been left alone.
    waited: Duration,
}

impl Attempts {
    /// None so far.
    pub fn new(method: &Method, retries: Retries) -> Attempts {
        let waits = ExponentialBuilder::new()
            .with_jitter()
            .with_min_delay(retries.shortest)
            .with_max_delay(retries.longest.max(retries.shortest));
        Attempts {
            only_reads: method.is_safe(),
            retries,
            again: waits.with_max_times(retries.most).build(),
            busy: waits.with_max_times(if retries.most == 0 { 0 } else { MOST_WAITS }).build(),
            waited: Duration::ZERO,
        }
    }

    /// What follows from one more attempt.
    pub fn next(&mut self, came: &Result<Response<Bytes>, Failure>, now: SystemTime) -> Next {
        let why = match came {
            Ok(answer) if answer.status() == StatusCode::TOO_MANY_REQUESTS => return self.busy(answer, now),
            Ok(answer) if is_of_a_gateway(answer.status()) && self.only_reads => {
                let wanted = retry_after(answer, now).filter(|wanted| *wanted <= self.retries.busy);
                let why = answer.status().as_u16().to_string();
                // Whoever says when to come again is taken at the word, where that is no longer than there is patience.
                return self.again(wanted.unwrap_or_default(), why);
            }
            Err(Failure { why, fate: Fate::NotSent }) => why.clone(),
            Err(Failure { why, fate: Fate::Unknown }) if self.only_reads => why.clone(),
            Ok(_) | Err(_) => return Next::Done,
        };
        self.again(Duration::ZERO, why)
    }

    /// After this long at least, as often as that may be.
    fn again(&mut self, least: Duration, why: String) -> Next {
        self.again.next().map_or(Next::Done, |wait| Next::Again(wait.max(least), why))
    }

    fn busy(&mut self, answer: &Response<Bytes>, now: SystemTime) -> Next {
        let Retries { busy, .. } = self.retries;
        let wanted = retry_after(answer, now);
        let Some(least) = self.busy.next() else {
            return Next::Busy("the target answers with 429, Too Many Requests".to_owned());
        };
        // At least as long as the target wants, and not at once where it says so.
        let wait = least.max(wanted.unwrap_or_default());
        if self.waited.saturating_add(wait) <= busy {
            self.waited += wait;
            return Next::Wait(wait);
        }
        let asks = match wanted {
            Some(wanted) if wanted > busy => format!("and asks to be left alone for {} s", wanted.as_secs()),
            _ => format!("even after waits of {} s", self.waited.as_secs()),
        };
        Next::Busy(format!(
            "the target answers with 429, Too Many Requests, {asks}; waits are {} s at most",
            busy.as_secs()
        ))
    }
}

/// Whether an answer comes from something before the target, or from a target that cannot answer at the moment.
fn is_of_a_gateway(status: StatusCode) -> bool {
    matches!(status, StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT)
}

/// For how long an answer asks to be left alone: a number of seconds, or the time when that ends.
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

    /// Short enough to be below every wait that a target asks for.
    const RETRIES: Retries = Retries {
        most: 2,
        shortest: Duration::from_millis(1),
        longest: Duration::from_millis(4),
        busy: Duration::from_secs(30),
    };

    type Came = Result<Response<Bytes>, Failure>;

    fn answer(status: u16) -> Came {
        Ok(Response::builder().status(status).body(Bytes::new()).unwrap())
    }

    fn busy(retry_after: &str) -> Came {
        Ok(Response::builder().status(429).header("Retry-After", retry_after).body(Bytes::new()).unwrap())
    }

    fn failure(fate: Fate) -> Came {
        Err(Failure { why: "no connection".to_owned(), fate })
    }

    /// How often a request is sent again that is always answered like this.
    fn again(method: Method, came: &Came) -> usize {
        let mut attempts = Attempts::new(&method, RETRIES);
        let next = std::iter::from_fn(|| Some(attempts.next(came, SystemTime::UNIX_EPOCH)));
        next.take_while(|next| matches!(next, Next::Again(..))).count()
    }

    #[test]
    fn what_only_reads_is_asked_again_and_so_is_what_was_never_sent() {
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
    fn an_answer_is_never_asked_for_again_because_of_what_it_says() {
        for came in [answer(200), answer(301), answer(404), answer(500), answer(501), failure(Fate::Unreadable)] {
            assert_eq!(again(Method::GET, &came), 0, "{came:?}");
        }
        assert_eq!(again(Method::GET, &failure(Fate::Unreachable)), 0, "a certificate does not get better");
    }

    #[test]
    fn a_busy_target_is_left_alone_for_as_long_as_it_says() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_770);
        for (retry_after, seconds) in
            [("7", 7), ("Sun, 06 Nov 1994 08:49:37 GMT", 7), ("Sunday, 06-Nov-94 08:49:32 GMT", 2)]
        {
            let next = Attempts::new(&Method::POST, RETRIES).next(&busy(retry_after), now);
            assert_eq!(next, Next::Wait(Duration::from_secs(seconds)), "{retry_after}");
        }
        for nothing in ["0", "soon", "-1", "", "Sun, 06 Nov 1994 08:00:00 GMT"] {
            let next = Attempts::new(&Method::POST, RETRIES).next(&busy(nothing), now);
            let waits = matches!(next, Next::Wait(wait) if wait >= RETRIES.shortest && wait < Duration::from_secs(1));
            assert!(waits, "{nothing}: {next:?}");
        }
    }

    #[test]
    fn a_gateway_that_says_when_to_come_again_is_taken_at_its_word() {
        let wait = |seconds: &str| {
            let answer = Response::builder().status(503).header("Retry-After", seconds).body(Bytes::new()).unwrap();
            match Attempts::new(&Method::GET, RETRIES).next(&Ok(answer), SystemTime::UNIX_EPOCH) {
                Next::Again(wait, _) => wait,
                next => panic!("{next:?}"),
            }
        };
        assert_eq!(wait("30"), Duration::from_secs(30));
        assert!(wait("31") < Duration::from_secs(1), "nobody waits longer than there is patience");
        assert!(wait("0") >= RETRIES.shortest);
    }

    #[test]
    fn patience_with_a_busy_target_has_an_end() {
        let now = SystemTime::UNIX_EPOCH;
        let mut attempts = Attempts::new(&Method::GET, RETRIES);
        let next = [(); 4].map(|()| attempts.next(&busy("10"), now));
        let wait = Next::Wait(Duration::from_secs(10));
        assert_eq!(next[..3], [Next::Wait(Duration::from_secs(10)), Next::Wait(Duration::from_secs(10)), wait]);
        assert!(matches!(&next[3], Next::Busy(why) if why.contains("even after waits of 30 s")), "{next:?}");

        for most in ["31", "18446744073709551615"] {
            let next = Attempts::new(&Method::GET, RETRIES).next(&busy(most), now);
            assert!(matches!(&next, Next::Busy(why) if why.contains(most)), "{next:?}");
        }
        let mut attempts = Attempts::new(&Method::GET, RETRIES);
        let waits = std::iter::from_fn(|| Some(attempts.next(&busy("0"), now)));
        assert_eq!(waits.take_while(|next| matches!(next, Next::Wait(_))).count(), MOST_WAITS);
        let next = Attempts::new(&Method::GET, Retries { most: 0, ..RETRIES }).next(&busy("0"), now);
        assert!(matches!(next, Next::Busy(_)), "{next:?}");
    }
}
