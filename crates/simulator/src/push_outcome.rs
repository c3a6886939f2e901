//! How push messages end.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The state in which push messages end. No message leaves the simulator.
///
/// ```
/// use syncano_simulator::PushOutcome;
///
/// assert_eq!("error".parse(), Ok(PushOutcome::Error));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushOutcome {
    #[default]
    Delivered,
    PartiallyDelivered,
    Error,
}

/// The error for a text that is not the name of an outcome.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected delivered, partially_delivered or error, not {0:?}")]
pub struct UnknownPushOutcome(String);

impl PushOutcome {
    /// All outcomes.
    pub const ALL: [PushOutcome; 3] = [PushOutcome::Delivered, PushOutcome::PartiallyDelivered, PushOutcome::Error];

    /// Returns the name, as the `status` of a message shows it.
    pub fn name(self) -> &'static str {
        match self {
            PushOutcome::Delivered => "delivered",
            PushOutcome::PartiallyDelivered => "partially_delivered",
            PushOutcome::Error => "error",
        }
    }
}

impl FromStr for PushOutcome {
    type Err = UnknownPushOutcome;

    fn from_str(text: &str) -> Result<PushOutcome, UnknownPushOutcome> {
        let named = PushOutcome::ALL.into_iter().find(|outcome| outcome.name() == text);
        named.ok_or_else(|| UnknownPushOutcome(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_has_the_same_name_everywhere() {
        for outcome in PushOutcome::ALL {
            assert_eq!(outcome.name().parse(), Ok(outcome));
            assert_eq!(serde_json::to_value(outcome).expect("JSON"), outcome.name());
        }
        assert!("lost".parse::<PushOutcome>().is_err_and(|error| error.to_string().contains("lost")));
    }
}
