//! The limits that a platform sets its accounts and callers.

use std::str::FromStr;

/// The limits of a platform. `None` means no limit.
///
/// A request over a limit a second gets 429 with `Retry-After: 1`. The seconds are those of the
/// clock; a seeded clock, which stands still between requests, is replaced by the system clock.
///
/// ```
/// use syncano_simulator::PlatformLimits;
///
/// let limits: PlatformLimits = "stock,instances=16".parse()?;
/// assert_eq!(limits, PlatformLimits { instances: Some(16), ..PlatformLimits::stock() });
/// # Ok::<(), syncano_simulator::PlatformLimitsError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlatformLimits {
    /// Maximum number of instances that an account owns. Creating another one is rejected with 400.
    pub instances: Option<u32>,
    /// Maximum requests a second without a key, for each address.
    pub anonymous: Option<u32>,
    /// Maximum requests a second of an account outside of instances.
    pub account: Option<u32>,
    /// Maximum requests a second to an instance, of all callers together. Each item of a batch
    /// counts.
    pub instance: Option<u32>,
}

/// The error for a text that does not describe limits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected `stock`, or limits such as instances=16,anonymous=10,account=60,instance=60; {0:?} is neither a limit nor \
     `stock`"
)]
pub struct PlatformLimitsError(String);

impl PlatformLimits {
    /// Returns no limits.
    pub const fn none() -> PlatformLimits {
        PlatformLimits { instances: None, anonymous: None, account: None, instance: None }
    }

    /// Returns the limits of a deployment with default settings, for a new account.
    pub const fn stock() -> PlatformLimits {
        PlatformLimits { instances: Some(4), anonymous: Some(10), account: Some(60), instance: Some(60) }
    }
}

/// Parses `stock` and limits such as `instances=16`, separated by commas. A limit replaces an
/// earlier one; a limit that the text does not name does not apply.
impl FromStr for PlatformLimits {
    type Err = PlatformLimitsError;

    fn from_str(text: &str) -> Result<PlatformLimits, PlatformLimitsError> {
        let mut limits = PlatformLimits::none();
        for word in text.split(',') {
            let unknown = || PlatformLimitsError(word.to_owned());
            if word == "stock" {
                limits = PlatformLimits::stock();
                continue;
            }
            let (name, number) = word.split_once('=').ok_or_else(unknown)?;
            let limit = match name {
                "instances" => &mut limits.instances,
                "anonymous" => &mut limits.anonymous,
                "account" => &mut limits.account,
                "instance" => &mut limits.instance,
                _ => return Err(unknown()),
            };
            *limit = Some(number.parse().map_err(|_| unknown())?);
        }
        Ok(limits)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("stock", PlatformLimits::stock())]
    #[case("instances=4,anonymous=10,account=60,instance=60", PlatformLimits::stock())]
    #[case("instance=5", PlatformLimits { instance: Some(5), ..PlatformLimits::none() })]
    #[case("stock,anonymous=0", PlatformLimits { anonymous: Some(0), ..PlatformLimits::stock() })]
    fn a_text_names_the_limits(#[case] text: &str, #[case] limits: PlatformLimits) {
        assert_eq!(text.parse(), Ok(limits));
    }

    #[rstest]
    #[case("", "")]
    #[case("none", "none")]
    #[case("stock,", "")]
    #[case("users=4", "users=4")]
    #[case("instances=-1", "instances=-1")]
    #[case("instances=4,account=many", "account=many")]
    fn other_texts_are_rejected_with_the_wrong_word(#[case] text: &str, #[case] word: &str) {
        assert_eq!(text.parse::<PlatformLimits>(), Err(PlatformLimitsError(word.to_owned())));
    }
}
