//! How patient the harness is with a deployment, and how much it asks of it.

use std::str::FromStr;
use std::time::Duration;

use super::size;

/// Requests to an address that is not of this machine begin this far apart, unless the user wants something else.
const BETWEEN_REQUESTS: Duration = Duration::from_millis(100);

/// All that limits the traffic with a deployment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// When an exchange is given up.
    pub time_outs: TimeOuts,
    /// How many requests are sent, whatever they are for and however many scenarios run side by side.
    pub rate: Rate,
    /// What is asked again.
    pub retries: Retries,
    /// The most bytes of an answer that are read. A longer one fails every check of it.
    pub answer: usize,
}

/// When an exchange is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeOuts {
    /// For making a connection.
    pub connect: Duration,
    /// For a whole exchange, from the first byte sent to the last received.
    pub exchange: Duration,
}

/// How many requests are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rate {
    /// As many as there are to an address of this machine, ten a second to any other.
    #[default]
    Fitting,
    /// As many as there are.
    Unlimited,
    /// They begin this far apart.
    Every(Duration),
}

/// How often a request is sent again that was not answered, or only by a gateway, and how long is waited before. Which
/// requests that can be depends on what they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// So often at most. With 0 nothing is sent again, whatever was answered.
    pub most: usize,
    /// The shortest wait, which is doubled each time; a part of it that is left to chance comes in addition.
    pub shortest: Duration,
    /// The longest such wait.
    pub longest: Duration,
    /// How long is waited altogether for a target that answers an exchange with 429.
    pub busy: Duration,
}

/// Why a text is no rate.
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
    /// So many requests a second, from 0.01 to 10000; with 0 they are not limited.
    pub fn per_second(number: f64) -> Option<Rate> {
        match number {
            0.0 => Some(Rate::Unlimited),
            0.01..=10_000.0 => Duration::try_from_secs_f64(number.recip()).ok().map(Rate::Every),
            _ => None,
        }
    }

    /// How far apart requests begin.
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
