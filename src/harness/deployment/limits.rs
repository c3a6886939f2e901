//! Time-outs, rate and retries of requests to a deployment.

use std::str::FromStr;
use std::time::Duration;

use super::size;

/// The default time between the beginnings of two requests to another machine.
const BETWEEN_REQUESTS: Duration = Duration::from_millis(100);

/// The limits of requests to a deployment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The time-outs.
    pub time_outs: TimeOuts,
    /// The maximum rate of requests, over all jobs.
    pub rate: Rate,
    /// When a request is sent again.
    pub retries: Retries,
    /// The maximum length of a response, in bytes. A longer one fails every check of it.
    pub answer: usize,
}

/// The time-outs of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeOuts {
    /// For making a connection.
    pub connect: Duration,
    /// For a whole exchange, from the first byte sent to the last received.
    pub exchange: Duration,
}

/// The maximum rate of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rate {
    /// Unlimited on loopback addresses, ten requests per second to any other.
    #[default]
    Fitting,
    /// Unlimited.
    Unlimited,
    /// The minimum time between the beginnings of two requests.
    Every(Duration),
}

/// When a request is sent again that got no response, or only one of a gateway. Requests that may change something are sent
/// again only if they have changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// The maximum number of retries; 0 for none.
    pub most: usize,
    /// The first wait. It doubles each time, and a random part is added.
    pub shortest: Duration,
    /// The maximum wait.
    pub longest: Duration,
    /// The maximum total wait for a target that answers a request with 429.
    pub busy: Duration,
}

/// A text that is no rate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no number of requests in a second; write one from 0.01 to 10000, or `none` for no limit")]
pub struct RateError(String);

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            time_outs: TimeOuts::default(),
            rate: Rate::default(),
            retries: Retries::default(),
            answer: size::DEFAULT,
        }
    }
}

impl Default for TimeOuts {
    fn default() -> TimeOuts {
        TimeOuts { connect: Duration::from_secs(10), exchange: Duration::from_secs(30) }
    }
}

impl Default for Retries {
    fn default() -> Retries {
        Retries {
            most: 3,
            shortest: Duration::from_millis(200),
            longest: Duration::from_secs(5),
            busy: Duration::from_secs(30),
        }
    }
}

impl Rate {
    /// Returns a rate in requests per second, from 0.01 to 10000; 0 is unlimited.
    pub fn per_second(number: f64) -> Option<Rate> {
        match number {
            0.0 => Some(Rate::Unlimited),
            0.01..=10_000.0 => Duration::try_from_secs_f64(number.recip()).ok().map(Rate::Every),
            _ => None,
        }
    }

    /// Returns the time between the beginnings of two requests.
    pub(super) fn interval(self, is_loopback: bool) -> Duration {
        match self {
            Rate::Fitting if !is_loopback => BETWEEN_REQUESTS,
            Rate::Fitting | Rate::Unlimited => Duration::ZERO,
            Rate::Every(interval) => interval,
        }
    }
}

/// Requests a second: `10`, `0.5`; `0` and `none` are no limit.
impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Rate, RateError> {
        let rate = match text {
            "none" => Some(Rate::Unlimited),
            number => number.parse().ok().and_then(Rate::per_second),
        };
        rate.ok_or_else(|| RateError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_of_requests_a_second() {
        assert_eq!("10".parse(), Ok(Rate::Every(Duration::from_millis(100))));
        assert_eq!("0.5".parse(), Ok(Rate::Every(Duration::from_secs(2))));
        assert_eq!(["0", "none"].map(str::parse), [Ok(Rate::Unlimited), Ok(Rate::Unlimited)]);
        for wrong in ["", "-1", "ten", "NaN", "inf", "0.001", "1e-320", "10001"] {
            assert!(wrong.parse::<Rate>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_not_on_this_machine_is_asked_less_unless_the_user_wants_otherwise() {
        assert_eq!(Rate::Fitting.interval(true), Duration::ZERO);
        assert_eq!(Rate::Fitting.interval(false), Duration::from_millis(100));
        assert_eq!(Rate::Unlimited.interval(false), Duration::ZERO);
    }
}
